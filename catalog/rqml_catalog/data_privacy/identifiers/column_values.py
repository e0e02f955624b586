"""The distinct values of a column with their counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import narwhals as nw

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Values:
    """The distinct values of one column, missing ones left out.

    Attributes:
        texts: the values as text.
        counts: how many rows hold each, shape (len(texts),).
        rows: rows of the frame, missing values included.
        nature: "text", "integer", "date" or "none" (no identifier can be in it: booleans, fractions).
        empty: whether every row is missing (or an empty text).
    """

    texts: list[str]
    counts: npt.NDArray[np.int64]
    rows: int
    nature: str
    empty: bool = False


def distinct(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], column: str) -> Values:
    """Count the distinct values of a column; an engine (DuckDB, Spark) counts where the rows lie."""
    import narwhals as nw

    dtype = frame.collect_schema()[column]
    if dtype.is_float() and not _whole_numbers(frame, column):
        return Values([], np.zeros(0, np.int64), 1, "none")
    try:
        raw, counts = _objects(frame, column) if dtype == nw.Object else _grouped(frame, column)
    except UnicodeEncodeError:  # half of a surrogate pair in a column that pandas takes for text
        raw, counts = _objects(frame, column)
    kept = [i for i, value in enumerate(raw) if not missing(value)]
    values = [raw[i] for i in kept]
    nature = _nature(values)
    texts = [_text(value, nature) for value in values] if nature != "none" else []
    return Values(texts, counts[kept] if texts else counts[:0], int(counts.sum()), nature, empty=not values)


def _grouped(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], column: str) -> tuple[list[Any], npt.NDArray[np.int64]]:
    import narwhals as nw

    counted = frame.lazy().group_by(nw.col(column).alias("value")).agg(nw.len().alias("count")).collect()
    return counted.get_column("value").to_list(), counted.get_column("count").to_numpy().astype(np.int64)


def _objects(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], column: str) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """Python objects, counted here: engines fail on lists, records, and halves of surrogate pairs."""
    values = frame.lazy().select(column).collect().get_column(column).to_list()
    counts = Counter((type(value), value if isinstance(value, Hashable) else str(value)) for value in values)
    return [value for _, value in counts], np.fromiter(counts.values(), dtype=np.int64, count=len(counts))


def missing(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT, NA, or an empty text."""
    if value is None or (isinstance(value, str) and not value):
        return True
    if type(value).__name__ == "NAType":
        return True
    different = value != value  # noqa: PLR0124 - how NaN and NaT are told
    return isinstance(different, (bool, np.bool_)) and bool(different)


def as_printed(value: Any) -> str:
    """A cell as text: bytes as UTF-8, other things as they print; halves of surrogate pairs as U+FFFD."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


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
    return str(int(value)) if nature == "integer" else as_printed(value)


def thinned(values: Values, most: int) -> Values:
    """At most so many distinct values, evenly spread; counts are scaled so that the rows stay about the same."""
    step = -(-len(values.texts) // most)
    if step <= 1:
        return values
    chosen = values.counts[::step]
    scale = values.counts.sum() / chosen.sum()
    return Values(values.texts[::step], np.rint(chosen * scale).astype(np.int64), values.rows, values.nature)
