"""Monitor: a pattern watched event by event. It never sleeps, starts no thread and keeps no event."""

from __future__ import annotations

import datetime as dt
import time as clocks
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rqml.errors import InvalidParameter, InvalidSubject
from rqml.measured import Measured
from rqml.run import Run
from rqml.subjects.trace import field_of
from rqml.temporal.arrival import Buffer, Clock, Seen
from rqml.temporal.core import LONG_AGO
from rqml.temporal.predicate import Polarity
from rqml.temporal.tallies import Observed
from rqml.verdict import CheckResult, CheckStatus, EnforcementResult

if TYPE_CHECKING:
    from rqml.temporal.pattern import Pattern

_PASS, _FAIL, _INCOMPLETE = CheckStatus.PASS, CheckStatus.FAIL, CheckStatus.INCOMPLETE
_COUNTS = ("evaluations", "unknown", "late", "duplicates", "clock_back")


class Monitor:
    """A pattern on a stream. Memory is bounded by the pattern's window and `lateness`, not by the stream.

    Args:
        pattern: what is watched.
        now: gives the present time. It dates events without a time, and `status`, `result` and `finish` ask it
            whether deadlines have passed. Without it, time is that of the last event or `advance`.
        start: when the observation begins; default the first event.
        time: the field of an event that holds its time.
        lateness: how much later than a younger event an event may come. Events wait that long, so verdicts are
            that much later; 0 takes them as they come.
        identity: the field that tells events apart: one that came before, at most `lateness` ago, is not counted.

    What comes later than `lateness` is counted and left out; from then on nothing passes, while a FAIL stays (or
    else an old event sent on purpose could take it back). A clock that goes back is counted and not believed.
    Threads that share a monitor need a lock of their own.
    """

    __slots__ = (
        "_answers", "_best", "_buffer", "_clock", "_ended", "_judged", "_latest", "_polarities", "_seen", "_started",
        "_tests", "_time", "_worst", "blocked", "clock_back", "duplicates", "evaluations", "late", "pattern", "unknown",
    )  # fmt: skip

    def __init__(
        self,
        pattern: Pattern,
        *,
        now: Callable[[], Any] | None = None,
        start: Any = None,
        time: str = "time",
        lateness: dt.timedelta | float = 0,
        identity: str | None = None,
    ) -> None:
        from rqml.temporal.pattern import as_span, bound

        self.pattern = pattern
        wait = 0 if not lateness else bound(as_span(lateness))
        asked = pattern.asked()
        self._tests = [asks.read() if p is Polarity.NUMBER else asks.test() for asks, p in asked]
        self._polarities = [polarity for _, polarity in asked]
        self._answers: list[Any] = [None] * len(asked)
        self._clock = Clock(time, now)
        self._buffer = Buffer(wait) if wait else None
        self._seen = None if identity is None else Seen(identity, wait)
        self._best = pattern.core()
        self._worst = self._best  # one automaton until something is unknown
        self._time = self._latest = LONG_AGO
        self._started = self._ended = self.blocked = False
        self._judged: tuple[Any, CheckStatus] = (None, _INCOMPLETE)
        self.evaluations = self.unknown = self.late = self.duplicates = self.clock_back = 0
        if start is not None:
            self._begin(self._clock.micros(start))

    def step(self, event: Any) -> CheckStatus:
        """Look at an event; what is known now: PASS and FAIL are final (see `late` for what undoes a PASS).

        Raises:
            InvalidSubject: the event has no time, or the monitor was finished.
        """
        if self._ended:
            raise InvalidSubject("the monitor was finished: make a new one")
        time, record = self._clock.read(event)
        if self._seen is not None and self._seen.again(field_of(record, self._seen.field), time, self._latest):
            self.duplicates += 1
            return self._status()
        if time < self._time:
            self.late += 1
            return self._status()
        answers = self._answers if self._buffer is None else [None] * len(self._tests)
        missing = False
        for position, test in enumerate(self._tests):
            answers[position] = answer = test(record)
            if answer is None:
                missing = True
        if self._buffer is None:
            self._look(time, answers, missing)
        else:
            self._buffer.push(time, answers)
            self._pass_on(time)
        core = self._best
        if core is self._worst and not core.settled:  # the usual case, without a call
            return _FAIL if core.violations else _INCOMPLETE
        return self._status()

    def advance(self, time: Any = None) -> CheckStatus:
        """Time passes without an event: deadlines before `time` (default: the clock) have passed."""
        if time is None:
            if self._clock.now is None:
                raise InvalidParameter("advance() needs a time, or the monitor a clock: monitor(now=...)")
            time = self._clock.now()
        now = self._clock.micros(time)
        if now < self._latest:
            self.clock_back += 1
        elif self._buffer is not None:
            self._pass_on(now)
        elif self._started:
            self._advance(now)
        return self._status()

    def finish(self, time: Any = None) -> CheckResult:
        """The stream ends (at `time`, default: the clock, or the last event): the verdict on a closed record."""
        if not self._ended:
            if time is not None or self._clock.now is not None:
                self.advance(time)
            if self._buffer is not None:
                self._release(self._latest + 1)
                if self._started:
                    self._advance(self._latest)
            if self._started and not self.blocked:
                for core in self._cores():
                    core.close(self._time)
            self._ended = True
        return self.result()

    @property
    def status(self) -> CheckStatus:
        """What is known now; asks the clock, if there is one."""
        return self.advance() if self._clock.now is not None and not self._ended else self._status()

    def result(self) -> CheckResult:
        """The verdict so far, with its numbers."""
        started = clocks.perf_counter()
        if self._clock.now is not None and not self._ended:
            self.advance()
        measurement = self.observed().measurement()
        took = clocks.perf_counter() - started
        return Measured(self.pattern, measurement, f"stream of {self.evaluations} events", Run(), took).conclude()

    def observed(self) -> Observed:
        """All that is known so far."""
        return Observed(
            best=self._best.tally(),
            worst=self._worst.tally(),
            evaluations=self.evaluations,
            unknown=self.unknown,
            blocked=self.blocked,
            late=self.late,
            duplicates=self.duplicates,
            ended=self._ended,
            instants=bool(self._clock.instant),
        )

    @property
    def time(self) -> str:
        """The field of an event that holds its time."""
        return self._clock.field

    @property
    def violations(self) -> int:
        """Number of obligations that are broken for sure."""
        return self._best.violations

    def overdue(self, within: dt.timedelta | None) -> str:
        """By how much the present is more than `within` after the first violation, in words; empty if it is not."""
        first = self._best.first
        if within is None or first is None:
            return ""
        present = self._latest if self._clock.now is None else self._clock.micros(self._clock.now())
        delay = dt.timedelta(microseconds=present - first)
        if delay <= within:
            return ""
        return (
            f"the reaction was done {delay.total_seconds():g} s after the violation, "
            f"more than the {within.total_seconds():g} s allowed"
        )

    def enforce(self, run: Run | None = None) -> EnforcementResult:
        """Run the pattern's reaction if it is violated; CONTAINED if that worked, in time.

        With `observe=` what happened afterwards is judged: SUCCESS if that passes, else FAILURE.
        Each call runs it anew; `watch` yields at each new violation, which is when to call it.
        """
        from rqml.temporal.watch import enforce_now

        return enforce_now(self, run or Run())

    def state(self) -> dict[str, Any]:
        """All there is to go on elsewhere, JSON-safe; it holds times, counts, ids and answers, no events."""
        from rqml.temporal.state import saved

        return saved(self)

    def restore(self, state: dict[str, Any]) -> Monitor:
        """Go on from what `state` gave, in a monitor made with the same arguments.

        Raises:
            InvalidParameter: it is the state of another pattern, of other settings, or of a newer version.
        """
        from rqml.temporal.state import restored

        restored(self, state)
        return self

    def _look(self, time: int, answers: list[Any], missing: bool) -> None:
        self._time = time
        self._latest = max(self._latest, time)
        if not self._started:
            self._begin(time)
        self.evaluations += 1
        if missing:
            self._look_in_doubt(time, answers)
        elif not self.blocked:
            self._best.step(time, answers)
            if self._worst is not self._best:
                self._worst.step(time, answers)

    def _look_in_doubt(self, time: int, answers: list[Any]) -> None:
        self.unknown += 1
        missing = [p for answer, p in zip(answers, self._polarities, strict=True) if answer is None]
        if self.blocked:
            return
        if Polarity.EITHER in missing:
            self._advance(time)
            self.blocked = True
            return
        if self._worst is self._best and any(polarity is not Polarity.NUMBER for polarity in missing):
            self._worst = self.pattern.core()
            self._worst.restore(self._best.state())
        for optimist, core in zip((True, False), self._cores(), strict=False):
            core.step(time, self._resolved(answers, optimist))

    def _resolved(self, answers: list[Any], optimist: bool) -> list[Any]:
        return [
            optimist is (polarity is Polarity.HELPS) if answer is None and polarity is not Polarity.NUMBER else answer
            for answer, polarity in zip(answers, self._polarities, strict=True)
        ]

    def _pass_on(self, time: int) -> None:
        """A time was seen: release what no event can precede any more."""
        assert self._buffer is not None  # noqa: S101
        self._latest = max(self._latest, time)
        watermark = self._latest - self._buffer.lateness
        self._release(watermark)
        if self._started and watermark > self._time:
            self._advance(watermark)
        elif not self._started:
            self._time = max(self._time, watermark)

    def _release(self, watermark: int) -> None:
        assert self._buffer is not None  # noqa: S101
        while (waiting := self._buffer.pop(watermark)) is not None:
            self._look(waiting[0], waiting[1], None in waiting[1])

    def _begin(self, time: int) -> None:
        self._started = True
        self._time = max(self._time, time)
        self._latest = max(self._latest, time)
        for core in self._cores():
            core.begin(time)

    def _advance(self, time: int) -> None:
        self._time = time
        self._latest = max(self._latest, time)
        if not self.blocked:
            for core in self._cores():
                core.advance(time)

    def _cores(self) -> list[Any]:
        return [self._best] if self._best is self._worst else [self._best, self._worst]

    def _status(self) -> CheckStatus:
        """The status of `result()`, without its numbers."""
        best, worst = self._best, self._worst
        if best.violations:
            return _FAIL
        if not ((best.settled and worst.settled) or self._ended):
            return _INCOMPLETE
        depends_on = (self.late, self.evaluations > 0, best.triggers > 0, worst.triggers > 0, self._ended)
        if depends_on != self._judged[0]:  # of what is settled, nothing else can change
            self._judged = depends_on, self.pattern.judge(self.observed().measurement()).status
        return self._judged[1]
