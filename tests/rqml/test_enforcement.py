"""enforce(): check, repair, check again; what does not then pass is taken back."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml.combinators import AllOf, AnyOf, AtLeast, Implies, Not
from rqml.costs import too_costly
from rqml.enforcement import once
from rqml.estimate import Estimate
from rqml.judge import at_most
from rqml.meta import Meta, Severity, Stage, limit
from rqml.requirement import Requirement
from rqml.run import Run
from rqml.subjects.dataset import Dataset
from rqml.subjects.model_file import ModelFile
from rqml.subjects.system import System, derived
from rqml.verdict import CheckStatus, EnforcementStatus, Judgement, Measurement, Repair

SUCCESS, CONTAINED = EnforcementStatus.SUCCESS, EnforcementStatus.CONTAINED
FAILURE, INCOMPLETE = EnforcementStatus.FAILURE, EnforcementStatus.INCOMPLETE


def meta(number: int) -> Meta:
    return Meta(
        id=f"ENF-{number:02d}",
        title="a toy",
        statement="It holds.",
        remedy="mend it",
        stage=Stage.INGESTION,
        severity=Severity.LOW,
    )


@attrs.frozen(kw_only=True)
class FewRows(Requirement[Dataset]):
    """At most `most` rows."""

    meta = meta(1)
    most: int = limit(default=2, stricter="lower")

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        return Measurement({"rows": Estimate.exact(len(dataset))})

    def judge(self, measurement: Measurement) -> Judgement:
        return at_most(measurement.estimates["rows"], self.most, "rows")

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        return Repair(dataset.with_frame(dataset.frame[: self.most]), changes=("dropped rows",))


@attrs.frozen(kw_only=True)
class ShortFile(Requirement[ModelFile]):
    """At most `most` bytes."""

    meta = meta(2)
    most: int = limit(default=3, stricter="lower")
    keep: int = 3

    def measure(self, file: ModelFile, run: Run) -> Measurement:
        return Measurement({"size": Estimate.exact(len(file.path.read_bytes()))})

    def judge(self, measurement: Measurement) -> Judgement:
        return at_most(measurement.estimates["size"], self.most, "size")

    def repair(self, file: ModelFile, run: Run) -> Repair:
        content = file.path.read_bytes()
        return Repair(
            file,
            changes=("cut",),
            apply=lambda: file.path.write_bytes(content[: self.keep]) and None,
            undo=lambda: file.path.write_bytes(content) and None,
        )


@given(value=st.floats(-50, 50), low=st.floats(0, 20))
def test_enforced_means_checked_again(toys: SimpleNamespace, value: float, low: float) -> None:
    requirement, subject = toys.Enough(low=low), toys.Number(value)
    result = requirement.enforce(subject)
    reachable = value >= low or min(low, value + 10) >= low
    assert result.status is (SUCCESS if reachable else FAILURE)
    assert requirement.check(result.subject).passed is reachable
    assert result.before.status is (CheckStatus.PASS if value >= low else CheckStatus.FAIL)
    assert result.rollback() is subject
    assert subject.value == value
    again = requirement.enforce(result.subject)
    if reachable:
        assert again.subject is result.subject
        assert (again.status, again.changes) == (SUCCESS, ())


def test_what_holds_is_not_touched(toys: SimpleNamespace) -> None:
    subject = toys.Number(5)
    result = toys.Enough().enforce(subject)
    assert result.subject is subject
    assert result.after is result.before
    assert (result.changes, result.cost, result.message) == ((), {}, "it holds already")


def test_success_says_what_it_cost(toys: SimpleNamespace) -> None:
    result = toys.Enough(low=2).enforce(toys.Number(0))
    assert (result.subject.value, result.changes, result.cost) == (2, ("raised by 2",), {"loss": 0.25})
    assert result.after is not None
    assert result.after.passed


def test_a_dry_run_plans_and_changes_nothing(toys: SimpleNamespace) -> None:
    box = toys.Box([0.0])
    result = toys.FullBox().enforce(box, dry_run=True)
    assert (result.status, result.changes, result.cost) == (INCOMPLETE, ("filled",), {"loss": 0.5})
    assert result.subject is box
    assert (box.content, result.after) == ([0.0], None)
    assert "dry run" in result.message


def test_a_dry_run_is_told_to_the_repair(toys: SimpleNamespace) -> None:
    told: list[bool] = []

    def repaired(subject: Any, run: Run) -> Repair:
        told.append(run.dry_run)
        return Repair(subject)

    requirement = toys.Scripted(judged=lambda _m: Judgement(CheckStatus.FAIL, "bad"), repaired=repaired)
    requirement.enforce(toys.Number(), dry_run=True)
    requirement.enforce(toys.Number())
    assert told == [True, False]


@pytest.mark.parametrize(("most", "made"), [(0.5, True), (0.49, False), (0, False)])
def test_a_repair_above_its_ceiling_is_not_made(toys: SimpleNamespace, most: float, made: bool) -> None:
    box = toys.Box([0.0])
    result = toys.FullBox().enforce(box, max_cost={"loss": most})
    assert result.status is (SUCCESS if made else FAILURE)
    assert box.content == ([1.0] if made else [0.0])
    assert made or "loss 0.5 > " in result.message


def test_an_unknown_cost_is_above_every_ceiling() -> None:
    assert too_costly({"loss": math.nan}, {"loss": 9})
    assert not too_costly({"loss": 1}, {"other": 0})
    assert not too_costly({"loss": 1}, {})


def test_costs_with_intervals_are_kept(toys: SimpleNamespace) -> None:
    price = Estimate.proportion(5, 10)
    requirement = toys.Scripted(
        judged=lambda _m: Judgement(CheckStatus.FAIL, "bad"),
        repaired=lambda subject, _run: Repair(subject, cost={"accuracy": price, "rows": 3}),
    )
    result = requirement.enforce(toys.Number(), dry_run=True)
    assert result.cost == {"accuracy": 0.5, "rows": 3}
    assert result.cost_estimates == {"accuracy": price}


def test_an_insufficient_repair_is_rolled_back(toys: SimpleNamespace) -> None:
    box = toys.Box([0.0])
    result = toys.FullBox(low=5, reach=4).enforce(box)
    assert (result.status, box.content, result.subject) == (FAILURE, [0.0], box)
    assert result.after is not None
    assert "below the limit 5" in result.message
    assert "rolled back" in result.message
    result.rollback()
    assert box.content == [0.0]


def test_files_come_back_byte_by_byte(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"\x00malice")
    good = ShortFile().enforce(path)
    assert (good.status, good.subject, path.read_bytes()) == (SUCCESS, path, b"\x00ma")
    assert good.rollback() == path
    assert path.read_bytes() == b"\x00malice"
    path.write_bytes(b"later")
    good.rollback()
    assert path.read_bytes() == b"later"
    assert ShortFile(keep=4).enforce(ModelFile(path)).status is FAILURE
    assert path.read_bytes() == b"later"


def test_contained_is_kept_though_it_does_not_pass(toys: SimpleNamespace) -> None:
    box = toys.Box([0.0])
    result = toys.FullBox(contained="moved away").enforce(box)
    assert result.status is CONTAINED
    assert result.after is not None
    assert not result.after.passed
    assert "moved away" in result.message


@pytest.mark.parametrize("outcome", ["INCOMPLETE", "NOT_APPLICABLE"])
def test_only_a_fail_is_repaired(toys: SimpleNamespace, outcome: str) -> None:
    subject = toys.Number()
    result = toys.Stated(outcome=outcome).enforce(subject)
    assert (result.status, result.subject, result.after) == (INCOMPLETE, subject, None)
    assert result.before.message in result.message


def test_what_cannot_be_enforced_says_what_to_do(toys: SimpleNamespace) -> None:
    result = toys.Stated(outcome="FAIL").enforce(toys.Number())
    assert result.status is INCOMPLETE
    assert "cannot be enforced: turn it up" in result.message


def failing(toys: Any, repaired: Callable[..., Any]) -> Any:
    return toys.Scripted(judged=lambda _m: Judgement(CheckStatus.FAIL, "bad"), repaired=repaired)


def crash(*_: Any) -> Any:
    raise ValueError("Jane Doe")


@pytest.mark.parametrize("repaired", [crash, lambda *_: None, lambda *_: Repair(None, cost={"x": "dear"})])
def test_a_crash_while_planning_changes_nothing(toys: SimpleNamespace, repaired: Callable[..., Any]) -> None:
    subject = toys.Number()
    result = failing(toys, repaired).enforce(subject, max_cost={"x": 1})
    assert result.status is not SUCCESS
    assert result.subject is subject
    assert "Jane" not in result.to_json()
    assert "crashed" in result.message
    assert result.cause is not None


def test_a_crash_while_applying_is_taken_back(toys: SimpleNamespace) -> None:
    box: list[str] = []

    def half(*_: Any) -> None:
        box.append("half")
        raise OSError("disk full at /home/jane")

    result = failing(toys, lambda s, _r: Repair(s, apply=half, undo=box.clear)).enforce(toys.Number())
    assert (result.status, box) == (FAILURE, [])
    assert isinstance(result.cause, OSError)
    assert "jane" not in result.message


def test_ctrl_c_while_applying_is_taken_back_and_stops(toys: SimpleNamespace) -> None:
    box: list[str] = []

    def interrupted(*_: Any) -> None:
        box.append("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing(toys, lambda s, _r: Repair(s, apply=interrupted, undo=box.clear)).enforce(toys.Number())
    assert box == []

    def stop(*_: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing(toys, stop).enforce(toys.Number())


def test_a_rollback_that_fails_is_said_and_can_be_tried_again(toys: SimpleNamespace) -> None:
    state = SimpleNamespace(changed=False, disk_full=True)

    def undo() -> None:
        if state.disk_full:
            raise OSError("disk")
        state.changed = False

    def apply() -> None:
        state.changed = True

    result = failing(toys, lambda s, _r: Repair(s, apply=apply, undo=undo)).enforce(toys.Number())
    assert result.status is FAILURE
    assert "rollback crashed with OSError" in result.message
    state.disk_full = False
    result.rollback()
    assert not state.changed


def test_once_is_once_but_a_failed_try_does_not_count() -> None:
    tries: list[int] = []

    def undo() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OSError

    undo_once = once(undo)
    with pytest.raises(OSError):
        undo_once()
    undo_once()
    undo_once()
    assert len(tries) == 2


def test_check_repair_and_check_again_use_different_randomness(toys: SimpleNamespace) -> None:
    seeds: list[int] = []

    def measured(_subject: Any, run: Run) -> Measurement:
        seeds.append(run.seed)
        return Measurement()

    def repaired(subject: Any, run: Run) -> Repair:
        seeds.append(run.seed)
        return Repair(subject)

    requirement = toys.Scripted(
        measured=measured, judged=lambda _m: Judgement(CheckStatus.FAIL, "bad"), repaired=repaired
    )
    requirement.enforce(toys.Number(), run=Run(seed=1))
    requirement.enforce(toys.Number(), run=Run(seed=1))
    assert len(set(seeds[:3])) == 3
    assert seeds[:3] == seeds[3:]


def test_what_was_remembered_of_a_file_is_looked_at_again(toys: SimpleNamespace) -> None:
    run, box = Run(), toys.Box([0.0])
    assert not toys.FullBox().check(box, run=run).passed
    assert toys.FullBox().enforce(box, run=run).status is SUCCESS


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_raw_frames_come_back_as_raw_frames(make: Any) -> None:
    frame = make({"a": [1, 2, 3, 4]})
    result = FewRows().enforce(frame)
    assert type(result.subject) is make
    assert len(result.subject) == 2
    assert result.rollback() is frame
    untouched = FewRows(most=4).enforce(frame)
    assert untouched.subject is frame
    dataset = Dataset(frame)
    assert isinstance(FewRows().enforce(dataset).subject, Dataset)


def test_a_system_gets_its_part_back_in_the_form_it_was_given() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3]})
    for value, kind in ((frame, pd.DataFrame), (Dataset(frame), Dataset)):
        system = System("s", data=value, other=3)
        result = FewRows().enforce(system)
        assert result.status is SUCCESS
        assert isinstance(result.subject["data"], kind)
        assert len(result.subject["data"]) == 2
        assert len(system["data"]) == 3
        assert result.rollback() is system


def test_what_derives_from_a_repaired_part_is_made_anew(toys: SimpleNamespace) -> None:
    system = System("s", data=toys.Number(1), model=derived(lambda data: toys.Number(2 * data.value), "data"))
    assert system["model"].value == 2
    result = toys.Enough(low=4).on("data").enforce(system)
    assert result.status is SUCCESS
    assert result.subject["model"].value == 8
    assert toys.Consistent().check(result.subject).passed
    assert system["model"].value == 2


def test_a_bound_part_gives_back_the_system(toys: SimpleNamespace) -> None:
    system = System("s", one=toys.Number(5), two=toys.Number(0))
    bound = toys.Enough().on("two")
    result = bound.enforce(system)
    assert result.subject["two"].value == 1
    assert result.subject["one"] is system["one"]
    assert bound.enforce(result.subject).subject is result.subject
    dry = bound.enforce(system, dry_run=True)
    assert dry.subject is system
    assert bound.enforce().status is INCOMPLETE


def test_a_composite_mends_its_parts_in_turn(toys: SimpleNamespace) -> None:
    subject = toys.Number(0)
    both = AllOf(toys.Enough(low=5), toys.Enough(low=9, price=1.0))
    result = both.enforce(subject)
    assert (result.status, result.subject.value) == (SUCCESS, 9)
    assert result.changes == ("raised by 5", "raised by 4")
    assert result.cost == {"loss": 1.25}
    assert result.after is not None
    assert result.after.passed
    assert result.rollback() is subject
    assert both.enforce(result.subject).message == "it holds already"


def test_a_composite_that_is_not_mended_is_taken_back_as_a_whole(toys: SimpleNamespace) -> None:
    box = toys.Box([0.0])
    both = AllOf(toys.FullBox(low=5), toys.FullBox(low=20, reach=4))
    result = both.enforce(box)
    assert (result.status, result.subject, box.content) == (FAILURE, box, [0.0])
    assert "rolled back" in result.message
    assert result.after is not None
    assert not result.after.passed


def test_any_of_stops_at_the_first_repair_that_helps(toys: SimpleNamespace) -> None:
    hopeless, dear = toys.Stated(outcome="FAIL"), toys.Enough(low=3)
    cheap = toys.Enough(low=2)
    result = AnyOf(hopeless, dear, cheap).enforce(toys.Number(0))
    assert (result.status, result.changes) == (SUCCESS, ("raised by 3",))
    other = AnyOf(dear, cheap).enforce(toys.Number(0), max_cost={"loss": 0.1})
    assert other.status is FAILURE
    two = AtLeast(2, hopeless, dear, cheap).enforce(toys.Number(0))
    assert (two.status, two.changes) == (SUCCESS, ("raised by 3",))


def test_implies_mends_its_consequence(toys: SimpleNamespace) -> None:
    result = Implies(toys.Stated(), toys.Enough(low=2)).enforce(toys.Number(0))
    assert (result.status, result.subject.value) == (SUCCESS, 2)


def test_nothing_repairs_into_a_violation(toys: SimpleNamespace) -> None:
    subject = toys.Number(5)
    result = Not(toys.Enough()).enforce(subject)
    assert (result.status, result.subject) == (INCOMPLETE, subject)
    assert "none of its parts can be enforced" in result.message


def test_the_ceiling_holds_for_all_parts_together(toys: SimpleNamespace) -> None:
    both = AllOf(toys.FullBox(low=5), toys.FullBox(low=9))
    box = toys.Box([0.0])
    dear = both.enforce(box, max_cost={"loss": 0.75})
    assert (dear.status, box.content) == (FAILURE, [0.0])
    assert "loss 1 > 0.75" in dear.message
    assert both.enforce(box, max_cost={"loss": 1}).status is SUCCESS


def test_a_dry_run_of_a_composite_tells_every_change(toys: SimpleNamespace) -> None:
    holds, fails = toys.Enough(low=0), toys.Enough(low=5)
    result = AllOf(holds, fails).enforce(toys.Number(0), dry_run=True)
    assert (result.status, result.changes, result.cost) == (INCOMPLETE, ("raised by 5",), {"loss": 0.25})
    assert "dry run" in result.message


def test_contained_counts_only_where_it_makes_the_whole_harmless(toys: SimpleNamespace) -> None:
    contained = toys.FullBox(contained="moved away")
    alone = AllOf(contained, toys.FullBox(low=0)).enforce(toys.Box([0.0]))
    assert alone.status is CONTAINED
    hopeless = toys.FullBox(low=20, reach=4)
    assert AllOf(contained, hopeless).enforce(toys.Box([0.0])).status is FAILURE
    assert AllOf(hopeless, contained).enforce(toys.Box([0.0])).status is FAILURE
    assert AnyOf(hopeless, contained).enforce(toys.Box([0.0])).status is CONTAINED


def test_composites_nest(toys: SimpleNamespace) -> None:
    nested = AllOf(AnyOf(toys.Stated(outcome="FAIL"), toys.Enough(low=3)), toys.Enough(low=4))
    result = nested.enforce(toys.Number(0))
    assert (result.status, result.subject.value) == (SUCCESS, 4)
    box = toys.Box([0.0])
    assert AllOf(AllOf(toys.FullBox(low=3)), toys.FullBox(low=9, reach=4)).enforce(box).status is FAILURE
    assert box.content == [0.0]


def test_a_composite_over_a_system(toys: SimpleNamespace) -> None:
    system = System(
        "s",
        table=pd.DataFrame({"a": [1, 2, 3]}),
        number=toys.Number(0),
        model=derived(lambda table: toys.Number(len(table)), "table"),
    )
    both = FewRows().on("table") & toys.Enough().on("number") & toys.Stated().on("model")
    result = both.enforce(system)
    assert result.status is SUCCESS
    assert (len(result.subject["table"]), result.subject["number"].value, result.subject["model"].value) == (2, 1, 2)
    assert result.rollback() is system
    part = (toys.Enough(low=1) & toys.Enough(low=2)).on("number").enforce(system)
    assert part.subject["number"].value == 2


def test_undecided_composites_are_left_alone(toys: SimpleNamespace) -> None:
    result = AllOf(toys.Stated(outcome="INCOMPLETE")).enforce(toys.Number())
    assert result.status is INCOMPLETE
    assert AllOf().enforce(toys.Number()).status is INCOMPLETE


def test_a_part_bound_to_its_own_subject_leaves_the_rest_as_given(toys: SimpleNamespace) -> None:
    box, system = toys.Box([0.0]), System("s", number=toys.Number(0))
    for both in (AllOf(toys.FullBox().on(box), toys.Enough(low=2)), AllOf(toys.Enough(low=2), toys.FullBox().on(box))):
        result = both.enforce(system)
        assert (result.status, box.content, result.subject["number"].value) == (SUCCESS, [1.0], 2)
        assert result.rollback() is system
        assert box.content == [0.0]
