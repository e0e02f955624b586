"""enforce(): check, repair, check again; keep what then passes, take the rest back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from rqml.bound import Bound, PartOf
from rqml.costs import Final, Share, add_up, too_costly
from rqml.errors import RqmlError, is_crash
from rqml.estimate import Estimate
from rqml.measured import describe_crash
from rqml.requirement import resolve
from rqml.run import Memo, Run
from rqml.subjects.subject import Subject
from rqml.subjects.system import System
from rqml.verdict import CheckResult, CheckStatus, EnforcementResult, EnforcementStatus, Repair

if TYPE_CHECKING:
    from rqml.combinators import Composite
    from rqml.proposition import Proposition
    from rqml.requirement import Requirement

_KEPT = (EnforcementStatus.SUCCESS, EnforcementStatus.CONTAINED)


def enforce_requirement(
    requirement: Requirement[Any], subject: Any, run: Run, *, dry_run: bool, max_cost: Mapping[str, float]
) -> EnforcementResult:
    """Enforce one requirement; see `Proposition.enforce`."""
    before = requirement.check(subject, run=run.derive("before"))
    untouched = given(subject)
    if before.status is not CheckStatus.FAIL:
        return _nothing_to_do(before, untouched)
    try:
        planned = attrs.evolve(run.derive("repair"), dry_run=dry_run)
        repair, plan = _plan(requirement, subject, planned, before)
    except BaseException as error:
        if not is_crash(error):
            raise
        return _stopped(before, untouched, EnforcementStatus.INCOMPLETE, error)
    if dry_run:
        return attrs.evolve(plan, message="dry run: nothing was changed")
    too_dear = too_costly(plan.cost, max_cost)
    if too_dear:
        return attrs.evolve(plan, status=EnforcementStatus.FAILURE, message=f"nothing was repaired: {too_dear}")
    return _apply(requirement, subject, repair, plan, run)


def _plan(
    requirement: Requirement[Any], subject: Any, run: Run, before: CheckResult
) -> tuple[Repair, EnforcementResult]:
    _, chosen = resolve(subject, requirement.subject_type())
    repair = requirement.repair(chosen, run.started())
    plan = EnforcementResult(
        EnforcementStatus.INCOMPLETE,
        given(subject),
        before,
        changes=repair.changes,
        cost={name: _number(cost) for name, cost in repair.cost.items()},
        cost_estimates={name: cost for name, cost in repair.cost.items() if isinstance(cost, Estimate)},
        original=given(subject),
    )
    return repair, plan


def _number(cost: float | Estimate) -> float:
    if isinstance(cost, Share | Final):
        return cost
    return float(cost.value if isinstance(cost, Estimate) else cost)


def _apply(
    requirement: Requirement[Any], subject: Any, repair: Repair, plan: EnforcementResult, run: Run
) -> EnforcementResult:
    undo = () if repair.undo is None else (once(repair.undo),)
    # What was remembered of a file is stale once apply() has changed it in its place.
    again = run.derive("after") if repair.apply is None else attrs.evolve(run.derive("after"), memo=Memo())
    try:
        if repair.apply is not None:
            repair.apply()
        repaired = _put_back(subject, requirement.subject_type(), repair.subject)
        after = requirement.check(repaired, run=again)
    except BaseException as error:
        trouble = _take_back(undo)
        if not is_crash(error):
            raise
        stopped = _stopped(plan.before, plan.subject, EnforcementStatus.FAILURE, error)
        return attrs.evolve(stopped, message=stopped.message + trouble, undo=undo)
    done = attrs.evolve(plan, after=after, undo=undo)
    if repair.contained:
        message = f"contained: {repair.contained}"
        return attrs.evolve(done, status=EnforcementStatus.CONTAINED, subject=given(repaired), message=message)
    if after.passed:
        return attrs.evolve(
            done,
            status=EnforcementStatus.SUCCESS,
            subject=given(repaired),
            message="repaired, and checked again",
        )
    message = f"the repair was not enough and was rolled back{_take_back(undo)}: {after.message}"
    return attrs.evolve(done, status=EnforcementStatus.FAILURE, message=message)


def enforce_composite(
    composite: Composite[Any], subject: Any, run: Run, *, dry_run: bool, max_cost: Mapping[str, float]
) -> EnforcementResult:
    """Enforce the mendable parts in order until the whole passes; see `Proposition.enforce`."""
    untouched = given(subject)
    before = composite.check(subject, run=run.derive("before"))
    if before.status is not CheckStatus.FAIL:
        return _nothing_to_do(before, untouched)
    steps: list[EnforcementResult] = []
    current, after = subject, before
    for index, part in enumerate(composite.mendable()):
        step = part.enforce(current, dry_run=dry_run, max_cost=max_cost, run=run.derive("part", index))
        steps.append(step)
        if dry_run or step.status not in _KEPT:
            continue
        current = _go_on(part, current, step.subject)
        after = composite.check(current, run=attrs.evolve(run.derive("after", index), memo=Memo()))
        if after.passed:
            break
    if dry_run:
        return attrs.evolve(_joined(steps, before, untouched), message="dry run: nothing was changed")
    result = attrs.evolve(_joined([s for s in steps if s.status in _KEPT], before, untouched), after=after)
    status, too_dear = _outcome(composite, after, steps), too_costly(result.cost, max_cost)
    message = "; ".join(step.message for step in steps) or "none of its parts can be enforced"
    if status in _KEPT and not too_dear:
        return attrs.evolve(result, status=status, subject=given(current), message=message)
    message = f"rolled back{_take_back((result.rollback,))}: {too_dear or message}"
    return attrs.evolve(result, status=EnforcementStatus.FAILURE if too_dear else status, message=message)


def _outcome(composite: Composite[Any], after: CheckResult, steps: Sequence[EnforcementResult]) -> EnforcementStatus:
    """SUCCESS if the whole passes, CONTAINED if it would with its contained parts; else what the tries came to."""
    if after.passed:
        return EnforcementStatus.SUCCESS
    pairs = zip(composite.mendable(), steps, strict=False)
    contained = {id(part) for part, step in pairs if step.status is EnforcementStatus.CONTAINED}
    harmless = [
        CheckStatus.PASS if id(part) in contained else status
        for part, status in zip(composite.parts, composite.seen(after.parts), strict=True)
    ]
    if contained and composite.combine(harmless) is CheckStatus.PASS:
        return EnforcementStatus.CONTAINED
    tried = any(step.status is EnforcementStatus.FAILURE or step.changes for step in steps)
    return EnforcementStatus.FAILURE if tried else EnforcementStatus.INCOMPLETE


def once(undo: Callable[[], None]) -> Callable[[], None]:
    """An undo that does its work once; one that failed is tried again at the next call."""
    pending = [undo]

    def undo_once() -> None:
        if pending:
            pending[-1]()
            pending.clear()

    return undo_once


def given(subject: Any) -> Any:
    """What the caller gave: the system of a part, or the subject."""
    return subject.system if isinstance(subject, PartOf) else subject


def _nothing_to_do(before: CheckResult, subject: Any) -> EnforcementResult:
    if before.passed:
        return EnforcementResult(
            EnforcementStatus.SUCCESS, subject, before, before, message="it holds already", original=subject
        )
    message = f"nothing was repaired, since the check before did not fail: {before.message}"
    return EnforcementResult(EnforcementStatus.INCOMPLETE, subject, before, message=message, original=subject)


def _stopped(before: Any, subject: Any, status: EnforcementStatus, error: BaseException) -> EnforcementResult:
    text = str(error) if isinstance(error, RqmlError) else describe_crash(error)
    return EnforcementResult(
        status, subject, before, message=f"nothing was repaired: {text}", cause=error, original=subject
    )


def _joined(steps: Sequence[EnforcementResult], before: CheckResult, subject: Any) -> EnforcementResult:
    return EnforcementResult(
        EnforcementStatus.INCOMPLETE,
        subject,
        before,
        changes=tuple(change for step in steps for change in step.changes),
        cost=add_up(step.cost for step in steps),
        original=subject,
        undo=tuple(step.rollback for step in steps),
    )


def _put_back(subject: Any, kind: type[Subject], repaired: Any) -> Any:
    """The subject with the repaired part in its place, in the form in which it was given."""
    if isinstance(subject, System | PartOf):
        system = given(subject)
        part = subject.part if isinstance(subject, PartOf) else system.select(kind)[0]
        value = repaired if isinstance(system[part], Subject) else repaired.native()
        changed = system.replace(**{part: value})
        return PartOf(changed, part) if isinstance(subject, PartOf) else changed
    return repaired if isinstance(subject, Subject) else repaired.native()


def _go_on(part: Proposition[Any], subject: Any, repaired: Any) -> Any:
    if isinstance(part, Bound) and part.part is None:
        return subject  # the part mended what it is bound to; the others judge what was given
    return PartOf(repaired, subject.part) if isinstance(subject, PartOf) else repaired


def _take_back(undo: tuple[Callable[[], Any], ...]) -> str:
    """Undo; in words what is wrong if that fails, else nothing."""
    for one in undo:
        try:
            one()
        except Exception as error:
            return f" (but the rollback crashed with {type(error).__name__}: try .rollback(), or use the backup)"
    return ""
