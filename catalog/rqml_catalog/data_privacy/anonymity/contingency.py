"""Contingency: how often each combination of quasi-identifiers occurs, and with which sensitive values.

One count serves every measure of this package; rows are not needed any more once it is made.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Ints, combine, compact, is_dense


@attrs.frozen(eq=False)
class Pairs:
    """Counts of (class, sensitive value), only those that occur, sorted by class and then by value.

    Attributes:
        classes: shape (pairs,), number of the equivalence class.
        values: shape (pairs,), code of the sensitive value.
        counts: shape (pairs,), records, at least 1.
        labels: the sensitive values by code.
        n_classes: number of equivalence classes.
    """

    classes: Ints
    values: Ints
    counts: Ints
    labels: tuple[Any, ...]
    n_classes: int

    @property
    def totals(self) -> Ints:
        """Records per sensitive value over all classes, shape (values,)."""
        return np.bincount(self.values, self.counts, len(self.labels)).astype(np.int64)

    @property
    def sizes(self) -> Ints:
        """Records per class, shape (classes,)."""
        return np.bincount(self.classes, self.counts, self.n_classes).astype(np.int64)


@attrs.frozen(eq=False)
class Contingency:
    """Sizes of the equivalence classes and, per sensitive column, its counts within them.

    Attributes:
        sizes: shape (classes,), records in each class, at least 1.
        sensitive: counts per sensitive column, by name.
    """

    sizes: Ints
    sensitive: dict[str, Pairs] = attrs.field(factory=dict)

    @property
    def rows(self) -> int:
        """Number of records."""
        return int(self.sizes.sum())


def count_pairs(
    classes: Ints, values: Ints, labels: tuple[Any, ...], n_classes: int, weights: Ints | None = None
) -> Pairs:
    """Count (class, value) pairs.

    Args:
        classes: shape (rows,), class of each record in 0..n_classes-1.
        values: shape (rows,), code of its sensitive value.
        labels: the sensitive values by code.
        n_classes: number of classes.
        weights: shape (rows,), records that each row stands for; default 1.
    """
    width = max(len(labels), 1)
    keys = np.multiply(classes, width, dtype=np.int64) + values
    if is_dense(n_classes * width, len(keys)):
        table = np.bincount(keys, weights, 1)
        distinct = np.flatnonzero(table)
        counts = table[distinct].astype(np.int64)
    else:
        ids, count = compact(keys, n_classes * width)
        distinct, counts = np.empty(count, dtype=np.int64), np.bincount(ids, weights, count).astype(np.int64)
        distinct[ids] = keys
        order = np.argsort(distinct, kind="stable")
        distinct, counts = distinct[order], counts[order]
    return Pairs(distinct // width, distinct % width, counts, labels, n_classes)


def count(
    quasi_identifiers: list[Ints],
    cardinalities: list[int],
    sensitive: dict[str, tuple[Ints, tuple[Any, ...]]] | None = None,
    weights: Ints | None = None,
) -> Contingency:
    """Contingency of coded columns.

    Args:
        quasi_identifiers: arrays of shape (rows,), one per quasi-identifier; none means one class for all.
        cardinalities: number of codes of each.
        sensitive: per name the codes, shape (rows,), and the values by code.
        weights: shape (rows,), records that each row stands for; default 1.
    """
    classes, n_classes = combine(quasi_identifiers, cardinalities)
    sizes = np.bincount(classes, weights, n_classes).astype(np.int64)
    pairs = {
        name: count_pairs(classes, codes, labels, n_classes, weights)
        for name, (codes, labels) in (sensitive or {}).items()
    }
    return Contingency(sizes, pairs)
