"""numpy's dtypes and arrays as pickles describe them, checked for what numpy itself takes on trust.

A dtype whose flags deny that it holds objects, or whose fields reach beyond its size, lets raw bytes become
pointers or reads run out of an array. numpy restores both without a word, so both are refused here.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.values import (
    Array,
    DType,
    Global,
    Mapping,
    NeedsDetail,
    Opaque,
    length,
    plain,
)

ARRAY_CLASSES = frozenset(
    {
        "numpy.ndarray", "numpy.matrix", "numpy.matrixlib.defmatrix.matrix", "numpy.recarray", "numpy.rec.recarray",
        "numpy.ma.core.MaskedArray", "numpy.ma.MaskedArray", "numpy.memmap", "numpy.core.memmap.memmap",
    }
)  # fmt: skip
HAS_OBJECT = 0x01
HARMLESS_FLAGS = 0x08 | 0x10 | 0x20 | 0x40 | 0x80
_CODE = re.compile(r"[<>|=]?([biufcSUVOMmaB?])(\d{0,10})(\[[\w/]+\])?\Z")
_SIZES = {"b": {1}, "i": {1, 2, 4, 8}, "u": {1, 2, 4, 8}, "f": {2, 4, 8, 12, 16}, "c": {8, 16, 24, 32},
          "M": {8}, "m": {8}, "O": {8}}  # fmt: skip
_RECORDS = frozenset({"numpy.record", "numpy.rec.record", "numpy.core.records.record"})  # sized by their state
_SCALARS = {"numpy.float64": "f8", "numpy.float32": "f4", "numpy.int64": "i8", "numpy.int32": "i4", "numpy.bool_": "b1",
            "numpy.bool": "b1"}  # fmt: skip


def detailed(value: Any) -> Any:
    """The value itself; skipped data has to be read again."""
    if isinstance(value, Opaque):
        raise NeedsDetail
    return value


def make_dtype(m: Machine, args: tuple[Any, ...]) -> DType:
    """`numpy.dtype(code, align, copy)`."""
    code = detailed(args[0]) if args else None
    if isinstance(code, Global):
        code = "V0" if code.path in _RECORDS else _SCALARS.get(code.path)
    match = _CODE.match(code) if isinstance(code, str) else None
    if match is None or not all(type(flag) in (bool, int) for flag in args[1:]):
        raise m.refuse("malformed-dtype", "a dtype is described in a way numpy never writes")
    kind, size = match[1], int(match[2] or 0)
    if kind == "O":
        size = 8
    if size == 0 and kind == "?":
        kind, size = "b", 1
    if kind in _SIZES and size not in _SIZES[kind]:
        raise m.refuse("malformed-dtype", "a dtype of a size that does not exist")
    return DType(f"{kind}{size}", size * 4 if kind == "U" else size, kind == "O")


def set_dtype_state(m: Machine, dtype: DType, state: Any) -> None:
    """What BUILD sets on a dtype: byte order, fields, size and flags."""
    if dtype.built:
        raise m.refuse("state-set-twice", "the state of a dtype is set twice")
    dtype.built = True
    if not isinstance(detailed(state), tuple) or not 6 <= len(state) <= 9:
        raise m.refuse("malformed-dtype", "the state of a dtype is not the tuple numpy writes")
    padded: list[Any] = [*state[:8], *(0,) * (8 - len(state))]
    _, order, base, names, fields, size, _, flags = padded
    if order not in ("<", ">", "|", "=") or type(size) is not int or type(flags) is not int:
        raise m.refuse("malformed-dtype", "byte order, size or flags of a dtype are of the wrong type")
    dtype.order = order
    if len(state) == 9 and not plain(state[8]):
        raise m.refuse("malformed-dtype", "the metadata of a dtype is more than data")
    if base is not None:
        _set_subarray(m, dtype, base, size)
    if fields is not None or names is not None:
        _set_fields(m, dtype, names, fields, size)
    elif base is None and size not in (-1, dtype.itemsize):
        if dtype.code[0] not in "SUV" or dtype.itemsize or size < 0:
            raise m.refuse("malformed-dtype", "the size of a dtype differs from its code")
        dtype.itemsize = size
    if dtype.has_object != bool(flags & HAS_OBJECT) or flags & ~(HARMLESS_FLAGS | 0x07) or flags < 0:
        raise m.refuse("dtype-flags", "the flags of a dtype lie about whether it holds objects")


def _set_subarray(m: Machine, dtype: DType, base: Any, size: int) -> None:
    if not (isinstance(base, tuple) and len(base) == 2 and isinstance(base[0], DType)):
        raise m.refuse("malformed-dtype", "a subarray dtype without a base")
    expected = base[0].itemsize * math.prod(shape_of(m, base[1]))
    if size not in (-1, expected) or dtype.itemsize not in (0, expected):
        raise m.refuse("malformed-dtype", "a subarray dtype of the wrong size")
    dtype.itemsize, dtype.has_object = expected, base[0].has_object


def _set_fields(m: Machine, dtype: DType, names: Any, fields: Any, size: int) -> None:
    if dtype.code[0] != "V" or not isinstance(names, tuple) or not isinstance(detailed(fields), Mapping):
        raise m.refuse("malformed-dtype", "fields on a dtype that cannot have any")
    if dtype.code == "V0" and size > 0:
        dtype.itemsize = size
    if size not in (-1, dtype.itemsize):
        raise m.refuse("malformed-dtype", "the size of a structured dtype differs from its code")
    found: dict[str, tuple[DType, int]] = {}
    for key, entry in fields.text_items().items():
        good = isinstance(entry, tuple) and len(entry) in (2, 3) and isinstance(entry[0], DType)
        if not good or type(entry[1]) is not int:
            raise m.refuse("malformed-dtype", "a field without dtype and offset")
        if entry[1] < 0 or entry[1] + entry[0].itemsize > dtype.itemsize:
            raise m.refuse("dtype-field-out-of-bounds", "a field reaches beyond the size of its dtype")
        found[key] = (entry[0], entry[1])
    if any(type(name) is not str for name in names) or not set(names) <= set(found):
        raise m.refuse("malformed-dtype", "the names and the fields of a dtype differ")
    dtype.fields = found
    dtype.has_object = any(field.has_object for field, _ in found.values())


def shape_of(m: Machine, value: Any) -> tuple[int, ...]:
    """A shape: up to 64 non-negative integers of a sane product."""
    if type(detailed(value)) is int:
        value = (value,)
    if not isinstance(value, tuple | list) or len(value) > 64:
        raise m.refuse("malformed-array", "a shape is not a tuple of integers")
    if not all(type(n) is int and 0 <= n < 1 << 48 for n in value):
        raise m.refuse("malformed-array", "a shape has an entry that is not a size")
    if math.prod(value) >= 1 << 60:
        raise m.refuse("malformed-array", "a shape of more elements than memory can hold")
    return tuple(value)


def array_class(m: Machine, value: Any) -> Global:
    """The class of an array, which must be one of numpy's own."""
    if not isinstance(value, Global) or value.path not in ARRAY_CLASSES:
        name = value.path if isinstance(value, Global) else ""
        raise m.refuse("array-class", "an array of a class that is not numpy's", name)
    return value


