"""Durations: how long something stays true. It holds from the event at which it turns true until the next at
which it is false."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rqml.temporal.core import Core, Record, Tally

_NOT = -1 << 62


class DurationCore(Core):
    """Truths: [holds]; each stretch lasts at least (`longest` False) or at most (True) `duration`."""

    __slots__ = ("counted", "duration", "longest", "since")
    STATE = ("counted", "since")

    def __init__(self, *, duration: int, longest: bool) -> None:
        super().__init__()
        self.duration, self.longest = duration, longest
        self.since = _NOT
        self.counted = False  # this stretch is decided

    def begin(self, time: int) -> None:
        """It does not hold before the first event."""

    def step(self, time: int, truths: Sequence[Any]) -> None:
        """A stretch begins, goes on or ends."""
        if self.since != _NOT and not self.counted:
            self._look(time)
        if truths[0]:
            if self.since == _NOT:
                self.since, self.counted, self.open = time, False, 1
                self.triggers += 1
        elif self.since != _NOT:
            if not self.longest and not self.counted:
                self.broken(time)
            self.since, self.open = _NOT, 0

    def advance(self, time: int) -> None:
        """The stretch has become long enough, or too long."""
        if self.since != _NOT and not self.counted:
            self._look(time)

    def close(self, time: int) -> None:
        """A stretch that reaches its limit with the record."""
        if self.since != _NOT and not self.counted and self.longest and time - self.since == self.duration:
            self._decide(self.longest)

    def _look(self, time: int) -> None:
        if time - self.since > self.duration or (not self.longest and time - self.since == self.duration):
            self._decide(self.longest)

    def _decide(self, broken: bool) -> None:
        self.counted, self.open = True, 0
        if broken:
            self.broken(self.since + self.duration)

    def offline(self, record: Record) -> Tally:
        """By begin and end of all stretches."""
        import numpy as np

        holds = np.concatenate([[False], record.truths[0], [False]])
        begins = record.times[np.flatnonzero(holds[1:-1] & ~holds[:-2])]
        falls = np.flatnonzero(~holds[1:-1] & holds[:-2])
        ends = record.times[falls]
        done = len(ends)
        lengths = ends - begins[:done]
        last = begins[done:]  # the stretch that reaches the end of the record, if any
        if self.longest:
            bad = np.append(lengths > self.duration, record.missed(last + self.duration))
            marks = begins + self.duration
        else:
            bad = np.append(lengths < self.duration, np.zeros(len(last), dtype=bool))
            marks = np.append(ends, last)
        over = record.end - last >= self.duration
        open_ = int((~bad[done:] if self.longest else ~over).sum())
        first = int(marks[bad].min()) if bad.any() else None
        return Tally(len(begins), int(bad.sum()), open_, False, first)
