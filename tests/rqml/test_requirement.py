"""The template of check(): signals, crashes, deadlines, seeds, messages, refinement and statements."""

from __future__ import annotations

import asyncio
import pickle
import time
from types import SimpleNamespace
from typing import Any

import attrs
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml.bound import PartOf
from rqml.errors import (
    InsufficientEvidence,
    InvalidParameter,
    InvalidSubject,
    MissingSubject,
    NotApplicable,
    TimedOut,
    Unsupported,
)
from rqml.estimate import Estimate
from rqml.judge import at_most
from rqml.meta import Meta, Severity, Stage, limit
from rqml.proposition import Checkable, Enforceable
from rqml.requirement import Requirement
from rqml.run import Run
from rqml.specification import Specification
from rqml.subjects.dataset import Dataset
from rqml.subjects.model_file import ModelFile
from rqml.subjects.system import System, derived
from rqml.verdict import Assurance, CheckResult, CheckStatus, Judgement, Measurement, Reason

PASS, FAIL, INCOMPLETE, NA = CheckStatus.PASS, CheckStatus.FAIL, CheckStatus.INCOMPLETE, CheckStatus.NOT_APPLICABLE
SECRET = "jane.doe@example.org"


def raising(error: BaseException) -> Any:
    def measured(_subject: Any, _run: Run) -> Measurement:
        raise error

    return measured


@pytest.mark.parametrize(
    ("signal", "status", "reason"),
    [
        (NotApplicable("no target"), NA, None),
        (MissingSubject("no part"), INCOMPLETE, Reason.MISSING_SUBJECT),
        (InsufficientEvidence("7 rows; 30 would do"), INCOMPLETE, Reason.INSUFFICIENT_EVIDENCE),
        (Unsupported("no such model"), INCOMPLETE, Reason.UNSUPPORTED),
        (TimedOut("late"), INCOMPLETE, Reason.TIMEOUT),
        (InvalidSubject("no column 'age'"), INCOMPLETE, Reason.ERROR),
    ],
)
def test_signals_become_verdicts_with_their_text(
    toys: SimpleNamespace, signal: Exception, status: CheckStatus, reason: Reason | None
) -> None:
    result = toys.Scripted(measured=raising(signal)).check(toys.Number())
    assert (result.status, result.reason, result.assurance) == (status, reason, None)
    assert str(signal) in result.message
    assert result.message.startswith(f"TOY-03 Scripted {status.value}: ")
    assert result.cause is signal
    assert not result.passed


class PanicException(BaseException):
    pass


@pytest.mark.parametrize(
    "error",
    [
        ValueError(SECRET),
        KeyError(SECRET),
        SystemExit(SECRET),
        RecursionError(SECRET),
        MemoryError(SECRET),
        StopIteration(SECRET),
        PanicException(SECRET),
        ExceptionGroup(SECRET, [ValueError(SECRET)]),
    ],
)
@pytest.mark.parametrize("where", ["measured", "judged"])
def test_a_crash_is_incomplete_and_its_text_withheld(toys: SimpleNamespace, error: BaseException, where: str) -> None:
    def crash(*_: Any) -> Any:
        raise error

    result = toys.Scripted(**{where: crash}).check(toys.Number())
    assert (result.status, result.reason) == (INCOMPLETE, Reason.ERROR)
    assert SECRET not in result.to_json()
    assert type(error).__name__ in result.message
    assert "test_requirement.py:" in result.message
    assert result.cause is error


def test_a_foreign_timeout_is_a_timeout(toys: SimpleNamespace) -> None:
    assert toys.Scripted(measured=raising(TimeoutError())).check(toys.Number()).reason is Reason.TIMEOUT


@pytest.mark.parametrize("error", [KeyboardInterrupt(), asyncio.CancelledError(), GeneratorExit()])
@pytest.mark.parametrize("where", ["measured", "judged"])
def test_what_must_stop_the_program_stops_it(toys: SimpleNamespace, error: BaseException, where: str) -> None:
    def stop(*_: Any) -> Any:
        raise error

    with pytest.raises(type(error)):
        toys.Scripted(**{where: stop}).check(toys.Number())