def set_array_state(m: Machine, array: Array, state: Any) -> None:
    """What BUILD sets on an array: `(version, shape, dtype, fortran order, data)`, data last."""
    if array.dtype is not None:
        raise m.refuse("state-set-twice", "the state of an array is set twice")
    if not isinstance(detailed(state), tuple) or len(state) not in (4, 5, 7):
        raise m.refuse("malformed-array", "the state of an array is not the tuple numpy writes")
    masked = len(state) == 7
    shape, dtype, fortran, data = state[1:5] if len(state) > 4 else state
    if not isinstance(dtype, DType) or type(fortran) not in (bool, int):
        raise m.refuse("malformed-array", "the state of an array has no dtype")
    array.shape, array.dtype = shape_of(m, shape), dtype
    array.order = "F" if fortran else "C"
    array.data = _checked_data(m, math.prod(array.shape), dtype, data)
    if masked:
        _checked_data(m, math.prod(array.shape), DType("b1", _mask_size(dtype), False), state[5])


def _mask_size(dtype: DType) -> int:
    if dtype.fields is None:
        return 1
    return sum(_mask_size(field) for field, _ in dtype.fields.values())


def _checked_data(m: Machine, count: int, dtype: DType, data: Any) -> Any:
    if dtype.has_object:
        if not isinstance(detailed(data), list) or length(data) != count:
            raise m.refuse("malformed-array", "an array of objects whose data is not their list")
        return data
    if isinstance(detailed(data), str):
        data = memoryview(data.encode("latin-1", "replace"))
    if not isinstance(data, memoryview) or len(data) != count * dtype.itemsize:
        raise m.refuse("malformed-array", "an array whose data does not fit its shape and dtype")
    return data


