"""Until: one thing holds at each event before the first at which another does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rqml.temporal.core import NEVER, Core, Record, Tally


class UntilCore(Core):
    """Truths: [holds, releases]. `strong`: the release must come, within `within` of the start."""

    __slots__ = ("deadline", "strong", "within")
    STATE = ("deadline",)

    def __init__(self, *, strong: bool, within: int = NEVER) -> None:
        super().__init__()
        self.strong = strong
        self.within = within
        self.deadline = NEVER

    def begin(self, time: int) -> None:
        """One obligation from the start."""
        self.triggers = 1
        self.open = int(self.strong)
        if self.within != NEVER:
            self.deadline = time + self.within

    def step(self, time: int, truths: Sequence[Any]) -> None:
        """Released, or still holding."""
        if self.settled:
            return
        if time > self.deadline:
            self._settle(self.deadline)
        elif truths[1]:
            self._settle(None)
        elif not truths[0]:
            self._settle(time)

    def advance(self, time: int) -> None:
        """The release is overdue."""
        if time > self.deadline and not self.settled:
            self._settle(self.deadline)

    def close(self, time: int) -> None:
        """The release will not come any more."""
        if self.strong and not self.settled and (time >= self.deadline or self.deadline == NEVER):
            self._settle(time)

    def _settle(self, broken_at: int | None) -> None:
        self.settled, self.open = True, 0
        if broken_at is not None:
            self.broken(broken_at)

    def offline(self, record: Record) -> Tally:
        """By the first release, the first breach and the deadline."""
        import numpy as np

        deadline = record.start + self.within if self.within != NEVER else NEVER
        in_time = int(np.searchsorted(record.times, deadline, side="right"))
        release = _first(record.truths[1][:in_time])
        breach = _first(~record.truths[0][:in_time])
        if release is not None and (breach is None or release <= breach):
            return Tally(1, 0, 0, True, None)
        if breach is not None:
            return Tally(1, 1, 0, True, int(record.times[breach]))
        if self.strong and bool(record.missed(np.array(deadline))):
            return Tally(1, 1, 0, True, min(deadline, record.end))
        return Tally(1, 0, int(self.strong), False, None)


def _first(truth: Any) -> int | None:
    return int(truth.argmax()) if truth.any() else None
