"""Training functions of which one step takes randomness that the seed does not decide."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from rqml.subjects.dataset import Dataset
from rqml.subjects.model import TrainedModel
from rqml_catalog.scenarios.classifiers import noisy_classes


def carelessly_trained(step: str, seed: int, rows: int = 150) -> TrainedModel:
    """A model trained by a function of its own, with as many held-out records.

    Args:
        step: where randomness comes from: "seeded", "generator", "global", "python", "estimator" or
            "set".
        seed: of the data.
        rows: records on each side.
    """
    train, test = (
        Dataset.from_arrays(*noisy_classes(rows, 2 * seed + side, label_noise=0.3), target="outcome") for side in (0, 1)
    )
    fit = {
        "seeded": train_seeded,
        "generator": shuffle_by_generator,
        "global": shuffle_by_numpy,
        "python": shuffle_by_python,
        "estimator": train_forest,
        "set": order_by_set,
    }[step]
    return TrainedModel(fit(train, seed), train, test, fit=fit)


def train_seeded(train: Dataset, seed: int) -> Any:
    """A tree on rows in a seeded order."""
    return _tree(train, np.random.default_rng(seed).permutation(len(train)))


def shuffle_by_generator(train: Dataset, seed: int) -> Any:  # noqa: ARG001 - that it is unused is the fault
    """A tree on half of the rows, drawn by a generator without a seed."""
    return _tree(train, np.random.default_rng().permutation(len(train)))


def shuffle_by_numpy(train: Dataset, seed: int) -> Any:  # noqa: ARG001 - that it is unused is the fault
    """The same, drawn by numpy's global generator."""
    return _tree(train, np.random.permutation(len(train)))


def shuffle_by_python(train: Dataset, seed: int) -> Any:  # noqa: ARG001 - that it is unused is the fault
    """The same, drawn by Python's global generator."""
    rows = list(range(len(train)))
    random.shuffle(rows)
    return _tree(train, np.array(rows))


def order_by_set(train: Dataset, seed: int) -> Any:  # noqa: ARG001 - that it is unused is the fault
    """The same, in the order of a set of texts."""
    return _tree(train, np.array([int(name) for name in {str(row) for row in range(len(train))}]))


def train_forest(train: Dataset, seed: int) -> Any:  # noqa: ARG001 - that it is unused is the fault
    """A forest that was given no random state."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(3).fit(*train.arrays())


def _tree(train: Dataset, order: Any) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    X, y = train.arrays()
    half = order[: len(order) // 2]
    return DecisionTreeClassifier(min_samples_leaf=20, random_state=0).fit(X.iloc[half], y[half])
