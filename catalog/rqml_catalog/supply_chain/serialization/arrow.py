"""Arrow arrays of texts and numbers, as pandas keeps columns: sizes and offsets are checked before use."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from rqml_catalog.supply_chain.serialization.arrays import detailed
from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.values import Global, Instance

OFFSETS = {"string": "<i4", "large_string": "<i8", "binary": "<i4", "large_binary": "<i8"}
BITS = {"bool": 1, "int8": 8, "uint8": 8, "int16": 16, "uint16": 16, "halffloat": 16, "int32": 32, "uint32": 32,
        "float": 32, "date32[day]": 32, "int64": 64, "uint64": 64, "double": 64}  # fmt: skip


TYPES = frozenset({"type_for_alias", "timestamp", "duration"})
_UNITS = ("s", "ms", "us", "ns")


def moment(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """`timestamp(unit, zone)` and `duration(unit)`, of 64 bits."""
    zone = args[1] if len(args) == 2 else None
    if len(args) not in (1, 2) or detailed(args[0]) not in _UNITS or not isinstance(detailed(zone), str | None):
        raise m.refuse("arrow-type", "an Arrow type that is neither text nor number", function.path)
    return Instance(function, args, m.start)


def alias(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """`type_for_alias(name)` of a type of texts or numbers."""
    name = detailed(args[0]) if len(args) == 1 else None
    if not isinstance(name, str) or not (name in OFFSETS or name in BITS):
        raise m.refuse("arrow-type", "an Arrow type that is neither text nor number", function.path)
    return Instance(function, args, m.start)


def buffer(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """`py_buffer(bytes)`."""
    if len(args) != 1 or not isinstance(detailed(args[0]), memoryview):
        raise m.refuse("arrow-array", "an Arrow buffer that is not made of bytes", function.path)
    return Instance(function, args, m.start)


def restore(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """`_restore_array((type, length, nulls, offset, buffers, children, dictionary))`, which Arrow takes on trust."""
    data = detailed(args[0]) if len(args) == 1 else None
    if not isinstance(data, tuple) or not 7 <= len(data) <= 9 or not isinstance(detailed(data[4]), list):
        raise m.refuse("arrow-array", "an Arrow array in a form that Arrow does not write", function.path)
    kind, length, nulls, offset, buffers = data[:5]
    numbers = all(type(number) is int and -1 <= number < 1 << 40 for number in (length, nulls, offset))
    if not _made_by(kind, TYPES) or not numbers or len(buffers) not in (2, 3):
        raise m.refuse("arrow-array", "an Arrow array in a form that Arrow does not write", function.path)
    if data[5] or data[6] or not _sound(kind, length, offset, [_bytes(part) for part in buffers]):
        raise m.refuse("hostile-structure", "an Arrow array leads out of its buffers", function.path)
    return Instance(function, args, m.start)


def _made_by(value: Any, names: Collection[str]) -> bool:
    """Whether a value came from a call of one of these functions of pyarrow, whose arguments were judged."""
    return isinstance(value, Instance) and value.cls.module == "pyarrow.lib" and value.cls.name in names


def _bytes(part: Any) -> memoryview | None:
    if _made_by(part, {"py_buffer"}):
        view: memoryview = part.args[0]
        return view
    return None


def _sound(kind: Instance, length: int, offset: int, buffers: list[memoryview | None]) -> bool:
    """Whether validity bits and values of `length` items from `offset` on lie inside their buffers."""
    validity = buffers[0]
    if length < 0 or offset < 0 or (validity is not None and len(validity) * 8 < length + offset):
        return False
    name = kind.args[0] if kind.cls.name == "type_for_alias" else "int64"
    if name in OFFSETS:
        return len(buffers) == 3 and _texts_sound(OFFSETS[name], length, offset, buffers)
    size = 0 if buffers[1] is None else len(buffers[1])
    return len(buffers) == 2 and size * 8 >= (length + offset) * BITS[name]


def _texts_sound(form: str, length: int, offset: int, buffers: list[memoryview | None]) -> bool:
    _, starts, values = buffers
    if starts is None or len(starts) < (length + offset + 1) * np.dtype(form).itemsize:
        return length == 0
    ends = np.frombuffer(starts, dtype=form, count=length + offset + 1)
    size = 0 if values is None else len(values)
    return bool(ends[0] >= 0 and ends[-1] <= size and (np.diff(ends) >= 0).all())


def chunks(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """`chunked_array(arrays, type)` of arrays that were checked one by one."""
    parts = detailed(args[0]) if args else None
    kinds = TYPES | {"_restore_array"}
    found = [*parts, *args[1:]] if isinstance(parts, list | tuple) else [None]
    if not all(_made_by(part, kinds) for part in found):
        raise m.refuse("arrow-array", "an Arrow array in a form that Arrow does not write", function.path)
    return Instance(function, args, m.start)
