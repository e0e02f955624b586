"""Run the three attacks on frames, and leave out released records that come too near to original ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from rqml.estimate import Estimate
from rqml.subjects.hierarchy import Hierarchy
from rqml_catalog.data_privacy.anonymity.codes import Flags, combine
from rqml_catalog.data_privacy.anonymity.frames import load, read_columns
from rqml_catalog.data_privacy.reidentification.attacks import (
    Tables,
    inference,
    linkability,
    records,
    risk,
    singling_out,
)
from rqml_catalog.data_privacy.reidentification.attributes import attribute
from rqml_catalog.data_privacy.reidentification.nearest import nearest

_ATTACKS = {"singling_out": singling_out, "linkability": linkability, "inference": inference}
_NEAR = 0.02


def tables_of(
    frames: Sequence[Any],
    known: Sequence[str],
    secret: Sequence[str],
    hierarchies: Mapping[str, Hierarchy],
    coded: Collection[str] = (),
) -> Tables:
    """Code the columns of the released, the original and the control frame together.

    Args:
        frames: the three, of any library.
        known: names of the columns that attackers know.
        secret: names of the columns that they want to learn.
        hierarchies: of the columns that have one.
        coded: names of the columns in which the release holds representatives.
    """
    names = [*known, *secret]
    loaded = [load(frame) for frame in frames]
    parts = [read_columns(frame, names) for frame in loaded]
    named = zip(names, *parts, strict=True)
    columns = [attribute(first, others, hierarchies.get(name), name in coded) for name, first, *others in named]
    ends = np.cumsum([len(part[0].codes) for part in parts])
    released, original, control = np.split(np.arange(ends[-1]), ends[:-1])
    tables = Tables(columns[: len(known)], columns[len(known) :], released, original, control, names)
    tables.check()
    return tables


def attack_all(
    tables: Tables, attacks: int, generator: np.random.Generator, confidence: float
) -> dict[str, tuple[Estimate, int, int]]:
    """Risk, number of guesses and of successes of each attack, by name."""
    found = {}
    for name, attack in _ATTACKS.items():
        success, control = attack(tables, attacks, generator)
        found[name] = (risk(success, control, confidence), len(success), int(success.sum()))
    return found


def too_near(tables: Tables) -> Flags:
    """Released records nearer to an original than 98 % of the control records are, shape (released,).

    Where more than 2 % of the control records equal an original, those that equal an original and no control record.
    """
    columns = tables.columns
    released, original, control = (
        records(columns, rows, tables.original) for rows in (tables.released, tables.original, tables.control)
    )
    usual = np.quantile(nearest(control, original)[1], _NEAR)
    gap = nearest(released, original)[1]
    found: Flags = gap < usual if usual > 0 else (gap == 0) & (nearest(released, control)[1] > 0)
    return found


def verbatim(tables: Tables) -> tuple[int, int]:
    """Released records that equal an original and no control record, and the other way round: that many by chance."""
    columns = tables.columns
    ids = combine([column.codes for column in columns], [len(column.values) for column in columns])[0]
    released = ids[tables.released]
    known = [np.isin(released, ids[rows]) for rows in (tables.original, tables.control)]
    return int((known[0] & ~known[1]).sum()), int((known[1] & ~known[0]).sum())
