"""Reads a run of plain data, numbers, texts and the containers they are in, with arithmetic on arrays.

A run is lexed for all its opcodes at once. `following[i]` is where the opcode after one at byte i would begin, for
every i; doubling that map three times makes the walk along the real opcodes eight times shorter. What remains is
arithmetic on arrays: nesting levels are running sums, and two stable sorts bring together the opcodes of one level
and those that leave one stack height, so that every opcode sees how many items it has and what it acts on. The run
ends before the first opcode that is not plain data or not in its place; the machine goes on from there, one by one.
"""

from __future__ import annotations

import functools
from typing import Any

import attrs
import numpy as np

from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.opcodes import TABLES
from rqml_catalog.supply_chain.serialization.values import Mapping, ObjectSet

Ints = np.ndarray[Any, np.dtype[Any]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
CHUNK = 1 << 16
LEAST = 256  # opcodes in a chunk below which bulk reading does not pay
PADDING = bytes(16)
NUMBERS, TEXT, BYTES, LIST, DICT, SET, TUPLE, SAVED, OTHER = range(9)


def _table(entries: dict[bytes, int], default: int = 0) -> Ints:
    table = np.full(256, default, dtype=np.int64)
    for codes, value in entries.items():
        table[list(codes)] = value
    return table


# Bytes of an opcode with its argument; 0 where the opcode ends a run or its length has to be read.
_WIDTH = _table({b"N\x88\x89])}\x8f\x94(eutas\x85\x86\x87\x90\x91": 1, b"Kqh": 2, b"M": 3, b"Jrj": 5, b"G": 9})
_ITEMS = _table(  # change of the number of items in the frame where the opcode leaves its result
    {b"NKMJG\x88\x89\x8a\x8cXCB])}\x8fhjt\x91": 1, b"\x86a": -1, b"\x87s": -2}
)
_NEEDS = _table({b"\x94qr\x85eu\x90": 1, b"\x86a": 2, b"\x87s": 3})
KIND = _table(
    {
        b"\x8cX": TEXT, b"CB": BYTES, b"]ea": LIST, b"}us": DICT, b"\x8f\x90": SET,
        b")\x85\x86\x87t\x91": TUPLE, b"\x94qr": SAVED, b"hj": OTHER,
    }
)  # fmt: skip
TARGET = _table({b"ea": LIST, b"us": DICT, b"\x90": SET}, default=-1)
_MEMOIZED = _table({b"\x8cXCB]}\x8f\x85\x86\x87t\x91": 1}).astype(bool)
CLOSES = _table({b"eut\x90\x91": 1})
_CONSUMES = _table({b"\x85a": 1, b"\x86s": 2, b"\x87": 3})


@functools.cache
def _written_at(protocol: int) -> Bools:
    """Which opcodes the pickler writes at a protocol."""
    return np.array([handler is not None for handler in TABLES[protocol]])


@attrs.frozen
class Context:
    """The innermost open frames of the machine as if they had been read in this run.

    Attributes:
        codes: opcodes that would have built them: a container, its mark, as many numbers as it has items.
        counts: items in each frame, the first one holding only the outermost container.
        targets: the real containers, and the value on top if it is one; `places` their (level, height).
    """

    codes: bytes
    counts: tuple[int, ...]
    targets: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        """Opcodes of the context."""
        return len(self.codes)


_CODES = {list: b"]", Mapping: b"}", ObjectSet: b"\x8f"}


def _context(m: Machine) -> Context:
    """Up to three open frames whose containers are plain ones."""
    frames: list[tuple[bytes, int, Any]] = []
    top = len(m.stack)
    for mark in reversed(m.marks[-3:]):
        target = m.stack[mark - 1] if mark > (m.marks[m.marks.index(mark) - 1] if mark != m.marks[0] else 0) else None
        code = _CODES.get(type(target))
        if code is None or top - mark > 4000:
            break
        frames.insert(0, (code, top - mark, target))
        top = mark - 1
    codes, counts, targets, places = b"", [1 if frames else 0], [], []
    for level, (code, items, target) in enumerate(frames):
        inner = level + 1 < len(frames)
        codes += code + b"(" + b"N" * items
        targets.append(target)
        places.append((level, counts[level]))
        counts.append(items + inner)
    last = m.stack[-1] if frames and frames[-1][1] else None
    if type(last) in _CODES:
        codes = codes[:-1] + _CODES[type(last)]
        targets.append(last)
        places.append((len(frames), counts[-1]))
    return Context(codes, tuple(counts), tuple(targets), tuple(places))


@attrs.frozen(eq=False)
class Run:
    """The opcodes of a run: where they begin, what they are, where they stand.

    Attributes:
        count: opcodes that belong to it.
        stopped: whether it ended before the end of the chunk for another reason than the chunk.
        at: byte offset of each in the chunk, and of the byte after the last.
        codes: opcodes.
        levels: open marks after each.
        heights: items in the frame after each.
        kinds: what is on top of the stack after each.
        raw: the bytes of the chunk.
        context: the open frames; its opcodes come first in all of the above.
    """

    count: int
    stopped: bool
    at: Ints
    codes: Ints
    levels: Ints
    heights: Ints
    kinds: Ints
    raw: np.ndarray[Any, np.dtype[np.uint8]]
    context: Context


def _following(raw: np.ndarray[Any, Any], size: int) -> Ints:
    """For each byte, where the next opcode would begin; itself where a run ends."""
    where = np.arange(size, dtype=np.int32)
    following = where + _WIDTH.astype(np.int32)[raw[:size]]
    for code in b"\x8cC\x8a":
        short = np.flatnonzero(raw[:size] == code)
        following[short] = short + 2 + raw[short + 1]
    for code in b"XB":
        long = np.flatnonzero(raw[:size] == code)
        long = long[(raw[long + 3] == 0) & (raw[long + 4] == 0)]
        following[long] = long + 5 + raw[long + 1] + 256 * raw[long + 2].astype(np.int32)
    beyond = following > size
    following[beyond] = where[beyond]
    return np.append(following, np.int32(size)).astype(np.int32)


def _positions(following: Ints) -> Ints:
    """The offsets of the opcodes from byte 0 on, and of the first byte after them."""
    two = following[following]
    four = two[two]
    eight = memoryview(four[four].data)
    heads, here = [0], 0
    while (after := eight[here]) != here:
        heads.append(after)
        here = after
    column = np.array(heads, dtype=np.int32)
    columns = [column]
    for _ in range(7):
        column = following[column]
        columns.append(column)
    flat = np.stack(columns, axis=1).ravel()
    last = int(np.argmax(flat == flat[-1]))
    return flat[: last + 1]


def read_run(m: Machine, stop: int) -> Run | None:
    """The run at the position of the machine, within bytes up to `stop`; None where it is short."""
    size = stop - m.pos
    raw = np.frombuffer(m.data[m.pos : stop] + PADDING, dtype=np.uint8)
    at = _positions(_following(raw, size))
    if len(at) <= LEAST:
        return None
    context = _context(m)
    skip = context.size
    at = np.concatenate([np.zeros(skip, dtype=np.int64), at])
    codes = np.concatenate([np.frombuffer(context.codes, dtype=np.uint8), raw[at[skip:-1]]]).astype(np.int64)
    opens, closes = codes == 0x28, CLOSES[codes]
    levels = np.cumsum(opens) - np.cumsum(closes)
    count = first((levels < 0) | (levels > 15), len(codes))
    if count <= skip:
        return None
    codes, levels, opens = codes[:count], levels[:count], opens[:count]
    heights = _heights(_ITEMS[codes], levels, opens)
    kinds = _kinds(codes)
    bad = _misplaced(codes, levels, heights, kinds, opens)
    bad |= _memo_misused(m, raw, at[:count], codes)
    bad |= ~_written_at(m.protocol)[codes]
    bad |= _consumes_context(context, codes, levels, heights)
    bad[:skip] = False
    count = first(bad, count)
    stopped = count < len(at) - 1
    return Run(
        count, stopped, at[: count + 1], codes[:count], levels[:count], heights[:count], kinds[:count], raw, context
    )


def _consumes_context(context: Context, codes: Ints, levels: Ints, heights: Ints) -> Bools:
    """Opcodes that would put values from before the run into tuples, sets or items."""
    bad = np.zeros(len(codes), dtype=bool)
    skip = context.size
    if skip < len(codes):
        bad[skip] = KIND[codes[skip]] == SAVED
    eaten = np.flatnonzero(_CONSUMES[codes])
    left = heights[eaten] - _ITEMS[codes[eaten]] - _CONSUMES[codes[eaten]]
    for level, items in enumerate(context.counts):
        closed = skip + first(levels[skip:] < level, len(codes) - skip)
        bad[eaten] |= (levels[eaten] == level) & (eaten < closed) & (left < items)
        if level and closed < len(codes):
            bad[closed] |= codes[closed] in (0x74, 0x91)
    return bad


def first(flags: Bools, size: int) -> int:
    """Index of the first True, or `size`."""
    return int(np.argmax(flags)) if flags.any() else size


def _heights(items: Ints, levels: Ints, opens: Bools) -> Ints:
    """Items in its frame after each opcode; frames of one level follow each other, each begun by its mark."""
    order = np.argsort(levels.astype(np.int16), kind="stable")
    total = np.cumsum(items[order])
    begins = opens[order]
    begin_total = np.where(begins, total, 0)
    index = np.maximum.accumulate(np.where(begins, np.arange(len(order)), -1))
    level_sorted = levels[order]
    ground = int(np.searchsorted(level_sorted, 1))  # level 0 has no mark of its own
    base = np.where(index >= 0, begin_total[np.maximum(index, 0)], 0)
    base[:ground] = 0
    heights = np.empty_like(total)
    heights[order] = total - base
    return heights


def _kinds(codes: Ints) -> Ints:
    """What is on top after each opcode; writing the memo leaves it as it was."""
    kinds = KIND[codes]
    saved = kinds == SAVED
    kinds[1:][saved[1:]] = kinds[:-1][saved[1:]]
    return kinds


def _misplaced(codes: Ints, levels: Ints, heights: Ints, kinds: Ints, opens: Bools) -> Bools:
    """Opcodes that lack items, or act on something else than the container they are for."""
    before = heights - _ITEMS[codes]
    bad = before < _NEEDS[codes]
    bad |= opens & (levels > 15)
    puts = KIND[codes] == SAVED
    bad[0] |= puts[0]
    bad[1:] |= puts[1:] & ~_MEMOIZED[codes[:-1]]
    closers = np.flatnonzero(CLOSES[codes])
    if len(closers):
        bad[0] |= bool(closers[0] == 0)
        inside = heights[np.maximum(closers - 1, 0)]
        bad[closers] |= (codes[closers] == 0x75) & (inside % 2 == 1)
    targets = np.flatnonzero(TARGET[codes] >= 0)
    if len(targets):
        bad[targets] |= ~_right_target(codes, levels, heights, kinds, targets)
    return bad


def _right_target(codes: Ints, levels: Ints, heights: Ints, kinds: Ints, targets: Ints) -> Bools:
    """Whether the value that each of `targets` puts items into is the container it needs.

    That value was left on top by the last opcode of the same frame with the same height.
    """
    key = ((levels << 12) | (heights & 0xFFF)).astype(np.uint16)
    order = np.argsort(key, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    previous = order[np.maximum(rank[targets] - 1, 0)]
    same = (levels[previous] == levels[targets]) & (heights[previous] == heights[targets]) & (previous < targets)
    lowest = _frame_begins(levels)
    same &= previous >= lowest[targets]
    right: Bools = same & (kinds[previous] == TARGET[codes[targets]])
    return right


def _frame_begins(levels: Ints) -> Ints:
    """For each opcode, the index at which its frame began: its level was lower just before."""
    begins = np.zeros(len(levels), dtype=np.int64)
    for level in range(1, int(levels.max(initial=0)) + 1):
        at_level = np.flatnonzero(levels == level)
        below = np.flatnonzero(levels < level)
        if len(below):
            slot = np.searchsorted(below, at_level) - 1
            begins[at_level] = np.where(slot >= 0, below[np.maximum(slot, 0)] + 1, 0)
    return begins


def _memo_misused(m: Machine, raw: np.ndarray[Any, Any], at: Ints, codes: Ints) -> Bools:
    """Memo writes out of order, and reads of what was not written."""
    bad = np.zeros(len(codes), dtype=bool)
    puts = KIND[codes] == SAVED
    known = len(m.memo) + m.memo_base + np.cumsum(puts)  # entries after each opcode
    for short, wide, limit in ((0x71, 0x72, "put"), (0x68, 0x6A, "get")):
        for code in (short, wide):
            found = np.flatnonzero(codes == code)
            index = index_at(raw, at[found], code == wide)
            wrong = index != known[found] - 1 if limit == "put" else (index >= known[found]) | (index < m.memo_base)
            bad[found] |= wrong
    if not m.memo:
        bad |= (codes == 0x71) | (codes == 0x72)  # the first entry decides from where Python 2 counts
    return bad


def index_at(raw: np.ndarray[Any, Any], at: Ints, wide: bool) -> Ints:
    """The memo indices that opcodes at some offsets carry, in one byte or in four."""
    if not wide:
        narrow: Ints = raw[at + 1].astype(np.int64)
        return narrow
    parts = [raw[at + 1 + place].astype(np.int64) << (8 * place) for place in range(4)]
    whole: Ints = parts[0] + parts[1] + parts[2] + parts[3]
    return whole
