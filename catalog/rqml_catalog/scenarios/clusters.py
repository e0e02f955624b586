"""Seeded classes that are clusters around secret centres: what a class looks like is worth reconstructing."""

from __future__ import annotations

from typing import Any

import numpy as np

from rqml.subjects.dataset import Dataset
from rqml.subjects.estimator import clone_with_seed
from rqml.subjects.model import TrainedModel

FEATURES = 20


def trained_on_clusters(estimator: Any, rows: int, seed: int, *, separation: float, classes: int = 6) -> TrainedModel:
    """A classifier of clusters with unit spread, with as many held-out records as train ones.

    Args:
        estimator: unfitted scikit-learn classifier.
        rows: records on each side.
        seed: of centres, data and training.
        separation: standard deviation of each centre's coordinates.
        classes: number of clusters.
    """
    rng = np.random.default_rng(seed)
    centres = separation * rng.normal(size=(classes, FEATURES))
    sides = []
    for _ in range(2):
        y = rng.integers(0, classes, rows)
        sides.append(Dataset.from_arrays(centres[y] + rng.normal(size=(rows, FEATURES)), y, target="cluster"))
    train, test = sides
    X, labels = train.arrays()
    return TrainedModel(clone_with_seed(estimator, seed).fit(X, labels), train, test)
