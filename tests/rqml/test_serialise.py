from __future__ import annotations

import datetime as dt
import enum
import json
import math
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml.estimate import Estimate
from rqml.meta import Severity
from rqml.serialise import dumps, loads, plain, structure
from rqml.verdict import Measurement, Reason

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=3) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.integers() | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (np.bool_(True), True),
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (np.float64("nan"), "NaN"),
        (Colour.RED, "red"),
        (Severity.HIGH, "high"),
        (Reason.ERROR, "ERROR"),
        ({1: (2, 3)}, {"1": [2, 3]}),
        ({3, 1, 2}, [1, 2, 3]),
        (dt.date(2024, 2, 29), "2024-02-29"),
        (dt.datetime(2024, 2, 29, tzinfo=dt.UTC), "2024-02-29T00:00:00+00:00"),
        (dt.timedelta(minutes=2), 120.0),
        (Path("a") / "b", str(Path("a") / "b")),
        (math.sqrt, "math.sqrt"),
        (Colour, f"{Colour.__module__}.Colour"),
        (Estimate.exact(1).method, "exact"),
    ],
)
def test_plain_values(value: Any, expected: Any) -> None:
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


@given(anything)
def test_plain_is_json_and_stays_as_it_is(value: Any) -> None:
    once = plain(value)
    assert plain(once) == once
    assert json.loads(dumps(value)) == once


class Patient:
    def __init__(self) -> None:
        self.name = "Jane Doe"

    def __str__(self) -> str:
        return self.name


def test_unknown_objects_show_their_type_never_their_content() -> None:
    assert plain({"who": Patient(), "raw": b"Jane"}) == {"who": "Patient", "raw": "bytes"}


def test_what_must_stay_in_the_process_is_left_out() -> None:
    @attrs.frozen
    class Private:
        shown: int = 1
        _hidden: int = 2

    assert plain(Private()) == {"shown": 1}
    assert plain(Measurement(witness=[1]))["details"] == {}
    assert "witness" not in plain(Measurement(witness=[1]))


def test_values_come_back_as_their_class() -> None:
    estimate = Estimate.proportion(2, 7)
    assert loads(dumps(estimate), Estimate) == estimate
    assert structure({"value": "NaN", "low": 0, "high": "Infinity", "n": 0}, Estimate).high == math.inf