@pytest.mark.parametrize("nonsense", [None, True, "PASS", CheckStatus.PASS, 0.5, CheckResult(PASS, "")])
def test_a_measure_or_judge_that_returns_nonsense_never_passes(toys: SimpleNamespace, nonsense: Any) -> None:
    for broken in (
        toys.Scripted(measured=lambda _s, _r: nonsense),
        toys.Scripted(judged=lambda _m: nonsense if not isinstance(nonsense, CheckResult) else None),
        toys.Scripted(measured=lambda _s, _r: Measurement(estimates={"x": nonsense})),
    ):
        result = broken.check(toys.Number())
        assert (result.status, result.reason) == (INCOMPLETE, Reason.ERROR)


def test_endless_details_are_a_crash_not_an_exception(toys: SimpleNamespace) -> None:
    endless: list[Any] = []
    endless.append(endless)
    result = toys.Scripted(measured=lambda _s, _r: Measurement(details={"x": endless})).check(toys.Number())
    assert (result.status, result.reason) == (INCOMPLETE, Reason.ERROR)


def test_incomplete_always_has_a_reason(toys: SimpleNamespace) -> None:
    undecided = toys.Scripted(judged=lambda _m: Judgement(INCOMPLETE, "who knows")).check(toys.Number())
    assert undecided.reason is Reason.INSUFFICIENT_EVIDENCE
    decided = toys.Scripted(judged=lambda _m: Judgement(PASS, "fine", Reason.STALE)).check(toys.Number())
    assert decided.reason is None


def test_a_fail_says_id_value_limit_and_remedy(toys: SimpleNamespace) -> None:
    message = toys.Enough(low=7).check(toys.Number(2.5)).message
    assert message == "TOY-01 Enough FAIL: value = 2.5 is below the limit 7. What to do: turn it up"
    assert "What to do" not in toys.Enough(low=1).check(toys.Number(2.5)).message


def test_the_result_names_what_was_judged_and_how(toys: SimpleNamespace) -> None:
    requirement = toys.Enough(low=2, label="strict")
    result = requirement.check(toys.Number(3), run=Run(seed=5))
    assert (result.requirement, result.name, result.label) == ("TOY-01", "Enough", "strict")
    assert result.statement == str(requirement) == "The number is at least 2."
    assert result.parameters == {"low": 2, "step": 10.0, "price": 0.25}
    assert (result.subject, result.seed) == ("Number", 5)
    assert result.duration_s > 0
    assert result.estimates == {"value": Estimate.exact(3)}
    assert requirement.key == "strict"
    assert toys.Enough().key == "TOY-01"


@pytest.mark.parametrize(
    ("of_judgement", "of_measurement", "estimate", "status", "expected"),
    [
        (None, None, Estimate.exact(1), PASS, Assurance.PROVEN),
        (None, None, Estimate.proportion(1, 2), PASS, Assurance.STATISTICAL),
        (Assurance.PROVEN, None, Estimate.proportion(1, 2), FAIL, Assurance.PROVEN),
        (Assurance.PROVEN, Assurance.EMPIRICAL, Estimate.exact(1), PASS, Assurance.EMPIRICAL),
        (Assurance.STATISTICAL, Assurance.EMPIRICAL, Estimate.exact(1), FAIL, Assurance.STATISTICAL),
        (None, Assurance.EMPIRICAL, Estimate.exact(1), FAIL, Assurance.EMPIRICAL),
        (None, Assurance.STATISTICAL, Estimate.exact(1), PASS, Assurance.STATISTICAL),
        (Assurance.PROVEN, None, Estimate.exact(1), INCOMPLETE, None),
        (Assurance.PROVEN, None, Estimate.exact(1), NA, None),
    ],
)
def test_assurance(
    toys: SimpleNamespace,
    of_judgement: Assurance | None,
    of_measurement: Assurance | None,
    estimate: Estimate,
    status: CheckStatus,
    expected: Assurance | None,
) -> None:
    requirement = toys.Scripted(
        measured=lambda _s, _r: Measurement({"x": estimate}, assurance=of_measurement),
        judged=lambda _m: Judgement(status, "as asked", None, of_judgement),
    )
    assert requirement.check(toys.Number()).assurance is expected


@attrs.frozen(kw_only=True)
class Rare(Requirement[Dataset]):
    """Few rows are marked."""

    meta = Meta(
        id="TOY-90",
        title="rare",
        statement="At most {share:.0%} of rows ({kinds}).",
        remedy="clean",
        stage=Stage.INGESTION,
        severity=Severity.LOW,
    )
    share: float | None = limit(default=0.5, stricter="lower")
    kinds: tuple[str, ...] = ()

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        marked = int(dataset.to_pandas()["marked"].sum())
        return Measurement({"share": Estimate.proportion(marked, len(dataset), confidence=run.confidence)})

    def judge(self, measurement: Measurement) -> Judgement:
        return at_most(measurement.estimates["share"], self.share, "share")


