"""Attributes: one column of the released, the original and the control table, in codes that can be compared.

Released labels may be generalised. Where the original has numbers, a range counts as its midpoint and `*` as missing.
Other labels are compared level by level of their hierarchy: what a label leaves open is HIDDEN on the levels below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from rqml.errors import InvalidSubject
from rqml.subjects.hierarchy import ROOT, Hierarchy, as_label
from rqml_catalog.data_privacy.anonymity import ladder
from rqml_catalog.data_privacy.anonymity.codes import Column, Flags, Ints, encode
from rqml_catalog.data_privacy.anonymity.positions import labels_in_order, midpoint, positions

HIDDEN: Final = object()
"""A value that the release does not tell."""
Attribute = tuple[Column, ...]
"""The same rows in one or more columns, one per level at which values are compared."""


def attribute(
    released: Column, others: Sequence[Column], hierarchy: Hierarchy | None, coded: bool = False
) -> Attribute:
    """Code a column of three tables together, rows of the released table first.

    Args:
        released: may hold labels of generalised values.
        others: the column in the original and in the control table.
        hierarchy: where the labels come from, if it is known.
        coded: the release holds representatives: numbers in place of labels, see `anonymity.positions`.
    """
    if coded and not all(column.is_numeric for column in others):
        place = _places(others[0], hierarchy)
        others = [Column(c.codes, tuple(place(value) for value in c.values)) for c in others]
    if all(column.is_numeric for column in others):
        values = tuple(_number(value, hierarchy) for value in released.values)
        return (_joined([Column(released.codes, values), *others]),)
    if hierarchy is None:
        known = {value for column in others for value in column.values}
        stars = tuple(HIDDEN if value == ROOT and ROOT not in known else value for value in released.values)
        return (_joined([Column(released.codes, stars), *others]),)
    levels = range(hierarchy.height - 1)
    return tuple(_joined([_at_level(column, hierarchy, level) for column in (released, *others)]) for level in levels)


def hidden(columns: Sequence[Column]) -> Flags:
    """Rows in which one of the columns is hidden, shape (rows,)."""
    rows = np.zeros(len(columns[0].codes), dtype=bool)
    for column in columns:
        rows |= _is_hidden(column)[column.codes]
    return rows


def strange(column: Column, rows: Ints, original: Ints) -> float:
    """Share of the rows whose value is not hidden and does not occur in the original."""
    codes = column.codes[rows]
    return float((~np.isin(codes, column.codes[original]) & ~_is_hidden(column)[codes]).mean())


def _is_hidden(column: Column) -> Flags:
    return np.array([value is HIDDEN for value in column.values], dtype=bool)


def _joined(columns: Sequence[Column]) -> Column:
    values = [np.array([*column.values, None], dtype=object)[:-1][column.codes] for column in columns]
    return encode(np.concatenate(values))


def _number(value: Any, hierarchy: Hierarchy | None) -> Any:
    """The number that a label stands for; None for `*`, the label itself if it stands for none."""
    if not isinstance(value, str):
        return value
    if value == ROOT:
        return None
    leaves = () if hierarchy is None else _leaves_of(value, hierarchy)
    ends = [ladder.range_of(end) for end in ([leaves[0], leaves[-1]] if leaves else [value])]
    return value if None in ends else midpoint(number for end in ends if end is not None for number in end)


def _leaves_of(value: Any, hierarchy: Hierarchy) -> tuple[str, ...]:
    try:
        return hierarchy.leaves_under(0, as_label(value))
    except StopIteration:
        return ()


def _places(original: Column, hierarchy: Hierarchy | None) -> Callable[[Any], float | None]:
    """Where each label lies among the representatives; None for missing values and labels that have no place."""
    labels = labels_in_order(original.values) if hierarchy is None else hierarchy.leaves
    place = positions(labels)

    def of(value: Any) -> float | None:
        under = (as_label(value),) if hierarchy is None else _leaves_of(value, hierarchy)
        known = [place[leaf] for leaf in under if leaf in place]
        return midpoint(known) if known and value is not None else None

    return of


def _at_level(column: Column, hierarchy: Hierarchy, level: int) -> Column:
    nodes = {row[level] for row in hierarchy.rows}
    return Column(column.codes, tuple(_node(value, hierarchy, level, nodes) for value in column.values))


def _node(value: Any, hierarchy: Hierarchy, level: int, nodes: set[str]) -> Any:
    if value is None:
        return None
    try:
        node = hierarchy.path(value)[level]
    except InvalidSubject:
        return value
    return node if node in nodes else HIDDEN
