"""Skips runs of plain data in bulk and leaves the machine as if it had read them opcode by opcode."""

from __future__ import annotations

from typing import Any

import numpy as np

from rqml_catalog.supply_chain.serialization.machine import Machine, NeedsDetail
from rqml_catalog.supply_chain.serialization.runs import (
    CHUNK,
    CLOSES,
    DICT,
    KIND,
    LEAST,
    LIST,
    SAVED,
    SET,
    TARGET,
    TEXT,
    TUPLE,
    Run,
    first,
    index_at,
    read_run,
)
from rqml_catalog.supply_chain.serialization.values import BOX, OPAQUE, Mapping, ObjectSet

MATERIALISED = 32  # values on top of the stack that keep their content
_STAND_INS = (OPAQUE, OPAQUE, OPAQUE, BOX, BOX, BOX, BOX, OPAQUE, BOX)


def skip_bulk(m: Machine) -> None:
    """Move the machine behind the plain data that begins at its position."""
    while True:
        stop = min(m.frame_end or m.end, m.pos + CHUNK)
        if stop - m.pos < LEAST:
            return
        run = read_run(m, stop)
        if run is None or run.count - run.context.size < LEAST:
            if stop - m.pos > 8 * LEAST:
                m.quiet_from = m.pos
            return
        m.skipped = True
        _apply(m, run)
        if run.stopped:
            return


def _apply(m: Machine, run: Run) -> None:
    """Leave stack, marks, memo and position as the run does."""
    known = len(m.memo)
    puts = np.flatnonzero(KIND[run.codes] == SAVED)
    kinds = run.kinds[puts]
    if (kinds >= LIST).any():
        m.memo.extend([_STAND_INS[kind] for kind in kinds.tolist()])
    else:
        m.memo.extend([OPAQUE] * len(puts))
    _count_shared(m, run)
    recent = max(0, len(puts) - 2 * MATERIALISED)
    slots = {int(put): known + number for number, put in enumerate(puts[recent:], recent)}
    lowest = _close_frames(m, run)
    for level in range(lowest, int(run.levels[-1]) + 1):
        if level > lowest:
            m.marks.append(len(m.stack))
            m.fence = len(m.stack)
        left = _left_in_frame(run, level)
        if level == lowest:
            left = left[run.context.counts[level] :]
        quiet = max(0, len(left) - MATERIALISED)
        m.stack.extend([_STAND_INS[kind] for kind in run.kinds[left[:quiet]].tolist()] if quiet else ())
        m.stack.extend(_value(m, run, index, slots) for index in left[quiet:])
    m.pos += int(run.at[run.count])


def _close_frames(m: Machine, run: Run) -> int:
    """Close the frames from before the run that it closes, fill their containers, return the lowest level reached."""
    skip, context = run.context.size, run.context
    levels = run.levels[skip:]
    begun = len(context.counts) - 1
    lowest = min(begun, int(levels.min(initial=begun)))
    for _ in range(begun - lowest):
        items = m.pop_mark()
        _fill(m.stack[-1], items)
    for (level, height), target in zip(context.places, context.targets, strict=True):
        until = skip + first(levels < level, len(levels))
        into = np.flatnonzero((TARGET[run.codes] >= 0) & (run.levels == level) & (run.heights == height))
        into = into[(into >= skip) & (into < until)]
        batches = into[CLOSES[run.codes[into]] == 1]
        added = int(run.heights[batches - 1].sum())
        added += int((run.codes[into] == 0x61).sum()) + 2 * int((run.codes[into] == 0x73).sum())
        if level < begun and lowest <= level:
            added -= context.counts[level + 1]
        _fill(target, [OPAQUE] * added)
    return lowest


def _fill(target: Any, items: list[Any]) -> None:
    if type(target) is Mapping:
        target.flat.extend(items)
    elif type(target) is ObjectSet:
        target.items.extend(items)
    else:
        target.extend(items)


def _count_shared(m: Machine, run: Run) -> None:
    """References to containers; where there are many, how far they unfold needs every opcode."""
    for code in (0x68, 0x6A):
        found = np.flatnonzero(run.codes == code)
        read, times = np.unique(index_at(run.raw, run.at[found], code == 0x6A), return_counts=True)
        for index, count in zip(read.tolist(), times.tolist(), strict=True):
            value = m.memo[index - m.memo_base]
            if value is BOX or isinstance(value, list | tuple | Mapping | ObjectSet):
                m.shared += count
    if m.shared >= 40:
        raise NeedsDetail


def _left_in_frame(run: Run, level: int) -> list[int]:
    """The opcodes that left what is still in the open frame of a level at the end of the run, bottom first."""
    below = np.flatnonzero(run.levels < level)
    begin = int(below[-1]) + 1 if len(below) else 0
    members = begin + np.flatnonzero(run.levels[begin:] == level)
    heights = run.heights[members]
    if not len(members):
        return []
    later = np.minimum.accumulate(heights[::-1])[::-1]
    lowest_after = np.append(later[1:], np.iinfo(np.int64).max)
    kept = (heights < lowest_after) & (heights > 0)
    return members[kept].tolist()  # type: ignore[no-any-return]


def _holder(run: Run, index: int) -> Any:
    """A stand-in for a value whose content is skipped; containers can still be filled."""
    kind = int(run.kinds[index])
    if kind == LIST:
        return [OPAQUE]
    if kind == DICT:
        filled = Mapping()
        filled.flat = [OPAQUE, OPAQUE]
        return filled
    if kind == SET:
        items = ObjectSet()
        items.items = [OPAQUE]
        return items
    return BOX if kind == TUPLE else OPAQUE


def _value(m: Machine, run: Run, index: int, slots: dict[int, int]) -> Any:
    """A text with its content, also in the memo; anything else as a stand-in."""
    code, put = int(run.codes[index]), index
    while int(run.kinds[index]) == TEXT and KIND[code] == SAVED:
        index -= 1
        code = int(run.codes[index])
    if code not in (0x8C, 0x58):
        value = _holder(run, put)
        if code in (0x68, 0x6A):
            return m.memo[int(index_at(run.raw, run.at[index : index + 1], code == 0x6A)[0]) - m.memo_base]
        return value
    begin = m.pos + int(run.at[index]) + (2 if code == 0x8C else 5)
    try:
        text = m.data[begin : m.pos + int(run.at[index + 1])].decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise NeedsDetail from None
    if put in slots and put != index:
        m.memo[slots[put]] = text
    return text
