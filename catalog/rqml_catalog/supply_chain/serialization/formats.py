"""Formats that are data by construction, recognised by content and checked to be nothing else."""

from __future__ import annotations

import ast
import json
import math
import struct
from typing import Any

from rqml_catalog.supply_chain.serialization.findings import RefusedStream
from rqml_catalog.supply_chain.serialization.machine import Source

NPY = b"\x93NUMPY"
# Recognised, and known to carry what this scanner does not look into.
UNREAD = (
    (b"\x89HDF\r\n\x1a\n", "hdf5", "an HDF5 file (Keras layers in it may hold code) is not looked into"),
    (b"GGUF", "gguf", "a GGUF file (its chat template is code) is not looked into"),
    (b"ZF", "joblib-0.8", "a joblib file from before version 0.10 keeps its arrays elsewhere"),
    (b"7z\xbc\xaf\x27\x1c", "7z", "a 7z archive is not looked into"),
    (b"Rar!", "rar", "a RAR archive is not looked into"),
    (b"\x28\xb5\x2f\xfd", "zstd", "a zstd stream is not looked into"),
    (b"\x7fELF", "elf", "a program, not a model"),
    (b"MZ", "pe", "a program, not a model"),
)
_TENSORS = {"BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4,
            "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8}  # fmt: skip


def npy_header(data: Source) -> tuple[int, bool, int]:
    """Of a .npy file: where its data begins, whether that is a pickle, and the bytes it must have.

    Raises:
        RefusedStream: the header is not what numpy writes.
    """
    broken = RefusedStream("npy-header", "the header of a .npy file is not what numpy writes")
    if len(data) < 12 or data[6] not in (1, 2, 3):
        raise broken
    form = "<H" if data[6] == 1 else "<I"
    (length,) = struct.unpack_from(form, data, 8)
    begin = 8 + struct.calcsize(form) + length
    if length > 1 << 20 or begin > len(data):
        raise broken
    try:
        header = ast.literal_eval(data[begin - length : begin].decode("latin-1").strip())
        shape = header["shape"]
        good = set(header) == {"descr", "fortran_order", "shape"} and isinstance(shape, tuple)
        if not good or not all(type(n) is int and 0 <= n < 1 << 48 for n in shape):
            raise broken
        itemsize, has_object = _described(header["descr"])
    except (ValueError, TypeError, KeyError, SyntaxError, RecursionError, MemoryError):
        raise broken from None
    return begin, has_object, math.prod(shape) * itemsize


def _described(descr: Any) -> tuple[int, bool]:
    import numpy as np

    dtype = np.lib.format.descr_to_dtype(descr)
    return dtype.itemsize, dtype.hasobject


def is_safetensors(data: Source) -> bool:
    """Whether the bytes begin as a safetensors file: a header length, then a JSON object."""
    if len(data) < 10:
        return False
    (length,) = struct.unpack_from("<Q", data, 0)
    return 2 <= length <= min(len(data) - 8, 100 << 20) and data[8] == 0x7B


def check_safetensors(data: Source) -> None:
    """Header and buffer agree: known dtypes, exact sizes, no gap, no overlap, nothing after.

    Raises:
        RefusedStream: they do not.
    """
    (length,) = struct.unpack_from("<Q", data, 0)
    broken = RefusedStream("safetensors-header", "the header of a safetensors file does not describe its bytes")
    try:
        header = json.loads(data[8 : 8 + length].decode("utf-8"), object_pairs_hook=_unique)
        header.pop("__metadata__", None)
        spans = []
        for entry in header.values():
            begin, end = entry["data_offsets"]
            if end - begin != _TENSORS[entry["dtype"]] * math.prod(entry["shape"]):
                raise broken
            spans.append((begin, end))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise broken from None
    position = 0
    for begin, end in sorted(spans):
        if begin != position or end < begin:
            raise broken
        position = end
    if position != len(data) - 8 - length:
        raise broken


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key appears twice")
    return dict(pairs)


def plain_text_format(data: Source) -> str:
    """`json` or `csv` when the bytes are that throughout, otherwise an empty string."""
    if len(data) > 64 << 20:
        return ""
    try:
        text = data[:].decode("utf-8")
    except UnicodeDecodeError:
        return ""
    if text.lstrip()[:1] in ("{", "["):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return ""
        return "json"
    return "csv" if _is_table(text) else ""


def _is_table(text: str) -> bool:
    if "\0" in text:
        return False
    lines = text.splitlines()
    separator = next((mark for mark in ",;\t" if lines and mark in lines[0]), "")
    if not separator or len(lines) < 2:
        return False
    width = lines[0].count(separator)
    return all(line.count(separator) == width for line in lines if '"' not in line)


def columnar_format(data: Source) -> str:
    """`parquet` or `arrow` by magic at both ends; both hold values only."""
    if len(data) >= 12 and data[:4] == b"PAR1" == data[-4:]:
        return "parquet"
    return "arrow" if len(data) >= 16 and data[:6] == b"ARROW1" == data[-6:] else ""


def _fields(data: Source, begin: int, end: int) -> list[tuple[int, int, int, int]]:
    """The (number, wire type, begin, end) of the fields of a protobuf message; ValueError if it is none."""
    found = []
    while begin < end:
        key, begin = _varint(data, begin, end)
        number, wire = key >> 3, key & 7
        if wire == 0:
            _, after = _varint(data, begin, end)
        elif wire in (1, 5):
            after = begin + (8 if wire == 1 else 4)
        elif wire == 2:
            size, begin = _varint(data, begin, end)
            after = begin + size
        else:
            raise ValueError("no such wire type")
        if after > end or number == 0:
            raise ValueError("a field runs over the end")
        found.append((number, wire, begin, after))
        begin = after
    return found


def _varint(data: Source, position: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while position < end and shift < 70:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position
    raise ValueError("a number runs over the end")


def is_onnx(data: Source) -> bool:
    """Whether the bytes are an ONNX ModelProto: a version, a graph, and only the fields of one."""
    if len(data) < 8 or data[0] != 0x08:
        return False
    try:
        fields = _fields(data, 0, len(data))
    except ValueError:
        return False
    numbers = {number for number, *_ in fields}
    return {1, 7} <= numbers <= {1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26}


def check_onnx(data: Source) -> None:
    """External tensors stay beside the model.

    Raises:
        RefusedStream: a tensor is kept outside the folder of the model, or operators are not ONNX's own.
    """
    for number, wire, begin, end in _fields(data, 0, len(data)):
        if number == 8 and wire == 2:  # opset_import: domain is field 1
            for inner, _, at, stop in _fields(data, begin, end):
                if inner == 1 and data[at:stop] not in (b"", b"ai.onnx", b"ai.onnx.ml"):
                    raise RefusedStream(
                        "onnx-foreign-operators", "operators from outside ONNX", offset=at, blocks=False
                    )
        if number == 7 and wire == 2:
            _check_graph(data, begin, end)


def _check_graph(data: Source, begin: int, end: int) -> None:
    for number, wire, at, stop in _fields(data, begin, end):
        if number != 5 or wire != 2:  # initializer: TensorProto
            continue
        for inner, kind, where, until in _fields(data, at, stop):
            if inner == 13 and kind == 2:  # external_data: key 1, value 2
                raw = {n: data[a:b] for n, _, a, b in _fields(data, where, until)}
                if raw.get(1) == b"location" and (b".." in raw.get(2, b"") or raw.get(2, b"")[:1] in (b"/", b"\\")):
                    raise RefusedStream("external-data", "a tensor is kept outside the model's folder", offset=where)