def from_buffer(m: Machine, args: tuple[Any, ...]) -> Array:
    """`numpy._core.numeric._frombuffer(buffer, dtype, shape, order)`, how protocol 5 writes arrays."""
    if len(args) not in (4, 5):
        raise m.refuse("malformed-array", "an array of protocol 5 takes four or five arguments")
    buffer, dtype, shape, order = args[:4]
    if not isinstance(detailed(dtype), DType) or dtype.has_object or order not in ("C", "F", "K"):
        raise m.refuse("malformed-array", "an array of protocol 5 without dtype or order")
    array = Array(Global("numpy", "ndarray", "F"), m.start)
    array.shape, array.dtype, array.order = shape_of(m, shape), dtype, order
    array.data = _checked_data(m, math.prod(array.shape), dtype, buffer)
    return array


def scalar(m: Machine, args: tuple[Any, ...]) -> Any:
    """`numpy._core.multiarray.scalar(dtype, bytes)`."""
    if len(args) != 2 or not isinstance(detailed(args[0]), DType) or args[0].has_object:
        raise m.refuse("malformed-array", "a numpy scalar of objects, or without dtype")
    _checked_data(m, 1, args[0], args[1])
    return args[0]


def reconstruct(m: Machine, args: tuple[Any, ...]) -> Array:
    """`_reconstruct(class, (0,), b"b")`, an empty array that BUILD then fills; or numpy.ma's version of it."""
    array = Array(array_class(m, args[0] if args else None), m.start)
    rest = args[1:] if len(args) == 3 else args[2:]
    if len(args) == 4:
        array_class(m, args[1])
    if len(rest) != 2 or detailed(rest[0]) != (0,) or rest[1] not in (b"b", "b"):
        raise m.refuse("malformed-array", "an array is begun in a way numpy never writes")
    return array


def numbers(array: Any) -> np.ndarray[Any, Any] | None:
    """A numpy view of an abstract array of plain or structured numbers; None for anything else."""
    if isinstance(array, Opaque):
        raise NeedsDetail
    if not isinstance(array, Array) or array.dtype is None or isinstance(array.data, list):
        return None
    spec = _spec(array.dtype)
    if spec is None or array.data is None or array.dtype.has_object or array.dtype.itemsize == 0:
        return None
    flat = np.frombuffer(array.data, dtype=np.dtype(spec), count=math.prod(array.shape))
    return flat.reshape(array.shape, order="F" if array.order == "F" else "C")


def _spec(dtype: DType) -> Any:
    order = dtype.order if dtype.order in "<>" else "<"
    if dtype.fields is None:
        if dtype.code[0] not in "biuf":
            return None
        return "?" if dtype.code == "b1" else order + dtype.code
    specs = [(name, _spec(field), offset) for name, (field, offset) in dtype.fields.items()]
    if any(spec is None for _, spec, _ in specs):
        return None
    names, formats, offsets = zip(*specs, strict=True)
    return {"names": list(names), "formats": list(formats), "offsets": list(offsets), "itemsize": dtype.itemsize}
