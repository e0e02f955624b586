"""Skips plain data in bulk and leaves the machine as if it had read every opcode.

A stretch of opcodes is lexed, told apart as tokens and collapsed, all with arithmetic on arrays; what remains is
executed here, token by token: operators by the machine's own handlers, values as stand-ins except for those that
an operator may look at, which are read as ever.
"""

from __future__ import annotations

import attrs
import numpy as np

from rqml_catalog.supply_chain.serialization import kinds as k
from rqml_catalog.supply_chain.serialization import lexing
from rqml_catalog.supply_chain.serialization.collapse import collapse
from rqml_catalog.supply_chain.serialization.lexing import Ints, Octets, Stretch
from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.memo import STAND_INS
from rqml_catalog.supply_chain.serialization.opcodes import TABLES
from rqml_catalog.supply_chain.serialization.tokens import Tokens, tokens
from rqml_catalog.supply_chain.serialization.values import (
    OPAQUE,
    SAFE,
    UNKNOWN,
    Instance,
    Mapping,
    NeedsDetail,
    ObjectSet,
    Skipped,
)

CHUNK = 1 << 18
LEAST = 128  # opcodes below which bulk reading does not pay
PAYS = 2048  # bytes from which on it did
_READ = 16  # values on top of the stack that are read,
_READ_OPCODES = 8  # unless they take more opcodes than this
_READ_ARGUMENTS = 400  # opcodes of a tuple on top, which may be the arguments of a call
_MADE = (b")R", b")\x81")
_BATCHES = (k.BATCH, k.KEY_BATCH, k.SET_BATCH, k.PAIRS, k.TEXT_PAIRS)
_UNFINISHED = (k.FRESH, k.FILLABLE)


# glibc keeps freed memory of up to twice the largest block that it once gave back. Without this block each array here
# would be made of new pages, which takes longer than what is done with them.
np.empty(1 << 23, dtype=np.uint8)


def skip_bulk(m: Machine) -> bool:
    """Move the machine behind the plain data at its position; whether that paid."""
    stretch = lexing.lex(m.data, m.pos, min(m.end, m.pos + CHUNK))
    if len(stretch.codes) < LEAST:
        return False
    found = tokens(m, stretch)
    if found.count < LEAST:
        return False
    m.skipped = True
    if m.may_unfold():
        raise NeedsDetail
    begin = m.pos
    remaining, starts, batches = collapse(found.kinds, found.starts)
    _Execution(m, stretch, found, remaining, np.append(starts, np.int32(found.count)), batches, begin).run()
    return m.pos - begin >= PAYS


