from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rqml.errors import InvalidParameter
from rqml.estimate import Estimate, decisive_sample_size

trials = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
confidences = st.floats(0.5, 0.9999)


@given(trials, confidences)
def test_proportion_equals_scipy_to_1e_9(kn: tuple[int, int], confidence: float) -> None:
    k, n = kn
    estimate = Estimate.proportion(k, n, confidence=confidence)
    reference = stats.binomtest(k, n).proportion_ci(confidence, method="exact")
    assert estimate.low == pytest.approx(reference.low, abs=1e-9)
    assert estimate.high == pytest.approx(reference.high, abs=1e-9)
    assert estimate.low <= estimate.value == k / n <= estimate.high


@given(trials, confidences, confidences)
def test_at_another_confidence_is_as_if_estimated_there(kn: tuple[int, int], one: float, other: float) -> None:
    k, n = kn
    assert Estimate.proportion(k, n, confidence=one).at(other) == Estimate.proportion(k, n, confidence=other)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e3), st.integers(2, 500), confidences, confidences)
def test_student_intervals_move_between_confidences(v: float, se: float, n: int, one: float, other: float) -> None:
    moved = Estimate.mean(v, se, n, confidence=one).at(other)
    direct = Estimate.mean(v, se, n, confidence=other)
    assert moved.low == pytest.approx(direct.low, rel=1e-9, abs=1e-6)
    assert moved.high == pytest.approx(direct.high, rel=1e-9, abs=1e-6)


def test_student_interval_equals_scipy() -> None:
    low, high = stats.t.interval(0.9, df=11, loc=3.0, scale=0.4)
    estimate = Estimate.mean(3.0, 0.4, 12, confidence=0.9)
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=1e-9)


def test_given_interval_is_stretched_by_normal_quantiles() -> None:
    wide = Estimate.interval(0.5, 0.5 - 1.959964, 0.5 + 1.959964, confidence=0.95).at(0.99)
    assert wide.high - 0.5 == pytest.approx(stats.norm.ppf(0.995), abs=1e-5)


@given(trials, confidences)
def test_higher_confidence_never_narrows(kn: tuple[int, int], confidence: float) -> None:
    narrow = Estimate.proportion(*kn, confidence=confidence)
    wide = narrow.at(confidence + (1 - confidence) / 2)
    assert wide.low <= narrow.low + 1e-12
    assert wide.high >= narrow.high - 1e-12


def test_exact_values_know_no_chance() -> None:
    exact = Estimate.exact(3, n=10, unit="rows")
    assert exact.is_exact
    assert exact.at(0.5) is exact
    assert (exact.low, exact.high, exact.confidence) == (3, 3, 1.0)
    assert not Estimate.proportion(1, 2).is_exact


def test_nothing_observed_says_nothing() -> None:
    nothing = Estimate.proportion(0, 0)
    assert math.isnan(nothing.value)
    assert (nothing.low, nothing.high) == (0.0, 1.0)
    assert nothing.at(0.5).n == 0
    assert nothing == Estimate.proportion(0, 0)
    assert hash(nothing) == hash(Estimate.proportion(0, 0))


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Estimate.proportion(3, 2),
        lambda: Estimate.proportion(-1, 2),
        lambda: Estimate.proportion(0, -1),
        lambda: Estimate.proportion(1, 2, confidence=1.0),
        lambda: Estimate.proportion(1, 2, confidence=0.0),
        lambda: Estimate.proportion(1, 2).at(95),
        lambda: Estimate.mean(1, 1, 1),
        lambda: Estimate.mean(1, -1, 5),
        lambda: Estimate.mean(1, math.nan, 5),
        lambda: Estimate.mean(math.nan, 1, 5),
        lambda: Estimate.interval(2, 0, 1),
        lambda: Estimate.interval(0.5, 1, 0),
        lambda: Estimate.interval(math.nan, 0, 1, n=10),
        lambda: Estimate.exact(math.nan),
    ],
)
def test_what_is_no_estimate_is_refused(bad: object) -> None:
    with pytest.raises(InvalidParameter):
        bad()  # type: ignore[operator]


@given(trials, st.floats(0.01, 0.99))
def test_decisive_size_decides_and_a_much_smaller_one_does_not(kn: tuple[int, int], limit: float) -> None:
    estimate = Estimate.proportion(*kn)
    if not estimate.low <= limit <= estimate.high:
        return
    size = decisive_sample_size(estimate, limit, most=10**7)
    if size is None:
        assert abs(estimate.value - limit) < 0.01
        return
    decided = Estimate.proportion(round(estimate.value * size), size)
    assert decided.low > limit or decided.high < limit
    assert size > estimate.n  # type: ignore[operator]


def test_decisive_size_of_a_mean_by_the_square_root_law() -> None:
    estimate = Estimate.mean(1.0, 1.0, 100)
    size = decisive_sample_size(estimate, 0.5)
    assert size is not None
    assert Estimate.mean(1.0, 10 / math.sqrt(size), size).low > 0.5
    assert decisive_sample_size(estimate, 0.999999) is None
    assert decisive_sample_size(Estimate.mean(1.0, 1.0, 100), 1.5) == size


@pytest.mark.parametrize(
    "estimate",
    [
        Estimate.exact(0.5),
        Estimate.proportion(0, 0),
        Estimate.interval(0.4, 0, 1),
        Estimate.proportion(1, 2),
        Estimate.interval(0.4, -math.inf, math.inf, n=10),
    ],
)
def test_no_size_is_promised_where_none_is_known(estimate: Estimate) -> None:
    assert decisive_sample_size(estimate, 0.5) is None


def test_a_size_beyond_what_is_affordable_is_not_promised() -> None:
    estimate = Estimate.proportion(51, 100)
    assert decisive_sample_size(estimate, 0.5, most=1000) is None
    assert decisive_sample_size(Estimate.interval(0.0, -1.0, 0.0, n=50), -1e-277) is None
    assert decisive_sample_size(estimate, 0.5, most=100_000) is not None


def test_text_shows_value_interval_and_unit() -> None:
    assert str(Estimate.exact(3, unit="rows")) == "3 rows"
    assert str(Estimate.exact(1, unit="of the rows")) == "1 (share of the rows)"
    assert str(Estimate.exact(0.123456)) == "0.1235"
    assert str(Estimate.proportion(5, 10)) == "0.5 [0.1871, 0.8129] share"
