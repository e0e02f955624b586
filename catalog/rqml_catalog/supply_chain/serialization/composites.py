"""Opcodes of containers, of the stack, of frames, and STOP."""

from __future__ import annotations

import struct

from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.opcodes import ANY, opcode, since, until
from rqml_catalog.supply_chain.serialization.values import (
    BOX,
    Global,
    Instance,
    Mapping,
    NeedsDetail,
    ObjectSet,
    Opaque,
)

GETS = b"ghj"


@opcode(b"(", ANY)
def mark(m: Machine) -> None:
    """MARK: opens a batch of items."""
    if len(m.marks) >= m.limits.marks:
        raise m.refuse("nesting-bound", f"more than {m.limits.marks} open marks")
    if len(m.stack) > m.limits.stack:
        raise m.refuse("stack-bound", f"more than {m.limits.stack} values on the stack")
    m.marks.append(len(m.stack))
    m.fence = len(m.stack)


@opcode(b"])}", since(1))
@opcode(b"])}", until(1))
@opcode(b"\x8f", since(4))
def empty(m: Machine) -> None:
    """EMPTY_LIST, EMPTY_TUPLE, EMPTY_DICT, EMPTY_SET."""
    code = m.data[m.start]
    if len(m.stack) > m.limits.stack:
        raise m.refuse("stack-bound", f"more than {m.limits.stack} values on the stack")
    m.stack.append([] if code == 0x5D else () if code == 0x29 else Mapping() if code == 0x7D else ObjectSet())


@opcode(b"\x85\x86\x87", since(2))
def small_tuple(m: Machine) -> None:
    """TUPLE1, TUPLE2, TUPLE3."""
    count = m.data[m.start] - 0x84
    if len(m.stack) - m.fence < count:
        raise m.refuse("stack-underflow", "a tuple takes more from the stack than there is")
    items = tuple(m.stack[-count:])
    m.keep(items)
    m.nest(items, items)
    m.stack[-count:] = [items]


@opcode(b"t", ANY)
def marked_tuple(m: Machine) -> None:
    """TUPLE."""
    items = tuple(m.pop_mark())
    m.keep(items)
    m.nest(items, items)
    m.stack.append(items)


@opcode(b"\x91", since(4))
def frozen(m: Machine) -> None:
    """FROZENSET."""
    value = ObjectSet()
    value.items = m.pop_mark()
    m.keep(value.items)
    m.stack.append(value)


@opcode(b"l", until(1))
def marked_list(m: Machine) -> None:
    """LIST: protocol 0 writes it for the empty list only."""
    if m.pop_mark():
        raise m.refuse("opcode-never-emitted", "LIST with items is never written by CPython")
    m.stack.append([])


@opcode(b"d", until(1))
def marked_dict(m: Machine) -> None:
    """DICT: protocol 0 writes it for the empty dictionary only."""
    if m.pop_mark():
        raise m.refuse("opcode-never-emitted", "DICT with items is never written by CPython")
    m.stack.append(Mapping())


@opcode(b"a", ANY)
def append(m: Machine) -> None:
    """APPEND."""
    value = m.pop()
    _extend(m, [value])


@opcode(b"e", since(1))
@opcode(b"e", until(1))
def appends(m: Machine) -> None:
    """APPENDS."""
    _extend(m, m.pop_mark())


def _extend(m: Machine, items: list[object]) -> None:
    target = m.top()
    m.keep(items)
    if type(target) is list:
        m.nest(target, items)
        target.extend(items)
    elif type(target) is Instance and target.contents is not None:
        target.contents.extend(items)
    else:
        raise _not_a_container(m, target, "list")


@opcode(b"s", ANY)
def setitem(m: Machine) -> None:
    """SETITEM."""
    value, key = m.pop(), m.pop()
    _update(m, [key, value])


@opcode(b"u", since(1))
@opcode(b"u", until(1))
def setitems(m: Machine) -> None:
    """SETITEMS."""
    items = m.pop_mark()
    if len(items) % 2:
        raise m.refuse("stack-underflow", "a dictionary gets a key without a value")
    _update(m, items)


def _update(m: Machine, items: list[object]) -> None:
    target = m.top()
    m.keep(items)
    if type(target) is Mapping:
        target.flat.extend(items)
    elif type(target) is Instance and target.contents is not None:
        target.contents.extend(items)
    else:
        raise _not_a_container(m, target, "dictionary")
    _hashable(m, items[::2])


def _hashable(m: Machine, keys: list[object]) -> None:
    if BOX in keys:
        raise NeedsDetail
    if any(type(key) in (list, Mapping) for key in keys):
        raise m.refuse("unhashable-key", "a list or dictionary is used as a key")


@opcode(b"\x90", since(4))
def additems(m: Machine) -> None:
    """ADDITEMS."""
    items = m.pop_mark()
    target = m.top()
    if type(target) is not ObjectSet:
        raise _not_a_container(m, target, "set")
    target.items.extend(items)
    m.keep(items)
    _hashable(m, items)


def _not_a_container(m: Machine, target: object, wanted: str) -> Exception:
    if isinstance(target, Opaque):
        return NeedsDetail()
    name = target.path if isinstance(target, Global) else ""
    if isinstance(target, Instance):
        name = target.cls.path
    return m.refuse("items-on-foreign-object", f"items are put into what is not a {wanted}", name)


@opcode(b"0", ANY)
def pop(m: Machine) -> None:
    """POP: the pickler only writes it to replace a recursive value by its memo entry."""
    if m.pos >= m.end or m.data[m.pos] not in GETS + b"0":
        raise m.refuse("opcode-never-emitted", "POP that is not followed by a memo read")
    if len(m.stack) > m.fence:
        m.stack.pop()
    elif m.marks and m.protocol < 2:
        m.pop_mark()
    else:
        raise m.refuse("stack-underflow", "POP on an empty stack")


@opcode(b"1", since(1))
@opcode(b"1", until(1))
def pop_mark(m: Machine) -> None:
    """POP_MARK, for recursive tuples and frozensets."""
    if m.pos >= m.end or m.data[m.pos] not in GETS:
        raise m.refuse("opcode-never-emitted", "POP_MARK that is not followed by a memo read")
    m.pop_mark()


@opcode(b"\x95", since(4))
def frame(m: Machine) -> None:
    """FRAME: the reader of CPython that is written in Python refuses overlaps and overruns, so both are refused."""
    if m.frame_end > m.pos:
        raise m.refuse("frame-overlap", "a frame begins inside another")
    m.frame_end = 0
    (size,) = struct.unpack_from("<Q", m.data, m.take(8))
    if not 0 < size <= m.end - m.pos:
        raise m.refuse("frame-overrun", "a frame is empty or longer than the stream")
    m.frame_end = m.pos + size


@opcode(b".", ANY)
def stop(m: Machine) -> None:
    """STOP: exactly one value is left, and its frame ends here."""
    if m.marks or len(m.stack) != 1:
        raise m.refuse("stack-not-empty", "the stream stops with more than one value on the stack")
    if m.frame_end and m.frame_end != m.pos:
        raise m.refuse("frame-overrun", "the last frame goes on after STOP")
    m.running = False
