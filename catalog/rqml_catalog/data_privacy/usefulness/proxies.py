"""How well a protected attribute is told from the other columns, against chance."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from rqml_catalog.data_privacy.usefulness.encoding import Array, numbers
from rqml_catalog.data_privacy.usefulness.heldout import losses, predicted

_MOST_GROUPS = 10
_FEWEST_OF_A_GROUP = 30


def groups(values: Any) -> npt.NDArray[np.int64]:
    """A protected attribute as group numbers, shape (rows,): many numbers or dates by quartile, rare groups as -1."""
    import pandas as pd

    measured = numbers(values)
    if measured is not None and len(np.unique(measured[~np.isnan(measured)])) > _MOST_GROUPS:
        # By ranks: infinite values have a place among the others, and no distance to them.
        values = pd.qcut(pd.Series(measured).rank(), 4, labels=False, duplicates="drop")
    codes = pd.factorize(values)[0].astype(np.int64)
    sizes = np.bincount(codes[codes >= 0], minlength=1)
    common = np.flatnonzero(sizes >= _FEWEST_OF_A_GROUP)
    return np.where(np.isin(codes, common), codes, -1)


def advantage(X: Array, group: npt.NDArray[np.int64], *, seed: int, confidence: float) -> tuple[float, float, float]:
    """Balanced accuracy beyond chance: 0 for guessing, 1 for knowing; with a normal interval.

    Args:
        X: features, shape (rows, features).
        group: group numbers, shape (rows,), at least two of them.
        seed: of folds and fits.
        confidence: two-sided coverage of the interval.

    Returns:
        Value, lower and upper bound.
    """
    guesses = predicted(X, group, seed=seed)
    names, sizes = np.unique(group, return_counts=True)
    recalls = np.array([(guesses[group == name] == name).mean() for name in names])
    # Agresti and Coull's two successes and failures keep the error of perfect recalls from being zero.
    smoothed = (recalls * sizes + 2) / (sizes + 4)
    error = np.sqrt((smoothed * (1 - smoothed) / sizes).sum()) / len(names)
    scale = 1 - 1 / len(names)
    value = (recalls.mean() - 1 / len(names)) / scale
    half = NormalDist().inv_cdf((1 + confidence) / 2) * error / scale
    return float(value), float(value - half), float(value + half)


def strongest(X: Array, group: npt.NDArray[np.int64], *, seed: int) -> int:
    """The feature that tells most about the groups."""
    full, shuffled = losses(X, group, classes=True, seed=seed)
    return int((shuffled - full[:, None]).mean(axis=0).argmax())
