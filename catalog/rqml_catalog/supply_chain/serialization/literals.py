"""Opcodes that push plain data, and the memo."""

from __future__ import annotations

import codecs
import struct
from typing import Any

from rqml_catalog.supply_chain.serialization.kinds import SMALL
from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.opcodes import ANY, MEMO_PUTS, opcode, since, until
from rqml_catalog.supply_chain.serialization.values import BOX, PACK, Mapping, NeedsDetail, ObjectSet, Opaque, is_small

LONGEST_NUMBER = 1 << 20  # bytes of one integer; its conversion is quadratic in some readers
CONSTANTS: dict[int, Any] = {0x4E: None, 0x88: True, 0x89: False}
WIDTHS = {0x4B: (1, "<B"), 0x4D: (2, "<H"), 0x4A: (4, "<i"), 0x47: (8, ">d")}
_CONTAINERS = frozenset({list, tuple, Mapping, ObjectSet})
_UNREMEMBERED = frozenset({int, float, bool, type(None)})
# opcode -> struct of the length prefix
TEXTS = {0x8C: (1, "<B"), 0x58: (4, "<I"), 0x8D: (8, "<Q")}
BYTES = {0x43: (1, "<B"), 0x42: (4, "<I"), 0x8E: (8, "<Q"), 0x96: (8, "<Q")}


@opcode(b"N", ANY)
@opcode(b"\x88\x89", since(2))
def constant(m: Machine) -> None:
    """NONE, NEWTRUE, NEWFALSE."""
    m.stack.append(CONSTANTS[m.data[m.start]])


@opcode(b"KMJG", ANY)
def number(m: Machine) -> None:
    """BININT1, BININT2, BININT, BINFLOAT."""
    width, form = WIDTHS[m.data[m.start]]
    m.stack.append(struct.unpack_from(form, m.data, m.take(width))[0])


@opcode(b"\x8a", since(2))
def long1(m: Machine) -> None:
    """LONG1: an integer of up to 255 bytes."""
    size = m.data[m.take(1)]
    begin = m.take(size)
    m.stack.append(int.from_bytes(m.data[begin : begin + size], "little", signed=True))


@opcode(b"\x8b", since(2))
def long4(m: Machine) -> None:
    """LONG4: longer integers."""
    (size,) = struct.unpack_from("<i", m.data, m.take(4))
    if not 0 <= size <= LONGEST_NUMBER:
        raise m.refuse("number-too-long", f"an integer of {size} bytes")
    begin = m.take(size)
    m.stack.append(int.from_bytes(m.data[begin : begin + size], "little", signed=True))


@opcode(b"ILF", until(1))
def text_number(m: Machine) -> None:
    """INT, LONG and FLOAT of protocol 0, as CPython writes them; `I01` and `I00` are booleans."""
    code, text = m.data[m.start], m.line()
    try:
        if len(text) > LONGEST_NUMBER:
            raise ValueError
        if code == 0x46:
            value: Any = float(text)
        elif text in (b"00", b"01"):
            value = text == b"01"
        else:
            value = int(text.removesuffix(b"L")) if len(text) < 4000 else 0
    except ValueError:
        raise m.refuse("malformed-number", "a number of protocol 0 does not read as one") from None
    m.stack.append(value)


