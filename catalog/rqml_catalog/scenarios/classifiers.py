"""Seeded classifiers with their data: some memorise their records, some do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rqml.subjects.dataset import Dataset
from rqml.subjects.estimator import clone_with_seed
from rqml.subjects.model import TrainedModel

FEATURES = ("age", "dose", "pressure", "rate", "level")


def noisy_classes(
    rows: int, seed: int, *, label_noise: float = 0.2, classes: int = 2
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Five standardised features, of which the first two decide the class, up to label noise.

    Args:
        rows: number of records.
        seed: of everything.
        label_noise: share of records whose class is drawn at random instead.
        classes: number of classes, about equally frequent.
    """
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, len(FEATURES)))
    cuts = np.sqrt(2.0) * _normal_quantiles(classes)
    y = np.digitize(X[:, 0] + X[:, 1], cuts)
    noisy = rng.random(rows) < label_noise
    y[noisy] = rng.integers(0, classes, noisy.sum())
    return X, y


def trained(
    estimator: Any,
    rows: int,
    seed: int,
    *,
    label_noise: float = 0.2,
    held_out_noise: float | None = None,
    classes: int = 2,
) -> TrainedModel:
    """The estimator fitted on `rows` records, with as many held out.

    Args:
        estimator: unfitted scikit-learn classifier.
        rows: records on each side.
        seed: of data and training.
        label_noise: share of random labels among the train records.
        held_out_noise: the same for held-out records; by default equal.
        classes: number of classes.
    """
    X, y = noisy_classes(rows, 2 * seed, label_noise=label_noise, classes=classes)
    noise = label_noise if held_out_noise is None else held_out_noise
    X_test, y_test = noisy_classes(rows, 2 * seed + 1, label_noise=noise, classes=classes)
    train = Dataset.from_arrays(X, y, features=FEATURES, target="outcome")
    test = Dataset.from_arrays(X_test, y_test, features=FEATURES, target="outcome")
    features, labels = train.arrays()
    return TrainedModel(clone_with_seed(estimator, seed).fit(features, labels), train, test)


def _normal_quantiles(classes: int) -> npt.NDArray[np.float64]:
    from scipy.special import ndtri

    return np.asarray(ndtri(np.arange(1, classes) / classes))
