"""Held-out loss of a boosted tree model, record by record, with and without the help of a feature.

A feature helps as much as the loss grows when its values are shuffled among the held-out records (Breiman, Random
forests, 2001, section 10; here per record, over cross-fitted folds, so that the mean has an honest standard error).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

from rqml_catalog.data_privacy.usefulness.encoding import Array

P = ParamSpec("P")
T = TypeVar("T")

_FOLDS = 3
_SHUFFLES = 3
_ROUNDS, _LEAVES = 25, 8
_MOST_BINS = 255
_SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class Help:
    """What a feature helps.

    Attributes:
        mean: mean growth of the loss without it, as a share of the loss of knowing nothing.
        standard_error: of the mean, over held-out records.
        n: held-out records.
    """

    mean: float
    standard_error: float
    n: int


def _single_threaded(function: Callable[P, T]) -> Callable[P, T]:
    """On small tables the threads of the trees only get in each other's way."""

    @functools.wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> T:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):
            return function(*args, **kwargs)

    return limited


@_single_threaded
def losses(X: Array, y: npt.NDArray[Any], *, classes: bool, seed: int) -> tuple[Array, Array]:
    """Cross-fitted losses, as shares of the mean loss of knowing nothing.

    Args:
        X: features, shape (rows, features).
        y: outcome, shape (rows,).
        classes: whether y holds classes (log loss) or numbers (squared error).
        seed: of folds, fits and shuffles.

    Returns:
        Loss per record with all features, shape (rows,), and without the help of each, shape (rows, features).
    """
    rng = np.random.default_rng(seed)
    full, shuffled = np.empty(len(X)), np.zeros(X.shape)
    for train, test in _folds(y, classes=classes, seed=seed):
        model = fitted(X[train], y[train], classes=classes, seed=seed)
        full[test] = _loss(model, X[test], y[test], classes=classes)
        for feature in range(X.shape[1]):
            for _ in range(_SHUFFLES):
                changed = X[test].copy()
                changed[:, feature] = rng.permutation(changed[:, feature])
                shuffled[test, feature] += _loss(model, changed, y[test], classes=classes) / _SHUFFLES
    null = _null_loss(y, classes=classes)
    return full / null, shuffled / null


def help_of_each(full: Array, shuffled: Array) -> list[Help]:
    """What each feature helps, from the losses of `losses`."""
    growth = shuffled - full[:, None]
    errors = growth.std(axis=0, ddof=1) / np.sqrt(len(full))
    return [Help(float(m), float(e), len(full)) for m, e in zip(growth.mean(axis=0), errors, strict=True)]


@_single_threaded
def predicted(X: Array, y: npt.NDArray[Any], *, seed: int) -> npt.NDArray[Any]:
    """Cross-fitted predictions of classes, all classes weighing the same; shape (rows,)."""
    guesses = np.empty(len(y), dtype=y.dtype)
    X = _in_quantiles(X)
    for train, test in _folds(y, classes=True, seed=seed):
        model = fitted(X[train], y[train], classes=True, seed=seed, balanced=True)
        guesses[test] = model.predict(X[test])
    return guesses


def _in_quantiles(X: Array) -> Array:
    """Numbers of each column as the number of their quantile, NaN as it is.

    The trees would bin them as finely, but find weighted quantiles one by one in Python: nine tenths of the time.
    """
    binned = X.copy()
    for column in range(X.shape[1]):
        known = ~np.isnan(X[:, column])
        values = X[known, column]
        if len(np.unique(values)) > _MOST_BINS:
            edges = np.quantile(values, np.linspace(0, 1, _MOST_BINS + 1)[1:-1])
            binned[known, column] = np.searchsorted(edges, values, side="right")
    return binned


def fitted(X: Array, y: npt.NDArray[Any], *, classes: bool, seed: int, balanced: bool = False) -> Any:
    """A small boosted tree model."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    common = {"max_iter": _ROUNDS, "max_leaf_nodes": _LEAVES, "early_stopping": False, "random_state": seed}
    weight = "balanced" if balanced else None
    model = (
        HistGradientBoostingClassifier(class_weight=weight, **common)
        if classes
        else HistGradientBoostingRegressor(**common)
    )
    return model.fit(X, y)


def _folds(y: npt.NDArray[Any], *, classes: bool, seed: int) -> Iterator[tuple[Any, Any]]:
    from sklearn.model_selection import KFold, StratifiedKFold

    kind = StratifiedKFold if classes else KFold
    return iter(kind(_FOLDS, shuffle=True, random_state=seed).split(np.zeros(len(y)), y))


def _loss(model: Any, X: Array, y: npt.NDArray[Any], *, classes: bool) -> Array:
    if not classes:
        return np.asarray((model.predict(X) - y) ** 2, dtype=np.float64)
    place = np.searchsorted(model.classes_, y)
    chance = model.predict_proba(X)[np.arange(len(y)), place]
    return np.asarray(-np.log(np.maximum(chance, _SMALLEST)), dtype=np.float64)


def _null_loss(y: npt.NDArray[Any], *, classes: bool) -> float:
    if not classes:
        return float(np.var(y)) or 1.0
    shares = np.bincount(y) / len(y)
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum()) or 1.0
