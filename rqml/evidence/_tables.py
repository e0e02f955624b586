"""Tables of any library that narwhals knows, as named columns."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from rqml.errors import InvalidSubject
from rqml.evidence._columns import Column, digests
from rqml.evidence._encoding import digest, pack
from rqml.evidence._objects import encode_any

if TYPE_CHECKING:
    import narwhals as nw


def as_narwhals(frame: Any) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
    """The frame as narwhals sees it.

    Raises:
        InvalidSubject: not a table, or one with two columns of the same name.
    """
    import narwhals as nw

    try:
        wrapped: Any = nw.from_native(nw.to_native(frame, pass_through=True))
        list(wrapped.collect_schema())
    except TypeError as error:
        known = "a pandas, polars, pyarrow, DuckDB or Spark frame"
        raise InvalidSubject(f"{type(frame).__qualname__} is no table; pass {known}") from error
    except nw.exceptions.DuplicateError as error:
        raise InvalidSubject("two columns of the table have the same name; rename one") from error
    return wrapped  # type: ignore[no-any-return]


def table_digest(frame: nw.DataFrame[Any], extra: bytes) -> bytes:
    """The 32-byte digest of an eager table and of what belongs to it."""
    named = _columns(frame)
    hashed = zip((encode_any(name) for name, _ in named), digests([c for _, c in named]), strict=True)
    rows = struct.pack("<Q", len(frame) if named else 0)
    return digest("table", pack(b"table", [extra, rows, *(pack(name, [value]) for name, value in sorted(hashed))]))


def layout(frame: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> list[list[object]]:
    """What the digest leaves out: per column, in their order, its name, type and, in pandas, categories."""
    if frame.implementation.is_pandas():
        dtypes = zip(frame.columns, frame.to_native().dtypes, strict=True)
        return [[name, str(dtype), list(getattr(dtype, "categories", ()))] for name, dtype in dtypes]
    return [[name, str(dtype)] for name, dtype in frame.collect_schema().items()]


def _columns(frame: nw.DataFrame[Any]) -> list[tuple[object, Column]]:
    implementation, native = frame.implementation, frame.to_native()
    if implementation.is_polars():
        from rqml.evidence._polars import from_polars

        return [(series.name, from_polars(series, encode_any)) for series in native.get_columns()]
    if implementation.is_pyarrow():
        from rqml.evidence._arrow import from_arrow

        names = native.column_names
        return [(name, from_arrow(native.column(i), encode_any)) for i, name in enumerate(names)]
    from rqml.evidence._pandas import from_pandas

    pandas = native if implementation.is_pandas() else frame.to_pandas()
    return [(name, from_pandas(pandas.iloc[:, i], encode_any)) for i, name in enumerate(pandas.columns)]
