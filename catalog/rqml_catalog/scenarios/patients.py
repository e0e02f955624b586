"""Seeded patients: two known features, an illness that nobody knows, and an outcome that depends on it a little."""

from __future__ import annotations

from typing import Any

import numpy as np

from rqml.subjects.dataset import Dataset
from rqml.subjects.estimator import clone_with_seed
from rqml.subjects.model import TrainedModel


def patients(estimator: Any, rows: int, seed: int, *, told: bool = True, share: float = 0.5) -> TrainedModel:
    """A classifier of the outcome, with as many held-out patients as train ones.

    Args:
        estimator: unfitted scikit-learn classifier.
        rows: patients on each side.
        seed: of data and training.
        told: whether the model sees the illness.
        share: of the patients who are ill.
    """
    train, test = (_people(rows, seed, side, share) for side in (0, 1))
    data = train if told else _illness_withheld(train)
    X, y = data.arrays()
    return TrainedModel(clone_with_seed(estimator, seed).fit(X, y), train, test)


def patients_without_names(estimator: Any, rows: int, seed: int) -> TrainedModel:
    """The same for many trainings: a model of bare numbers, which fits twice as fast, and never sees the illness."""
    train, test = (_illness_withheld(_people(rows, seed, side, 0.5)) for side in (0, 1))
    X, y = train.arrays()
    return TrainedModel(clone_with_seed(estimator, seed).fit(X.to_numpy(), y), train, test)


def _illness_withheld(data: Dataset) -> Dataset:
    return Dataset(data.frame, identifiers="illness", target="outcome")


def _people(rows: int, seed: int, side: int, share: float) -> Dataset:
    rng = np.random.default_rng([seed, side])
    known, ill = rng.normal(size=(rows, 2)), (rng.random(rows) < share).astype(int)
    outcome = (known[:, 0] + ill - 0.5 > 0).astype(int)
    unclear = rng.random(rows) < 0.5
    outcome[unclear] = rng.integers(0, 2, unclear.sum())
    X = np.column_stack([known, ill])
    return Dataset.from_arrays(X, outcome, features=("age", "dose", "illness"), target="outcome", sensitive="illness")
