"""Columns of polars, read slice by slice; pyarrow is not needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from rqml.evidence._cells import from_cells
from rqml.evidence._columns import Block, Column, nothing, spans
from rqml.evidence._streams import Flags, Numbers, Texts, Times

if TYPE_CHECKING:
    import polars as pl


def from_polars(series: pl.Series, unknown: Callable[[object], bytes]) -> Column:
    """A column of a polars Series of any type."""
    import polars as pl

    kind = series.dtype
    rows = len(series)
    if kind == pl.Null:
        return nothing(rows)
    if kind in (pl.Categorical, pl.Enum):
        return from_polars(series.cast(pl.String), unknown)
    if kind == pl.Boolean:
        return Column(rows, Flags, lambda size: _fixed(series, size, False))
    if kind.is_numeric() and not kind.is_decimal() and "128" not in str(kind):
        return Column(rows, Numbers, lambda size: _fixed(series, size, 0))
    if kind.is_temporal():
        tag, unit = _temporal(kind)
        return Column(rows, lambda: Times(tag, unit), lambda size: _fixed(series.to_physical(), size, 0, "int64"))
    if kind == pl.String:
        return Column(rows, lambda: Texts("text"), lambda size: _texts(series, size))
    return from_cells(series.to_list(), unknown)


def _slices(series: pl.Series, size: int) -> Iterator[Any]:
    for chunk in series.get_chunks():
        for start, length in spans(len(chunk), size):
            yield chunk.slice(start, length)


def _fixed(series: pl.Series, size: int, zero: object, dtype: str | None = None) -> Iterator[Block]:
    for block in _slices(series, size):
        missing = block.is_null().to_numpy() if block.null_count() else None
        values = (block if missing is None else block.fill_null(zero)).to_numpy()
        yield values if dtype is None else values.astype(dtype, copy=False), missing


def _temporal(kind: Any) -> tuple[str, str]:
    import polars as pl

    if kind == pl.Date:
        return "date", "D"
    if kind == pl.Time:
        return "time", "ns"
    tag = "duration" if kind == pl.Duration else "datetime" if kind.time_zone is None else "instant"
    return tag, kind.time_unit


def _texts(series: pl.Series, size: int) -> Iterator[Block]:
    for block in _slices(series, size):
        lengths = block.str.len_bytes().cast(int).fill_null(-1).to_numpy()
        joined = block.drop_nulls().str.join("")
        yield lengths, (joined.item() if len(joined) else "").encode()
