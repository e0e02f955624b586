"""Predicates: functions, requirements, names; whatever goes wrong in them is unknown, never an answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rqml.errors import InvalidParameter
from rqml.temporal import Always, MeanWithin, Trace, holds, named
from rqml.temporal.predicate import predicate
from rqml.temporal.quantity import quantity
from rqml.verdict import CheckStatus


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (True, True), (False, False), (None, None), (1, True), (0, False), ("", False), (np.bool_(True), True),
        (float("nan"), None), (CheckStatus.PASS, True), (CheckStatus.FAIL, False), (CheckStatus.INCOMPLETE, None),
        (CheckStatus.NOT_APPLICABLE, None), (np.array([1, 2]), None),
    ],
    ids=repr,
)  # fmt: skip
def test_answers_of_functions(answer: Any, expected: bool | None) -> None:
    asked = predicate(lambda event: answer)
    assert asked.test()({}) is expected
    truth, unknown = asked.truths(Trace([{"time": 0}]))
    assert (None if unknown is not None else bool(truth[0])) is expected


def test_an_exception_is_unknown_and_ctrl_c_is_not() -> None:
    assert predicate(lambda event: event["nothing"]).test()({}) is None
    assert quantity(lambda event: event["nothing"]).read()({}) is None

    def interrupted(event: Any) -> bool:
        raise KeyboardInterrupt

    for ask in (predicate(interrupted).test(), quantity(interrupted).read()):
        with pytest.raises(KeyboardInterrupt):
            ask({})


def test_a_requirement_is_a_predicate(toys: SimpleNamespace) -> None:
    enough = toys.Enough(low=3)
    events = [{"time": i, "subject": toys.Number(value)} for i, value in enumerate([5, 4, 1])]
    always = Always(enough)
    result = always.check(Trace(events))
    assert (result.status, result.details["first_violation"]) == (CheckStatus.FAIL, 2.0)
    assert Always(enough).check(Trace(events[:2])).passed
    assert enough.key in always.statement
    assert Always(holds(enough, "model")).check(Trace(events)).status is CheckStatus.INCOMPLETE
    named_field = [{"time": 0, "model": toys.Number(9)}]
    assert Always(holds(enough, "model")).check(Trace(named_field)).passed


def test_an_undecided_requirement_is_unknown_not_false(toys: SimpleNamespace) -> None:
    """RQCODE turns INCOMPLETE into FAIL inside temporal patterns."""
    events = [{"time": 0, "subject": toys.Number()}]
    for outcome in ("INCOMPLETE", "NOT_APPLICABLE"):
        for pattern in (Always(toys.Stated(outcome=outcome)), Always(~predicate(toys.Stated(outcome=outcome)))):
            assert pattern.check(Trace(events)).status is CheckStatus.INCOMPLETE


def test_names_are_told() -> None:
    def alarm(event: Any) -> bool:
        return True

    assert Always(alarm).statement == "At every event: alarm."
    assert Always(named("the bell rings", lambda e: True)).statement == "At every event: the bell rings."
    assert Always("a > 1").parameters["holds"] == "a > 1"
    assert MeanWithin(lambda e: 1, window=1, at_most=2).spoken["number"] == "<lambda>"


def test_two_functions_of_one_name_are_told_apart(toys: SimpleNamespace) -> None:
    """What is remembered of one must not be taken for the other."""
    one, same, other = Always(lambda e: e["a"]), Always(lambda e: e["a"]), Always(lambda e: e["b"])
    assert one.statement == other.statement
    assert one.parameters == same.parameters != other.parameters
    assert Always(toys.Enough(low=1)).parameters != Always(toys.Enough(low=2)).parameters
    assert MeanWithin(len, window=1, at_most=2).parameters != MeanWithin(hash, window=1, at_most=2).parameters
    generator = (x for x in ())
    assert Always(lambda e: next(generator)).parameters["holds"][1] == "?"


@pytest.mark.parametrize("bad", [3, None, int, ["a"]])
def test_what_is_no_question_is_refused(bad: Any) -> None:
    with pytest.raises(InvalidParameter):
        predicate(bad)
    with pytest.raises(InvalidParameter):
        quantity(bad)


def test_a_predicate_and_a_quantity_stay_what_they_are() -> None:
    asked, number = predicate("a"), quantity("a")
    assert predicate(asked) is asked
    assert quantity(number) is number
    assert Always("a") == Always("a")
