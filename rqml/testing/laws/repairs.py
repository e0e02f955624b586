"""Laws of enforce(): it mends or contains, once is enough, it can be taken back, and it touches nothing else."""

from __future__ import annotations

from rqml.requirement import Requirement
from rqml.testing.case import SEED, Case, Situation, broken
from rqml.verdict import CheckStatus, EnforcementResult, EnforcementStatus

_DONE = (EnforcementStatus.SUCCESS, EnforcementStatus.CONTAINED)


def enforce_mends_or_contains(case: Case) -> None:
    """After enforce a check at a fresh seed passes, or CONTAINED says why not; `unrepairable` is said where true."""
    if case.cls.repair is Requirement.repair and case.repairable:
        broken(f"there is no repair(): say why in violated({case.repairable[0].name!r}, ..., unrepairable=...)")
    for scenario in case.some(case.repairable):
        situation, result = case.enforced(scenario)
        if result.status not in _DONE:
            broken(f"enforce on scenario {situation.name} ends in {result.status.name}: {result.message}")
        if not result.changes:
            broken(f"enforce on scenario {situation.name} does not say what it changed: Repair(changes=...)")
        if result.status is EnforcementStatus.SUCCESS:
            _passes_afterwards(situation, result)
    for scenario in case.violated:
        if scenario.unrepairable and case.build(scenario).enforce().status is EnforcementStatus.SUCCESS:
            broken(f"scenario {scenario.name!r} is called unrepairable, but enforce mends it: drop unrepairable=")


def enforcing_twice_is_enforcing_once(case: Case) -> None:
    """A second enforce on what the first gave changes nothing more."""
    for scenario in case.some(case.repairable):
        situation, first = case.enforced(scenario)
        if first.status not in _DONE:
            continue
        state = situation.state(first.subject)
        second = situation.enforce(first.subject)
        if second.status is EnforcementStatus.FAILURE or situation.state(second.subject) != state:
            broken(f"a second enforce on scenario {situation.name} changes things again ({second.status.name})")


def rollback_restores_everything(case: Case) -> None:
    """rollback() gives back the subject and the files as they were, and may be called twice."""
    for scenario in case.some(case.repairable):
        situation = case.build(scenario)
        before = situation.state()
        result = situation.enforce()
        for _ in range(2):
            restored = result.rollback()
            if situation.state(restored) != before or situation.state() != before:
                broken(f"rollback on scenario {situation.name} does not restore the subject or its files")


def satisfied_subjects_stay_untouched(case: Case) -> None:
    """Enforcing what holds already changes nothing and gives back the very subject."""
    for scenario in case.some(case.satisfied):
        situation = case.build(scenario)
        before = situation.state()
        result = situation.enforce()
        if situation.state() != before:
            broken(f"enforce changes the satisfied subject of scenario {situation.name}")
        judged_faulty = result.before.status is CheckStatus.FAIL  # by chance, at another seed: prove() counts those
        if not judged_faulty and (result.changes or result.subject is not situation.subject):
            broken(f"enforce replaces the satisfied subject of scenario {situation.name}")


def dry_run_changes_nothing(case: Case) -> None:
    """enforce(dry_run=True) plans: it says what it would change, and changes no subject and no file."""
    for scenario in case.some(case.repairable):
        situation = case.build(scenario)
        before = situation.state()
        plan = situation.enforce(dry_run=True)
        if situation.state() != before or plan.subject is not situation.subject:
            broken(f"a dry run changes the subject or the files of scenario {situation.name}")
        if plan.status is not EnforcementStatus.INCOMPLETE or not plan.changes:
            broken(f"a dry run on scenario {situation.name} must be INCOMPLETE and say what it would change")


def _passes_afterwards(situation: Situation, result: EnforcementResult) -> None:
    verdicts = [situation.check(result.subject, seed=SEED + 1)]
    if not verdicts[0].passed:
        verdicts += [situation.check(result.subject, seed=SEED + extra) for extra in (2, 3)]
    if sum(verdict.passed for verdict in verdicts) * 3 < len(verdicts) * 2:
        broken(f"enforce mends scenario {situation.name} for its own seed only: {verdicts[0].message}")
