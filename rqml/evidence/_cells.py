"""Columns of Python objects: their kind is read off the values, as another library would have typed them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import compress
from numbers import Integral
from typing import Any

from rqml.evidence._columns import Block, Column, nothing, spans, texts
from rqml.evidence._encoding import decimal_bytes, encode, is_missing, since_epoch, time_of_day, utf8
from rqml.evidence._streams import Flags, Numbers, Stream, Times

_NEVER_MISSING = (str, bytes, bool, int, list, dict, tuple, date, datetime, time, timedelta)
_RESIDUAL_FITS = 2**115  # up to here an integer minus its nearest float64 fits in 64 bits
_DAY_ZERO = date(1970, 1, 1).toordinal()


def from_cells(cells: Sequence[Any], unknown: Callable[[object], bytes]) -> Column:
    """A column of arbitrary Python values.

    Args:
        cells: the values in row order.
        unknown: encodes a value of a type that is no scalar, sequence or mapping.
    """
    doubtful = {kind for kind in set(map(type, cells)) if kind not in _NEVER_MISSING}
    gaps = [type(cell) in doubtful and is_missing(cell) for cell in cells]
    present = [not gap for gap in gaps]
    kind = _kind(list(compress(cells, present)) if any(gaps) else cells)
    if kind is None:
        return nothing(len(cells))
    if kind in _TEXT_LIKE:
        to_bytes: Callable[[Any], bytes] = _TEXT_LIKE[kind]
    elif kind == "cell":
        to_bytes = lambda cell: encode(cell, unknown)  # noqa: E731 - one of a table of conversions
    else:
        return _fixed_width(kind, cells, gaps)

    def encoded(start: int, length: int) -> list[bytes | None]:
        rows = slice(start, start + length)
        return [None if gap else to_bytes(cell) for cell, gap in zip(cells[rows], gaps[rows], strict=True)]

    return texts(kind, len(cells), encoded)


_TEXT_LIKE: dict[str, Callable[[Any], bytes]] = {"text": utf8, "binary": bytes, "decimal": decimal_bytes}


def _kind(cells: Sequence[Any]) -> str | None:
    """The one kind all values share, "cell" if they share none, None if there are no values."""
    kinds = {_kind_of_type(kind) for kind in set(map(type, cells))}
    if len(kinds) != 1:
        return "cell" if kinds else None
    (kind,) = kinds
    if kind == "datetime":
        aware = {cell.utcoffset() is not None for cell in cells}
        return "cell" if len(aware) == 2 else "instant" if True in aware else "datetime"
    if kind == "time" and any(cell.tzinfo is not None for cell in cells):
        return "cell"
    if kind == "number" and any(abs(int(c)) > _RESIDUAL_FITS for c in cells if isinstance(c, Integral)):
        return "cell"
    return kind


def _kind_of_type(kind: type) -> str:
    if issubclass(kind, Enum):
        return "cell"
    if kind.__module__ == "numpy":
        return _kind_of_numpy(kind)
    for parent, name in _KINDS:
        if issubclass(kind, parent):
            return name
    return "cell"


# Order matters: bool is an int, datetime is a date.
_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "flag"),
    ((int, float), "number"),
    (str, "text"),
    ((bytes, bytearray), "binary"),
    (datetime, "datetime"),
    (date, "date"),
    (time, "time"),
    (timedelta, "duration"),
    (Decimal, "decimal"),
)


def _kind_of_numpy(kind: type) -> str:
    import numpy as np

    if issubclass(kind, np.longdouble):
        return "cell"
    names = (
        (np.bool_, "flag"),
        ((np.integer, np.floating), "number"),
        (np.str_, "text"),
        (np.bytes_, "binary"),
    )
    # timedelta64 is an np.integer by class, and no number
    return "cell" if issubclass(kind, np.timedelta64) else next((n for p, n in names if issubclass(kind, p)), "cell")


def _fixed_width(kind: str, cells: Sequence[Any], gaps: list[bool]) -> Column:
    import numpy as np

    def blocks(size: int) -> Iterator[Block]:
        for start, length in spans(len(cells), size):
            mask = gaps[start : start + length]
            missing = np.array(mask, dtype=bool)
            values = cells[start : start + length]
            yield _CONVERSIONS[kind]([None if gap else v for v, gap in zip(values, mask, strict=True)], missing)

    return Column(len(cells), _STREAMS[kind], blocks)


class _Pairs(Times):
    """Times whose blocks come as (seconds, nanoseconds) already."""

    update = Times.update_pairs


_STREAMS: dict[str, Callable[[], Stream]] = {
    "flag": Flags,
    "number": Numbers,
    "datetime": lambda: _Pairs("datetime", "s"),
    "instant": lambda: _Pairs("instant", "s"),
    "duration": lambda: _Pairs("duration", "s"),
    "date": lambda: Times("date", "D"),
    "time": lambda: Times("time", "ns"),
}


def _flags(cells: list[Any], missing: Any) -> Block:
    import numpy as np

    return np.array([bool(cell) for cell in cells], dtype=bool), missing


def _numbers(cells: list[Any], missing: Any) -> Block:
    import numpy as np

    near = [0.0 if cell is None else float(cell) for cell in cells]
    rest = [int(c) - int(f) if isinstance(c, Integral) else 0 for c, f in zip(cells, near, strict=True)]
    residuals = np.array(rest, dtype=np.int64)
    return np.array(near, dtype=np.float64), missing, residuals if residuals.any() else None


def _pairs(cells: list[Any], missing: Any) -> Block:
    import numpy as np

    pairs = [(0, 0) if cell is None else since_epoch(cell) for cell in cells]
    return np.array(pairs, dtype="<i8").reshape(len(cells), 2), missing


def _days(cells: list[Any], missing: Any) -> Block:
    import numpy as np

    return np.array([0 if c is None else c.toordinal() - _DAY_ZERO for c in cells], dtype=np.int64), missing


def _times_of_day(cells: list[Any], missing: Any) -> Block:
    import numpy as np

    return np.array([0 if c is None else time_of_day(c) for c in cells], dtype=np.int64), missing


_CONVERSIONS: dict[str, Callable[[list[Any], Any], Block]] = {
    "flag": _flags,
    "number": _numbers,
    "datetime": _pairs,
    "instant": _pairs,
    "duration": _pairs,
    "date": _days,
    "time": _times_of_day,
}
