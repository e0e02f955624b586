"""Schema: what is refused, what is clipped, and that no content is quoted."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml.errors import InvalidParameter
from rqml.schema import Number, OneOf, Schema, Text

SCHEMA = Schema(
    {
        "age": Number(0, 120, whole=True),
        "income": Number(low=0),
        "region": OneOf(["north", "south", 1]),
        "note": Text(10, pattern=r"[a-z ]*", optional=True),
    },
    others="client",  # one name, not its letters
)
FINE: dict[str, Any] = {"age": 40, "income": 2.5, "region": "north"}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"note": "as ever"},
        {"note": None},
        {"client": object()},
        {"age": 0},
        {"age": 120.0},
        {"age": np.int64(3)},
        {"income": np.float32(3)},
        {"region": 1},
    ],
)
def test_what_keeps_the_rules_passes(more: dict[str, Any]) -> None:
    assert SCHEMA.fault({**FINE, **more}) == ""


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"age": 121}, "'age' is not from 0 to 120"),
        ({"age": 40.5}, "'age' is not whole"),
        ({"age": True}, "'age' is no number but bool"),
        ({"age": "40"}, "'age' is no number but str"),
        ({"age": None}, "'age' is missing"),
        ({"age": float("nan")}, "'age' is no finite number"),
        ({"income": math.inf}, "'income' is no finite number"),
        ({"income": 10**400}, "'income' is"),
        ({"income": Decimal(1)}, "'income' is no number but Decimal"),
        ({"income": -1}, "'income' is not from 0 to None"),
        ({"region": "west"}, "'region' is none of its 3 values"),
        ({"region": True}, "'region' is none of its 3 values"),
        ({"region": ["north"]}, "'region' is none of its 3 values"),
        ({"note": "secretsecret"}, "'note' has more than 10 characters"),
        ({"note": "Secret"}, "'note' does not match its pattern"),
        ({"note": b"x"}, "'note' is no text but bytes"),
        ({"secret": 1, "hidden": 2}, "2 fields that the schema does not know"),
    ],
)
def test_what_breaks_a_rule_is_told_without_its_content(more: dict[str, Any], says: str) -> None:
    fault = SCHEMA.fault({**FINE, **more})
    assert says in fault
    assert "ecret" not in fault
    assert not SCHEMA({**FINE, **more})


def test_missing_fields_and_what_is_no_request() -> None:
    assert "'age' is missing" in SCHEMA.fault({})
    for odd in (None, [1], "age", 3, Schema):
        assert "no mapping" in SCHEMA.fault(odd)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["age", "income", "region", "client", "other"]),
        st.one_of(st.floats(), st.integers(), st.text(max_size=3), st.none(), st.booleans()),
    )
)
def test_clipping_mends_bounds_and_nothing_else(request_: dict[str, Any]) -> None:
    given_ = dict(request_)
    clipped = SCHEMA.clipped(request_)
    assert request_ == given_ or any(value != value for value in given_.values())
    assert SCHEMA.clipped(clipped) == clipped or any(value != value for value in clipped.values())
    assert "other" not in clipped
    if not SCHEMA.fault(request_):
        assert clipped == request_
    for name, rule in SCHEMA.rules.items():
        if name in request_ and not rule.fault(request_[name]):
            assert clipped[name] == request_[name]
    income = request_.get("income")
    if isinstance(income, int | float) and not isinstance(income, bool) and -math.inf < income < 0:
        assert clipped["income"] == 0


def test_numbers_are_moved_to_their_nearest_bound() -> None:
    moved = SCHEMA.clipped({"age": 130, "income": -5, "region": "west", "x": 1})
    assert moved == {"age": 120, "income": 0, "region": "west"}
    assert Number().clipped("text") == "text"
    assert Number(0, 9).clipped(10**400) == 9
    assert SCHEMA.clipped({"income": 10**400}) == {"income": 10**400}


@pytest.mark.parametrize(
    "make",
    [
        lambda: Number(1, 0),
        lambda: Number(float("nan")),
        lambda: Number("0"),  # type: ignore[arg-type]
        lambda: Text(-1),
        lambda: Text(pattern="("),
        lambda: Text(pattern=3),  # type: ignore[arg-type]
        lambda: OneOf([]),
        lambda: OneOf("north"),
        lambda: OneOf([["a"]]),
        lambda: Schema({"a": Number()}, others=3),  # type: ignore[arg-type]
        lambda: Schema({}),
        lambda: Schema({"age": 3}),  # type: ignore[dict-item]
        lambda: Schema({3: Number()}),  # type: ignore[dict-item]
        lambda: Number(optional="yes"),  # type: ignore[arg-type]
    ],
)
def test_rules_that_mean_nothing_are_refused(make: Any) -> None:
    with pytest.raises((InvalidParameter, TypeError, ValueError)):
        make()
