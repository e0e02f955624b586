"""Reaction: what is done about a violation, and whether it was done in time."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

from rqml.errors import InvalidParameter, RqmlError, Unsupported
from rqml.run import Run
from rqml.subjects.trace import Trace
from rqml.verdict import Measurement, Repair

if TYPE_CHECKING:
    from rqml.temporal.pattern import Pattern

KINDS = ("call back", "throttle", "roll back", "page")


class TooLate(RqmlError):
    """The reaction took longer than it may."""


@attrs.frozen
class Alert:
    """What a reaction is told.

    Attributes:
        requirement: key of the pattern.
        statement: what should have held.
        violations: number of broken obligations.
        first: when the first was broken: ISO 8601 text, or seconds.
    """

    requirement: str
    statement: str
    violations: int
    first: str | float | None


def _maybe_span(value: Any) -> dt.timedelta | None:
    from rqml.temporal.pattern import as_span

    return None if value is None else as_span(value)


def _callable(_: object, attribute: Any, value: Any) -> None:
    if not callable(value):
        raise InvalidParameter(f"the {attribute.name} of a reaction is a function, not a {type(value).__name__}")


@attrs.frozen
class Reaction:
    """What `enforce()` does about a violation.

    Attributes:
        call: called once with an Alert; an exception, or the value False, means that it did not work.
        within: the most it may take, from the start of the reaction until `call` has returned.
        kind: "call back", "throttle", "roll back" or "page"; for the report.
        observe: gives what happened after the reaction: events as a Trace takes them, or a Trace. They are judged
            again: SUCCESS if that passes. Without it the past cannot be mended and the result is CONTAINED.
        undo: takes the reaction back (lifts the throttle); used by a rollback.
        clock: seconds of a clock that never goes back.
    """

    call: Callable[[Alert], Any] = attrs.field(validator=_callable)
    within: dt.timedelta | None = attrs.field(default=None, converter=_maybe_span, kw_only=True)
    kind: str = attrs.field(default="call back", validator=attrs.validators.in_(KINDS), kw_only=True)
    observe: Callable[[], Any] | None = attrs.field(
        default=None, validator=attrs.validators.optional(_callable), kw_only=True
    )
    undo: Callable[[], None] | None = attrs.field(
        default=None, validator=attrs.validators.optional(_callable), kw_only=True
    )
    clock: Callable[[], float] = attrs.field(default=time.monotonic, kw_only=True, repr=False)

    def run(self, alert: Alert) -> None:
        """React.

        Raises:
            TooLate: it took longer than `within`.
            RqmlError: `call` returned False.
        """
        started = self.clock()
        answer = self.call(alert)
        took = self.clock() - started
        if answer is False:
            raise RqmlError(f"the reaction ({self.kind}) says that it did not work")
        if self.within is not None and took > self.within.total_seconds():
            raise TooLate(
                f"the reaction ({self.kind}) took {took:.3g} s, more than the {self.within.total_seconds():g} s allowed"
            )


def alert_of(pattern: Pattern, measurement: Measurement) -> Alert:
    """The alert about a measurement."""
    violations = int(measurement.estimates["violations"].value)
    return Alert(pattern.key, pattern.statement, violations, measurement.details.get("first_violation"))


def react(pattern: Pattern, trace: Trace, run: Run) -> Repair:
    """The repair of a violated pattern: its reaction, to be run when the repair is applied.

    Raises:
        Unsupported: no reaction is bound.
    """
    reaction = pattern.reaction
    if reaction is None:
        raise Unsupported("what has happened cannot be mended; bind what to do: .reacting(function, within=...)")
    alert = alert_of(pattern, pattern.measure(trace, run))
    told = f"reaction ({reaction.kind}) to {alert.violations} violations"
    if reaction.observe is None:
        contained = f"{told} was carried out; the violations themselves stay on record"
        return Repair(trace, (told,), apply=lambda: reaction.run(alert), undo=reaction.undo, contained=contained)
    later = _Later(reaction, alert)
    afterwards = attrs.evolve(trace, events=later.events, start=None, end=None)
    return Repair(afterwards, (told,), apply=later.apply, undo=reaction.undo)


class _Later:
    """The trace after a reaction: known only once the reaction was carried out."""

    def __init__(self, reaction: Reaction, alert: Alert) -> None:
        self._reaction, self._alert = reaction, alert

    def apply(self) -> None:
        self._reaction.run(self._alert)

    def events(self) -> Any:
        observe = self._reaction.observe
        assert observe is not None  # noqa: S101
        found = observe()
        return found.events if isinstance(found, Trace) else found
