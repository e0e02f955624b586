"""Finds the opcodes in a stretch of a pickle, all of them at once.

`following[i]` is where the opcode after one at byte i would begin, for every i; doubling that map four times makes
the walk along the real opcodes sixteen times shorter. The stretch ends before an opcode whose argument is a line, is
long, or leads out of it, and before FRAME and STOP: those are read one by one.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from rqml_catalog.supply_chain.serialization.machine import Source

Ints = np.ndarray[Any, np.dtype[Any]]
Octets = np.ndarray[Any, np.dtype[np.uint8]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
PADDING = bytes(16)
DOUBLINGS = 4
_SHORT, _LONG = b"\x8cC\x8a", b"XB"  # a length of one byte, of four bytes


def table(entries: dict[bytes, int], default: int = 0, kind: type = np.uint8) -> Ints:
    """An array of 256 entries, one for each opcode."""
    filled: Ints = np.full(256, default, dtype=kind)
    for codes, value in entries.items():
        filled[list(codes)] = value
    return filled


# Bytes of an opcode with its argument; 0 where the stretch ends or the length has to be read.
_WIDTH = table(
    {b"N\x88\x89])}\x8f\x94(eutas\x85\x86\x87\x90\x91R\x81\x92b\x9301Q": 1, b"Kqh": 2, b"M": 3, b"Jrj": 5, b"G": 9},
    kind=np.int32,
)


@attrs.frozen(eq=False)
class Stretch:
    """Opcodes in a row.

    Attributes:
        at: byte offset of each in `raw`, and of the byte after the last.
        codes: the opcodes.
        raw: the bytes, padded.
    """

    at: Ints
    codes: Octets
    raw: Octets


def lex(data: Source, begin: int, end: int) -> Stretch:
    """The opcodes from `begin` on that end before or at `end`."""
    raw = np.frombuffer(data[begin:end] + PADDING, dtype=np.uint8)
    at = _positions(_following(raw, end - begin))
    return Stretch(at, raw[at[:-1]], raw)


def _following(raw: Octets, size: int) -> Ints:
    """For each byte, where the next opcode would begin; itself where the stretch ends."""
    where = np.arange(size + 1, dtype=np.int32)
    following = where.copy()
    following[:size] += _WIDTH[raw[:size]]
    for code in _SHORT:
        short = np.flatnonzero(raw[:size] == code)
        following[short] = short + 2 + raw[short + 1]
    for code in _LONG:
        long = np.flatnonzero(raw[:size] == code)
        long = long[(raw[long + 3] == 0) & (raw[long + 4] == 0)]
        following[long] = long + 5 + raw[long + 1] + 256 * raw[long + 2].astype(np.int32)
    beyond = np.flatnonzero(following > size)
    following[beyond] = where[beyond]
    return following


def _positions(following: Ints) -> Ints:
    """The offsets of the opcodes from byte 0 on, and of the first byte after them."""
    jump = following
    for _ in range(DOUBLINGS):
        jump = jump[jump]
    far = memoryview(jump.data)
    heads, here = [0], 0
    while (after := far[here]) != here:
        heads.append(after)
        here = after
    column = np.array(heads, dtype=np.int32)
    columns = [column]
    for _ in range(2**DOUBLINGS - 1):
        column = following[column]
        columns.append(column)
    flat = np.stack(columns, axis=1).ravel()
    last = int(np.argmax(flat == flat[-1]))
    return flat[: last + 1]


def little_endian(raw: Octets, at: Ints) -> Ints:
    """The numbers of four bytes at some offsets."""
    parts = [raw[at + place].astype(np.int64) << (8 * place) for place in range(4)]
    whole: Ints = parts[0] + parts[1] + parts[2] + parts[3]
    return whole
