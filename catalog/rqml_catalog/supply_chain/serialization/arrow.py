"""Arrow arrays of strings, as pandas 3 keeps text columns: offsets are checked before anything follows them."""

from __future__ import annotations

from typing import Any

import numpy as np

from rqml_catalog.supply_chain.serialization.arrays import detailed
from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.values import Global, Instance

OFFSETS = {"string": "<i4", "large_string": "<i8"}


def alias(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """`type_for_alias(name)` of a string type."""
    if len(args) != 1 or detailed(args[0]) not in OFFSETS:
        raise m.refuse("arrow-type", "an Arrow type that is not a string", function.path)
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
    if not isinstance(kind, Instance) or kind.cls.name != "type_for_alias" or not numbers or len(buffers) != 3:
        raise m.refuse("arrow-array", "an Arrow array in a form that Arrow does not write", function.path)
    if data[5] or data[6] or not _sound(OFFSETS[kind.args[0]], length, offset, [_bytes(part) for part in buffers]):
        raise m.refuse("hostile-structure", "the offsets of an Arrow array lead out of its buffers", function.path)
    return Instance(function, args, m.start)


def _bytes(part: Any) -> memoryview | None:
    if isinstance(part, Instance) and part.cls.name == "py_buffer":
        view: memoryview = part.args[0]
        return view
    return None


def _sound(form: str, length: int, offset: int, buffers: list[memoryview | None]) -> bool:
    """Whether validity bits, offsets and values of `length` strings from `offset` on lie inside their buffers."""
    validity, starts, values = buffers
    if length < 0 or offset < 0 or (validity is not None and len(validity) * 8 < length + offset):
        return False
    if starts is None or len(starts) < (length + offset + 1) * np.dtype(form).itemsize:
        return length == 0
    ends = np.frombuffer(starts, dtype=form, count=length + offset + 1)
    size = 0 if values is None else len(values)
    return bool(ends[0] >= 0 and ends[-1] <= size and (np.diff(ends) >= 0).all())


def chunks(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """`chunked_array(arrays, type)` of arrays that were checked one by one."""
    parts = detailed(args[0]) if args else None
    kinds = {"_restore_array", "type_for_alias"}
    found = [*parts, *args[1:]] if isinstance(parts, list | tuple) else [None]
    if not all(isinstance(part, Instance) and part.cls.name in kinds for part in found):
        raise m.refuse("arrow-array", "an Arrow array in a form that Arrow does not write", function.path)
    return Instance(function, args, m.start)
