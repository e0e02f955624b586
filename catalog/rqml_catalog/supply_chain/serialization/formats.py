"""Formats that are data by construction, recognised by content and checked to be nothing else."""

from __future__ import annotations

import ast
import json
import math
import struct
from typing import Any

from rqml_catalog.supply_chain.serialization.embedded_code import YAML_CALL, check_schema, check_settings
from rqml_catalog.supply_chain.serialization.findings import RefusedStream
from rqml_catalog.supply_chain.serialization.json_objects import unique
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
        header = json.loads(data[8 : 8 + length].decode("utf-8"), object_pairs_hook=unique)
        if not all(isinstance(value, str) for value in header.pop("__metadata__", {}).values()):
            raise broken
        spans = [_tensor_span(entry) for entry in header.values()]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise broken from None
    position = 0
    for begin, end in sorted(spans):
        if begin != position or end < begin:
            raise broken
        position = end
    if position != len(data) - 8 - length:
        raise broken


def _tensor_span(entry: dict[str, Any]) -> tuple[int, int]:
    """Where a tensor lies; ValueError if it is not described as exactly as the format asks for."""
    (begin, end), shape = entry["data_offsets"], entry["shape"]
    sizes = [begin, end, *shape]
    if len(entry) != 3 or not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in sizes):
        raise ValueError("not the description of a tensor")
    if end - begin != _TENSORS[entry["dtype"]] * math.prod(shape):
        raise ValueError("a tensor of another size")
    return begin, end


def plain_text_format(data: Source) -> str:
    """`json` or `csv` when the bytes are that throughout, otherwise an empty string.

    Raises:
        RefusedStream: it is text that asks for code to be run.
    """
    if len(data) > 64 << 20:
        return ""
    try:
        text = data[:].decode("utf-8")
    except UnicodeDecodeError:
        return ""
    if text.lstrip()[:1] in ("{", "["):
        try:
            settings = json.loads(text)
        except (ValueError, RecursionError):
            return ""
        check_settings(settings)
        return "json"
    if YAML_CALL.search(text):
        raise RefusedStream("code-in-settings", "a YAML file asks for calls")
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
    """`parquet` or `arrow` by magic at both ends and a footer that fits between them.

    Raises:
        RefusedStream: the type of a column is a pickle.
    """
    for name, head, tail in (("parquet", b"PAR1", b"PAR1"), ("arrow", b"ARROW1\0\0", b"ARROW1")):
        room = len(data) - len(head) - len(tail) - 4
        if room < 0 or data[: len(head)] != head or data[-len(tail) :] != tail:
            continue
        (footer,) = struct.unpack("<i", data[-len(tail) - 4 : -len(tail)])
        if 0 < footer <= room:
            check_schema(data)
            return name
    return ""
