"""Precedence: something happens only after a chain of other things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rqml.temporal.core import LONG_AGO, NEVER, Core, Record, Tally


class PrecedenceCore(Core):
    """Truths: [cause] * `stages`, then [effect].

    Causes are successive events, the last at or before the effect. Of each stage only the latest possible begin of
    a chain up to it is kept: if any chain lies within the bound, that one does.
    """

    __slots__ = ("begun", "stages", "within")
    STATE = ("begun",)

    def __init__(self, *, stages: int = 1, within: int = NEVER) -> None:
        super().__init__()
        self.stages = stages
        self.within = within
        self.begun = [LONG_AGO] * stages

    def begin(self, time: int) -> None:
        """Nothing has happened yet."""

    def step(self, time: int, truths: Sequence[Any]) -> None:
        """Go on with the chains, last stage first, then look at the effect."""
        begun = self.begun
        for stage in range(self.stages - 1, 0, -1):
            if truths[stage]:
                begun[stage] = begun[stage - 1]
        if truths[0]:
            begun[0] = time
        if begun[-1] != LONG_AGO and self.within == NEVER:
            self.settled = True
        if truths[self.stages]:
            self.triggers += 1
            if begun[-1] == LONG_AGO or time - begun[-1] > self.within:
                self.broken(time)

    def offline(self, record: Record) -> Tally:
        """By the last event of each stage before each event."""
        import numpy as np

        times, count = record.times, len(record.times)
        begun = times
        for stage in range(self.stages):
            happened = record.truths[stage]
            last = np.maximum.accumulate(np.where(happened, np.arange(count), -1))
            before = begun if stage == 0 else np.append(LONG_AGO, begun[:-1])[:count]
            begun = np.where(last >= 0, before[last], LONG_AGO)
        effect = record.truths[self.stages]
        bad = effect & ((begun == LONG_AGO) | (times - np.maximum(begun, -(1 << 61)) > self.within))
        where_bad = np.flatnonzero(bad)
        first = int(times[where_bad[0]]) if len(where_bad) else None
        settled = self.within == NEVER and count > 0 and int(begun[-1]) != LONG_AGO
        return Tally(int(effect.sum()), len(where_bad), 0, settled, first)
