"""A table column by column: which hold identifiers, found or declared, and what was only sampled."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from rqml_catalog.data_privacy.identifiers.column_values import Values, distinct
from rqml_catalog.data_privacy.identifiers.columns import Examined, examine_values
from rqml_catalog.data_privacy.identifiers.treat import hidden

DECLARED = "IDENTIFIER"


@dataclass(slots=True)
class Survey:
    """What was seen of the columns of a table.

    Attributes:
        found: kind and share of the rows, of each column that holds identifiers.
        sampled: distinct values read and distinct values, of each column that was not read in full.
        empty: columns without a value.
    """

    found: dict[str, tuple[str, float]] = field(default_factory=dict)
    sampled: dict[str, tuple[int, int]] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)


def survey(frame: Any, columns: Iterable[str], declared: Collection[str] = ()) -> Survey:
    """Look at columns one after the other.

    Args:
        frame: a frame as narwhals wraps it.
        columns: names of the columns to look at.
        declared: those that identify a person because their owner says so: they count with every row that holds a
            value, of the kind "IDENTIFIER" if nothing else, unless all they hold are masks or digests.
    """
    seen = Survey()
    for column in columns:
        values = distinct(frame, column)
        if values.empty:
            seen.empty.append(column)
        examined = examine_values(column, values)
        reported = _reported(examined, values, declared=column in declared)
        if reported is not None:
            seen.found[column] = reported
        if examined.looked < examined.distinct:
            seen.sampled[column] = examined.looked, examined.distinct
    return seen


def _reported(examined: Examined, values: Values, *, declared: bool) -> tuple[str, float] | None:
    kind = None if examined.finding is None else examined.finding.kind
    if not declared or values.empty or hidden(values.texts):
        return None if kind is None else (kind, examined.share)
    filled = float(values.counts.sum() / values.rows) if values.texts else 1.0
    return kind or DECLARED, max(examined.share, filled)
