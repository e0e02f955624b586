"""Reaction: what is done about a violation, and whether it was done in time."""

from __future__ import annotations

import datetime as dt
import inspect
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
    if inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(getattr(value, "__call__", None)):  # noqa: B004
        raise InvalidParameter(
            f"the {attribute.name} of a reaction is asynchronous, and nothing would await it: "
            "give a function that returns when it is done, e.g. lambda alert: asyncio.run(page(alert))"
        )


def _says_no(answer: Any) -> bool:
    """True for False, also that of numpy; None and 0 say nothing."""
    return type(answer).__name__ in ("bool", "bool_") and not answer


@attrs.frozen
class Reaction:
    """What `enforce()` does about a violation.

    Attributes:
        call: called once with an Alert; an exception, or the value False, means that it did not work.
        within: the most it may take, from the start of the reaction until `call` has returned.
        kind: "call back", "throttle", "roll back" or "page"; for the report.
        observe: gives what happened after the reaction: events as a Trace takes them, or a Trace, taken as it is.
            They are judged again: SUCCESS if that passes. Without it the past cannot be mended: CONTAINED.
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
            RqmlError: `call` returned False, or something to be awaited.
        """
        started = self.clock()
        answer = self.call(alert)
        took = self.clock() - started
        if inspect.isawaitable(answer):
            if inspect.iscoroutine(answer):
                answer.close()
            raise RqmlError(f"the reaction ({self.kind}) returned something to be awaited: await it in the function")
        if _says_no(answer):
            raise RqmlError(f"the reaction ({self.kind}) says that it did not work")
        if self.within is not None and took > self.within.total_seconds():
            raise TooLate(
                f"the reaction ({self.kind}) took {took:.3g} s, more than the {self.within.total_seconds():g} s allowed"
            )

    def observed(self, like: Trace) -> Trace:
        """What happened after the reaction: the Trace that `observe` gives, or its events as a Trace like `like`."""
        assert self.observe is not None  # noqa: S101
        found = self.observe()
        return found if isinstance(found, Trace) else attrs.evolve(like, events=found, start=None, end=None)


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
    afterwards = attrs.evolve(trace, events=(), start=None, end=None)

    def apply() -> None:
        reaction.run(alert)
        _become(afterwards, reaction.observed(like=trace))

    return Repair(afterwards, (told,), apply=apply, undo=reaction.undo)


def _become(planned: Trace, found: Trace) -> None:
    """The trace after a reaction is promised before it, and known only then."""
    for field in attrs.fields(Trace):
        object.__setattr__(planned, field.name, getattr(found, field.name))
