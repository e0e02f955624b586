"""Cells that few algorithms can compute with: lists, dicts, objects, values of several types in one column."""

from __future__ import annotations

import datetime as dt
import numbers
from decimal import Decimal
from math import isnan
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import narwhals as nw

_PLAIN = (str, numbers.Real, Decimal, dt.date, dt.time, dt.timedelta)
_WORDS = {"Binary": "bytes", "List": "lists", "Array": "arrays", "Struct": "records"}


def odd_columns(table: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> dict[str, str]:
    """What columns hold that is neither numbers nor texts nor times, in words, by name of the column.

    Reads the cells of untyped columns only, and those of a lazy frame not at all.
    """
    import narwhals as nw

    found: dict[str, str] = {}
    for name, dtype in table.collect_schema().items():
        nested = _WORDS.get(type(dtype).__name__)
        if nested:
            found[name] = nested
        elif isinstance(table, nw.DataFrame) and isinstance(dtype, nw.Object | nw.Unknown):
            kinds = _kinds(table.get_column(name).to_list())
            if kinds:
                found[name] = kinds
    return found


def _kinds(values: list[Any]) -> str:
    kinds = {type(value) for value in values if value is not None and not (isinstance(value, float) and isnan(value))}
    of_one_kind = len(kinds) < 2 or all(issubclass(kind, numbers.Real) for kind in kinds)
    if of_one_kind and all(issubclass(kind, _PLAIN) for kind in kinds):
        return ""
    return f"values of type {', '.join(sorted(kind.__name__ for kind in kinds))}"
