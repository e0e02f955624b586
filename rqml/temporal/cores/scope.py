"""Scope: something holds at each event within a scope that events, or time, open and close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rqml.temporal.core import LONG_AGO, NEVER, Core, Record, Tally

if TYPE_CHECKING:
    import numpy as np


class ScopeCore(Core):
    """Truths: [holds], then [opens] if `opener`, then [closes] if `closer`.

    Without an opener the scope is open from the start, once. A closing event is not in the scope and opens none.
    `retrospective`: a scope counts only once it is closed. `within`: a scope ends that long after its (last) opening.
    """

    __slots__ = ("closer", "held", "inside", "opener", "retrospective", "scope", "until", "within")
    STATE = ("held", "inside", "scope", "until")

    def __init__(self, *, opener: bool, closer: bool, retrospective: bool = False, within: int = NEVER) -> None:
        super().__init__()
        self.opener = 1 if opener else 0
        self.closer = 1 + self.opener if closer else 0
        self.retrospective = retrospective
        self.within = within
        self.scope = False
        self.inside = False  # an event was in this scope
        self.held = 0  # breaches that count if the scope closes
        self.until = NEVER

    def begin(self, time: int) -> None:
        """Open the scope that needs no opener."""
        if not self.opener:
            self._enter(time)

    def step(self, time: int, truths: Sequence[Any]) -> None:
        """Close or open the scope, then look at the event if it is inside."""
        if time > self.until:
            self._leave()
        if self.closer and truths[self.closer]:
            self._closed(time)
            return
        if self.opener and truths[self.opener]:
            if self.scope:
                self._extend(time)
            else:
                self._enter(time)
        if self.scope:
            if not self.inside:
                self.inside = True
                if not self.retrospective:
                    self.triggers += 1
            if not truths[0]:
                if self.retrospective:
                    self.held += 1
                else:
                    self.broken(time)

    def advance(self, time: int) -> None:
        """A timed scope ends."""
        if time > self.until:
            self._leave()

    def close(self, time: int) -> None:
        """A timed scope that ends with the record has ended."""
        if time >= self.until:
            self._leave()

    def _enter(self, time: int) -> None:
        self.scope, self.inside, self.held = True, False, 0
        self._extend(time)

    def _extend(self, time: int) -> None:
        if self.within != NEVER:
            self.until = time + self.within
            self.open = 1

    def _leave(self) -> None:
        self.scope, self.until, self.open = False, NEVER, 0
        self.settled = self.settled or not self.opener

    def _closed(self, time: int) -> None:
        if self.scope and self.retrospective and self.inside:
            self.triggers += 1
            if self.held:
                self.broken(time, self.held)
        self._leave()

    def offline(self, record: Record) -> Tally:
        """By the last opening or closing before each event."""
        import numpy as np

        times, count = record.times, len(record.times)
        closes = record.truths[self.closer] if self.closer else np.zeros(count, dtype=bool)
        opens = record.truths[1] & ~closes if self.opener else np.zeros(count, dtype=bool)
        last = np.maximum.accumulate(np.where(opens | closes, np.arange(count), -1))
        anchor = np.where(last >= 0, times[last] if count else last, record.start if not self.opener else LONG_AGO)
        scope = np.where(last >= 0, opens[last] if count else False, not self.opener)
        until = anchor + self.within if self.within != NEVER else np.full(count, NEVER)
        inside = scope & (times <= until)
        goes_on = np.concatenate([[False], inside[:-1] & (times[1:] <= until[:-1])])[:count]
        begun, bad = inside & ~goes_on, inside & ~record.truths[0]
        if self.retrospective:
            return self._retrospective(times, closes, begun, bad)
        where_bad = np.flatnonzero(bad)
        first = int(times[where_bad[0]]) if len(where_bad) else None
        end_of_last = (int(until[-1]) if scope[-1] else LONG_AGO) if count else self._first_end(record.start)
        open_ = self.within != NEVER and not self._over(end_of_last, record)
        settled = not self.opener and (bool(closes.any()) or (self.within != NEVER and not open_))
        return Tally(int(begun.sum()), len(where_bad), int(open_), settled, first)

    def _first_end(self, start: int) -> int:
        return LONG_AGO if self.opener else start + self.within

    def _over(self, until: int, record: Record) -> bool:
        return until < record.end or (record.closed and until == record.end)

    def _retrospective(self, times: np.ndarray, closes: np.ndarray, begun: np.ndarray, bad: np.ndarray) -> Tally:
        import numpy as np

        closings = np.flatnonzero(closes)
        known = int(closings[-1]) if len(closings) else 0  # all scopes begun before it are closed
        where_bad = np.flatnonzero(bad[:known])
        first = int(times[closings[np.searchsorted(closings, where_bad[0])]]) if len(where_bad) else None
        settled = not self.opener and len(closings) > 0
        return Tally(int(begun[:known].sum()), len(where_bad), 0, settled, first)
