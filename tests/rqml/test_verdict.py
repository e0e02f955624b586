from __future__ import annotations

import copy
import json
import pickle
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml.errors import RqmlError
from rqml.estimate import Estimate
from rqml.verdict import (
    Assurance,
    CheckResult,
    CheckStatus,
    EnforcementResult,
    EnforcementStatus,
    Judgement,
    Measurement,
    Reason,
    Repair,
)

numbers = st.floats(-1e9, 1e9)
estimates = st.one_of(
    st.builds(Estimate.exact, numbers, n=st.none() | st.integers(0, 99), unit=st.text(max_size=3)),
    st.integers(0, 50).flatmap(lambda n: st.builds(Estimate.proportion, st.integers(0, n), st.just(n))),
    st.builds(lambda v: Estimate.interval(v, -float("inf"), float("inf")), numbers),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
details = st.dictionaries(st.text(max_size=5), values, max_size=3)
leaves = st.builds(
    CheckResult,
    st.sampled_from(CheckStatus),
    st.text(max_size=20),
    reason=st.none() | st.sampled_from(Reason),
    assurance=st.none() | st.sampled_from(Assurance),
    estimates=st.dictionaries(st.text(max_size=5), estimates, max_size=3),
    details=details,
    requirement=st.text(max_size=5),
    parameters=details,
    duration_s=st.floats(0, 1e3),
    seed=st.integers(0, 2**32 - 1),
)
results = st.builds(lambda whole, parts: attrs.evolve(whole, parts=tuple(parts)), leaves, st.lists(leaves, max_size=2))


@given(results)
def test_results_survive_json_pickle_and_copy(result: CheckResult) -> None:
    assert CheckResult.from_json(result.to_json()) == result
    assert pickle.loads(pickle.dumps(result)) == result
    assert copy.deepcopy(result) == result


@given(results)
def test_json_is_strict_and_names_every_field_but_the_cause(result: CheckResult) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    data = json.loads(result.to_json(), parse_constant=refuse)
    assert set(data) == {field.name for field in attrs.fields(CheckResult)} - {"cause"}


def test_the_cause_stays_in_the_process() -> None:
    result = CheckResult(CheckStatus.INCOMPLETE, "crashed", Reason.ERROR, cause=ValueError("Jane Doe, 1970"))
    for text in (result.to_json(), repr(result), repr(pickle.dumps(result))):
        assert "Jane" not in text
    assert pickle.loads(pickle.dumps(result)).cause is None
    assert attrs.evolve(result, message="other").cause is result.cause


@pytest.mark.parametrize(
    "thing",
    [
        *CheckStatus,
        *EnforcementStatus,
        CheckResult(CheckStatus.FAIL, ""),
        EnforcementResult(EnforcementStatus.FAILURE, None, CheckResult(CheckStatus.FAIL, "")),
    ],
)
def test_verdicts_refuse_to_be_a_bool(thing: object) -> None:
    with pytest.raises(TypeError, match=r"\.status|\.passed"):
        bool(thing)
    with pytest.raises(TypeError):
        assert thing


@pytest.mark.parametrize("status", CheckStatus)
def test_only_pass_has_passed(status: CheckStatus) -> None:
    assert CheckResult(status, "").passed is (status is CheckStatus.PASS)


@pytest.mark.parametrize(
    "value", [CheckResult(CheckStatus.PASS, ""), Measurement(), Judgement(CheckStatus.PASS, ""), Repair(None)]
)
def test_values_are_frozen(value: Any) -> None:
    name = attrs.fields(type(value))[0].name
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, name, None)


def test_a_measurement_moves_all_its_intervals() -> None:
    share = Estimate.proportion(5, 10)
    measurement = Measurement({"a": share, "b": Estimate.exact(1)}, details={"rows": 3}, witness="kept")
    assert measurement.is_statistical
    moved = measurement.at(0.5)
    assert moved.estimates == {"a": share.at(0.5), "b": Estimate.exact(1)}
    assert (moved.details, moved.witness) == ({"rows": 3}, "kept")
    exact = Measurement({"b": Estimate.exact(1)})
    assert not exact.is_statistical
    assert exact.at(0.5) is exact


def test_rollback_undoes_backwards_and_twice_is_once() -> None:
    log: list[str] = []
    before = CheckResult(CheckStatus.FAIL, "")
    undo = (lambda: log.append("first"), lambda: log.append("second"))
    result = EnforcementResult(EnforcementStatus.SUCCESS, "new", before, original="old", undo=undo)
    assert result.rollback() == "old"
    assert log == ["second", "first"]


def test_rollback_tries_everything_before_it_raises() -> None:
    state = SimpleNamespace(restored=False)

    def restore() -> None:
        state.restored = True

    def broken() -> None:
        raise OSError("disk")

    before = CheckResult(CheckStatus.FAIL, "")
    result = EnforcementResult(EnforcementStatus.SUCCESS, "new", before, original="old", undo=(restore, broken))
    with pytest.raises(OSError, match="disk"):
        result.rollback()
    assert state.restored


def test_an_enforcement_is_exported_without_its_subjects() -> None:
    before = CheckResult(CheckStatus.FAIL, "bad")
    result = EnforcementResult(
        EnforcementStatus.SUCCESS, SimpleNamespace(secret="Jane"), before, cost={"loss": 0.5}, original="Jane"
    )
    data = json.loads(result.to_json())
    assert "Jane" not in result.to_json()
    assert data["status"] == "SUCCESS"
    assert data["cost"] == {"loss": 0.5}
    assert data["before"]["message"] == "bad"
    assert "original" not in data


def test_a_pickled_enforcement_says_that_it_cannot_take_files_back() -> None:
    before = CheckResult(CheckStatus.FAIL, "bad")
    result = EnforcementResult(EnforcementStatus.SUCCESS, "new", before, original="old", cause=OSError(lambda: None))
    assert pickle.loads(pickle.dumps(result)) == result
    assert pickle.loads(pickle.dumps(result)).rollback() == "old"
    undone: list[int] = []
    of_files = EnforcementResult(EnforcementStatus.CONTAINED, "f", before, undo=(lambda: undone.append(1),))
    copy = pickle.loads(pickle.dumps(of_files))
    assert copy == of_files
    with pytest.raises(RqmlError, match="only the result that"):
        copy.rollback()
    of_files.rollback()
    assert undone == [1]


def test_changes_are_kept_as_a_tuple() -> None:
    assert Repair(None, changes=["a", "b"]).changes == ("a", "b")  # type: ignore[arg-type]


def test_a_single_change_is_one_sentence():
    assert Repair(None, "raised the limit").changes == ("raised the limit",)
