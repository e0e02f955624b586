"""Columns of pyarrow, read slice by slice of each chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from rqml.evidence._cells import from_cells
from rqml.evidence._columns import Block, Column, nothing, spans
from rqml.evidence._streams import Flags, Numbers, Texts, Times

if TYPE_CHECKING:
    import pyarrow as pa


def from_arrow(chunked: pa.ChunkedArray, unknown: Callable[[object], bytes]) -> Column:
    """A column of a pyarrow ChunkedArray of any type."""
    from pyarrow import types

    kind = chunked.type
    rows = len(chunked)
    if types.is_dictionary(kind):
        return from_arrow(chunked.cast(kind.value_type), unknown)
    if types.is_null(kind):
        return nothing(rows)
    if types.is_integer(kind) or types.is_floating(kind):
        return Column(rows, Numbers, lambda size: _fixed(chunked, size))
    if types.is_boolean(kind):
        return Column(rows, Flags, lambda size: _fixed(chunked, size))
    if types.is_temporal(kind) and not types.is_interval(kind):
        tag, unit = _temporal(kind)
        return Column(rows, lambda: Times(tag, unit), lambda size: _counts(chunked, size))
    text = _text_tag(kind)
    if text is not None:
        return Column(rows, lambda: Texts(text), lambda size: _texts(chunked, size))
    return from_cells(chunked.to_pylist(), unknown)


def _slices(chunked: pa.ChunkedArray, size: int) -> Iterator[Any]:
    for chunk in chunked.chunks:
        for start, length in spans(len(chunk), size):
            yield chunk.slice(start, length)


def _fixed(chunked: pa.ChunkedArray, size: int) -> Iterator[Block]:
    import pyarrow as pa

    if pa.types.is_float16(chunked.type):
        chunked = chunked.cast(pa.float32())
    zero = False if pa.types.is_boolean(chunked.type) else 0
    for block in _slices(chunked, size):
        if not block.null_count:
            yield (block.to_numpy(zero_copy_only=False),)
            continue
        missing = block.is_null().to_numpy(zero_copy_only=False)
        filled = block.fill_null(pa.scalar(zero, type=block.type))
        yield filled.to_numpy(zero_copy_only=False), missing


def _counts(chunked: pa.ChunkedArray, size: int) -> Iterator[Block]:
    import pyarrow as pa

    narrow = pa.types.is_date32(chunked.type) or pa.types.is_time32(chunked.type)
    for block in _slices(chunked, size):
        counts = block.view(pa.int32() if narrow else pa.int64())
        missing = counts.is_null().to_numpy(zero_copy_only=False)
        filled = counts.fill_null(0).to_numpy(zero_copy_only=False)
        yield filled.astype("int64", copy=False), missing


def _temporal(kind: pa.DataType) -> tuple[str, str]:
    from pyarrow import types

    if types.is_date(kind):
        return "date", "D" if types.is_date32(kind) else "ms"
    if types.is_timestamp(kind):
        return "datetime" if kind.tz is None else "instant", kind.unit
    return "duration" if types.is_duration(kind) else "time", kind.unit


def _text_tag(kind: pa.DataType) -> str | None:
    from pyarrow import types

    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "text"
    binary = types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind)
    return "binary" if binary or types.is_binary_view(kind) else None


def _texts(chunked: pa.ChunkedArray, size: int) -> Iterator[Block]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    for block in _slices(chunked, size):
        plain = block.cast(pa.large_binary())
        lengths = pc.binary_length(plain).fill_null(-1).to_numpy(zero_copy_only=False)
        present = plain.drop_null() if plain.null_count else plain  # bytes under a null are not content
        _, offsets, data = present.buffers()
        if data is None or not len(present):
            yield lengths, b""
            continue
        ends = np.frombuffer(offsets, dtype=np.int64)[present.offset : present.offset + len(present) + 1]
        yield lengths, memoryview(data)[int(ends[0]) : int(ends[-1])]
