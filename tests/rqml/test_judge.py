from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml.estimate import Estimate
from rqml.judge import all_of, at_least, at_most, best, negated, weakest, worst
from rqml.verdict import Assurance, CheckStatus, Judgement, Reason

PASS, FAIL, INCOMPLETE, NA = CheckStatus.PASS, CheckStatus.FAIL, CheckStatus.INCOMPLETE, CheckStatus.NOT_APPLICABLE
judgements = st.builds(
    Judgement, st.sampled_from(CheckStatus), st.text(max_size=5), st.none(), st.sampled_from([None, *Assurance])
)
intervals = st.tuples(*[st.floats(-100, 100)] * 3).map(sorted)


@given(intervals, st.floats(-100, 100))
def test_the_whole_interval_decides(ends: list[float], limit: float) -> None:
    low, value, high = ends
    estimate = Estimate.interval(value, low, high, n=50)
    floor, ceiling = at_least(estimate, limit, "x"), at_most(estimate, limit, "x")
    assert floor.status is (PASS if low >= limit else FAIL if high < limit else INCOMPLETE)
    assert ceiling.status is (PASS if high <= limit else FAIL if low > limit else INCOMPLETE)
    for judgement in (floor, ceiling):
        undecided = judgement.status is INCOMPLETE
        assert judgement.reason is (Reason.INSUFFICIENT_EVIDENCE if undecided else None)
        assert judgement.assurance is (None if undecided else Assurance.STATISTICAL)
        assert "x = " in judgement.message


@given(st.integers(-50, 50), st.integers(-50, 50))
def test_exact_numbers_are_always_decided_and_proven(value: int, limit: int) -> None:
    floor, ceiling = at_least(Estimate.exact(value), limit, "x"), at_most(Estimate.exact(value), limit, "x")
    assert floor.status is (PASS if value >= limit else FAIL)
    assert ceiling.status is (PASS if value <= limit else FAIL)
    assert floor.assurance is ceiling.assurance is Assurance.PROVEN
    assert f"{value}" in floor.message
    assert f"{limit}" in floor.message


def test_undecided_says_how_many_would_decide() -> None:
    message = at_least(Estimate.proportion(90, 100), 0.85, "recall").message
    assert "100 observations; about " in message
    size = int(message.split("about ")[1].split()[0])
    assert at_least(Estimate.proportion(round(0.9 * size), size), 0.85, "recall").status is PASS


def test_undecided_without_hope_or_size_says_so() -> None:
    assert "no affordable number" in at_least(Estimate.proportion(50, 100), 0.5, "x").message
    assert "no observations" in at_most(Estimate.proportion(0, 0), 0.5, "x").message
    unknown = at_most(Estimate.interval(0.5, 0, 1), 0.5, "x")
    assert unknown.status is INCOMPLETE
    assert "observations" not in unknown.message
    endless = at_most(Estimate.interval(0.4, -float("inf"), float("inf"), n=3), 0.5, "x")
    assert endless.status is INCOMPLETE


@given(st.lists(judgements, min_size=1, max_size=5))
def test_all_of_is_the_worst_and_keeps_the_messages_as_bad(several: list[Judgement]) -> None:
    together = all_of(*several)
    applicable = [j for j in several if j.status is not NA]
    order = [FAIL, INCOMPLETE, PASS]
    expected = min((j.status for j in applicable), key=order.index) if applicable else NA
    assert together.status is expected
    assert together.message == "; ".join(j.message for j in several if j.status is expected)


def test_all_of_claims_no_more_than_its_weakest() -> None:
    proven = Judgement(PASS, "a", None, Assurance.PROVEN)
    assert all_of(proven, Judgement(PASS, "b", None, Assurance.EMPIRICAL)).assurance is Assurance.EMPIRICAL
    assert all_of(proven, Judgement(PASS, "b")).assurance is None
    assert all_of(proven, Judgement(NA, "b")).assurance is Assurance.PROVEN


def test_all_of_nothing_is_incomplete() -> None:
    assert all_of().status is INCOMPLETE
    assert all_of().reason is Reason.INSUFFICIENT_EVIDENCE


@pytest.mark.parametrize("status", CheckStatus)
def test_neutral_and_negated(status: CheckStatus) -> None:
    assert worst([status, NA]) is best([NA, status]) is (None if status is NA else status)
    assert negated(negated(status)) is status
    assert (negated(status) is status) is (status in (INCOMPLETE, NA))


def test_nothing_has_no_worst_no_best_and_no_assurance() -> None:
    assert worst([]) is best([]) is weakest([]) is weakest([None]) is None
    assert weakest([None, Assurance.STATISTICAL, Assurance.PROVEN]) is Assurance.STATISTICAL
