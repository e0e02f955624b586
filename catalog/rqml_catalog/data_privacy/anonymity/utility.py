"""Utility: what a recoding costs a model, as the change of its accuracy on held-out records."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rqml.estimate import Estimate
from rqml_catalog.data_privacy.anonymity.codes import Column, Flags, Floats
from rqml_catalog.data_privacy.anonymity.frames import read_columns

_MOST_CLASSES = 50
_MOST_ROWS = 20_000
_FEWEST_ROWS = 40
_HELD_OUT = 0.3


def accuracy_loss(
    before: Any, after: Any, kept: Flags, *, features: Sequence[str], target: str, seed: int
) -> Estimate | None:
    """Accuracy lost by a decision tree that learns and predicts from recoded instead of original features.

    The same records train and the same are held out on both sides; suppressed records are out of both. Both frames
    are coded alike: numbers as they are, other values by their rank among the values.

    Args:
        before: the original frame, eager.
        after: the recoded frame, without the suppressed rows.
        kept: shape (rows,), rows of `before` that are in `after`.
        features: columns to learn from.
        target: column to predict.
        seed: for the split and the tree.

    Returns:
        Mean loss with its Student interval (positive is worse), or None where the target is no class label
        (more than 50 values) or too few records are there to hold some out.
    """
    label = read_columns(after, [target])[0]
    rows = len(label.codes)
    if not features or rows < _FEWEST_ROWS or not 2 <= len(label.values) <= _MOST_CLASSES:
        return None
    generator = np.random.default_rng(seed)
    chosen = generator.permutation(rows)[:_MOST_ROWS]
    held_out, train = np.split(chosen, [int(_HELD_OUT * len(chosen))])
    tables = (_matrix(before, features)[kept], _matrix(after, features))
    right = [_hits(table, label, train, held_out, seed).astype(float) for table in tables]
    lost = right[0] - right[1]
    error = float(lost.std(ddof=1)) / math.sqrt(len(lost))
    return Estimate.mean(float(lost.mean()), error, len(lost), unit="share")


def _hits(table: Floats, label: Column, train: Any, held_out: Any, seed: int) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(min_samples_leaf=max(5, len(train) // 500), random_state=seed)
    tree.fit(table[train], label.codes[train])
    return tree.predict(table[held_out]) == label.codes[held_out]


def _matrix(frame: Any, features: Sequence[str]) -> Floats:
    return np.stack([_numbers(column) for column in read_columns(frame, features)], axis=1)


def _numbers(column: Column) -> Floats:
    if column.is_numeric:
        values = np.array([np.nan if value is None else float(value) for value in column.values])
        return values[column.codes]
    order = sorted(range(len(column.values)), key=lambda code: (column.values[code] is None, str(column.values[code])))
    rank = np.empty(len(order))
    rank[order] = np.arange(len(order))
    return rank[column.codes]
