"""Streams: canonical bytes of one column, hashed block by block.

A stream is fed blocks of rows; where one block ends and the next begins leaves no trace in the digest. A
column without a single value has the same digest in every stream: its type is an accident of the library.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Protocol

from rqml.evidence._encoding import NANOSECONDS, digest, hasher, pack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[Any]
    Mask = NDArray[np.bool_]

_EXACT = float(2**53)  # every integer below it in size is a float64
_ABSENT = -1  # the length of a missing text


class Stream(Protocol):
    """What turns the blocks of one column into its digest."""

    def update(self, *block: Any, **options: Any) -> None:
        """Take the next rows."""

    def digest(self) -> bytes:
        """The 32-byte digest of the rows taken so far."""


def _raw(array: Array) -> memoryview | bytes:
    """The memory of a contiguous array as bytes."""
    return array.reshape(-1).view("u1").data if array.size else b""


def _finish(tag: bytes, rows: int, missing: int, parts: list[bytes]) -> bytes:
    size = struct.pack("<Q", rows)
    return digest("column", pack(b"missing", [size]) if missing == rows else pack(tag, [size, *parts]))


class Numbers:
    """Numbers as little-endian float64, and beside it what float64 cannot hold of large integers.

    int32, int64, uint64 and float columns of equal values agree; -0.0 is 0.0; every NaN is missing.
    """

    def __init__(self) -> None:
        self._values = hasher("numbers")
        self._residuals, self._places = hasher("residuals"), hasher("places")
        self._rows = self._missing = 0
        self._buffer: Array | None = None

    def update(self, values: Array, missing: Mask | None = None, residuals: Array | None = None, /) -> None:
        """Take numbers of any width; where `missing` is set the number does not count."""
        import numpy as np

        if not len(values):
            return
        buffer = self._scratch(len(values))
        np.copyto(buffer, values, casting="unsafe")
        if values.dtype.kind == "f":
            np.add(buffer, 0.0, out=buffer)  # -0.0 + 0.0 is 0.0
        elif values.dtype.itemsize == 8 and not _all_exact(buffer):
            residuals = _residuals(values, buffer)
        if missing is not None:
            buffer[missing] = np.nan
        if np.isnan(buffer.max()):  # cheaper than a mask when, as mostly, nothing is missing
            gaps = np.isnan(buffer)
            buffer[gaps] = np.nan  # one bit pattern for all
            self._missing += int(np.count_nonzero(gaps))
            residuals = None if residuals is None else np.where(gaps, 0, residuals)
        if residuals is not None:
            self._update_residuals(residuals)
        self._values.update(_raw(buffer))
        self._rows += len(values)

    def digest(self) -> bytes:
        """The digest of the numbers taken so far."""
        parts = [self._values.digest(), self._places.digest(), self._residuals.digest()]
        return _finish(b"number", self._rows, self._missing, parts)

    def _scratch(self, rows: int) -> Array:
        import numpy as np

        if self._buffer is None or len(self._buffer) < rows:
            self._buffer = np.empty(rows, dtype="<f8")
        return self._buffer[:rows]

    def _update_residuals(self, residuals: Array) -> None:
        import numpy as np

        at = np.flatnonzero(residuals != 0)  # numpy counts flags much faster than numbers
        left = residuals if len(at) == len(residuals) else residuals[at]
        self._residuals.update(_raw(left.astype("<i8", copy=False)))
        at += self._rows
        self._places.update(_raw(at.astype("<i8", copy=False)))


def _all_exact(approximate: Array) -> bool:
    return bool(approximate.max() < _EXACT and approximate.min() > -_EXACT)


def _residuals(values: Array, approximate: Array) -> Array:
    """Integer minus its nearest float64, as int64; that float may be one beyond the widest integer."""
    import numpy as np

    top = 2.0 ** (63 if values.dtype.kind == "i" else 64)
    if approximate.max() < top:
        return np.asarray((values - approximate.astype(values.dtype)).view(np.int64))
    over = approximate >= top
    near = np.where(over, 0.0, approximate).astype(values.dtype)
    near[over] = np.iinfo(values.dtype).max
    return np.asarray((values - near).view(np.int64) - over)  # wraps around to the right small number


class Flags:
    """Booleans as the bytes 0 and 1, and 2 where missing."""

    def __init__(self) -> None:
        self._values = hasher("flags")
        self._rows = self._missing = 0

    def update(self, values: Array, missing: Mask | None = None, /) -> None:
        """Take booleans; where `missing` is set the value does not count."""
        import numpy as np

        codes = np.array(values, dtype=np.uint8)
        if missing is not None:
            codes[missing] = 2
            self._missing += int(np.count_nonzero(missing))
        self._values.update(_raw(codes))
        self._rows += len(codes)

    def digest(self) -> bytes:
        """The digest of the booleans taken so far."""
        return _finish(b"flag", self._rows, self._missing, [self._values.digest()])


class Times:
    """Counts of a time unit as whole seconds and nanoseconds, so that units agree and 9999-12-31 fits.

    Args:
        tag: what is counted: datetime (without offset), instant (UTC), date, time or duration.
        unit: the numpy unit of the counts.
    """

    def __init__(self, tag: str, unit: str) -> None:
        self._tag, self._unit = tag.encode(), unit
        self._values = hasher("times")
        self._rows = self._missing = 0

    def update(self, counts: Array, missing: Mask | None = None, /) -> None:
        """Take int64 counts since 1970, since midnight or of a duration."""
        import numpy as np

        size, second = NANOSECONDS[self._unit], NANOSECONDS["s"]
        pairs = np.zeros((len(counts), 2), dtype="<i8")
        if size >= second:
            pairs[:, 0] = counts * (size // second)
        else:
            np.floor_divide(counts, second // size, out=pairs[:, 0])
            pairs[:, 1] = (counts - pairs[:, 0] * (second // size)) * size
        self.update_pairs(pairs, missing)

    def update_pairs(self, pairs: Array, missing: Mask | None = None, /) -> None:
        """Take (seconds, nanoseconds) pairs, an int64 array of shape (rows, 2)."""
        import numpy as np

        if missing is not None:
            pairs[missing] = np.iinfo(np.int64).min
            self._missing += int(np.count_nonzero(missing))
        self._values.update(_raw(pairs))
        self._rows += len(pairs)

    def digest(self) -> bytes:
        """The digest of the times taken so far."""
        return _finish(self._tag, self._rows, self._missing, [self._values.digest()])


class Texts:
    """Byte strings: all lengths in one stream, all bytes in another; the length -1 is a missing one.

    Args:
        tag: what the bytes are: text (UTF-8), binary, decimal or cell.
    """

    def __init__(self, tag: str) -> None:
        self._tag = tag.encode()
        self._lengths, self._bytes = hasher("lengths"), hasher("texts")
        self._rows = self._missing = 0

    def update(self, lengths: Array, data: bytes | memoryview, /) -> None:
        """Take the lengths (-1 where missing) and the concatenated bytes of the next rows."""
        import numpy as np

        exact = np.ascontiguousarray(lengths, dtype="<i8")
        self._missing += int(np.count_nonzero(exact == _ABSENT))
        self._lengths.update(_raw(exact))
        self._bytes.update(data)
        self._rows += len(exact)

    def digest(self) -> bytes:
        """The digest of the byte strings taken so far."""
        return _finish(self._tag, self._rows, self._missing, [self._lengths.digest(), self._bytes.digest()])
