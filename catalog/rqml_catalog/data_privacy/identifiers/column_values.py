"""The distinct values of a column with their counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import narwhals as nw


@dataclass(frozen=True, slots=True)
class Values:
    """The distinct values of one column, missing ones left out.

    Attributes:
        texts: the values as text.
        counts: how many rows hold each, shape (len(texts),).
        rows: rows of the frame, missing values included.
        nature: "text", "integer", "date" or "none" (no identifier can be in it: booleans, fractions).
    """

    texts: list[str]
    counts: npt.NDArray[np.int64]
    rows: int
    nature: str


def distinct(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], column: str) -> Values:
    """Count the distinct values of a column; an engine (DuckDB, Spark) counts where the rows lie."""
    import narwhals as nw

    dtype = frame.collect_schema()[column]
    if dtype.is_float() and not _whole_numbers(frame, column):
        return Values([], np.zeros(0, np.int64), 1, "none")
    counted = frame.lazy().group_by(nw.col(column).alias("value")).agg(nw.len().alias("count")).collect()
    counts = counted.get_column("count").to_numpy().astype(np.int64)
    rows = int(counts.sum())
    raw = counted.get_column("value").to_list()
    kept = [i for i, value in enumerate(raw) if not _missing(value)]
    values = [raw[i] for i in kept]
    nature = _nature(values)
    texts = [_text(value, nature) for value in values] if nature != "none" else []
    return Values(texts, counts[kept] if texts else counts[:0], rows, nature)


def _missing(value: Any) -> bool:
    return value is None or value == "" or bool(value != value)  # noqa: PLR0124 - how NaN and NaT are told


def _whole_numbers(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], column: str) -> bool:
    """Whether a column of floats holds integers (as pandas stores them when some are missing)."""
    import narwhals as nw

    value = nw.col(column)
    present = frame.lazy().filter(~value.is_null() & ~value.is_nan())
    fractions = present.select(((value % 1) != 0).any()).collect()
    return not fractions.item()


def _nature(values: list[Any]) -> str:
    import datetime
    from numbers import Integral, Real

    if not values:
        return "none"
    if all(isinstance(value, str) for value in values):
        return "text"
    if any(
        not isinstance(value, (Real, np.bool_, datetime.date, datetime.time, datetime.timedelta)) for value in values
    ):
        return "text"  # mixed values, bytes, lists and records are read as they print
    if any(isinstance(value, bool | np.bool_) for value in values):
        return "none"
    if all(isinstance(value, datetime.date) for value in values):
        return "date"
    if all(isinstance(value, Integral) or (isinstance(value, Real) and float(value).is_integer()) for value in values):
        return "integer"
    return "none"


def _text(value: Any, nature: str) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(int(value)) if nature == "integer" else str(value)


def thinned(values: Values, most: int) -> Values:
    """At most so many distinct values, evenly spread; counts are scaled so that the rows stay about the same."""
    step = -(-len(values.texts) // most)
    if step <= 1:
        return values
    chosen = values.counts[::step]
    scale = values.counts.sum() / chosen.sum()
    return Values(values.texts[::step], np.rint(chosen * scale).astype(np.int64), values.rows, values.nature)