def test_a_statement_speaks_its_parameters() -> None:
    assert str(Rare(share=0.25, kinds=("a", "b"))) == "At most 25% of rows (a, b)."
    assert str(Rare(share=0.25)) == "At most 25% of rows (none)."


def test_a_statement_that_does_not_fit_stays_a_template() -> None:
    assert str(Rare(share=None)) == Rare.meta.statement
    frame = pd.DataFrame({"marked": [0, 1]})
    assert Rare(share=None).check(frame).reason is Reason.ERROR


def test_the_same_measurement_is_judged_at_any_confidence() -> None:
    frame = pd.DataFrame({"marked": [1] * 36 + [0] * 64})
    examined = Rare().examine(frame, Run())
    assert examined.is_statistical
    assert examined.at(0.95).status is PASS
    assert examined.at(0.9999).status is INCOMPLETE
    assert examined.conclude(lambda leaf: leaf.at(0.9999)).status is INCOMPLETE  # type: ignore[attr-defined]
    assert [(leaf, helps) for leaf, helps in examined.leaves()] == [(examined, True)]
    assert Rare().check(frame, run=Run(confidence=0.9999)).status is INCOMPLETE
    assert not Rare().examine(None, Run()).is_statistical


def test_an_empty_table_is_not_a_pass() -> None:
    result = Rare().check(pd.DataFrame({"marked": []}))
    assert (result.status, result.reason) == (INCOMPLETE, Reason.INSUFFICIENT_EVIDENCE)


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        (None, Reason.MISSING_SUBJECT),
        (System("empty"), Reason.MISSING_SUBJECT),
        (System("two", a=pd.DataFrame({"marked": [0]}), b=pd.DataFrame({"marked": [1]})), Reason.UNSUPPORTED),
        (PartOf(System("one", a=pd.DataFrame({"marked": [0]})), "b"), Reason.MISSING_SUBJECT),
        (PartOf(System("one", a=3), "a"), Reason.UNSUPPORTED),
        ("training_data", Reason.UNSUPPORTED),
        (3, Reason.UNSUPPORTED),
        (ModelFile("x.pkl"), Reason.UNSUPPORTED),
        (pd.DataFrame({"other": [1]}), Reason.ERROR),
        (System("broken", a=derived(lambda: 1 / 0, "a2"), a2=3), Reason.ERROR),
    ],
)
def test_the_wrong_subject_is_incomplete(subject: Any, reason: Reason) -> None:
    result = Rare().check(subject)
    assert (result.status, result.reason) == (INCOMPLETE, reason)


def test_a_class_must_say_what_it_judges(toys: SimpleNamespace) -> None:
    class Vague(Requirement):  # type: ignore[type-arg]
        meta = toys.Enough.meta

    with pytest.raises(Unsupported, match=r"Requirement\[Dataset\]"):
        Vague.subject_type()
    assert Vague().check(toys.Number()).reason is Reason.UNSUPPORTED


def test_what_an_author_left_out_is_a_crash_not_a_pass(toys: SimpleNamespace) -> None:
    class Unwritten(Requirement[toys.Number]):  # type: ignore[name-defined]
        meta = toys.Enough.meta

    assert Unwritten().check(toys.Number()).reason is Reason.ERROR
    with pytest.raises(NotImplementedError, match="judge"):
        Unwritten().judge(Measurement())
    assert tuple(Unwritten.scenarios()) == ()


def test_the_subject_type_is_inherited(toys: SimpleNamespace) -> None:
    class Stricter(toys.Enough):  # type: ignore[name-defined,misc]
        pass

    assert Stricter.subject_type() is toys.Number
    assert Stricter(low=2).check(toys.Number(3)).passed


def test_protocols(toys: SimpleNamespace) -> None:
    assert isinstance(toys.Enough(), Checkable)
    assert isinstance(toys.Enough(), Enforceable)
    assert not isinstance(3, Checkable)


