"""Columns of any kind as numbers that a model of trees can read."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rqml.errors import InsufficientEvidence, Unsupported

Array = npt.NDArray[np.float64]

_MOST_CLASSES, _FEWEST_OF_A_CLASS = 20, 6
_LARGEST = 1e30


def encoded(frame: Any) -> Array:
    """A pandas frame as numbers of shape (rows, columns): categories by frequency, moments as they follow; NaN stays.

    Infinite values become very large ones, and columns without any value zero.
    """
    columns = []
    for name in frame.columns:
        column = numbers(frame[name])
        if column is None:
            values = frame[name].astype(object)
            ranks = {value: rank for rank, value in enumerate(values.value_counts().index)}
            column = values.map(ranks).to_numpy(dtype=float, na_value=np.nan)
        columns.append(np.zeros(len(frame)) if np.isnan(column).all() else np.clip(column, -_LARGEST, _LARGEST))
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def numbers(values: Any) -> Array | None:
    """Numbers, truth values, moments and lengths of time of a pandas column as numbers; None for anything else."""
    import pandas as pd

    kind = pd.api.types.infer_dtype(values, skipna=True) if values.dtype == object else ""
    if kind in {"date", "datetime"}:
        values = pd.to_datetime(values, utc=True)
    elif kind in {"decimal", "boolean", "integer", "floating", "mixed-integer-float"}:
        values = values.astype(float)
    if pd.api.types.is_numeric_dtype(values):
        return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))
    if not (pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values)):
        return None
    known = values.notna().to_numpy(dtype=bool)
    ticks = np.full(len(values), np.nan)
    ticks[known] = values[known].astype("int64")
    return ticks


def outcome(values: Any) -> tuple[npt.NDArray[Any], bool]:
    """A column as what is to be predicted, and whether it is classes: more than 20 different numbers are numbers.

    Classes of fewer than six records count as one; are these fewer than six as well, they join the largest class.

    Raises:
        Unsupported: there are infinite numbers.
        InsufficientEvidence: most records are of such small classes.
    """
    import pandas as pd

    measured = numbers(values)
    if measured is not None and len(np.unique(measured)) > _MOST_CLASSES:
        if np.isinf(measured).any():
            raise Unsupported("the target holds infinite numbers: replace them")
        return measured, False
    codes = pd.factorize(values, use_na_sentinel=False)[0]
    sizes = np.bincount(codes)
    rare = sizes[codes] < _FEWEST_OF_A_CLASS
    if 2 * rare.sum() > len(codes):
        raise InsufficientEvidence(
            f"the target has {len(sizes)} classes, most records in ones of fewer than {_FEWEST_OF_A_CLASS}: group them"
        )
    codes[rare] = len(sizes) if rare.sum() >= _FEWEST_OF_A_CLASS else sizes.argmax()
    return np.unique(codes, return_inverse=True)[1], True
