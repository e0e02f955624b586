"""TimelyResponse: each alarm gets its response in time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs
from attrs import validators as v

from rqml import (
    Cost,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    Requirement,
    Run,
    Scenario,
    Severity,
    Stage,
    at_most,
    limit,
    satisfied,
    violated,
)
from rqml.errors import InsufficientEvidence
from rqml.subjects.trace import Trace
from rqml.temporal.predicate import predicate
from rqml_catalog.scenarios import alarms as made

if TYPE_CHECKING:
    import numpy as np

Delay = tuple[int, int | None]
"""Time of an alarm, and from it to its response, None where there is none; microseconds."""

_HOUR = 3_600_000_000  # microseconds


def _question(_: object, __: object, value: str) -> None:
    predicate(value)


@attrs.frozen(kw_only=True)
class TimelyResponse(Requirement[Trace]):
    """Each alarm is followed by its response within the time allowed.

    Requires:
        A Trace of events in which alarms and responses can be told.
    Why:
        An alarm that nobody answers protects nobody; laws set hours for answers to incidents.
    Measured:
        For each event that `trigger` is true of, the hours until the first event at or after it that `response` is true
        of; the longest counts. One response answers all alarms before it. An alarm without response took longer than
        the record goes on after it: FAIL where that is the time allowed, INCOMPLETE where the time allowed reaches
        beyond the end (the rule of rqml.temporal.Responds). The beginning of a stream (`closed=False`) never passes,
        since the next alarm may be missed; there an alarm still has its whole time. Events that lack a field asked for
        may be alarms and may be no responses: where the verdict depends on them it is INCOMPLETE.
    Enforced:
        Not by itself: bind a reaction that escalates to the pattern, rqml.temporal.Responds(...).reacting(...).
    False alarms:
        Responses that were given and not recorded.
    Blind spots:
        Whether the response fits its alarm, or helps; alarms that were never raised; clocks that differ.
    References:
        Konrad and Cheng, Real-time specification patterns, ICSE 2005 (bounded response); GDPR, Article 33.

    Args:
        trigger: expression over the fields of an event that is true of an alarm.
        response: expression that is true of a response.
        within_hours: how long a response may take (hours).
    """

    meta = Meta(
        id="MON-08",
        title="timely response",
        statement="Each alarm ({trigger}) is followed by a response ({response}) within {within_hours} hours.",
        remedy="Answer what is open, and find out why it took so long: staff, routing, or empty alarms.",
        stage=Stage.OPERATION,
        severity=Severity.HIGH,
        references=("GDPR 33(1)", "AI Act 73(2)"),
        cost=Cost.COMMIT,
    )
    trigger: str = attrs.field(default="kind == 'alarm'", validator=[v.instance_of(str), _question])
    response: str = attrs.field(default="kind == 'mitigation'", validator=[v.instance_of(str), _question])
    within_hours: float = limit(default=4, stricter="lower", validator=[v.instance_of((int, float)), v.gt(0)])

    def measure(self, trace: Trace, run: Run) -> Measurement:
        """The longest time until a response, at best and at worst where events do not say what they are."""
        times = [int(time) for time in trace.times]
        raised, answered = (predicate(question).truths(trace) for question in (self.trigger, self.response))
        best = _delays(times, _taken(raised, False), _taken(answered, True))
        if not best or trace.span is None:
            raise InsufficientEvidence("no alarm is on record: whether responses are timely shows at the first one")
        worst = _delays(times, _taken(raised, True), _taken(answered, False))
        low, high = _at_least(best, trace.span[1], trace.closed), _at_most(worst, trace.closed)
        slowest = Estimate(low, low, high, unit="hours")  # without n: no further alarms would decide
        unsaid = sum(int(unknown.sum()) for _, unknown in (raised, answered) if unknown is not None)
        unanswered = sum(delay is None for _, delay in best)
        details = {"alarms": len(best), "unanswered": unanswered, "unsaid": unsaid, "finished": trace.closed}
        return Measurement({"slowest": slowest}, details)

    def judge(self, measurement: Measurement) -> Judgement:
        """The slowest was quick enough."""
        judgement = at_most(measurement.estimates["slowest"], self.within_hours, "slowest response")
        details = measurement.details
        told = f"{details['unanswered']} of {details['alarms']} alarms unanswered at the end"
        if not details["finished"]:
            told += " of what was seen so far: the record is not finished"
        if details["unsaid"]:
            told += f"; {details['unsaid']} times an event does not say whether it is an alarm or a response"
        return attrs.evolve(judgement, message=f"{judgement.message}; {told}")

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Responses inside the time allowed, beyond it, and alarms that nobody answered."""
        why = "a response that came late cannot be made earlier"
        for slowest in (2.0, 2.6):
            yield satisfied(f"at most {slowest} of 4 hours", cls(), made.answered(slowest))
        yield satisfied("a day is allowed", cls(within_hours=24), made.answered(14))
        for slowest in (6.5, 8.0):
            yield violated(f"one after {slowest} of 4 hours", cls(), made.answered(slowest), unrepairable=why)
        yield violated("an alarm without response", cls(), made.answered(2.0, unanswered=1), unrepairable=why)


def _taken(answers: tuple[np.ndarray, np.ndarray | None], unknown_as: bool) -> list[bool]:
    """Truths of the events with what is unknown taken as given."""
    truth, unknown = answers
    taken = truth if unknown is None else (truth | unknown if unknown_as else truth & ~unknown)
    return [bool(value) for value in taken]


def _at_least(delays: list[Delay], end: int, closed: bool) -> float:
    """The longest time until a response that is known to have passed, in hours."""
    answered = max((delay for _, delay in delays if delay is not None), default=0) / _HOUR
    waited = max(((end - alarm) / _HOUR for alarm, delay in delays if delay is None), default=0.0)
    if closed and waited:
        waited = math.nextafter(waited, math.inf)  # no response came at the end itself
    return max(answered, waited)


def _at_most(delays: list[Delay], closed: bool) -> float:
    """The longest time that it may turn out to be, in hours: nobody knows when an open alarm will be answered."""
    known = [delay for _, delay in delays if delay is not None]
    return max(known, default=0) / _HOUR if closed and len(known) == len(delays) else math.inf


def _delays(times: list[int], raised: list[bool], answered: list[bool]) -> list[Delay]:
    """Each alarm with its first response, at its event or later.

    All lists are in the order of the events: of two at one time, the one given first comes first.
    """
    delays: list[Delay] = []
    response: int | None = None
    for time, is_alarm, is_response in zip(reversed(times), reversed(raised), reversed(answered), strict=True):
        response = time if is_response else response
        if is_alarm:
            delays.append((time, None if response is None else response - time))
    return delays[::-1]
