"""Frames: the adapter between tables of any library and the codes of this package.

Eager frames are coded column by column. Lazy ones (DuckDB, Spark, polars plans) are counted by their engine: only
counts come into this process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import narwhals as nw
import numpy as np

from rqml.errors import InvalidSubject
from rqml_catalog.data_privacy.anonymity.closeness import in_order
from rqml_catalog.data_privacy.anonymity.codes import Column, Flags, encode, encode_arrow
from rqml_catalog.data_privacy.anonymity.contingency import Contingency, count

_RECORDS, _CLASSES = "rqml__records", "rqml__classes"
_THREADS = 4
_ROWS_WORTH_THREADS = 100_000


def read_columns(frame: Any, names: Sequence[str]) -> list[Column]:
    """Code the named columns of an eager frame.

    Raises:
        InvalidSubject: a column holds lists, records or other values that cannot be grouped.
    """
    return _read_all(nw.from_native(frame, eager_only=True), names)


def load(frame: Any) -> Any:
    """The frame itself if it is eager; else its rows, loaded once, since engines may order them anew each time."""
    wrapped = nw.from_native(frame)
    return wrapped.collect().to_native() if isinstance(wrapped, nw.LazyFrame) else frame


def _read_all(frame: nw.DataFrame[Any], names: Sequence[str]) -> list[Column]:
    """One thread a column: arrow, which takes most of the time, hashes strings without the interpreter's lock."""
    columns = [frame[name] for name in names]
    if len(frame) < _ROWS_WORTH_THREADS:
        return [_read(column) for column in columns]
    with ThreadPoolExecutor(_THREADS) as threads:
        return list(threads.map(_read, columns))


def _read(series: nw.Series[Any]) -> Column:
    try:
        if series.implementation.is_pandas_like():
            return encode(series.to_native())
        return encode_arrow(series.to_arrow())
    # Arrow says NotImplementedError, pandas TypeError. Their texts may quote values.
    except (TypeError, NotImplementedError):
        raise InvalidSubject(
            f"column {series.name!r} holds lists, records or other values that cannot be grouped: make it one column "
            "for each part, or text by str, or give it no role"
        ) from None


def contingency_of(frame: Any, quasi_identifiers: Sequence[str], sensitive: Sequence[str] = ()) -> Contingency:
    """Count the combinations of quasi-identifiers and, within them, the values of each sensitive column.

    Args:
        frame: a frame of any library that narwhals knows, eager or lazy.
        quasi_identifiers: names of columns; none means that all records are one class.
        sensitive: names of columns; values of numeric ones are put in ascending order.
    """
    wrapped = nw.from_native(frame)
    if not isinstance(wrapped, nw.LazyFrame):
        return _counted(wrapped, quasi_identifiers, sensitive)
    if not sensitive:
        return Contingency(_sizes_by_engine(wrapped, quasi_identifiers))
    parts = [_pairs_by_engine(wrapped, quasi_identifiers, name) for name in sensitive]
    pairs = {name: part.sensitive[name] for name, part in zip(sensitive, parts, strict=True)}
    return Contingency(parts[0].sizes, pairs)


def _counted(
    frame: nw.DataFrame[Any], quasi_identifiers: Sequence[str], sensitive: Sequence[str], weights: str | None = None
) -> Contingency:
    names = list(dict.fromkeys([*quasi_identifiers, *sensitive]))
    read = dict(zip(names, _read_all(frame, names), strict=True))
    columns = [read[name] for name in quasi_identifiers]
    values = {name: _ordered(read[name]) for name in sensitive}
    codes = [column.codes for column in columns] or [np.zeros(len(frame), dtype=np.int64)]
    return count(
        codes,
        [len(column.values) for column in columns] or [1],
        {name: (column.codes, column.values) for name, column in values.items()},
        None if weights is None else frame[weights].to_numpy().astype(np.int64),
    )


def _ordered(column: Column) -> Column:
    return in_order(column) if column.is_numeric else column


def _pairs_by_engine(frame: nw.LazyFrame[Any], quasi_identifiers: Sequence[str], sensitive: str) -> Contingency:
    keys = list(dict.fromkeys([*quasi_identifiers, sensitive]))
    records = _unlike(keys)
    counts = _without_nan(frame.select(keys)).group_by(keys).agg(nw.len().alias(records)).collect()
    return _counted(counts, quasi_identifiers, [sensitive], records)


def _sizes_by_engine(frame: nw.LazyFrame[Any], quasi_identifiers: Sequence[str]) -> Any:
    """Class sizes; the engine also counts how many classes have each size, so that no class comes here."""
    keys = list(quasi_identifiers)
    if not keys:
        rows = int(frame.select(nw.len()).collect().item())
        return np.full(min(rows, 1), rows, dtype=np.int64)
    records, classes = _unlike(keys), _CLASSES
    sizes = _without_nan(frame.select(keys)).group_by(keys).agg(nw.len().alias(records)).select(records)
    histogram = sizes.group_by(records).agg(nw.len().alias(classes)).collect()
    size = histogram[records].to_numpy().astype(np.int64)
    return np.sort(np.repeat(size, histogram[classes].to_numpy().astype(np.int64)))


def _unlike(names: Sequence[str]) -> str:
    """A name for the column of counts that no other column has (engines do not tell upper from lower case)."""
    taken, name = {other.lower() for other in names}, _RECORDS
    while name in taken:
        name += "_"
    return name


def _without_nan(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """NaN and null are one missing value here; engines keep them apart."""
    floats = [name for name, kind in frame.collect_schema().items() if kind.is_float()]
    return frame.with_columns(nw.col(*floats).fill_nan(None)) if floats else frame


def replace_columns(frame: Any, columns: Mapping[str, Any], kept: Flags) -> Any:
    """A frame of the same library with some columns replaced and some rows left out; order and index are kept.

    Args:
        frame: an eager frame.
        columns: new values of the kept rows by column name, arrays or lists of length kept.sum().
        kept: shape (rows,), rows that stay.
    """
    eager = nw.from_native(frame, eager_only=True)
    rows = eager.filter(kept.tolist()) if not kept.all() else eager
    if rows.implementation.is_pandas_like():
        return rows.to_native().assign(**{name: list(values) for name, values in columns.items()})
    series = [nw.new_series(n, list(values), backend=rows.implementation) for n, values in columns.items()]
    return rows.with_columns(*series).to_native()


def lazy_like(result: Any, original: Any) -> Any:
    """An eager frame handed back to the engine that `original` came from; unchanged if that was eager too."""
    wrapped = nw.from_native(original)
    if not isinstance(wrapped, nw.LazyFrame):
        return result
    eager = nw.from_native(result, eager_only=True)
    if wrapped.implementation.is_pyspark():
        return original.sparkSession.createDataFrame(eager.to_pandas())
    return eager.lazy(backend=wrapped.implementation).to_native()
