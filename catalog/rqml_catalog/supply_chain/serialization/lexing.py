"""Finds the opcodes in a stretch of a pickle, all of them at once.

`following[i]` is where the opcode after one at byte i would begin, for every i; doubling that map four times makes
the walk along the real opcodes sixteen times shorter. The stretch ends before an opcode whose argument is a line, is
long, or leads out of it, and before STOP: those are read one by one.
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
_BEYOND = 1 << 32
_LENGTHS = {1: b"\x8cC\x8a", 4: b"XB", 8: b"\x8d\x8e\x96"}  # opcodes by the bytes of their length


def table(entries: dict[bytes, int], default: int = 0, kind: type = np.uint8) -> Ints:
    """An array of 256 entries, one for each opcode."""
    filled: Ints = np.full(256, default, dtype=kind)
    for codes, value in entries.items():
        filled[list(codes)] = value
    return filled


# Bytes of an opcode with its argument; 0 where the stretch ends or the length has to be read.
_WIDTH = table(
    {b"N\x88\x89])}\x8f\x94(eutas\x85\x86\x87\x90\x91R\x81\x92b\x9301Q": 1, b"Kqh": 2, b"M": 3, b"Jrj": 5, b"G\x95": 9},
    kind=np.int64,
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
    where = np.arange(size + 1)
    following = where.copy()
    following[:size] += _WIDTH.take(raw[:size])
    for width, codes in _LENGTHS.items():
        for code in codes:
            counted = np.flatnonzero(raw[:size] == code)
            if len(counted):
                following[counted] = counted + 1 + width + _lengths(raw, counted, width)
    beyond = np.flatnonzero(following > size)
    following[beyond] = where[beyond]
    return following


def _positions(following: Ints) -> Ints:
    """The offsets of the opcodes from byte 0 on, and of the first byte after them."""
    jump = following
    for _ in range(DOUBLINGS):
        jump = jump.take(jump, mode="clip")  # all indices are in range; to clip is faster than to check them
    far = memoryview(jump.data)
    heads, here = [0], 0
    while (after := far[here]) != here:
        heads.append(after)
        here = after
    column = np.array(heads)
    columns = [column]
    for _ in range(2**DOUBLINGS - 1):
        column = following.take(column, mode="clip")
        columns.append(column)
    flat = np.stack(columns, axis=1).ravel()
    last = int(np.searchsorted(flat, flat[-1]))
    return flat[: last + 1]


def _lengths(raw: Octets, at: Ints, width: int) -> Ints:
    """Counts of `width` bytes after some opcodes; what has no two low bytes only is beyond any stretch."""
    length: Ints = raw[at + 1].astype(np.int64)
    if width > 1:
        high = np.bitwise_or.reduce([raw[at + place] for place in range(3, width + 1)])
        length += 256 * raw[at + 2].astype(np.int64) + _BEYOND * (high > 0)
    return length


def little_endian(raw: Octets, at: Ints) -> Ints:
    """The numbers of four bytes at some offsets."""
    parts = [raw[at + place].astype(np.int64) << (8 * place) for place in range(4)]
    whole: Ints = parts[0] + parts[1] + parts[2] + parts[3]
    return whole
