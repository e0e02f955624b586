"""Release: a frame whose quasi-identifiers are recoded to a goal, in the library it came in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from rqml.errors import InvalidSubject
from rqml.subjects.hierarchy import Hierarchy
from rqml_catalog.data_privacy.anonymity.closeness import in_order
from rqml_catalog.data_privacy.anonymity.codes import Column
from rqml_catalog.data_privacy.anonymity.frames import lazy_like, load, read_columns, replace_columns
from rqml_catalog.data_privacy.anonymity.goal import Goal
from rqml_catalog.data_privacy.anonymity.ladder import Ladder, ladder
from rqml_catalog.data_privacy.anonymity.publish import LABELS, published
from rqml_catalog.data_privacy.anonymity.recode import LOCAL, Recoding, recode
from rqml_catalog.data_privacy.anonymity.table import make_table


@attrs.frozen(eq=False)
class Release:
    """A recoded frame.

    Attributes:
        frame: of the library of the original, rows in the original order, suppressed rows left out.
        recoding: what was done and lost.
        changes: one sentence per changed column, without values.
        replaced: names of the columns with new values.
    """

    frame: Any
    recoding: Recoding
    changes: tuple[str, ...]
    replaced: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Plan:
    """How to recode a frame.

    Attributes:
        quasi_identifiers: names of the columns to generalise.
        sensitive: names of the columns whose values within a class count.
        hierarchies: hierarchy of each column that has one.
        recoding: "local" or "global".
        suppression_limit: largest share of rows, in [0, 1), that global recoding may leave out.
        publish: "labels" or "representatives".
    """

    quasi_identifiers: Sequence[str]
    sensitive: Sequence[str] = ()
    hierarchies: Mapping[str, Hierarchy] = attrs.field(factory=dict)
    recoding: str = LOCAL
    suppression_limit: float = 0.0
    publish: str = LABELS


def anonymise(frame: Any, plan: Plan, goal: Callable[[list[Column]], Goal]) -> Release | None:
    """Recode the quasi-identifiers of a frame, or None where no generalisation reaches the goal.

    Args:
        frame: a frame of any library that narwhals knows; a lazy one is loaded.
        plan: columns and method.
        goal: makes the goal from the coded sensitive columns, in the order of `plan.sensitive`.

    Raises:
        InvalidSubject: a value is absent from the hierarchy of its column.
    """
    loaded = load(frame)
    columns = read_columns(loaded, plan.quasi_identifiers)
    sensitive = [in_order(c) if c.is_numeric else c for c in read_columns(loaded, plan.sensitive)]
    ladders = [_ladder(n, c, plan) for n, c in zip(plan.quasi_identifiers, columns, strict=True)]
    table = make_table(columns, ladders, sensitive)
    found = recode(table, goal(sensitive), plan.recoding, plan.suppression_limit)
    if found is None:
        return None
    values = {}
    for j, (name, column) in enumerate(zip(plan.quasi_identifiers, columns, strict=True)):
        new = _published(column, ladders[j], found, j, plan.publish)
        if new is not None:
            values[name] = new
    changed = lazy_like(replace_columns(loaded, values, ~found.suppressed), frame)
    return Release(changed, found, _changes(plan, columns, ladders, found), tuple(values))


def _ladder(name: str, column: Column, plan: Plan) -> Ladder:
    try:
        return ladder(column, plan.hierarchies.get(name))
    except InvalidSubject as error:
        raise InvalidSubject(f"column {name!r}: {error}") from error


def _published(column: Column, step: Ladder, found: Recoding, j: int, publish: str) -> list[Any] | None:
    kept = ~found.suppressed
    return published(step, column.codes[kept], found.nodes[kept, j], publish)


def _changes(plan: Plan, columns: list[Column], ladders: list[Ladder], found: Recoding) -> tuple[str, ...]:
    kept = ~found.suppressed
    sentences = []
    for j, (name, column) in enumerate(zip(plan.quasi_identifiers, columns, strict=True)):
        moved = int(np.sum(found.nodes[kept, j] != ladders[j].nodes[0][column.codes[kept]]))
        if moved:
            sentences.append(f"generalised column {name!r} in {moved} of {int(kept.sum())} rows")
    if not kept.all():
        sentences.append(f"left out {int(found.suppressed.sum())} rows")
    if plan.publish != LABELS:
        sentences.append("wrote numbers in place of labels")
    return tuple(sentences)
