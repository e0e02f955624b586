"""ONNX models, read as the protobuf messages that they are: which operators, and where tensors are kept."""

from __future__ import annotations

from collections.abc import Iterator

from rqml_catalog.supply_chain.serialization.findings import RefusedStream
from rqml_catalog.supply_chain.serialization.machine import Source

_MODEL = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26})
_OWN = (b"", b"ai.onnx", b"ai.onnx.ml")
# Of each message the fields that hold messages in turn, down to tensors.
_INSIDE = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
_NODE_DOMAIN, _TENSOR_EXTERNAL, _MODEL_OPERATORS = 7, 13, 8
_DEEPEST = 200


def _fields(data: Source, begin: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """The (number, wire type, begin, end) of the fields of a protobuf message; ValueError if it is none."""
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
        yield number, wire, begin, after
        begin = after


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
        numbers = {number for number, *_ in _fields(data, 0, len(data))}
    except ValueError:
        return False
    return {1, 7} <= numbers <= _MODEL


def check_onnx(data: Source) -> None:
    """Tensors stay in the model or beside it, and operators are ONNX's own.

    Raises:
        RefusedStream: a tensor is kept outside the folder of the model, a message is broken, or operators are foreign.
    """
    pending = [("model", 0, len(data), 0)]
    foreign = None
    while pending:
        message, begin, end, depth = pending.pop()
        if depth > _DEEPEST:
            raise RefusedStream("nesting-bound", "graphs nested too deep", offset=begin)
        try:
            for number, wire, at, stop in _fields(data, begin, end):
                if wire != 2:
                    continue
                if inside := _INSIDE.get(message, {}).get(number):
                    pending.append((inside, at, stop, depth + 1))
                elif message == "tensor" and number == _TENSOR_EXTERNAL:
                    _check_external(data, at, stop)
                elif _domain(data, message, number, at, stop) not in _OWN:
                    foreign = at
        except ValueError:
            raise RefusedStream(
                "onnx-message", "a part of an ONNX model is not what its place says", offset=begin
            ) from None
    if foreign is not None:
        raise RefusedStream("onnx-foreign-operators", "operators from outside ONNX", offset=foreign, blocks=False)


def _domain(data: Source, message: str, number: int, at: int, stop: int) -> bytes:
    if message == "node" and number == _NODE_DOMAIN:
        return data[at:stop]
    if message == "model" and number == _MODEL_OPERATORS:
        return next((data[a:b] for inner, _, a, b in _fields(data, at, stop) if inner == 1), b"")
    return b""


def _check_external(data: Source, begin: int, end: int) -> None:
    """One entry of external_data: key 1, value 2."""
    entry = {number: data[at:stop] for number, _, at, stop in _fields(data, begin, end)}
    place = entry.get(2, b"")
    outside = b".." in place or place[:1] in (b"/", b"~") or any(mark in place for mark in (b"\\", b":", b"\0"))
    if entry.get(1) == b"location" and outside:
        raise RefusedStream("external-data", "a tensor is kept outside the model's folder", offset=begin)
