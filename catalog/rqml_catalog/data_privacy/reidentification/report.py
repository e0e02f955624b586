"""Run the three attacks on frames, and leave out released records that come too near to original ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rqml.estimate import Estimate
from rqml.subjects.hierarchy import Hierarchy
from rqml_catalog.data_privacy.anonymity.codes import Flags
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
    frames: Sequence[Any], known: Sequence[str], secret: Sequence[str], hierarchies: Mapping[str, Hierarchy]
) -> Tables:
    """Code the columns of the released, the original and the control frame together."""
    loaded = [load(frame) for frame in frames]
    parts = [read_columns(frame, [*known, *secret]) for frame in loaded]
    named = zip([*known, *secret], *parts, strict=True)
    columns = [attribute(released, others, hierarchies.get(name)) for name, released, *others in named]
    ends = np.cumsum([len(part[0].codes) for part in parts])
    released, original, control = np.split(np.arange(ends[-1]), ends[:-1])
    tables = Tables(columns[: len(known)], columns[len(known) :], released, original, control)
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

    Where more than 2 % of the control records equal an original, nearness tells nothing and none is named.
    """
    columns = tables.columns
    original = records(columns, tables.original, tables.original)
    usual = nearest(records(columns, tables.control, tables.original), original)[1]
    found: Flags = nearest(records(columns, tables.released, tables.original), original)[1] < np.quantile(usual, _NEAR)
    return found
