"""Goal: what every equivalence class of a recoded table must satisfy."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Protocol

import attrs
import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Flags, Floats, Ints
from rqml_catalog.data_privacy.anonymity.contingency import Pairs, count_pairs
from rqml_catalog.data_privacy.anonymity.measures import (
    distinct_diversity,
    entropy_diversity,
    recursive_diversity,
    recursive_ratios,
)
from rqml_catalog.data_privacy.anonymity.table import Table

_EPSILON = 1e-10


class ClassTest(Protocol):
    """A condition on the sensitive values of a class."""

    @property
    def column(self) -> int:
        """Number of the sensitive column."""

    @property
    def least_records(self) -> int:
        """No class of fewer records can satisfy it."""

    def holds(self, pairs: Pairs, totals: Ints) -> Flags:
        """Per class, shape (classes,): is it satisfied?"""


@attrs.frozen
class Diversity:
    """At least `l` well-represented sensitive values; kind is distinct, entropy or recursive (with `c`)."""

    column: int
    l: float  # noqa: E741 (the field's name for it)
    kind: str = "distinct"
    c: float = 3.0

    @property
    def least_records(self) -> int:
        """As many as values."""
        return math.ceil(self.l - _EPSILON)

    def holds(self, pairs: Pairs, totals: Ints) -> Flags:
        """Per class: is its diversity at least l?"""
        del totals
        return diversity(pairs, self.kind, self.c) >= self.l - _EPSILON


@attrs.frozen(eq=False)
class Recursion:
    """Recursive (c, l)-diversity for every c above `ratios[l - 1]`, ratios of shape (largest l,)."""

    column: int
    ratios: Floats

    @property
    def least_records(self) -> int:
        """As many as values."""
        return len(self.ratios)

    def holds(self, pairs: Pairs, totals: Ints) -> Flags:
        """Per class: is no ratio larger?"""
        del totals
        kept: Flags = np.all(recursive_ratios(pairs, len(self.ratios)) <= self.ratios + _EPSILON, axis=1)
        return kept


@attrs.frozen(eq=False)
class Closeness:
    """At most `t` from the sensitive values of the whole table, by a distance of module `closeness`."""

    column: int
    t: float
    distance: Callable[[Pairs, Ints], Floats]

    @property
    def least_records(self) -> int:
        """One: a single record may be the whole table."""
        return 1

    def holds(self, pairs: Pairs, totals: Ints) -> Flags:
        """Per class: is its distance at most t?"""
        return self.distance(*_without_absent(pairs, totals)) <= self.t + _EPSILON


@attrs.frozen
class Goal:
    """At least `k` records in a class, and every test satisfied."""

    k: int
    tests: tuple[ClassTest, ...] = ()

    def joined(self, other: Goal) -> Goal:
        """Both goals at once."""
        return Goal(max(self.k, other.k), (*self.tests, *other.tests))

    def satisfied(self, table: Table, cells: Ints, classes: Ints, n_classes: int) -> Flags:
        """Which classes, made of the given cells, satisfy the goal, shape (n_classes,).

        Args:
            table: the table that the cells belong to.
            cells: shape (c,), numbers of cells.
            classes: shape (c,), class of each, in 0..n_classes-1.
            n_classes: number of classes.
        """
        return self.judge(table, cells, classes, n_classes, table.counts[cells])

    def judge(self, table: Table, cells: Ints, classes: Ints, n_classes: int, counts: Ints) -> Flags:
        """As `satisfied`, for parts of cells: `counts` records of each."""
        good: Flags = np.bincount(classes, counts, n_classes) >= self.k
        for test in self.tests:
            if not good.any():
                break
            column = table.sensitive[test.column]
            kept = good[classes]
            numbers = np.cumsum(good) - 1
            pairs = count_pairs(
                numbers[classes[kept]], column.codes[cells[kept]], column.values, int(good.sum()), counts[kept]
            )
            totals = np.bincount(column.codes, table.counts, len(column.values)).astype(np.int64)
            good[good] = test.holds(pairs, totals)
        return good


def _without_absent(pairs: Pairs, totals: Ints) -> tuple[Pairs, Ints]:
    """Only the values that the table has: those that left it with suppressed records lie between no others."""
    there = totals > 0
    if there.all():
        return pairs, totals
    codes, labels = np.cumsum(there) - 1, tuple(itertools.compress(pairs.labels, there))
    return attrs.evolve(pairs, values=codes[pairs.values], labels=labels), totals[there]


def diversity(pairs: Pairs, kind: str, c: float) -> Floats:
    """Diversity of each class, shape (classes,), of the given kind."""
    if kind == "distinct":
        return distinct_diversity(pairs).astype(float)
    if kind == "entropy":
        return entropy_diversity(pairs)
    return recursive_diversity(pairs, c).astype(float)
