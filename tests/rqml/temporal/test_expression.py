"""Expressions: what is allowed, Kleene's tables, and columns that say the same as events one by one."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml.errors import InvalidParameter
from rqml.subjects.trace import Trace
from rqml.temporal.expression import parse
from rqml.temporal.predicate import predicate
from rqml.temporal.quantity import quantity

FLOATS, TEXTS = st.sampled_from([0.5, -1.5, 2.0, math.nan]), st.sampled_from(["", "x", "y"])
ANYTHING = st.one_of(st.none(), st.integers(-3, 3), FLOATS, st.booleans(), TEXTS)
LARGE = st.sampled_from(
    [2**53, 2**53 + 1, -(2**53) - 1, 1770000000000000050, 2**63 - 1, -(2**63), 2**64, 2**40, 2**32, 1]
)
WIDE = st.sampled_from([2.0**53, 1e308, math.inf, -math.inf, 0.5])
GAPS = st.sampled_from([None, np.float32("nan"), np.float64("nan"), pd.NaT, pd.NA, Decimal("nan"), np.float32(0.1), 1])
COLUMNS = st.sampled_from([st.integers(-3, 3), FLOATS, st.booleans(), TEXTS, ANYTHING, LARGE, WIDE, GAPS])
ATOMS = st.sampled_from(["a", "b", "1", "-2", "0.5", "9007199254740993", "9007199254740992.0", "a - b", "a * b"])
OPERATORS = st.sampled_from(["<", "<=", "==", "!=", ">", ">="])
FIXED = [
    "a", "b", "True", "False", "a is None", "b is not None", "a in (1, 'x', -2, None)", "b not in [0.5, '']",
    "a + b > 1", "a * 2 == b", "abs(a) >= 2", "-a < b - 1", "a / b > 0", "1 < a <= b", "a == 'x' != b", "a < 'x'",
    "a - a != 0", "a * 10 - a * 10 == 0", "a in (9007199254740992.0, 9007199254740993)", "a + 1 > 9007199254740992",
    "a / 2 == 1", "a > 1 / 0",
]  # fmt: skip
TRUTHS = st.recursive(
    st.one_of(st.tuples(ATOMS, OPERATORS, ATOMS).map(" ".join), st.sampled_from(FIXED)),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map(lambda t: f"({t[0]}{t[1]}{t[2]})"),
        inner.map(lambda text: f"(not {text})"),
    ),
    max_leaves=5,
)


def answer(text: str, event: Any) -> bool | None:
    value = parse(text).value(event)
    return None if value is None else bool(value)


@settings(max_examples=300, deadline=None)
@given(TRUTHS, st.data())
def test_compiled_interpreted_and_by_columns_agree(text: str, data: st.DataObject) -> None:
    kinds = data.draw(COLUMNS), data.draw(COLUMNS)
    events = data.draw(st.lists(st.fixed_dictionaries({"a": kinds[0], "b": kinds[1]}), min_size=1, max_size=6))
    asked = predicate(text)
    expected = [answer(text, event) for event in events]
    test = asked.test()
    assert [test(event) for event in events] == expected
    truth, unknown = asked.truths(Trace([{"time": i, **event} for i, event in enumerate(events)]))
    found = [None if unknown is not None and unknown[i] else bool(truth[i]) for i in range(len(events))]
    assert found == expected
    assert [(~asked).test()(event) for event in events] == [None if e is None else not e for e in expected]


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_frames_of_all_libraries_say_the_same(library: Any) -> None:
    columns = {
        "time": [0, 1, 2, 3],
        "status": ["OK", "FAIL", None, "OK"],
        "x": [1.0, 5.0, 2.0, None],
        "n": [1, 2, 3, 4],
    }
    trace = Trace(library(columns))
    truth, unknown = predicate("status == 'FAIL' or x > 1 and n < 4").truths(trace)
    assert truth[[0, 1, 2]].tolist() == [False, True, True]
    assert unknown is None or unknown.tolist() == [False, False, False, False]
    truth, unknown = predicate("status == 'FAIL' or x > 1").truths(trace)
    assert unknown is not None
    assert unknown.tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("text", "event", "expected"),
    [
        ("a and b", {"a": False}, False),
        ("a and b", {"a": True}, None),
        ("a or b", {"a": True}, True),
        ("a or b", {"b": math.nan}, None),
        ("not a", {}, None),
        ("a is None", {}, True),
        ("a is not None and a > 1", {}, False),
        ("a > 'x'", {"a": 1}, None),
        ("a / b > 0", {"a": 1, "b": 0}, None),
        ("1 < a < 3", {"a": 2}, True),
        ("a * b > 'x'", {"a": "x", "b": 10**12}, None),
        ("2 * a * b == 12", {"a": 2, "b": 3}, True),
        ("a + b == 'xy'", {"a": "x", "b": "y"}, True),
        ("a in ('x', 'y')", {"a": "y"}, True),
        ("a not in ('x', 'y')", {"a": None}, None),
        ("Exception == 1", {"Exception": 1}, True),
    ],
)
def test_kleene(text: str, event: dict[str, Any], expected: bool | None) -> None:
    assert answer(text, event) is expected
    assert predicate(text).test()(event) is expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a ==", "cannot read"),
        ("", "cannot read"),
        ("a = 1", "column 3"),
        ("a.b > 1", "Attribute at column 1"),
        ("open('x')", "Call"),
        ("__import__('os')", "Call"),
        ("__event", "Name"),
        ("(lambda: 1)()", "Call"),
        ("a[0]", "Subscript"),
        ("a ** 9", "BinOp"),
        ("a is b", "compares with None only"),
        ("a is None is None", "compares with None only"),
        ("a == None", "is None"),
        ("a in b", "list of constants"),
        ("a in (b,)", "list of constants"),
        ("(a > 1) + 1 > 0", "not compared or computed with"),
        ("(a and b) == 1", "not compared or computed with"),
        ("abs(a, b)", "Call"),
        ("f'{a}'", "JoinedStr"),
        ("[x for x in a]", "ListComp"),
        ("1j > a", "Constant"),
        ("(" * 300 + "a" + ")" * 300, "cannot read"),
        ("not " * 900 + "a", "cannot read"),
    ],
)
def test_nothing_else_is_allowed(text: str, says: str) -> None:
    with pytest.raises(InvalidParameter, match=says):
        predicate(text)


def test_fields_and_columns_without_events() -> None:
    assert parse("b > 1 and a == b").fields == ("a", "b")
    truth, _ = predicate("1 < 2").truths(Trace([], start=0, end=1))
    assert truth.shape == (0,)
    truth, _ = predicate("True").truths(Trace([{"time": 0}]))
    assert truth.tolist() == [True]


def test_objects_are_read_by_attributes() -> None:
    @attrs.frozen
    class Event:
        a: int

    assert predicate("a > 1").test()(Event(2)) is True


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("a * 2", [1, 2.5, None], [2.0, 5.0, None]),
        ("a", ["x", 1, True], [None, 1.0, None]),
        ("-a / b", [1, 0], [None, None]),
        ("a", [math.inf, -1], [None, -1.0]),
        ("3", [1], [3.0]),
    ],
)
def test_numbers_one_by_one_and_by_columns(text: str, values: list[Any], expected: list[float | None]) -> None:
    events = [{"time": i, "a": value} for i, value in enumerate(values)]
    read = quantity(text).read()
    assert [read(event) for event in events] == expected
    array = quantity(text).values(Trace(events))
    assert [None if np.isnan(value) else value for value in array] == expected


@pytest.mark.parametrize(
    ("text", "event", "expected"),
    [
        ("e - s > 0", {"s": 1770000000000000000, "e": 1770000000000000050}, True),
        ("s + 1 > 9007199254740992", {"s": 2**53}, True),
        ("s > e", {"s": 2**53 + 1, "e": 2.0**53}, True),
        ("s - s != 0", {"s": math.inf}, None),
        ("s > 0", {"s": np.float32("nan")}, None),
        ("s is None", {"s": pd.NaT}, True),
        ("s is None", {"s": pd.NA}, True),
    ],
)
def test_digits_infinities_and_missing_values(text: str, event: dict[str, Any], expected: bool | None) -> None:
    truth, unknown = predicate(text).truths(Trace([{"time": 1, **event}]))
    assert predicate(text).test()(event) is expected
    assert (None if unknown is not None else bool(truth[0])) is expected


def test_frames_keep_the_digits_of_integers() -> None:
    frame = pd.DataFrame({"time": [1.0], "s": [1770000000000000000], "e": [1770000000000000050]})
    assert predicate("e - s > 0").truths(Trace(frame))[0].all()
    assert quantity("e - s").values(Trace(frame)).tolist() == [50]
    small = pd.DataFrame({"time": [1.0], "x": np.array([0.1], "float32"), "n": np.array([200], "uint8")})
    assert predicate("x > 0.1 and n + n > 255").truths(Trace(small))[0].all()
