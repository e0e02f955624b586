"""Injective bytes for plain values: two values that differ never share an encoding.

Every node is a tag and length-prefixed parts, so that no concatenation can be read in two ways. Equal numbers
agree whatever their type (1, 1.0, numpy.int8(1)); True is not 1; None, NaN, NaT and NA are one missing value.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from math import isnan
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from blake3 import blake3

ALGORITHM = "blake3"
NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
    "D": 86_400 * 10**9,
    "W": 604_800 * 10**9,
}
MISSING = b"\x00missing"
_NAIVE_EPOCH = datetime(1970, 1, 1)
_UTC_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def hasher(purpose: str) -> blake3:
    """A blake3 hasher of its own domain, so that digests of different purposes never coincide."""
    from blake3 import blake3

    return blake3(derive_key_context=f"rqml.evidence {purpose} 1")


def digest(purpose: str, data: bytes) -> bytes:
    """The 32-byte digest of `data` in the domain `purpose`."""
    return hasher(purpose).update(data).digest()


def text_form(raw: bytes) -> str:
    """The printed form of a 32-byte digest: `blake3:` and 64 hexadecimal digits."""
    return f"{ALGORITHM}:{raw.hex()}"


def pack(tag: bytes, parts: Iterable[bytes] = ()) -> bytes:
    """A tag and any number of parts, each with its length in front."""
    pieces = list(parts)
    header = struct.pack("<QQ", len(tag), len(pieces)) + tag
    return header + b"".join(struct.pack("<Q", len(piece)) + piece for piece in pieces)


def utf8(text: str) -> bytes:
    """Text as UTF-8; lone surrogates, which Python strings may hold, are kept apart instead of refused."""
    return str.encode(text, "utf-8", "surrogatepass")


def is_missing(value: object) -> bool:
    """Whether `value` stands for "no value": None, a NaN of any kind, pandas NaT and NA."""
    if value is None:
        return True
    if isinstance(value, Decimal):
        return value.is_nan()
    kind = type(value)
    if kind.__name__ in ("NaTType", "NAType") and kind.__module__.startswith("pandas"):
        return True
    if kind.__module__ == "numpy":
        return _is_numpy_missing(value)
    return isinstance(value, float) and isnan(value)


def _is_numpy_missing(value: Any) -> bool:
    import numpy as np

    if not isinstance(value, np.generic) or value.dtype.kind not in "fcmM":
        return False
    return bool(np.isnat(value) if value.dtype.kind in "mM" else np.isnan(value))


def encode(value: object, unknown: Callable[[object], bytes]) -> bytes:
    """Canonical bytes of a value made of scalars, sequences, sets, mappings, attrs and data classes.

    Args:
        value: what to encode; sequences of any type agree, mappings and sets ignore their order.
        unknown: encodes what this function does not know.
    """
    scalar = _scalar(value)
    if scalar is not None:
        return scalar
    if isinstance(value, Mapping):
        pairs = ((encode(k, unknown), encode(v, unknown)) for k, v in value.items())
        return pack(b"map", (pack(b"", pair) for pair in sorted(pairs)))
    if isinstance(value, Set):
        return pack(b"set", sorted(encode(item, unknown) for item in value))
    if isinstance(value, Sequence) and type(value) is not range:
        return pack(b"seq", (encode(item, unknown) for item in value))
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return encode(value.tolist(), unknown)
    fields = _fields(value)
    if fields is not None:
        return pack(b"fields", [utf8(qualified_name(type(value))), encode(fields, unknown)])
    return unknown(value)


def qualified_name(named: object) -> str:
    """Module and qualified name of a class or function."""
    return f"{getattr(named, '__module__', '')}:{getattr(named, '__qualname__', type(named).__qualname__)}"


def _fields(value: Any) -> dict[str, object] | None:
    if isinstance(value, type):
        return None
    names = getattr(value, "__attrs_attrs__", None)
    if names is not None:
        return {field.name: getattr(value, field.name) for field in names}
    names = getattr(value, "__dataclass_fields__", None)
    return None if names is None else {name: getattr(value, name) for name in names}


def _scalar(value: Any) -> bytes | None:
    if is_missing(value):
        return MISSING
    if isinstance(value, Enum):
        return pack(b"enum", [utf8(qualified_name(type(value))), utf8(value.name)])
    if isinstance(value, (datetime, date, time, timedelta)):
        return _temporal(value)
    if type(value).__module__ == "numpy" and hasattr(value, "dtype") and not getattr(value, "shape", (1,)):
        return _numpy_scalar(value)
    if isinstance(value, (bool, int, float, complex)):
        return _number(value)
    if isinstance(value, str):
        return pack(b"text", [utf8(value)])
    if isinstance(value, (bytes, bytearray, memoryview)):
        return pack(b"bytes", [bytes(value)])
    if isinstance(value, Decimal):
        return pack(b"decimal", [decimal_bytes(value)])
    if isinstance(value, PurePath):
        return pack(b"path", [utf8(value.as_posix())])
    return pack(b"uuid", [value.bytes]) if isinstance(value, UUID) else None


def _number(value: Any) -> bytes:
    if isinstance(value, bool):
        return pack(b"bool", [b"1" if value else b"0"])
    if isinstance(value, complex):
        return pack(b"complex", [_number(value.real), _number(value.imag)])
    if isinstance(value, int) or value.is_integer():
        return pack(b"int", [b"%x" % int(value)])
    return pack(b"float", [struct.pack("<d", value)])


def _numpy_scalar(value: Any) -> bytes:
    kind = value.dtype.kind
    if kind in "mM":
        import numpy as np

        unit, step = np.datetime_data(value.dtype)
        if unit not in NANOSECONDS:  # years and months have no fixed length, yet a date of them has a first second
            value, unit, step = value.astype(f"{kind}8[s]"), "s", 1
        return _instant(b"datetime" if kind == "M" else b"duration", *seconds(int(value.astype("i8")) * step, unit))
    plain = value.item()
    if type(plain).__module__ == "numpy":  # longdouble has no exact Python twin, but its text is exact
        return pack(b"longdouble", [utf8(str(plain))])
    return _scalar(plain) or pack(b"numpy", [utf8(str(value.dtype)), utf8(repr(plain))])


def seconds(count: int, unit: str) -> tuple[int, int]:
    """Whole seconds and the nanoseconds beyond them, for a count of the time units in `NANOSECONDS`."""
    return divmod(count * NANOSECONDS[unit], NANOSECONDS["s"])


def since_epoch(value: datetime | timedelta) -> tuple[int, int]:
    """Whole seconds and nanoseconds since 1970 (in UTC when the value has an offset), or of a duration."""
    if isinstance(value, datetime):
        value = value - (_NAIVE_EPOCH if value.utcoffset() is None else _UTC_EPOCH)
    nanoseconds = value.microseconds * 1000 + int(getattr(value, "nanoseconds", 0))
    return value.days * 86_400 + value.seconds, nanoseconds


def time_of_day(value: time) -> int:
    """Nanoseconds since midnight."""
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 10**9 + value.microsecond * 1000


def decimal_bytes(value: Decimal) -> bytes:
    """Sign, digits without trailing zeros and exponent: 1.10 and 1.1 agree, at any precision."""
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return str(value).encode()
    number = "".join(map(str, digits)).lstrip("0")
    shortened = number.rstrip("0")
    if not shortened:
        return b"0"
    return f"{'-' if sign else ''}{shortened}e{exponent + len(number) - len(shortened)}".encode()


def _instant(tag: bytes, whole: int, nanoseconds: int) -> bytes:
    return pack(tag, [b"%d.%09d" % (whole, nanoseconds)])


def _temporal(value: datetime | date | time | timedelta) -> bytes:
    if isinstance(value, (datetime, timedelta)):
        naive = not isinstance(value, datetime) or value.utcoffset() is None
        tag = b"duration" if isinstance(value, timedelta) else b"datetime" if naive else b"instant"
        return _instant(tag, *since_epoch(value))
    if isinstance(value, date):
        return pack(b"date", [b"%d" % value.toordinal()])
    offset = value.utcoffset()
    return pack(b"time", [b"%d" % time_of_day(value), b"" if offset is None else str(offset).encode()])
