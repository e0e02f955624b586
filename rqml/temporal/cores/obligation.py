"""Obligation: after a trigger, a chain of responses, in order and in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import attrs

from rqml.temporal.core import NEVER, Core, Record, Tally


class ObligationCore(Core):
    """Truths: [trigger] unless `once`, then [response] * `stages`.

    The first response may be the triggering event itself; each further one is a later event. `once`: the start of
    the observation is the only trigger. Pending obligations are kept per stage as [deadline, how many], oldest
    first; what one event answers it answers for all that wait for it, so a stage is passed on as a whole.
    """

    __slots__ = ("offset", "once", "stages", "waiting", "within")
    STATE = ("waiting",)

    def __init__(self, *, stages: int = 1, within: int = NEVER, once: bool = False) -> None:
        super().__init__()
        self.stages = stages
        self.within = within
        self.once = once
        self.offset = 0 if once else 1
        self.waiting: list[deque[list[int]]] = [deque() for _ in range(stages)]

    def begin(self, time: int) -> None:
        """The start is the trigger of what happens once."""
        if self.once:
            self._trigger(time)

    def step(self, time: int, truths: Sequence[Any]) -> None:
        """Expire, then take the trigger, then the responses, last stage first."""
        if self.open:
            self.advance(time)
        if not self.once and truths[0]:
            self._trigger(time)
        if self.open:
            self._respond(truths)

    def _trigger(self, time: int) -> None:
        deadline = time + self.within if self.within != NEVER else NEVER
        self.triggers += 1
        self.open += 1
        first = self.waiting[0]
        if first and first[-1][0] == deadline:
            first[-1][1] += 1
        else:
            first.append([deadline, 1])

    def _respond(self, truths: Sequence[Any]) -> None:
        waiting, stage = self.waiting, self.stages - 1
        while stage >= 0:
            here = waiting[stage]
            if here and truths[self.offset + stage]:
                if stage == self.stages - 1:
                    self.open -= sum(entry[1] for entry in here)
                else:
                    _join(waiting[stage + 1], here)
                here.clear()
            stage -= 1
        if not self.open and self.once:
            self.settled = True

    def advance(self, time: int) -> None:
        """Obligations whose deadline lies before `time` are broken."""
        for stage in self.waiting[::-1] if self.stages > 1 else self.waiting:
            while stage and stage[0][0] < time:
                self._miss(*stage.popleft())

    def close(self, time: int) -> None:
        """What is due by the end, or at any time, is broken."""
        for stage in reversed(self.waiting):
            while stage and (stage[0][0] <= time or stage[0][0] == NEVER):
                self._miss(min(time, stage[0][0]), stage.popleft()[1])

    def _miss(self, deadline: int, count: int) -> None:
        self.open -= count
        self.broken(deadline, count)
        if self.once:
            self.settled = True

    def offline(self, record: Record) -> Tally:
        """By the next event at which each response holds."""
        import numpy as np

        times, count = record.times, len(record.times)
        triggers = np.zeros(1, dtype=np.int64) if self.once else np.flatnonzero(record.truths[0])
        begun = np.array([record.start]) if self.once else times[triggers]
        deadlines = begun + self.within if self.within != NEVER else np.full(len(begun), NEVER)
        at = triggers
        for stage in range(self.stages):
            upcoming = _next(record.truths[self.offset + stage])
            at = upcoming[at if stage == 0 else np.minimum(at + 1, count)]
        answered = np.append(times, NEVER)[at]
        met = (at < count) & (answered <= deadlines)
        missed = ~met & ((at < count) | record.missed(deadlines))
        first = int(np.minimum(deadlines[missed], record.end).min()) if missed.any() else None
        open_ = int((~met & ~missed).sum())
        return Tally(len(begun), int(missed.sum()), open_, self.once and not open_, first)


class ReleasedCore(ObligationCore):
    """Truths: [trigger, response, release]; a release answers as a response does."""

    __slots__ = ()

    def _respond(self, truths: Sequence[Any]) -> None:
        if truths[1] or truths[2]:
            self.waiting[0].clear()
            self.open = 0

    def offline(self, record: Record) -> Tally:
        """As for obligations."""
        trigger, response, release = record.truths
        return super().offline(attrs.evolve(record, truths=[trigger, response | release]))


def _join(later: deque[list[int]], here: deque[list[int]]) -> None:
    """Append the younger obligations; those of one deadline are one entry."""
    if later and here and later[-1][0] == here[0][0]:
        later[-1][1] += here.popleft()[1]
    later.extend(here)


def _next(truth: Any) -> Any:
    """Index of the first true event at or after each index; the length where there is none."""
    import numpy as np

    count = len(truth)
    found = np.append(np.where(truth, np.arange(count), count), count)
    return np.minimum.accumulate(found[::-1])[::-1]
