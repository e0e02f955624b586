"""Estimate: a measured number with the interval that says how sure it is."""

from __future__ import annotations

import math

import attrs

from rqml.errors import InvalidParameter

EXACT = "exact"
CLOPPER_PEARSON = "clopper-pearson"
STUDENT_T = "student-t"
INTERVAL = "interval"


def _comparable(value: float) -> float | None:
    """Two values that were not observed (NaN) are equal: a verdict equals what JSON or pickle give back."""
    return None if math.isnan(value) else value


@attrs.frozen(slots=False)
class Estimate:
    """A value and its two-sided confidence interval.

    Attributes:
        value: the point estimate; NaN only where nothing was observed (`n` = 0).
        low: lower end of the interval.
        high: upper end of the interval.
        confidence: coverage of the interval, 1.0 for exact values.
        n: number of observations behind it, or None where that has no meaning.
        unit: unit in words ("rows", "share"; "of the rows" for a share of them), empty for plain numbers.
        method: how the interval came about: "exact", "clopper-pearson", "student-t" or "interval" (given).
    """

    value: float = attrs.field(eq=_comparable)
    low: float
    high: float
    confidence: float = 1.0
    n: int | None = None
    unit: str = ""
    method: str = EXACT

    def __attrs_post_init__(self) -> None:
        """Refuse an interval that does not hold its value."""
        if self.low <= self.value <= self.high or (self.n == 0 and self.low <= self.high and math.isnan(self.value)):
            return
        raise InvalidParameter(f"an estimate needs low <= value <= high, got {self.low}, {self.value}, {self.high}")

    @classmethod
    def exact(cls, value: float, *, n: int | None = None, unit: str = "") -> Estimate:
        """A number that was counted or computed, not sampled."""
        return cls(value, value, value, 1.0, n, unit)

    @classmethod
    def proportion(cls, k: int, n: int, *, confidence: float = 0.95, unit: str = "share") -> Estimate:
        """Share of `k` in `n` trials with the Clopper-Pearson interval.

        Args:
            k: number of successes, 0 <= k <= n.
            n: number of trials; 0 gives the interval [0, 1] and a NaN value.
            confidence: two-sided coverage in (0, 1); each tail gets half of the rest.
            unit: unit in words.

        Source: Clopper and Pearson, Biometrika 26 (1934), by quantiles of the beta distribution.
        """
        if n < 0 or not 0 <= k <= n:
            raise InvalidParameter(f"a proportion needs 0 <= k <= n, got k = {k}, n = {n}")
        _check_confidence(confidence)
        low, high = _clopper_pearson(k, n, confidence)
        value = k / n if n else math.nan
        return cls(value, low, high, confidence, n, unit, CLOPPER_PEARSON)

    @classmethod
    def mean(cls, value: float, standard_error: float, n: int, *, confidence: float = 0.95, unit: str = "") -> Estimate:
        """A mean of `n` independent observations with Student's t interval.

        Args:
            value: the mean.
            standard_error: standard deviation of the mean (sample deviation / sqrt(n)), >= 0.
            n: number of observations, >= 2.
            confidence: two-sided coverage in (0, 1).
            unit: unit in words.
        """
        if n < 2 or not standard_error >= 0:
            raise InvalidParameter(f"a mean needs n >= 2 and a standard error >= 0, got {n}, {standard_error}")
        _check_confidence(confidence)
        half = standard_error * _t_quantile(n - 1, confidence)
        return cls(value, value - half, value + half, confidence, n, unit, STUDENT_T)

    @classmethod
    def interval(
        cls,
        value: float,
        low: float,
        high: float,
        *,
        confidence: float = 0.95,
        n: int | None = None,
        unit: str = "",
    ) -> Estimate:
        """A value whose interval was computed elsewhere (bootstrap, DeLong, a certificate)."""
        _check_confidence(confidence)
        return cls(value, low, high, confidence, n, unit, INTERVAL)

    @property
    def is_exact(self) -> bool:
        """True for a counted number: no chance is involved."""
        return self.method == EXACT

    def at(self, confidence: float) -> Estimate:
        """The same observation with an interval of another coverage.

        Clopper-Pearson and Student intervals are recomputed; a given interval is stretched by the ratio of
        normal quantiles, which is an approximation. Exact values do not change.
        """
        if self.method == EXACT or confidence == self.confidence:
            return self
        _check_confidence(confidence)
        if self.method == CLOPPER_PEARSON:
            n = self.n or 0
            k = round(self.value * n) if n else 0
            return Estimate.proportion(k, n, confidence=confidence, unit=self.unit)
        if self.method == STUDENT_T:
            degrees = (self.n or 2) - 1
            ratio = _t_quantile(degrees, confidence) / _t_quantile(degrees, self.confidence)
        else:
            ratio = _z_quantile(confidence) / _z_quantile(self.confidence)
        return attrs.evolve(
            self,
            low=self.value - (self.value - self.low) * ratio,
            high=self.value + (self.high - self.value) * ratio,
            confidence=confidence,
        )

    def __str__(self) -> str:
        text = _number(self.value)
        if self.method != EXACT:
            text += f" [{_number(self.low)}, {_number(self.high)}]"
        if self.unit.startswith("of "):  # "1 of the rows" would read as one row
            return f"{text} (share {self.unit})"
        return f"{text} {self.unit}" if self.unit else text


def decisive_sample_size(estimate: Estimate, limit: float, *, most: int = 10**9) -> int | None:
    """Sample size at which the same observed value would clear `limit` on one side or the other.

    Args:
        estimate: an estimate whose interval holds the limit.
        limit: the number to be told apart from the value.
        most: give up above this size.

    Returns:
        the smallest size found, or None: the value stands on the limit, or the size is unknown or above `most`.
    """
    if estimate.is_exact or not estimate.n or estimate.value == limit:
        return None
    if estimate.method != CLOPPER_PEARSON:
        bound = estimate.low if limit < estimate.value else estimate.high
        ratio = (estimate.value - bound) / (estimate.value - limit)
        size = estimate.n * ratio * ratio  # ** 2 would raise where this is merely infinite
        return math.ceil(size) if size <= most else None

    def decides(size: int) -> bool:
        low, high = _clopper_pearson(round(estimate.value * size), size, estimate.confidence)
        return low > limit or high < limit

    upper = estimate.n
    while not decides(upper):
        upper *= 2
        if upper > most:
            return None
    lower = estimate.n
    while upper - lower > max(1, lower // 100):
        middle = (lower + upper) // 2
        lower, upper = (lower, middle) if decides(middle) else (middle, upper)
    return upper


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise InvalidParameter(f"confidence is a share between 0 and 1 (both excluded), got {confidence}")


def _clopper_pearson(k: int, n: int, confidence: float) -> tuple[float, float]:
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = float(betaincinv(k, n - k + 1, tail)) if k > 0 else 0.0
    high = float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
    return low, high


def _t_quantile(degrees: int, confidence: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + confidence) / 2))


def _z_quantile(confidence: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + confidence) / 2))


def _number(value: float) -> str:
    return f"{value:.4g}" if value % 1 else f"{value:g}"
