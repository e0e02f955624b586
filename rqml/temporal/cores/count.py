"""Counts: how often something happens, at all or at a rate."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from rqml.temporal.core import NEVER, Core, Record, Tally


class CountCore(Core):
    """Truths: [happens], or [happens, happens] where one answers for the most and one for the least.

    It happens at least `low` and at most `high` times within `within` of the start.
    """

    __slots__ = ("count", "deadline", "enough", "high", "low", "within")
    STATE = ("count", "deadline", "enough")

    def __init__(self, *, low: int, high: int, within: int = NEVER) -> None:
        super().__init__()
        self.low, self.high, self.within = low, high, within
        self.count = 0  # compared with the most
        self.enough = 0  # compared with the least
        self.deadline = NEVER

    def begin(self, time: int) -> None:
        """One obligation from the start."""
        self.triggers = 1
        if self.within != NEVER:
            self.deadline = time + self.within
            self.open = 1

    def step(self, time: int, truths: Sequence[Any]) -> None:
        """Count; what is above the most allowed is broken at once."""
        if time > self.deadline:
            self._end(self.deadline)
        if time > self.deadline or (self.settled and self.high == NEVER):
            return
        if truths[0]:
            self.count += 1
            if self.count > self.high:
                self.broken(time)
        if truths[-1]:
            self.enough += 1
            if self.enough >= self.low and self.high == NEVER:
                self.settled, self.open = True, 0

    def advance(self, time: int) -> None:
        """The time is up."""
        if time > self.deadline:
            self._end(self.deadline)

    def close(self, time: int) -> None:
        """The time is up, or there is no more."""
        if time >= self.deadline or self.deadline == NEVER:
            self._end(time)

    def _end(self, time: int) -> None:
        if not self.settled:
            self.settled = self.deadline != NEVER
            self.open = 0
            if self.enough < self.low:
                self.settled = True
                self.broken(time)

    def offline(self, record: Record) -> Tally:
        """Of the events in time."""
        import numpy as np

        deadline = record.start + self.within if self.within != NEVER else NEVER
        in_time = record.times <= deadline
        happened, enough = record.times[record.truths[0] & in_time], int((record.truths[-1] & in_time).sum())
        if self.high == NEVER and enough >= self.low:
            return Tally(1, 0, 0, True, None)
        over = max(0, len(happened) - self.high)
        first = int(happened[self.high]) if over else None
        ended = bool(record.missed(np.array(deadline)))
        if ended and enough < self.low:
            return Tally(1, over + 1, 0, True, first if over else min(deadline, record.end))
        return Tally(1, over, int(deadline != NEVER and not ended), ended and deadline != NEVER, first)


class RateCore(Core):
    """Truths: [happens]; at most `count` times in any window of `per` (open at its begin, closed at its end)."""

    __slots__ = ("count", "per", "recent")
    STATE = ("recent",)

    def __init__(self, *, count: int, per: int) -> None:
        super().__init__()
        self.count, self.per = count, per
        self.recent: deque[int] = deque(maxlen=count)

    def begin(self, time: int) -> None:
        """One obligation from the start."""
        self.triggers = 1

    def step(self, time: int, truths: Sequence[Any]) -> None:
        """Too many if the one `count` times ago is still in the window."""
        if truths[0]:
            recent = self.recent
            if len(recent) == self.count and time - recent[0] < self.per:
                self.broken(time)
            recent.append(time)

    def offline(self, record: Record) -> Tally:
        """By the distance to the one `count` times ago."""
        import numpy as np

        happened = record.times[record.truths[0]]
        late = np.flatnonzero(happened[self.count :] - happened[: -self.count] < self.per)
        first = int(happened[self.count + late[0]]) if len(late) else None
        return Tally(1, len(late), 0, False, first)


class RecurrenceCore(Core):
    """Truths: [happens]; at least `count` times in any window of `per` within the record.

    It is enough to look at the windows that begin with the record and right after each time it happens.
    Windows that the record does not complete ask nothing, so that nothing is open at its end.
    """

    __slots__ = ("anchors", "count", "happened", "passed", "per")
    STATE = ("anchors", "happened", "passed")

    def __init__(self, *, count: int, per: int) -> None:
        super().__init__()
        self.count, self.per = count, per
        self.anchors: deque[int] = deque()  # begins of windows not decided yet: at most count + 1
        self.happened = 0
        self.passed = 0  # windows decided

    def begin(self, time: int) -> None:
        """The first window begins."""
        self.anchors.append(time)

    def step(self, time: int, truths: Sequence[Any]) -> None:
        """Close the windows that are over, then the one that is now full, then begin one."""
        anchors = self.anchors
        if anchors and time - anchors[0] > self.per:
            self.advance(time)
        if truths[0]:
            self.happened += 1
            anchors.append(time)
            if self.passed <= self.happened - self.count:
                anchors.popleft()
                self._decided()

    def advance(self, time: int) -> None:
        """Windows that ended before `time` without enough are broken."""
        while self.anchors and time - self.anchors[0] > self.per:
            self.broken(self.anchors.popleft() + self.per)
            self._decided()

    def _decided(self) -> None:
        self.passed += 1
        self.triggers += 1

    def offline(self, record: Record) -> Tally:
        """By the distance to the `count`-th after each begin, or to the end."""
        import numpy as np

        begins = np.append(record.start, record.times[record.truths[0]])
        ends = np.append(begins[self.count :], np.full(min(self.count, len(begins)), record.end))
        broken = ends - begins > self.per
        first = int(begins[broken][0] + self.per) if broken.any() else None
        full = max(0, len(begins) - self.count)
        return Tally(full + int(broken[full:].sum()), int(broken.sum()), 0, False, first)
