"""What each opcode of a stretch is to its neighbours: a value of some kind, or an operator on values."""

from __future__ import annotations

import functools

import attrs
import numpy as np

from rqml_catalog.supply_chain.serialization import kinds as k
from rqml_catalog.supply_chain.serialization.forms import shorten
from rqml_catalog.supply_chain.serialization.lexing import Flags, Ints, Octets, Stretch, table
from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.opcodes import TABLES
from rqml_catalog.supply_chain.serialization.references import Saved, misnumbered, resolve
from rqml_catalog.supply_chain.serialization.values import NeedsDetail

_KIND = table(
    {
        b"NKMJG\x88\x89\x8a": k.NUMBER, b"X\x8c\x8d": k.TEXT, b"CB\x8e\x96": k.BYTES, b")": k.EMPTY,
        b"]": k.LIST, b"}": k.DICT, b"\x8f": k.SET, b"(": k.OPEN,
        b"\x85": k.TUPLE1, b"\x86": k.TUPLE2, b"\x87": k.TUPLE3, b"t": k.CLOSE_TUPLE, b"\x91": k.CLOSE_FROZEN,
        b"e": k.CLOSE_ITEMS, b"u": k.CLOSE_PAIRS, b"\x90": k.CLOSE_SET, b"a": k.APPEND, b"s": k.SETITEM,
        b"R": k.REDUCE, b"\x81": k.NEWOBJ, b"b": k.BUILD, b"qr\x94": k.PUT, b"hj": k.GET,
    },
    default=k.OTHER,
)  # fmt: skip
_MEMOIZED = table({b"\x8cX\x8dCB\x8e\x96]}\x8f\x85\x86\x87t\x91R\x81\x93": 1}).astype(bool)
_TEXT_BEGINS = table({b"\x8c": 2, b"X": 5, b"\x8d": 9})
# Kind of the memo entry for a value of a kind; what an operator made is not known before it has run.
_SAVED_AS = np.full(256, k.OTHER, dtype=np.uint8)
_SAVED_AS[[k.TEXT, k.SPECIAL, k.BYTES]] = k.TEXT, k.SPECIAL, k.BYTES
_SAVED_AS[[k.LIST, k.DICT, k.SET]] = k.BOX
_SAVED_AS[[k.TUPLE1, k.TUPLE2, k.TUPLE3, k.CLOSE_TUPLE, k.CLOSE_FROZEN]] = k.TUPLE


@functools.cache
def _never_written(protocol: int) -> Flags:
    """Which opcodes the pickler does not write at a protocol."""
    return np.array([handler is None for handler in TABLES[protocol]])


@attrs.frozen(eq=False)
class Tokens:
    """A stretch of opcodes as tokens; writes to the memo belong to the value before them.

    Attributes:
        count: opcodes of the stretch that are tokens; the next one is for the machine.
        kinds: kind of each token.
        starts: the opcode at which each token begins.
        frames: of each FRAME among the opcodes, which one it is and the offset in the stream where it ends.
        puts: memo entries written before each opcode, and in all.
        saved: kinds of the memo entries.
    """

    count: int
    kinds: Octets
    starts: Ints
    frames: list[tuple[int, int]]
    puts: Ints
    saved: Octets


def tokens(m: Machine, stretch: Stretch) -> Tokens:
    """The tokens of a stretch at the position of the machine, up to the first opcode that is not in its place.

    Raises:
        NeedsDetail: a text is not UTF-8.
    """
    codes = stretch.codes
    kinds = _KIND[codes]
    puts = kinds == k.PUT
    attached = puts.copy()
    attached[:1] = False
    attached[1:] &= _MEMOIZED[codes[:-1]]
    _read_texts(stretch, kinds)
    entries = np.flatnonzero(puts)
    kinds_saved = np.where(attached[entries], _SAVED_AS[kinds[entries - 1]], np.uint8(k.OTHER))
    saved = Saved(kinds_saved, attached, np.cumsum(puts, dtype=np.int32))
    bad = _never_written(m.protocol)[codes]
    bad[misnumbered(m, stretch, saved)] = True
    count = int(np.argmax(bad)) if bad.any() else len(codes)
    framed, whole = _frames(m, stretch)
    count = resolve(m, stretch, kinds[: min(count, whole)], saved)
    if count and _MEMOIZED[codes[count - 1]]:  # what writes it to the memo may come next
        count -= 1
    kept = ~attached[:count]
    kept[[index for index, _ in framed if index < count]] = False
    remaining = kinds[:count][kept]
    remaining[remaining == k.PUT] = k.OTHER
    starts = np.flatnonzero(kept).astype(np.int32)
    remaining, starts = shorten(stretch, remaining, starts)
    before = np.concatenate([np.zeros(1, np.int32), saved.written[:count]])
    return Tokens(count, remaining, starts, framed, before, saved.kinds)


def _frames(m: Machine, stretch: Stretch) -> tuple[list[tuple[int, int]], int]:
    """The frames that begin in a stretch, and how many opcodes come before one that is not within its frame."""
    at, begin = stretch.at, m.pos
    found: list[tuple[int, int]] = []
    end, whole = max(m.frame_end - begin, 0), len(stretch.codes)
    for index in np.flatnonzero(stretch.codes == 0x95).tolist():
        inside = int(at[index]) + 9
        size = int.from_bytes(stretch.raw[inside - 8 : inside].tobytes(), "little")
        overlaps, overruns = end > at[index], not 0 < size <= m.end - begin - inside
        whole = min(whole, _before_crossing(at, end), index if overlaps or overruns else whole)
        if whole <= index:
            return found, whole
        end = inside + size
        found.append((index, begin + end))
    return found, min(whole, _before_crossing(at, end))


def _before_crossing(at: Ints, end: int) -> int:
    """Opcodes before the one that crosses an offset; all of them if none does."""
    place = int(np.searchsorted(at, end))
    return place - 1 if place < len(at) and at[place] > end else len(at) - 1


def _read_texts(stretch: Stretch, kinds: Octets) -> None:
    """Texts have to be UTF-8; those that begin with two underscores are special."""
    raw, at = stretch.raw, stretch.at
    texts = np.flatnonzero(kinds == k.TEXT)
    if not len(texts):
        return
    begin = at[texts] + _TEXT_BEGINS[stretch.codes[texts]]
    steps = np.zeros(len(raw), dtype=np.int8)
    steps[begin] = 1
    steps[at[texts + 1]] -= 1
    # What is no text becomes zero, which is a character, so that one look decodes all texts, each by itself.
    inside = (raw * np.cumsum(steps, dtype=np.int8).view(np.uint8)).tobytes()
    if not inside.isascii():
        try:
            inside.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise NeedsDetail from None
    if b"__" in inside:
        kinds[texts[(raw[begin] == 0x5F) & (raw[begin + 1] == 0x5F)]] = k.SPECIAL
