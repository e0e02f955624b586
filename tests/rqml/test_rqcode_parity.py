"""What RQCODE (the Java ancestor of this idea) gets wrong in check, enforce and composition, shown not to be so here.

The defects were reproduced on RQCODE as of 2025-12: see each test. Those of its temporal patterns (patterns that PASS
after no evaluation at all, a "globally" that looks at one trigger, a trigger that never comes and blocks for ever,
INCOMPLETE turned into FAIL inside a pattern, polling that blocks a thread, formulas that are only printed) concern
patterns over time: tests/rqml/temporal/test_patterns.py.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from rqml.combinators import AllOf, AnyOf, AtLeast, Implies, Not
from rqml.errors import InvalidParameter
from rqml.meta import limit
from rqml.run import Run
from rqml.subjects.system import System
from rqml.verdict import CheckStatus, EnforcementStatus, Judgement, Measurement, Reason, Repair

PASS, FAIL, INCOMPLETE = CheckStatus.PASS, CheckStatus.FAIL, CheckStatus.INCOMPLETE


@pytest.mark.parametrize("order", list(itertools.permutations(["INCOMPLETE", "FAIL", "PASS"])))
def test_an_undecided_part_does_not_mask_a_failing_one(toys: SimpleNamespace, order: tuple[str, ...]) -> None:
    """RQCODE: Combined(INCOMPLETE, FAIL) is INCOMPLETE, since it returns the first that did not pass."""
    result = AllOf(*[toys.Stated(outcome=outcome) for outcome in order]).check(toys.Number())
    assert result.status is FAIL
    assert len(result.parts) == 3


@pytest.mark.parametrize("nothing", [AllOf(), AnyOf(), AtLeast(1)])
def test_nothing_is_not_a_pass(toys: SimpleNamespace, nothing: Any) -> None:
    """RQCODE: Combined() of nothing is PASS."""
    assert nothing.check(toys.Number()).status is INCOMPLETE


def test_where_nothing_applies_nothing_passes(toys: SimpleNamespace) -> None:
    assert not AllOf(toys.Stated(outcome="NOT_APPLICABLE")).check(toys.Number()).passed


def test_undecided_stays_undecided(toys: SimpleNamespace) -> None:
    """RQCODE turns INCOMPLETE into FAIL in places."""
    for whole in (AllOf, AnyOf, Not):
        assert whole(toys.Stated(outcome="INCOMPLETE")).check(toys.Number()).status is INCOMPLETE


def test_a_crash_does_not_escape_nor_stop_the_others(toys: SimpleNamespace) -> None:
    """RQCODE: an exception in check() escapes and kills whatever runs it."""

    def crash(*_: Any) -> Any:
        raise RuntimeError("no such registry key")

    broken, fine = toys.Scripted(measured=crash), toys.Enough(low=1)
    result = AllOf(broken, fine).check(toys.Number(5))
    assert (result.status, result.reason) == (INCOMPLETE, Reason.ERROR)
    assert [part.status for part in result.parts] == [INCOMPLETE, PASS]
    enforced = broken.enforce(toys.Number())
    assert enforced.status is EnforcementStatus.INCOMPLETE


def test_a_verdict_carries_its_evidence(toys: SimpleNamespace) -> None:
    """RQCODE: a result carries no value, reason, time or subject, and the requirement never stores one."""
    result = toys.Enough(low=7).check(toys.Number(3), run=Run(seed=9))
    assert result.estimates["value"].value == 3
    assert (result.parameters["low"], result.subject, result.seed) == (7, "Number", 9)
    assert result.duration_s > 0
    assert json.loads(result.to_json())["statement"] == "The number is at least 7."


def test_a_check_leaves_no_state_behind(toys: SimpleNamespace) -> None:
    """RQCODE keeps the last status in the requirement, and does not update it."""
    requirement, twin = toys.Enough(low=7), toys.Enough(low=7)
    requirement.check(toys.Number(9))
    requirement.enforce(toys.Number(0))
    assert requirement == twin
    assert requirement.check(toys.Number(0)).status is FAIL
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        requirement.low = 0


def test_success_is_claimed_only_after_checking_again(toys: SimpleNamespace) -> None:
    """RQCODE: enforce() returns SUCCESS without looking; the output of its scripts is ignored."""
    did_nothing = toys.Scripted(
        measured=lambda subject, _run: Measurement(details={"value": subject.value}),
        judged=lambda m: Judgement(PASS if m.details["value"] > 0 else FAIL, "looked"),
        repaired=lambda subject, _run: Repair(subject, changes=("said to be mended",)),
    )
    subject = toys.Number(0)
    result = did_nothing.enforce(subject)
    assert result.status is EnforcementStatus.FAILURE
    assert result.subject is subject
    assert result.after is not None


def test_a_repair_that_raises_is_no_success(toys: SimpleNamespace) -> None:
    """RQCODE ignores the exit code of the package manager."""

    def refused() -> None:
        raise PermissionError("apt: are you root?")

    requirement = toys.Scripted(
        judged=lambda _m: Judgement(FAIL, "bad"), repaired=lambda s, _run: Repair(s, apply=refused)
    )
    assert requirement.enforce(toys.Number()).status is EnforcementStatus.FAILURE


def test_there_is_a_dry_run_a_rollback_and_twice_is_once(toys: SimpleNamespace) -> None:
    """RQCODE has no dry run, no rollback, and repairs that are not idempotent."""
    box = toys.Box([0.0])
    requirement = toys.FullBox(low=2)
    assert requirement.enforce(box, dry_run=True).changes == ("filled",)
    assert box.content == [0.0]
    first = requirement.enforce(box)
    assert (first.status, box.content) == (EnforcementStatus.SUCCESS, [2.0])
    second = requirement.enforce(box)
    assert (second.status, second.changes) == (EnforcementStatus.SUCCESS, ())
    first.rollback()
    assert box.content == [0.0]


def test_what_is_enforced_is_given_not_hard_coded(toys: SimpleNamespace, tmp_path: Path) -> None:
    """RQCODE hard-codes paths of the machine; here the subject is an argument, and two are told apart."""
    one, two = toys.Box([0.0]), toys.Box([0.0])
    toys.FullBox().enforce(System("s", box=one))
    assert (one.content, two.content) == ([1.0], [0.0])


@pytest.mark.parametrize("bad", [{"lwo": 5}, {"label": 5}, {"low": 5, "sted": "x"}])
def test_parameters_are_fields_not_strings_in_a_map(toys: SimpleNamespace, bad: dict[str, Any]) -> None:
    """RQCODE: parameters are string maps, so that a misspelt one is silently ignored."""
    with pytest.raises(InvalidParameter, match=r"has no parameter|must be"):
        toys.Enough(**bad)


def test_a_statement_is_never_missing(toys: SimpleNamespace) -> None:
    """RQCODE: the statement of every Windows requirement is null."""
    for requirement in (toys.Enough(low=3), toys.Stated(), toys.Enough() & toys.Stated(), ~toys.Stated()):
        assert len(str(requirement)) > 10
        assert requirement.check(toys.Number()).statement == str(requirement)


def test_requirements_combine_by_more_than_and(toys: SimpleNamespace) -> None:
    """RQCODE knows only AND."""
    a, b = toys.Enough(low=1), toys.Enough(low=9)
    five = toys.Number(5)
    assert (a | b).check(five).passed
    assert (~b).check(five).passed
    assert (b >> a).check(five).passed
    assert Implies(a, b).check(five).status is FAIL
    assert AtLeast(1, a, b).check(five).passed


def test_a_subclass_demands_more_or_is_told_apart(toys: SimpleNamespace) -> None:
    """RQCODE: inheritance is free to weaken what it inherits; here `refines` says which it is."""

    @attrs.frozen(kw_only=True)
    class Strong(toys.Enough):  # type: ignore[name-defined,misc]
        low: float = limit(default=5.0, stricter="higher")

    parent = toys.Enough()
    assert Strong().check(toys.Number(5)).passed
    assert Strong().check(toys.Number(4)).status is FAIL
    assert toys.Enough(low=5).refines(parent)
    assert not parent.refines(toys.Enough(low=5))
    assert Strong().refines(parent)
