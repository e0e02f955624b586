"""t-closeness: how far the sensitive values of a class are from those of the whole table.

Source: Li, Li and Venkatasubramanian, ICDE 2007, section 4 (earth mover's distance with ordered, equal and
hierarchical ground distance). All distances are in [0, 1] and computed from the counts that occur only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rqml.errors import InvalidSubject
from rqml.subjects.hierarchy import Hierarchy
from rqml_catalog.data_privacy.anonymity.codes import Column, Floats, Ints
from rqml_catalog.data_privacy.anonymity.contingency import Pairs, count_pairs


def equal_distance(pairs: Pairs, totals: Ints | None = None) -> Floats:
    """Total variation distance of each class, shape (classes,): the EMD when all values are equally far.

    Args:
        pairs: counts of one sensitive column.
        totals: records per value of the table to compare with; default: of `pairs` itself.
    """
    table = _shares(pairs, totals)
    there = pairs.counts / pairs.sizes[pairs.classes]
    excess = np.maximum(there - table[pairs.values], 0.0)
    distance: Floats = np.bincount(pairs.classes, excess, pairs.n_classes).astype(float)
    return distance


def ordered_distance(pairs: Pairs, totals: Ints | None = None) -> Floats:
    """EMD of each class, shape (classes,), when the i-th and j-th value are |i - j| / (m - 1) apart.

    The m values are taken in the order of their codes: sort them before, see `in_order`. Between two values that
    occur in a class its cumulated share stands still while that of the table grows, so the sum over the values in
    between follows from prefix sums, cut where the table's share passes the class's.
    """
    m = len(pairs.labels)
    if m < 2:
        return np.zeros(pairs.n_classes)
    table = np.cumsum(_shares(pairs, totals))
    prefix = np.concatenate([[0.0], np.cumsum(table)])
    steps = np.bincount(pairs.classes, minlength=pairs.n_classes)
    ends = np.cumsum(steps)
    cumulated = np.cumsum(pairs.counts)
    before = np.concatenate([[0], cumulated])[ends - steps]
    reached = (cumulated - before[pairs.classes]) / pairs.sizes[pairs.classes]
    upto = np.append(pairs.values[1:], m)
    upto[ends - 1] = m
    work = _area(table, prefix, reached, pairs.values, upto)
    first = pairs.values[ends - steps]
    distance: Floats = (np.bincount(pairs.classes, work, pairs.n_classes) + prefix[first]) / (m - 1)
    return distance


def hierarchical_distance(pairs: Pairs, hierarchy: Hierarchy, totals: Ints | None = None) -> Floats:
    """EMD of each class, shape (classes,), when two values are as far as their lowest common ancestor is high.

    With all leaves equally deep this is the mean, over the levels below the root, of the total variation distance
    of the values generalised to that level. A missing value is a leaf of its own just below the root.
    """
    paths = [_path(hierarchy, value) for value in pairs.labels]
    levels = hierarchy.height - 1
    table = pairs.totals if totals is None else totals
    distance = np.zeros(pairs.n_classes)
    for level in range(levels):
        codes, numbers = _numbered([path[level] for path in paths])
        generalised = count_pairs(
            pairs.classes, codes[pairs.values], tuple(range(numbers)), pairs.n_classes, pairs.counts
        )
        there = np.bincount(codes, table, numbers).astype(np.int64)
        distance += equal_distance(generalised, there)
    return distance / levels


def in_order(column: Column) -> Column:
    """The same column with its codes in ascending order of the values; missing values come last."""
    present = [value for value in column.values if value is not None]
    try:
        order = sorted(range(len(present)), key=present.__getitem__)
    except TypeError as error:
        raise InvalidSubject("an ordered sensitive column holds values of types that cannot be compared") from error
    rank = np.empty(len(column.values), dtype=np.int64)
    rank[order] = np.arange(len(order))
    rank[len(order) :] = np.arange(len(order), len(column.values))
    values = (*(present[i] for i in order), *column.values[len(order) :])
    return Column(rank[column.codes], values)


def _shares(pairs: Pairs, totals: Ints | None) -> Floats:
    table = pairs.totals if totals is None else totals
    shares: Floats = table / table.sum()
    return shares


def _area(table: Floats, prefix: Floats, reached: Floats, start: Ints, stop: Ints) -> Floats:
    """Sum of |reached - table[i]| over start <= i < stop, for each pair."""
    cut = np.clip(np.searchsorted(table, reached, side="right"), start, stop)
    below = reached * (cut - start) - (prefix[cut] - prefix[start])
    above = (prefix[stop] - prefix[cut]) - reached * (stop - cut)
    area: Floats = below + above
    return area


def _path(hierarchy: Hierarchy, value: Any) -> tuple[str, ...]:
    return ("",) * hierarchy.height if value is None else hierarchy.path(value)


def _numbered(labels: list[str]) -> tuple[Ints, int]:
    numbers: dict[str, int] = {}
    codes = np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)
    return codes, len(numbers)


def distance_for(labels: tuple[Any, ...], hierarchy: Hierarchy | None) -> Callable[[Pairs, Ints | None], Floats]:
    """The ground distance that suits a sensitive column: hierarchical, else ordered for numbers, else equal."""
    if hierarchy is not None:
        return lambda pairs, totals: hierarchical_distance(pairs, hierarchy, totals)
    return ordered_distance if Column(np.empty(0, dtype=np.int64), labels).is_numeric else equal_distance
