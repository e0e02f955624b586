"""Attributes: one column of the released, the original and the control table, in codes that can be compared.

Released labels may be generalised. Where the original has numbers, a range counts as its midpoint and `*` as missing.
Other labels are compared level by level of their hierarchy: what a label leaves open is HIDDEN on the levels below.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from rqml.errors import InvalidSubject
from rqml.subjects.hierarchy import ROOT, Hierarchy
from rqml_catalog.data_privacy.anonymity.codes import Column, Flags, Ints, encode

HIDDEN: Final = object()
"""A value that the release does not tell."""
Attribute = tuple[Column, ...]
"""The same rows in one or more columns, one per level at which values are compared."""

_RANGE = re.compile(r"\[(?P<low>-?[\d.e+-]+), (?P<high>-?[\d.e+-]+)\]")


def attribute(released: Column, others: Sequence[Column], hierarchy: Hierarchy | None) -> Attribute:
    """Code a column of three tables together, rows of the released table first.

    Args:
        released: may hold labels of generalised values.
        others: the column in the original and in the control table.
        hierarchy: where the labels come from, if it is known.
    """
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
    ends = [value, value]
    if found := _RANGE.fullmatch(value):
        ends = [found["low"], found["high"]]
    elif hierarchy is not None:
        try:
            leaves = hierarchy.leaves_under(0, value)
        except StopIteration:
            leaves = ()
        ends = [leaves[0], leaves[-1]] if leaves else ends
    try:
        return (float(ends[0]) + float(ends[1])) / 2
    except ValueError:
        return value


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
