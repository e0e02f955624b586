"""Doors to a monitor: an asynchronous stream, and the reaction to what it found."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import TYPE_CHECKING, Any

import attrs

from rqml.errors import is_crash
from rqml.measured import describe_crash
from rqml.run import Run
from rqml.subjects.trace import Trace
from rqml.temporal.reaction import Alert, Reaction
from rqml.verdict import CheckResult, CheckStatus, EnforcementResult, EnforcementStatus

_NOTHING = "nothing to react to"

if TYPE_CHECKING:
    from rqml.temporal.monitor import Monitor
    from rqml.temporal.pattern import Pattern


async def watch(pattern: Pattern | Monitor, stream: AsyncIterable[Any], **settings: Any) -> AsyncIterator[CheckResult]:
    """A verdict whenever the status changes or a further obligation is broken, and one at the end of the stream.

    While no event comes nobody asks the clock: for deadlines that pass in silence, make the monitor with a clock and
    ask its `status` now and then. If the stream breaks off, the monitor stays as it is; watch it on a new one.

    Args:
        pattern: a pattern, or a monitor of one (to go on after a restart).
        stream: events as they come.
        **settings: as for `Pattern.monitor`.
    """
    from rqml.temporal.monitor import Monitor

    monitor = pattern if isinstance(pattern, Monitor) else pattern.monitor(**settings)
    said: tuple[Any, int] = (CheckStatus.INCOMPLETE, 0)
    async for event in stream:
        status = monitor.step(event)
        says = (status, monitor.violations)
        if says != said:
            said = says
            yield monitor.result()
    yield monitor.finish()


def enforce_now(monitor: Monitor, run: Run) -> EnforcementResult:
    """Run the reaction of a monitor's pattern if it is violated now; see `Monitor.enforce`.

    In time means here: done at most `within` after the first violation, by the monitor's clock or else by the time of
    the last event, and at most `within` after the reaction began.
    """
    before = monitor.result()
    reaction = monitor.pattern.reaction
    if before.status is CheckStatus.PASS:
        return EnforcementResult(EnforcementStatus.SUCCESS, monitor, before, message=_NOTHING)
    untouched = EnforcementResult(EnforcementStatus.INCOMPLETE, monitor, before)
    if before.status is not CheckStatus.FAIL:
        return attrs.evolve(untouched, message=_NOTHING)
    if reaction is None:
        return attrs.evolve(untouched, message="no reaction is bound: .reacting(function)")
    planned = attrs.evolve(untouched, changes=(f"reaction ({reaction.kind}) to {monitor.violations} violations",))
    if run.dry_run:
        return attrs.evolve(planned, message="dry run")
    first = before.details["first_violation"]
    alert = Alert(monitor.pattern.key, monitor.pattern.statement, monitor.violations, first)
    return _reacted(monitor, reaction, alert, planned)


def _reacted(monitor: Monitor, reaction: Reaction, alert: Alert, planned: EnforcementResult) -> EnforcementResult:
    done = attrs.evolve(planned, undo=() if reaction.undo is None else (reaction.undo,))
    try:
        reaction.run(alert)
        late = monitor.overdue(reaction.within)
        after = None if late or reaction.observe is None else _afterwards(monitor, reaction)
    except BaseException as error:
        if not is_crash(error):
            raise
        return attrs.evolve(done, status=EnforcementStatus.FAILURE, message=_said(error), cause=error)
    if late:
        return attrs.evolve(done, status=EnforcementStatus.FAILURE, message=late)
    if after is not None:
        status = EnforcementStatus.SUCCESS if after.passed else EnforcementStatus.FAILURE
        return attrs.evolve(done, status=status, after=after, message=f"afterwards: {after.message}")
    message = "contained: the reaction was carried out in time; the violations stay on record"
    return attrs.evolve(done, status=EnforcementStatus.CONTAINED, after=monitor.result(), message=message)


def _afterwards(monitor: Monitor, reaction: Reaction) -> CheckResult:
    """The verdict on what happened after the reaction."""
    return monitor.pattern.check(reaction.observed(like=Trace((), time=monitor.time)))


def _said(error: BaseException) -> str:
    from rqml.errors import RqmlError

    return str(error) if isinstance(error, RqmlError) else describe_crash(error)
