"""Enforcement of a whole specification, in lineage order, checked again and taken back as a whole."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from rqml.backup import Backups
from rqml.bound import Bound
from rqml.costs import add_up, too_costly
from rqml.enforcement import once
from rqml.errors import is_crash
from rqml.estimate import Estimate
from rqml.measured import describe_crash
from rqml.proposition import Proposition
from rqml.requirement import Requirement
from rqml.run import Memo, Run
from rqml.runner import HELD
from rqml.subjects.model_file import ModelFile
from rqml.subjects.system import System
from rqml.tailoring import effective
from rqml.verdict import CheckResult, CheckStatus, EnforcementResult, EnforcementStatus

if TYPE_CHECKING:
    from rqml.report import Report
    from rqml.specification import Specification

ROUNDS = 3
WHOLE = ""
KEPT = (EnforcementStatus.SUCCESS, EnforcementStatus.CONTAINED)


def enforce_all(
    specification: Specification,
    subject: Any,
    run: Run,
    *,
    max_cost: Mapping[str, float],
    dry_run: bool,
    jobs: int,
    now: dt.datetime,
) -> EnforcementResult:
    """Enforce a specification; see `Specification.enforce`."""
    before = specification.check(subject, jobs=jobs, run=run.derive("before"), now=now)
    nothing = EnforcementResult(EnforcementStatus.INCOMPLETE, subject, before, original=subject)
    failing = [result for result in before.results if result.status is CheckStatus.FAIL]
    if not [result for result in failing if before.waiver_of(result) is None]:
        done = before.exit_code == 0
        status = EnforcementStatus.SUCCESS if done else EnforcementStatus.INCOMPLETE
        message = "it holds already" if done else "nothing failed, so nothing was repaired"
        return attrs.evolve(nothing, status=status, after=before, message=message)
    attempt = _Attempt(specification, subject, run, before, now)
    if dry_run:
        steps = attempt.plan()
        changes = tuple(change for step in steps for change in step.changes)
        costs = add_up(step.cost for step in steps)
        return attrs.evolve(nothing, changes=changes, cost=costs, message="dry run: nothing was changed")
    try:
        attempt.repair()
        # Files are repaired in place, so nothing remembered of them holds any more.
        again = attrs.evolve(run.derive("after"), memo=Memo())
        after = specification.check(attempt.current, jobs=jobs, run=again, now=now)
    except BaseException as error:
        attempt.undo()
        if not is_crash(error):
            raise
        message = f"everything was rolled back: {describe_crash(error)}"
        return attrs.evolve(nothing, status=EnforcementStatus.FAILURE, message=message, cause=error)
    return attempt.settle(after, max_cost)


class _Attempt:
    """One try at a whole specification: the system as repaired so far, and how to take it back."""

    def __init__(self, specification: Specification, subject: Any, run: Run, before: Report, now: dt.datetime) -> None:
        self.before = before
        self.original = subject
        self.current = subject
        self.run = run
        self.status: dict[str, EnforcementStatus] = {}
        self.steps: list[EnforcementResult] = []
        self.messages: dict[str, str] = {}
        self.backups = Backups()
        propositions = [p for p in effective(specification, now)[0] if p.key not in before.waivers]
        self.footprints = {p.key: frozenset(_parts_of(p, subject)) for p in propositions}
        order = {part: index for index, part in enumerate(subject.parts)} if isinstance(subject, System) else {}
        self.propositions = sorted(
            propositions, key=lambda p: max((order.get(part, 0) for part in self.footprints[p.key]), default=0)
        )
        self.failing = {_key(result) for result in before.results if result.status is CheckStatus.FAIL}

    def plan(self) -> list[EnforcementResult]:
        """What each failing requirement would change."""
        failing = [p for p in self.propositions if p.key in self.failing]
        return [p.enforce(self.original, dry_run=True, run=self.run.derive(p.key)) for p in failing]

    def repair(self) -> None:
        """Enforce what fails, parents first; look again at what judges a part that a repair changed."""
        self._keep_files()
        waiting = set(self.failing)
        for number in range(ROUNDS * len(self.propositions)):
            turn = next((p for p in self.propositions if p.key in waiting), None)
            if turn is None:
                return
            changed = self._step(turn, self.run.derive(turn.key, number))
            upset = {key for key, parts in self.footprints.items() if parts & changed}
            waiting = (waiting | upset) - {turn.key}

    def _step(self, proposition: Proposition[Any], run: Run) -> frozenset[str]:
        """Enforce one proposition; the parts that were changed or made anew."""
        if isinstance(proposition, Bound) and proposition.part is None:
            self.messages[proposition.key] = "it is bound to a subject outside the system: enforce it by itself"
            return frozenset()
        step = proposition.enforce(self.current, run=run)
        self.messages[proposition.key] = step.message
        if step.status not in KEPT or not step.changes:
            return frozenset()
        self.steps.append(step)
        self.status[proposition.key] = step.status
        before, self.current = self.current, step.subject
        self._rebuild()
        if not isinstance(self.current, System):
            return frozenset({WHOLE})
        return frozenset(part for part in self.current.parts if self.current[part] is not before[part])

    def _rebuild(self) -> None:
        """Make what derives from repaired parts anew."""
        if isinstance(self.current, System):
            _make_all(self.current)

    def _keep_files(self) -> None:
        """Keep the files that a rebuilt part may overwrite, before anything is changed."""
        if isinstance(self.original, System):
            for part in self.original.lineage:
                place = _file_of(self.original, part)
                if place is not None:
                    self.backups.keep(place)

    def undo(self) -> None:
        """Take every repair back, the last first, and put the files back."""
        for step in reversed(self.steps):
            step.rollback()
        self.backups.restore()

    def settle(self, after: Report, max_cost: Mapping[str, float]) -> EnforcementResult:
        """Keep the repairs, or take them back if a PASS got lost or they cost too much."""
        result = EnforcementResult(
            EnforcementStatus.SUCCESS,
            self.current,
            self.before,
            after,
            changes=tuple(change for step in self.steps for change in step.changes),
            cost=add_up(step.cost for step in self.steps),
            cost_estimates=_estimates(self.steps),
            original=self.original,
            undo=(once(self.undo),),
        )
        lost = _lost(self.before, after)
        refused = f"it would lose what held before: {', '.join(lost)}" if lost else too_costly(result.cost, max_cost)
        if not refused and not self._gained(after):
            refused = f"the repairs came to nothing: {self._left(after)}"
        if refused:
            self.undo()
            message = f"everything was rolled back: {refused}"
            return attrs.evolve(
                result, status=EnforcementStatus.FAILURE, subject=self.original, message=message, undo=()
            )
        status, message = self._outcome(after)
        return attrs.evolve(result, status=status, message=message)

    def _gained(self, after: Report) -> bool:
        """True if something that failed holds now, or is contained."""
        failed = {_key(result) for result in self.before.results if result.status is CheckStatus.FAIL}
        held = {_key(result) for result in after.results if _held(result)}
        return bool(failed & (held | self._contained()))

    def _contained(self) -> set[str]:
        return {key for key, status in self.status.items() if status is EnforcementStatus.CONTAINED}

    def _open(self, after: Report) -> list[str]:
        return [_key(r) for r in after.results if not _held(r) and after.waiver_of(r) is None]

    def _left(self, after: Report) -> str:
        """What does not hold and is not contained, with what became of its repair."""
        keys = [key for key in self._open(after) if key not in self._contained()]
        return "; ".join(f"{key} ({self.messages.get(key, 'not repaired')})" for key in keys)

    def _outcome(self, after: Report) -> tuple[EnforcementStatus, str]:
        still_open = self._open(after)
        if not still_open:
            return EnforcementStatus.SUCCESS, "repaired, and everything checked again"
        if self._contained().issuperset(still_open):
            return EnforcementStatus.CONTAINED, f"repaired, or contained where it could not be: {', '.join(still_open)}"
        return EnforcementStatus.INCOMPLETE, f"not everything could be repaired: {self._left(after)}"


def _key(result: CheckResult) -> str:
    return result.label or result.requirement


def _held(result: CheckResult) -> bool:
    return result.status in HELD


def _lost(before: Report, after: Report) -> list[str]:
    now = {_key(result): result for result in after.results}
    passed = [_key(result) for result in before.results if result.passed]
    return [key for key in passed if not now[key].passed]


def _estimates(steps: Sequence[EnforcementResult]) -> dict[str, Estimate]:
    """The intervals of costs that one step alone had: those of several cannot be joined."""
    times = Counter(name for step in steps for name in step.cost)
    return {name: found for step in steps for name, found in step.cost_estimates.items() if times[name] == 1}


def _make_all(system: System) -> None:
    for part in system.parts:
        system[part]


def _parts_of(proposition: Proposition[Any], subject: Any) -> Iterator[str]:
    """The parts that a proposition judges; all where that cannot be told."""
    if not isinstance(subject, System):
        yield WHOLE
    elif isinstance(proposition, Bound):
        yield proposition.part or ""
    elif isinstance(proposition, Requirement):
        try:
            yield subject.select(proposition.subject_type())[0]
        except BaseException as error:  # a recipe of a derived part may crash in any way
            if not is_crash(error):
                raise
            yield from subject.parts
    else:
        for requirement in proposition.requirements():
            yield from _parts_of(requirement, subject)


def _file_of(system: System, part: str) -> Path | None:
    value = system[part]
    found = ModelFile.coerce(value)
    return None if found is None else found.path