@opcode(b"X", since(1))
@opcode(b"X", until(1))
@opcode(b"\x8c\x8d", since(4))
def text(m: Machine) -> None:
    """BINUNICODE, SHORT_BINUNICODE, BINUNICODE8."""
    width, form = TEXTS[m.data[m.start]]
    (size,) = struct.unpack_from(form, m.data, m.take(width))
    begin = _payload(m, size)
    try:
        m.stack.append(m.data[begin : begin + size].decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError:
        raise m.refuse("malformed-text", "a string is not UTF-8") from None


@opcode(b"V", until(1))
def text_line(m: Machine) -> None:
    """UNICODE of protocol 0."""
    try:
        m.stack.append(m.line().decode("raw-unicode-escape"))
    except UnicodeDecodeError:
        raise m.refuse("malformed-text", "a string of protocol 0 does not decode") from None


@opcode(b"S", until(2))
def quoted(m: Machine) -> None:
    """STRING of Python 2, in quotes."""
    line = m.line()
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in b"'\"":
        raise m.refuse("malformed-text", "a string of Python 2 has no quotes")
    try:
        m.stack.append(codecs.escape_decode(line[1:-1])[0].decode("latin-1"))
    except ValueError:
        raise m.refuse("malformed-text", "a string of Python 2 does not decode") from None


@opcode(b"TU", until(2))
def old_string(m: Machine) -> None:
    """BINSTRING and SHORT_BINSTRING of Python 2: text or bytes, so both readings are kept open."""
    if m.data[m.start] == 0x55:
        size = m.data[m.take(1)]
    else:
        (size,) = struct.unpack_from("<i", m.data, m.take(4))
        if size < 0:
            raise m.refuse("malformed-text", "a string of negative length")
    begin = m.take(size)
    m.stack.append(m.data[begin : begin + size].decode("latin-1"))


@opcode(b"CB", since(3))
@opcode(b"\x8e", since(4))
@opcode(b"\x96", since(5))
def raw_bytes(m: Machine) -> None:
    """Bytes and bytearrays: kept as a view of the file, whatever their size."""
    width, form = BYTES[m.data[m.start]]
    (size,) = struct.unpack_from(form, m.data, m.take(width))
    begin = _payload(m, size)
    m.stack.append(memoryview(m.data)[begin : begin + size])


def _payload(m: Machine, size: int) -> int:
    """Step over a counted payload; the pickler writes large ones outside frames."""
    if size > m.end - m.pos:
        raise m.refuse("truncated-stream", "a counted argument is longer than what is left")
    return m.take(size)


@opcode(b"\x94", since(4))
def memoize(m: Machine) -> None:
    """MEMOIZE."""
    _remember(m)


@opcode(b"qr", range(4))
def binput(m: Machine) -> None:
    """BINPUT and LONG_BINPUT; the pickler numbers what it remembers one after the other."""
    if m.data[m.start] == 0x71:
        index = m.data[m.take(1)]
    else:
        (index,) = struct.unpack_from("<I", m.data, m.take(4))
    _remember_at(m, index)


@opcode(b"p", until(1))
def put(m: Machine) -> None:
    """PUT."""
    _remember_at(m, _line_index(m))


def _remember_at(m: Machine, index: int) -> None:
    if not m.memo:
        m.memo_base = min(index, 1)  # Python 2 counted from 1
    if index != len(m.memo) + m.memo_base:
        raise m.refuse("memo-out-of-order", f"memo entry {index} is written out of order")
    _remember(m)


def _remember(m: Machine) -> None:
    value = m.top()
    kind = type(value)
    if kind is Opaque:
        raise NeedsDetail
    if kind in _UNREMEMBERED:
        raise m.refuse("memo-out-of-place", "a number or None is put into the memo")
    m.memo.append(value)


@opcode(b"hj", ANY)
def binget(m: Machine) -> None:
    """BINGET and LONG_BINGET."""
    if m.data[m.start] == 0x68:
        index = m.data[m.take(1)]
    else:
        (index,) = struct.unpack_from("<I", m.data, m.take(4))
    recall(m, index)


@opcode(b"g", until(1))
def get(m: Machine) -> None:
    """GET."""
    recall(m, _line_index(m))


def _line_index(m: Machine) -> int:
    text = m.line()
    if not text.isdigit() or len(text) > 10:
        raise m.refuse("malformed-number", "a memo index does not read as a number")
    return int(text)


def recall(m: Machine, index: int) -> None:
    """Push what the memo holds at an index."""
    index -= m.memo_base
    memo = m.memo
    if not 0 <= index < len(memo.kinds):
        raise m.refuse("memo-unwritten", "the memo is read where nothing was written")
    value = memo[index]
    if value is BOX or (type(value) in _CONTAINERS and not is_small(value)):
        m.shared += 1
    elif value is PACK:
        m.shared += memo.kinds[index] != SMALL
    m.stack.append(value)


def put_follows(m: Machine) -> bool:
    """Whether the next opcode writes the memo."""
    return m.pos < m.end and m.data[m.pos] in MEMO_PUTS
