"""A column to hash, and how many of them are hashed at once.

Columns are read in tiles that stay in the processor's cache, and no temporary is as long as a column. Columns
whose values interleave in memory (a pandas block made from rows) advance together, so that each cache line
is fetched once. numpy and blake3 release the interpreter lock, hence threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import attrs

from rqml.evidence._streams import Flags, Numbers, Stream, Texts, Times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

Block = tuple[Any, ...]  # what a stream takes at once
TILE_ROWS = 32_768  # 256 KiB of float64: a core's second-level cache holds the source and the copy
_STRIDED_ROWS = 4_096
_STRIDED_GROUP = 16  # columns of 8 bytes: two cache lines of a row
_WORTH_A_THREAD = 1 << 19  # cells; below it, starting threads costs more than they save
_MAX_THREADS = 8


@attrs.frozen
class Column:
    """One column: its rows, the stream that hashes it, and its blocks for a wanted number of rows each.

    `place` is (bytes from row to row, address) for values that are not adjacent in memory.
    """

    rows: int
    stream: Callable[[], Stream]
    blocks: Callable[[int], Iterable[Block]]
    place: tuple[int, int] | None = None


def spans(rows: int, size: int) -> Iterator[tuple[int, int]]:
    """Start and length of the consecutive tiles of `rows` rows."""
    return ((start, min(size, rows - start)) for start in range(0, rows, size))


def digests(columns: Sequence[Column]) -> list[bytes]:
    """The 32-byte digest of each column."""
    groups = _groups(columns)
    workers = min(len(groups), os.cpu_count() or 1, _MAX_THREADS)
    results: list[bytes] = [b""] * len(columns)

    def hash_group(members: list[int]) -> None:
        for member, result in zip(members, _together([columns[i] for i in members]), strict=True):
            results[member] = result

    if workers < 2 or sum(column.rows for column in columns) < _WORTH_A_THREAD:
        for group in groups:
            hash_group(group)
        return results
    with ThreadPoolExecutor(workers, thread_name_prefix="rqml-fingerprint") as pool:
        list(pool.map(hash_group, groups))
    return results


def _groups(columns: Sequence[Column]) -> list[list[int]]:
    alone = [[i] for i, column in enumerate(columns) if column.place is None]
    strided = sorted((column.place, i) for i, column in enumerate(columns) if column.place is not None)
    order = [i for _, i in strided]
    return alone + [order[i : i + _STRIDED_GROUP] for i in range(0, len(order), _STRIDED_GROUP)]


def _together(columns: Sequence[Column]) -> list[bytes]:
    streams = [column.stream() for column in columns]
    size = TILE_ROWS if len(columns) == 1 else _STRIDED_ROWS
    for blocks in zip(*(column.blocks(size) for column in columns), strict=True):
        for stream, block in zip(streams, blocks, strict=True):
            stream.update(*block)
    return [stream.digest() for stream in streams]


def from_numpy(values: Array, unit_tag: str | None = None) -> Column | None:
    """A column of a one-dimensional array; None for types that must be read value by value.

    Args:
        values: numbers, booleans, datetime64 or timedelta64; other types give None.
        unit_tag: what datetime64 stands for, "datetime" unless told otherwise.
    """
    kind = values.dtype.kind
    if kind in "mM":
        return _numpy_times(values, unit_tag or ("datetime" if kind == "M" else "duration"))
    if kind not in "biuf" or values.dtype.itemsize > 8:
        return None

    def blocks(size: int) -> Iterator[Block]:
        return ((values[start : start + length],) for start, length in spans(len(values), size))

    stride = values.strides[0]
    place = None if stride == values.itemsize else (stride, values.__array_interface__["data"][0])
    return Column(len(values), Flags if kind == "b" else Numbers, blocks, place)


def _numpy_times(values: Array, tag: str) -> Column | None:
    import numpy as np

    unit, step = np.datetime_data(values.dtype)
    if step != 1 or unit not in ("ns", "us", "ms", "s", "m", "h", "D", "W"):
        return None

    def blocks(size: int) -> Iterator[Block]:
        for start, length in spans(len(values), size):
            block = values[start : start + length]
            missing = np.isnat(block)
            yield np.where(missing, 0, block.astype(np.int64)), missing

    return Column(len(values), lambda: Times(tag, unit), blocks)


def nothing(rows: int) -> Column:
    """A column in which every value is missing."""

    def blocks(size: int) -> Iterator[Block]:
        import numpy as np

        return ((np.zeros(n, bool), np.ones(n, bool)) for _, n in spans(rows, size))

    return Column(rows, Flags, blocks)


def texts(tag: str, rows: int, encoded: Callable[[int, int], Sequence[bytes | None]]) -> Column:
    """A column of byte strings given by (start, length) of the rows wanted."""

    def blocks(size: int) -> Iterator[Block]:
        import numpy as np

        for start, length in spans(rows, size):
            cells = encoded(start, length)
            lengths = np.fromiter((-1 if c is None else len(c) for c in cells), np.int64, len(cells))
            yield lengths, b"".join(filter(None, cells))

    return Column(rows, lambda: Texts(tag), blocks)
