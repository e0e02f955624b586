from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from attrs import validators as v

from rqml.errors import InvalidParameter
from rqml.meta import Cost, Meta, Severity, Stage, limit, limits_of

KNOWN: dict[str, Any] = {
    "title": "t",
    "statement": "s",
    "remedy": "r",
    "stage": Stage.RELEASE,
    "severity": Severity.HIGH,
}


@pytest.mark.parametrize("good", ["PII-02", "PRV-01", "A1-1234", "SUPPLYCH-01"])
def test_ids_that_read_like_ids(good: str) -> None:
    assert Meta(id=good, **KNOWN).id == good


@pytest.mark.parametrize("bad", ["", "PII02", "pii-02", "PII-2", "PII-12345", "P-02", "1PII-02", "PII-02 ", "PII-0x"])
def test_other_ids_are_refused(bad: str) -> None:
    with pytest.raises(InvalidParameter, match="reads like 'PII-02'"):
        Meta(id=bad, **KNOWN)


def test_references_are_a_tuple_also_of_one() -> None:
    assert Meta(id="PII-02", references=["GDPR 25", "AML.T0024"], **KNOWN).references == ("GDPR 25", "AML.T0024")
    assert Meta(id="PII-02", references="GDPR 25", **KNOWN).references == ("GDPR 25",)
    assert Meta(id="PII-02", **KNOWN).cost is Cost.COMMIT


def test_costs_and_severities_have_an_order() -> None:
    assert Cost.INLINE < Cost.COMMIT < Cost.RELEASE < Cost.AUDIT
    assert Severity.LOW < Severity.MEDIUM < Severity.HIGH < Severity.CRITICAL


def test_a_limit_is_marked_validated_converted_and_keyword_only() -> None:
    @attrs.frozen
    class Limited:
        k: int = limit(default=5, stricter="higher", validator=v.ge(2), converter=int)
        rate: float = limit(stricter="lower")
        other: str = attrs.field(default="x", kw_only=True)

    assert limits_of(Limited) == {"k": "higher", "rate": "lower"}
    assert Limited(k="7", rate=0.1).k == 7
    with pytest.raises(ValueError, match="k"):
        Limited(k=1, rate=0.1)
    with pytest.raises(TypeError):
        Limited(5, 0.1)  # type: ignore[misc]
    with pytest.raises(TypeError):
        Limited()


def test_a_limit_has_a_direction() -> None:
    with pytest.raises(InvalidParameter, match="'higher' or 'lower', got 'up'"):
        limit(stricter="up")  # type: ignore[arg-type]


def test_limits_are_inherited(toys: SimpleNamespace) -> None:
    @attrs.frozen(kw_only=True)
    class More(toys.Enough):  # type: ignore[name-defined,misc]
        most: float = limit(default=9.0, stricter="lower")

    assert limits_of(More) == {"low": "higher", "most": "lower"}
    assert not More(low=2).refines(More(low=2, most=8.0))
    assert More(low=2, most=7.0).refines(More(low=2, most=8.0))
    assert More(low=2, most=99.0).refines(toys.Enough(low=1))