@attrs.define(eq=False)
class _Execution:
    """The tokens that remain of a stretch, on their way through a machine."""

    m: Machine
    stretch: Stretch
    found: Tokens
    kinds: Octets
    starts: Ints
    batches: dict[int, int]
    begin: int

    def run(self) -> None:
        """Execute every token, or stop where the machine has gone another way."""
        done = 0
        for place in np.flatnonzero(self.kinds > k.LAST_VALUE).tolist():
            self._push(done, place)
            if not self._operate(place):
                return
            done = place + 1
        self._push(done, len(self.kinds))
        self.m.pos = self.begin + int(self.stretch.at[self.found.count])
        self._enter_frame(self.found.count)

    def _operate(self, place: int) -> bool:
        first, after = int(self.starts[place]), int(self.starts[place + 1])
        kind = int(self.kinds[place])
        if kind not in _BATCHES:
            return self._read(first, after)
        self.m.start = self.begin + int(self.stretch.at[first])
        self._remember(first, after)
        _fill(self.m, kind, self.batches[first])
        return True

    def _enter_frame(self, opcode: int) -> None:
        """Tell the machine which frame an opcode is in."""
        frames = self.found.frames
        while frames and frames[0][0] < opcode:
            self.m.frame_end = frames.pop(0)[1]
        if self.m.frame_end < self.begin + self.stretch.at[opcode]:
            self.m.frame_end = 0

    def _read(self, first: int, after: int) -> bool:
        """Have the machine read opcodes; whether it went on to where the next one begins."""
        m, codes, at, table = self.m, self.stretch.codes, self.stretch.at, TABLES[self.m.protocol]
        self._enter_frame(first)
        for index in range(first, after):
            m.start = self.begin + int(at[index])
            m.pos = m.start + 1
            handler = table[codes[index]]
            if handler is None:
                raise m.never_emitted(int(codes[index]))
            handler(m)
            if m.pos != self.begin + int(at[index + 1]):
                return False
        return True

    def _remember(self, first: int, after: int) -> None:
        begin, end = self.found.puts[first], self.found.puts[after]
        if end > begin:
            self.m.memo.skip(self.found.saved[begin:end].tobytes())

    def _push(self, first: int, after: int) -> None:
        """Values in a row: stand-ins for most, the last ones as they are."""
        quiet = max(first, after - _READ)
        if quiet > first:
            self._stand_in(first, quiet)
        for place in range(quiet, after):
            self._value(place, on_top=place == after - 1)

    def _stand_in(self, first: int, after: int) -> None:
        self._remember(int(self.starts[first]), int(self.starts[after]))
        self.m.stack.extend([STAND_INS[kind] for kind in self.kinds[first:after].tolist()])

    def _value(self, place: int, *, on_top: bool) -> None:
        """One value: read when it is short or may still change, a container of skipped values otherwise."""
        first, after = int(self.starts[place]), int(self.starts[place + 1])
        kind = int(self.kinds[place])
        size = after - first
        argument = on_top and kind in (k.TUPLE, k.HOLDER) and size <= _READ_ARGUMENTS
        if size <= _READ_OPCODES or kind in _UNFINISHED or argument:
            self._read(first, after)
            return
        if kind == k.FILLED and bytes(self.stretch.codes[first + 1 : first + 3]) in _MADE:
            self._read(first, first + 3)  # more items may follow
            self.m.stack[-1].contents.append(Skipped(UNKNOWN))
            self._remember(first + 3, after)
            return
        self._remember(first, after)
        self.m.stack.append(self._holder(kind, first, after, on_top=on_top))

    def _holder(self, kind: int, first: int, after: int, *, on_top: bool) -> object:
        if kind == k.LIST:  # the objects of an array are on top when their number matters
            return [self._items(first, after) if on_top else Skipped(UNKNOWN)]
        if kind in (k.DICT, k.LOOSE):
            mapping = Mapping()
            mapping.flat = [SAFE if kind == k.DICT else OPAQUE, Skipped(1)]
            return mapping
        if kind == k.SET:
            items = ObjectSet()
            items.items = [Skipped(1)]
            return items
        return STAND_INS[kind]

    def _items(self, first: int, after: int) -> Skipped:
        """The items of a list of this stretch: without its own opcode, its batches are left over."""
        begin, end = np.searchsorted(self.found.starts, (first + 1, after))
        inside, _, batches = collapse(self.found.kinds[begin:end].copy(), self.found.starts[begin:end])
        count = sum(batches.values()) + int(np.count_nonzero(inside == k.APPEND))
        loose = (inside == k.BATCH) | ((inside > k.LAST_KEY) & (inside <= k.LAST_VALUE))
        return Skipped(count, hashable=not loose.any())


def _fill(m: Machine, kind: int, count: int) -> None:
    """Put skipped items into the container on top of the stack."""
    target = m.top()
    pairs = kind in (k.PAIRS, k.TEXT_PAIRS)
    if type(target) is list and kind in (k.BATCH, k.KEY_BATCH):
        _more(target, count, hashable=kind == k.KEY_BATCH)
    elif type(target) is Mapping and pairs:
        target.flat += [SAFE if kind == k.TEXT_PAIRS else OPAQUE, OPAQUE]
    elif type(target) is ObjectSet and kind == k.SET_BATCH:
        _more(target.items, count, hashable=True)
    elif type(target) is Instance and target.contents is not None and kind != k.SET_BATCH:
        _more(target.contents, count, hashable=False)
    else:
        raise NeedsDetail


def _more(items: list[object], count: int, *, hashable: bool) -> None:
    last = items[-1] if items else None
    if type(last) is Skipped and last.count != UNKNOWN and last.hashable == hashable:
        last.count += count
    else:
        items.append(Skipped(count, hashable=hashable))
