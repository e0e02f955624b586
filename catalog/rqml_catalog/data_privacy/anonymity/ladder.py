"""Ladder: how the distinct values of one column climb, level by level, to `*`.

Loss of a node is what the ARX tool defines: (leaves under it - 1) / (leaves of the domain - 1), where the domain is
that of the hierarchy; a range of a numeric column without a hierarchy loses its width / the width of the column.
NCP (normalised certainty penalty, Xu et al., KDD 2006) is leaves under it / leaves of the domain, 0 for a leaf.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from rqml.errors import InvalidSubject
from rqml.subjects.hierarchy import ROOT, Hierarchy, as_label
from rqml_catalog.data_privacy.anonymity.codes import Column, Floats, Ints

_FINEST_BINS = 64


@attrs.frozen(eq=False)
class Ladder:
    """The nodes above the distinct values of a column; level 0 is the value itself, the last level is `*`.

    Attributes:
        nodes: shape (levels, values), node of each distinct value at each level.
        loss: shape (nodes,), in [0, 1].
        ncp: shape (nodes,), in [0, 1].
        midpoints: shape (nodes,), centre of the numbers under the node; NaN where they are not numbers.
        labels: what is published for each node; None for missing values.
        is_numeric: True if the column holds numbers.
    """

    nodes: Ints
    loss: Floats
    ncp: Floats
    midpoints: Floats
    labels: tuple[Any, ...]
    is_numeric: bool

    @property
    def levels(self) -> int:
        """Number of levels, the values and `*` included."""
        return len(self.nodes)

    @property
    def value_loss(self) -> Floats:
        """Loss per level and distinct value, shape (levels, values)."""
        return self.loss[self.nodes]


def ladder(column: Column, hierarchy: Hierarchy | None) -> Ladder:
    """The ladder of a column: by its hierarchy, else ranges for numbers, else straight to `*`.

    A missing value is published as missing up to the level below the top, where it becomes `*` like the others.

    Raises:
        InvalidSubject: a value is absent from the hierarchy.
    """
    if hierarchy is not None:
        return _by_hierarchy(column, hierarchy)
    return _by_ranges(column) if column.is_numeric else _flat(column)


@attrs.define
class _Nodes:
    """Nodes seen so far, numbered by a key that says which leaves they cover."""

    numbers: dict[Any, int] = attrs.field(factory=dict)
    rows: list[tuple[float, float, float, Any]] = attrs.field(factory=list)

    def number(self, key: Any, loss: float, ncp: float, midpoint: float, label: Any) -> int:
        if key not in self.numbers:
            self.numbers[key] = len(self.rows)
            self.rows.append((loss, ncp, midpoint, label))
        return self.numbers[key]

    def ladder(self, nodes: list[list[int]], is_numeric: bool) -> Ladder:
        loss, ncp, midpoints, labels = zip(*self.rows, strict=True)
        grid = np.array(nodes, dtype=np.int64).T
        return Ladder(grid, np.array(loss), np.array(ncp), np.array(midpoints), labels, is_numeric)

    def missing(self, levels: int, top: int) -> list[int]:
        return [self.number("missing", 0.0, 0.0, np.nan, None)] * (levels - 1) + [top]


def _by_hierarchy(column: Column, hierarchy: Hierarchy) -> Ladder:
    seen, domain = _Nodes(), len(hierarchy.leaves)
    top = seen.number((0, domain), 1.0, 1.0, _midpoint(hierarchy.leaves), ROOT)
    absent = 0
    known: dict[tuple[int, str], int] = {}
    nodes = []
    for value in column.values:
        if value is None:
            nodes.append(seen.missing(hierarchy.height, top))
            continue
        try:
            path = hierarchy.path(value)
        except InvalidSubject:
            absent += 1
            continue
        for step in enumerate(path):
            if step not in known:
                known[step] = _node(seen, hierarchy, *step, domain)
        nodes.append([known[step] for step in enumerate(path)])
    if absent:
        raise InvalidSubject(
            f"{absent} distinct values are absent from the hierarchy: add a row for each, or clean the column"
        )
    return seen.ladder(nodes, column.is_numeric)


def _node(seen: _Nodes, hierarchy: Hierarchy, level: int, label: str, domain: int) -> int:
    first, leaves = hierarchy.covered(level, label)
    loss = (len(leaves) - 1) / (domain - 1) if domain > 1 else float(label == ROOT)
    share = len(leaves) / domain if len(leaves) > 1 else 0.0
    # Nodes over the same leaves are one node: a level that adds nothing makes no class of its own.
    return seen.number((first, len(leaves)), loss, share, _midpoint(leaves), label)


def _midpoint(leaves: tuple[str, ...]) -> float:
    try:
        numbers = [float(leaf) for leaf in leaves]
    except ValueError:
        return float("nan")
    return (min(numbers) + max(numbers)) / 2


def _by_ranges(column: Column) -> Ladder:
    """Ranges that halve the records at each level, nested: bins of the cumulated share."""
    present = np.array([value for value in column.values if value is not None], dtype=float)
    counts = np.bincount(column.codes, minlength=len(column.values))[: len(present)]
    order = np.argsort(present, kind="stable")
    place = np.cumsum(counts[order]) - counts[order]
    bins = [_FINEST_BINS >> i for i in range(_FINEST_BINS.bit_length() - 1) if _FINEST_BINS >> i < len(present)]
    low, high = float(present.min()), float(present.max())
    width = high - low
    seen = _Nodes()
    top = seen.number("top", 1.0, 1.0, (low + high) / 2, ROOT)
    paths: list[list[int]] = [[] for _ in column.values]
    for i, value in enumerate(present.tolist()):
        paths[i].append(seen.number((value, value), 0.0, 0.0, value, as_label(value)))
    for count in bins:
        group = place * count // counts.sum()
        for number in np.unique(group):
            members = order[group == number]
            first, last = float(present[members[0]]), float(present[members[-1]])
            share = (last - first) / width
            node = seen.number(
                (first, last), share, share, (first + last) / 2, f"[{as_label(first)}, {as_label(last)}]"
            )
            for i in members.tolist():
                paths[i].append(node)
    for path in paths[: len(present)]:
        path.append(top)
    if len(column.values) > len(present):
        paths[-1].extend(seen.missing(len(bins) + 2, top))
    return seen.ladder(paths, True)


def _flat(column: Column) -> Ladder:
    seen = _Nodes()
    top = seen.number("top", 1.0, 1.0, np.nan, ROOT)
    nodes = []
    for code, value in enumerate(column.values):
        leaf = [seen.number(code, 0.0, 0.0, np.nan, as_label(value)), top]
        nodes.append(leaf if value is not None else seen.missing(2, top))
    return seen.ladder(nodes, False)
