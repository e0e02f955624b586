from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import polars as pl
import pytest

from rqml.bound import Bound
from rqml.errors import InvalidParameter
from rqml.subjects.dataset import Dataset
from rqml.subjects.system import System
from rqml.verdict import CheckStatus, EnforcementStatus, Reason


def test_bound_to_a_subject_it_takes_nothing(toys: SimpleNamespace) -> None:
    requirement = toys.Enough(low=3)
    bound = requirement.on(toys.Number(5))
    assert bound.check().passed
    assert requirement.on(toys.Number(0)).check().status is CheckStatus.FAIL
    result = requirement.on(toys.Number(0)).enforce()
    assert (result.status, result.subject.value) == (EnforcementStatus.SUCCESS, 3)
    assert requirement.on(toys.Number(0)).enforce(dry_run=True).subject.value == 0
    assert requirement.on(toys.Number(0)).enforce(max_cost={"loss": 0}).status is EnforcementStatus.FAILURE
    assert requirement == toys.Enough(low=3)
    assert bound.part is None
    assert str(bound) == "The number is at least 3. (on the bound subject)"


def test_bound_to_a_part_it_takes_the_system(toys: SimpleNamespace) -> None:
    system = System("s", one=toys.Number(5), two=toys.Number(0))
    assert toys.Enough().on("one").check(system).passed
    result = toys.Enough().on("two").check(system)
    assert (result.status, result.subject) == (CheckStatus.FAIL, "two")
    assert toys.Enough().on("three").check(system).reason is Reason.MISSING_SUBJECT
    assert str(toys.Enough().on("two")) == "The number is at least 1.0. (on part 'two')"
    for nothing in (None, toys.Number(5)):
        missing = toys.Enough().on("one").check(nothing)
        assert missing.reason is Reason.MISSING_SUBJECT
        assert "part 'one' is looked up in a System" in missing.message


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_bound_to_a_raw_frame(toys: SimpleNamespace, make: Any) -> None:
    frame = make({"a": [1]})
    bound = toys.Enough().on(frame)
    assert bound.target is frame
    assert bound.check().reason is Reason.UNSUPPORTED  # a number is judged, and this is a frame
    assert toys.Enough().on(Dataset(frame)) != bound


@pytest.mark.parametrize("nothing", [None, ""])
def test_bound_to_nothing_is_refused(toys: SimpleNamespace, nothing: Any) -> None:
    with pytest.raises(InvalidParameter, match="name of a part"):
        toys.Enough().on(nothing)


def test_bound_is_a_value_and_a_proposition(toys: SimpleNamespace) -> None:
    one, other = toys.Enough().on("a"), toys.Enough().on("b")
    assert one == Bound(proposition=toys.Enough(), target="a") != other
    assert hash(one) == hash(toys.Enough().on("a"))
    assert one.key == "TOY-01"
    assert toys.Enough(label="x").on("a").key == "x"
    assert list(one.requirements()) == [toys.Enough()]
    system = System("s", a=toys.Number(5), b=toys.Number(0))
    assert (one & ~other).check(system).passed
    assert (one >> other).check(system).status is CheckStatus.FAIL
    assert (one & other).enforce(system).subject["b"].value == 1


def test_a_bound_composite_and_a_bound_bound(toys: SimpleNamespace) -> None:
    system = System("s", a=toys.Number(5), b=toys.Number(0))
    assert (toys.Enough() | toys.Enough(low=9)).on("a").check(system).passed
    assert toys.Enough().on("a").on(system).check().passed
    assert toys.Enough().on("b").on(system).check().status is CheckStatus.FAIL


def test_frames_are_compared_as_objects(toys: SimpleNamespace) -> None:
    frame, same = pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 2]})
    assert toys.Enough().on(frame) == toys.Enough().on(frame)
    assert toys.Enough().on(frame) != toys.Enough().on(same)
    assert len({toys.Enough().on(frame), toys.Enough().on(frame)}) == 1
