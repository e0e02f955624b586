"""Ladder: how the distinct values of one column climb, level by level, to `*`.

Loss of a node is what the ARX tool defines: (leaves under it - 1) / (leaves of the domain - 1), where the domain is
that of the hierarchy; a range of a numeric column without a hierarchy loses its width / the width of the column.
NCP (normalised certainty penalty, Xu et al., KDD 2006) is leaves under it / leaves of the domain, 0 for a leaf.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from rqml.errors import InvalidSubject
from rqml.subjects.hierarchy import ROOT, Hierarchy, as_label
from rqml_catalog.data_privacy.anonymity.codes import Column, Floats, Ints
from rqml_catalog.data_privacy.anonymity.positions import labels_in_order, midpoint, positions

_FINEST_BINS = 64
_RANGE = re.compile(r"\[(?P<low>-?[\d.e+-]+), (?P<high>-?[\d.e+-]+)\]")

Range = tuple[float, float]


@attrs.frozen(eq=False)
class Ladder:
    """The nodes above the distinct values of a column; level 0 is the value itself, the last level is `*`.

    Attributes:
        nodes: shape (levels, values), node of each distinct value at each level.
        loss: shape (nodes,), in [0, 1].
        ncp: shape (nodes,), in [0, 1].
        midpoints: shape (nodes,), centre of the numbers under the node, or of the positions of its leaves where they
            are no numbers; NaN for missing values.
        labels: what is published for each node; None for missing values.
    """

    nodes: Ints
    loss: Floats
    ncp: Floats
    midpoints: Floats
    labels: tuple[Any, ...]

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
    Ranges and stars that an earlier repair published climb on from where they are.

    Raises:
        InvalidSubject: a value is absent from the hierarchy.
    """
    if hierarchy is not None:
        return _by_hierarchy(column, hierarchy)
    ranges = [range_of(value) for value in column.values]
    return _by_ranges(column, ranges) if _are_numbers(column, ranges) else _flat(column)


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

    def ladder(self, nodes: list[list[int]]) -> Ladder:
        loss, ncp, midpoints, labels = zip(*self.rows, strict=True)
        grid = np.array(nodes, dtype=np.int64).T
        return Ladder(grid, np.array(loss), np.array(ncp), np.array(midpoints), labels)

    def missing(self, levels: int, top: int) -> list[int]:
        return [self.number("missing", 0.0, 0.0, np.nan, None)] * (levels - 1) + [top]


def _by_hierarchy(column: Column, hierarchy: Hierarchy) -> Ladder:
    seen, domain, place = _Nodes(), len(hierarchy.leaves), positions(hierarchy.leaves)
    top = seen.number((0, domain), 1.0, 1.0, midpoint(place.values()), ROOT)
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
                known[step] = _node(seen, hierarchy, *step, place)
        nodes.append([known[step] for step in enumerate(path)])
    if absent:
        raise InvalidSubject(
            f"{absent} distinct values are absent from the hierarchy: add a row for each, or clean the column"
        )
    return seen.ladder(nodes)


def _node(seen: _Nodes, hierarchy: Hierarchy, level: int, label: str, place: Mapping[str, float]) -> int:
    domain = len(place)
    first, leaves = hierarchy.covered(level, label)
    loss = (len(leaves) - 1) / (domain - 1) if domain > 1 else float(label == ROOT)
    share = len(leaves) / domain if len(leaves) > 1 else 0.0
    # Nodes over the same leaves are one node: a level that adds nothing makes no class of its own.
    return seen.number((first, len(leaves)), loss, share, midpoint(place[leaf] for leaf in leaves), label)


def range_of(value: Any) -> Range | None:
    """The ends of a number or of a range as it is published; None for anything else."""
    found = _RANGE.fullmatch(value) if isinstance(value, str) else None
    try:
        low, high = (float(found["low"]), float(found["high"])) if found else (float(value), float(value))
    except (TypeError, ValueError, OverflowError):
        return None
    return (low, high) if math.isfinite(high - low) else None


def _are_numbers(column: Column, ranges: list[Range | None]) -> bool:
    """Numbers, or the ranges, numbers and stars that were published in their place."""
    told = [
        found is not None
        for value, found in zip(column.values, ranges, strict=True)
        if value is not None and value != ROOT
    ]
    published = any(isinstance(value, str) and value.startswith("[") for value in column.values)
    return bool(told) and all(told) and (published or column.is_numeric)


def _by_ranges(column: Column, ranges: list[Range | None]) -> Ladder:
    """Ranges that halve the records at each level, nested: bins of the cumulated share."""
    there = np.array([code for code, found in enumerate(ranges) if found is not None])
    low, high = np.array([found for found in ranges if found is not None]).T
    counts = np.bincount(column.codes, minlength=len(column.values))[there]
    order = np.lexsort((high, low))
    low, high, there = low[order], high[order], there[order]
    place = np.cumsum(counts[order]) - counts[order]
    bins = [_FINEST_BINS >> i for i in range(_FINEST_BINS.bit_length() - 1) if _FINEST_BINS >> i < len(there)]
    width = float(high.max() - low[0])
    seen = _Nodes()
    top = seen.number("top", 1.0, 1.0, float(low[0] + high.max()) / 2, ROOT)
    paths: list[list[int]] = [[top] * (len(bins) + 1) for _ in column.values]  # a star stays a star
    for i, (code, first, last) in enumerate(zip(there.tolist(), low.tolist(), high.tolist(), strict=True)):
        paths[code] = [_range_node(seen, (i, i + 1), first, last, width)]
    for count in bins:
        group = place * count // counts.sum()
        starts = np.flatnonzero(np.diff(group, prepend=-1))
        for start, stop in itertools.pairwise([*starts.tolist(), len(group)]):
            node = _range_node(seen, (start, stop), float(low[start]), float(high[start:stop].max()), width)
            for code in there[start:stop].tolist():
                paths[code].append(node)
    for path in paths:
        path.append(top)
    if column.values[-1] is None:
        paths[-1] = seen.missing(len(bins) + 2, top)
    return seen.ladder(paths)


def _range_node(seen: _Nodes, key: Range, first: float, last: float, width: float) -> int:
    share = (last - first) / width if last > first else 0.0
    label = as_label(first) if first == last else f"[{as_label(first)}, {as_label(last)}]"
    return seen.number(key, share, share, (first + last) / 2, label)


def _flat(column: Column) -> Ladder:
    seen, place = _Nodes(), positions(labels_in_order(column.values))
    top = seen.number("top", 1.0, 1.0, midpoint(place.values()), ROOT)
    nodes = []
    for code, value in enumerate(column.values):
        if value is None:
            nodes.append(seen.missing(2, top))
        elif value == ROOT:
            nodes.append([top, top])
        else:
            label = as_label(value)
            nodes.append([seen.number(code, 0.0, 0.0, place[label], label), top])
    return seen.ladder(nodes)
