"""Doors to a monitor: an asynchronous stream, and the reaction to what it found."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import TYPE_CHECKING, Any

from rqml.errors import is_crash
from rqml.measured import describe_crash
from rqml.run import Run
from rqml.temporal.reaction import Alert
from rqml.verdict import CheckResult, CheckStatus, EnforcementResult, EnforcementStatus

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

    In time means here: done at most `within` after the first violation, by the monitor's clock where it has one,
    and at most `within` after the reaction began.
    """
    before = monitor.result()
    if before.status is not CheckStatus.FAIL:
        holds = before.status is CheckStatus.PASS
        status = EnforcementStatus.SUCCESS if holds else EnforcementStatus.INCOMPLETE
        return EnforcementResult(status, monitor, before, message="nothing to react to")
    reaction = monitor.pattern.reaction
    if reaction is None:
        return EnforcementResult(
            EnforcementStatus.INCOMPLETE, monitor, before, message="no reaction is bound: .reacting(function)"
        )
    told = (f"reaction ({reaction.kind}) to {monitor.violations} violations",)
    if run.dry_run:
        return EnforcementResult(EnforcementStatus.INCOMPLETE, monitor, before, changes=told, message="dry run")
    alert = Alert(monitor.pattern.key, monitor.pattern.statement, monitor.violations, before.details["first_violation"])
    undo = () if reaction.undo is None else (reaction.undo,)
    try:
        reaction.run(alert)
        late = monitor.overdue(reaction.within)
    except BaseException as error:
        if not is_crash(error):
            raise
        return EnforcementResult(
            EnforcementStatus.FAILURE, monitor, before, changes=told, message=_said(error), cause=error, undo=undo
        )
    if late:
        return EnforcementResult(EnforcementStatus.FAILURE, monitor, before, changes=told, message=late, undo=undo)
    return EnforcementResult(
        EnforcementStatus.CONTAINED,
        monitor,
        before,
        after=monitor.result(),
        changes=told,
        message="contained: the reaction was carried out in time; the violations stay on record",
        undo=undo,
    )


def _said(error: BaseException) -> str:
    from rqml.errors import RqmlError

    return str(error) if isinstance(error, RqmlError) else describe_crash(error)