def test_a_soft_deadline_stops_at_the_next_look(toys: SimpleNamespace) -> None:
    def slow(_subject: Any, run: Run) -> Measurement:
        for _ in run.track(range(1000), 1000, "steps"):
            time.sleep(0.005)
        return Measurement()

    started = time.perf_counter()
    result = toys.Scripted(measured=slow).check(toys.Number(), run=Run(timeout=0.05))
    assert (result.status, result.reason) == (INCOMPLETE, Reason.TIMEOUT)
    assert time.perf_counter() - started < 2
    assert toys.Scripted().check(toys.Number(), run=Run(timeout=5)).passed


def test_the_measurement_gets_the_run(toys: SimpleNamespace) -> None:
    seen: list[Run] = []

    def look(_subject: Any, run: Run) -> Measurement:
        seen.append(run)
        return Measurement()

    mine = Run(seed=3, confidence=0.9)
    toys.Scripted(measured=look).check(toys.Number(), run=mine)
    assert seen == [mine]
    toys.Scripted(measured=look).check(toys.Number())
    assert seen[1] == Run()


def test_requirements_are_values(toys: SimpleNamespace) -> None:
    one = toys.Enough(low=2, needs="A-01")
    assert one == toys.Enough(low=2, needs=["A-01"])
    assert hash(one) == hash(toys.Enough(low=2, needs=("A-01",)))
    assert one.needs == ("A-01",)
    assert one != toys.Enough(low=3, needs="A-01")
    assert str(one)  # cached values must not count
    assert one == toys.Enough(low=2, needs="A-01")
    assert pickle.loads(pickle.dumps(Rare(share=0.1))) == Rare(share=0.1)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        one.low = 5
    with pytest.raises(InvalidParameter, match="label must be str"):
        toys.Enough(label=3)
    assert list(one.requirements()) == [one]


@given(mine=st.floats(0, 10), theirs=st.floats(0, 10), value=st.floats(-5, 15))
def test_a_refinement_never_passes_what_its_parent_fails(
    toys: SimpleNamespace, mine: float, theirs: float, value: float
) -> None:
    one, other = toys.Enough(low=mine), toys.Enough(low=theirs)
    assert one.refines(other) is (mine >= theirs)
    if one.refines(other) and one.check(toys.Number(value)).passed:
        assert other.check(toys.Number(value)).passed


def test_refinement_compares_limits_only(toys: SimpleNamespace) -> None:
    class Stricter(toys.Enough):  # type: ignore[name-defined,misc]
        pass

    assert Stricter(low=2).refines(toys.Enough(low=1))
    assert not toys.Enough(low=2).refines(Stricter(low=1))
    assert not toys.Enough(low=2, step=3.0).refines(toys.Enough(low=1))
    assert toys.Enough(low=2, label="x", needs="y").refines(toys.Enough(low=1))
    assert not toys.Enough().refines(toys.Stated())
    assert Rare(share=0.1).refines(Rare(share=0.2))
    assert not Rare(share=0.3).refines(Rare(share=0.2))
    assert Rare(share=0.3).refines(Rare(share=None))
    assert not Rare(share=None).refines(Rare(share=0.3))


def test_a_check_leaves_the_subject_as_it_was() -> None:
    data = Dataset(pd.DataFrame({"marked": [0, 1, 0]}))
    before = data.fingerprint()
    first = Rare().check(data, run=Run(seed=1))
    second = Rare().check(data, run=Run(seed=1))
    assert data.fingerprint() == before
    assert attrs.evolve(first, duration_s=0) == attrs.evolve(second, duration_s=0)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "Sloppy.measure must return a Measurement, got NoneType"),
        ({"x": 1}, "Sloppy.measure must return a Measurement, got dict"),
        (Measurement({"x": 5}), "gave int as 'x': estimates are Estimates"),
    ],
)
def test_what_is_no_measurement_is_said_in_words(toys, given, says):
    class Sloppy(toys.Enough):
        """Its measure gives something else."""

        def measure(self, number, run):
            return given

    for result in (Sloppy().check(toys.Number(3)), Specification("s", [Sloppy()]).check(toys.Number(3)).results[0]):
        assert (result.status, result.reason) == (INCOMPLETE, Reason.ERROR)
        assert says in result.message


def test_a_measurement_that_never_looks_at_the_clock_is_late_all_the_same(toys: SimpleNamespace) -> None:
    def deaf(_subject: Any, run: Run) -> Measurement:
        time.sleep(0.05)
        return Measurement({"value": Estimate.exact(9)})

    result = toys.Scripted(measured=deaf).check(toys.Number(), run=Run(timeout=0.01))
    assert (result.status, result.reason) == (INCOMPLETE, Reason.TIMEOUT)
