"""The abstract machine that walks one pickle stream.

It keeps the stack, the marks and the memo of an unpickler, filled with the values of `values.py`, and refuses what
CPython's pickler would not have written: every refusal carries the offset of its opcode. The rules of framing are
those of `pickle._Unframer`, the strictest of CPython's two readers, so that both read the same opcodes.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable
from typing import Any

from rqml_catalog.supply_chain.serialization.allowlist import AllowList
from rqml_catalog.supply_chain.serialization.findings import Finding, Limits, RefusedStream
from rqml_catalog.supply_chain.serialization.memo import Memo
from rqml_catalog.supply_chain.serialization.opcodes import HIGHEST, TABLES
from rqml_catalog.supply_chain.serialization.values import Global, Instance

Source = bytes | mmap.mmap
PROTO, FRAME, STOP, MARK = 0x80, 0x95, 0x2E, 0x28
KNOWN = frozenset(b"(.012FIJKLMNPQRSTUVX]abcdeghijlopqrstu}") | frozenset(range(0x80, 0x99))
DENSE_AFTER = 512  # opcodes that are read one by one before it may pay to skip in bulk
DENSE_BYTES = 16  # bytes that they take on average at most
DENSE_LEAST = 4096  # bytes that must be left for it


class Machine:
    """One walk over one stream.

    Attributes:
        data: the whole stream; `end` bounds what may be read.
        begin: offset of the first byte.
        pos: offset of the next unread byte; `start` of the opcode being handled.
        stack, marks, memo: as in an unpickler; marks are stack heights.
        joblib: whether raw array blocks follow joblib's wrappers.
        depths: how deep the containers are that hold others, by id.
        persistent: judges persistent ids; None where there must be none.
        skip_bulk: skips plain data at the position and says whether it paid; None to read every opcode.
        instances: every object that the stream builds, for the structural validation.
    """

    __slots__ = (
        "allow",
        "arrays_crossed",
        "begin",
        "data",
        "depths",
        "end",
        "fence",
        "findings",
        "frame_end",
        "instances",
        "joblib",
        "limits",
        "marks",
        "memo",
        "memo_base",
        "names",
        "persistent",
        "pos",
        "protocol",
        "running",
        "shared",
        "skip_bulk", "skipped",
        "stack",
        "start",
        "table",
    )  # fmt: skip

    def __init__(self, data: Source, start: int, end: int, allow: AllowList, limits: Limits) -> None:
        self.data, self.begin, self.pos, self.start, self.end = data, start, start, start, end
        self.allow, self.limits = allow, limits
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo = Memo()
        self.memo_base = 0
        self.depths: dict[int, tuple[int, object]] = {}
        self.fence = 0
        self.frame_end = 0
        self.protocol = 0
        self.running = True
        self.joblib = False
        self.arrays_crossed = 0
        self.shared = 0
        self.persistent: Callable[[Machine, Any], Any] | None = None
        self.skip_bulk: Callable[[Machine], bool] | None = None
        self.skipped = False
        self.instances: list[Instance] = []
        self.names: list[tuple[str, str]] = []
        self.findings: list[Finding] = []

    def refuse(self, technique: str, detail: str, name: str = "") -> RefusedStream:
        """The exception that ends this walk at the current opcode."""
        return RefusedStream(technique, detail, offset=self.start, name=name)

    def note(self, technique: str, detail: str, name: str = "", offset: int | None = None) -> None:
        """Record a finding and go on, so that one walk lists them all."""
        if len(self.findings) < self.limits.findings:
            self.findings.append(Finding(technique, detail, self.start if offset is None else offset, name=name))

    def take(self, count: int) -> int:
        """Step over `count` bytes of an argument and return where they begin."""
        begin = self.pos
        after = begin + count
        if after > self.end:
            raise self.refuse("truncated-stream", "the stream ends inside an opcode")
        if self.frame_end and after > self.frame_end >= begin:
            if begin < self.frame_end:
                raise self.refuse("frame-crossed", "an opcode's argument crosses the end of its frame")
            self.frame_end = 0
        self.pos = after
        return begin

    def line(self) -> bytes:
        """The bytes up to the next newline, for the text opcodes."""
        stop = self.data.find(b"\n", self.pos, min(self.end, self.pos + (1 << 24)))
        if stop < 0:
            raise self.refuse("truncated-stream", "a text argument has no end")
        begin = self.take(stop + 1 - self.pos)
        return self.data[begin:stop]

    def pop(self) -> Any:
        """The top of the stack, never reaching below the innermost mark."""
        if len(self.stack) <= self.fence:
            raise self.refuse("stack-underflow", "an opcode takes more from the stack than there is")
        return self.stack.pop()

    def top(self) -> Any:
        """The top of the stack, left in place."""
        if len(self.stack) <= self.fence:
            raise self.refuse("stack-underflow", "an opcode needs a value and the stack has none")
        return self.stack[-1]

    def pop_mark(self) -> list[Any]:
        """The values above the innermost mark."""
        if not self.marks:
            raise self.refuse("stack-underflow", "an opcode needs a mark and there is none")
        self.marks.pop()
        height = self.fence
        self.fence = self.marks[-1] if self.marks else 0
        items = self.stack[height:]
        del self.stack[height:]
        return items

    def nest(self, container: object, items: Iterable[object]) -> None:
        """Bound the depth of containers in containers, which hashing and freeing follow on the stack of the process.

        CPython's pickler is recursive itself: it writes no such file.
        """
        inside = [self.depths.get(id(item), (1, item))[0] for item in items if type(item) in (tuple, list)]
        if not inside:
            return
        depth = 1 + max(inside)
        if depth > self.limits.marks:
            raise self.refuse("nesting-bound", f"containers nested more than {self.limits.marks} deep")
        self.depths[id(container)] = (depth, container)  # kept, so that no other takes its id

    def keep(self, items: Iterable[object]) -> None:
        """Note functions that pickles call and never keep: whatever keeps one could call it with anything."""
        for item in items:
            if type(item) is Global and item.kind == "R":
                self.note("callable-kept", f"{item.path} is kept, though pickles only call it", item.path)

    def may_unfold(self) -> bool:
        """Whether shared references could unfold to a bomb.

        As tuples that hold the one before them three times each, the fastest growth, n references multiply what
        there is by 3 to the power of n / 3; what there is, short shared tuples included, is a few times the bytes.
        """
        size = self.end - self.begin
        return 5.0 * size * 1.45 ** min(self.shared, 200) >= self.most_values()

    def most_values(self) -> int:
        """Values that an honest stream of this size may unfold to."""
        return max(self.limits.shared, 1000 * (self.end - self.begin))

    def walk(self) -> Any:
        """Read one pickle up to its STOP and return the abstract value; `pos` is then the byte after it.

        Raises:
            RefusedStream: the stream is not what CPython's pickler writes.
            NeedsDetail: bulk skipping lost something that matters.
        """
        data = self.data
        if self.end - self.pos >= 2 and data[self.pos] == PROTO:
            self.protocol = data[self.pos + 1]
            if not 2 <= self.protocol <= HIGHEST:
                raise self.refuse("unknown-protocol", f"protocol {self.protocol} does not exist")
            self.pos += 2
        opcodes = DENSE_AFTER
        while self.running:
            begin = self.pos
            self._read(opcodes)
            if self.skip_bulk and self.pos - begin <= DENSE_BYTES * opcodes and self.end - self.pos > DENSE_LEAST:
                paid = self.running and self.skip_bulk(self)
                # After a stretch there may be a FRAME; where skipping does not pay it is tried less and less often.
                opcodes = 4 if paid else max(DENSE_AFTER, min(2 * opcodes, 1 << 16))
        return self.pop()

    def _read(self, count: int) -> None:
        """Read up to `count` opcodes."""
        data, table, end = self.data, TABLES[self.protocol], self.end
        for _ in range(count):
            self.start = start = self.pos
            if start >= end:
                raise self.refuse("truncated-stream", "the stream ends before its STOP")
            if start == self.frame_end:
                self.frame_end = 0
            self.pos = start + 1
            handler = table[data[start]]
            if handler is None:
                raise self.never_emitted(data[start])
            handler(self)
            if not self.running:
                return

    def never_emitted(self, code: int) -> RefusedStream:
        """The refusal of an opcode that does not belong into this protocol."""
        if code not in KNOWN:
            return self.refuse("unknown-opcode", f"0x{code:02x} is no opcode of any protocol")
        if code in b"io":
            return self.refuse("old-style-instance", "INST and OBJ construct objects; no Python 3 writes them")
        if code in b"\x82\x83\x84":
            return self.refuse("extension-registry", "EXT opcodes name globals through a registry outside the file")
        return self.refuse(
            "opcode-never-emitted",
            f"opcode 0x{code:02x} is never written here by CPython at protocol {self.protocol}",
        )
