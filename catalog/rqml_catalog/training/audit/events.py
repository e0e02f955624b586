"""The audit of a mechanism by repeated runs: an event is found on one half of the runs, and counted on the other."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rqml_catalog.training.audit import bounds

Floats = npt.NDArray[np.float64]

MOST_THRESHOLDS = 400
MOST_COORDINATES = 20
BINS = 20  # of each coordinate, for likelihood ratios of outputs that are not discrete
CEILING = 50.0  # upper ends of epsilon beyond this are written as this


class Audit(NamedTuple):
    """What an audit found.

    Attributes:
        low: lower bound on epsilon, wrong with probability at most alpha.
        value: the epsilon that the counts suggest.
        high: upper end for the same event (not for the mechanism: another event may tell more).
        hits: how often the event occurred on the likelier side, and on the other; of guesses: right and wrong ones.
        runs: on each side, those that were counted; of one run: its canaries.
    """

    low: float
    value: float
    high: float
    hits: tuple[int, int]
    runs: int


class _Event(NamedTuple):
    column: int
    threshold: float
    above: bool
    on_first: bool

    def counts(self, first: Floats, second: Floats) -> tuple[int, int]:
        likely, other = (first, second) if self.on_first else (second, first)
        return self._count(likely[:, self.column]), self._count(other[:, self.column])

    def _count(self, scores: Floats) -> int:
        return int((scores >= self.threshold).sum() if self.above else (scores <= self.threshold).sum())


def epsilon_of_events(
    first: Floats, second: Floats, *, alpha: float, delta: float, floating_point: bool = False
) -> Audit:
    """Lower bound on epsilon from outputs on a data set and on its neighbour.

    The event (a coordinate, a learnt projection or a learnt likelihood ratio, above or below a threshold)
    and the direction are chosen on the first half of the runs; only the second half is counted, so that the bound
    keeps its level whatever was tried.

    Args:
        first: (n, d) finite outputs on the data set, in the order of independent runs.
        second: (n, d) on its neighbour.
        alpha: allowed chance of a bound above the true epsilon.
        delta: of the claim.
        floating_point: whether to look at the lowest bits of the outputs too.
    """
    if floating_point:
        first, second = (np.hstack([side, lowest_bits(side)]) for side in (first, second))
    half = len(first) // 2
    scores = [_scores(first[:half], second[:half], side) for side in (first, second)]
    picking, counted = [s[:half] for s in scores], [s[half:] for s in scores]
    best = _most_telling(picking[0], picking[1], alpha, delta)
    hits, false_hits = best.counts(*counted)
    runs = len(counted[0])
    low = bounds.clopper_pearson(hits, runs, false_hits, runs, alpha=alpha, delta=delta)
    high = min(CEILING, _upper(hits, false_hits, runs, alpha, delta))
    value = math.log(max((hits / runs - delta), 1e-300) / max(false_hits / runs, 0.5 / runs))
    return Audit(low, min(max(value, low), max(high, low)), max(high, low), (hits, false_hits), runs)


def lowest_bits(outputs: Floats) -> Floats:
    """Binary exponent of the lowest bit that is set in each number; -1100 for 0.

    Noise is rounded to the grid of what it is added to, so that the grid can tell what that was. Source: Mironov, "On
    significance of the least significant bits for differential privacy" (CCS 2012).
    """
    mantissa, exponent = np.frexp(np.asarray(outputs, dtype=float))
    digits = np.abs(mantissa * 2.0**53).astype(np.int64)
    lowest = np.frexp((digits & -digits).astype(float))[1] - 1
    return np.where(digits == 0, -1100.0, exponent - 53.0 + lowest)


def _most_telling(first: Floats, second: Floats, alpha: float, delta: float) -> _Event:
    """The event with the best bound, as if all that are tried were tested: else a rare one that looks strong by chance
    would be picked. Of events that prove nothing, the one that comes nearest."""
    columns = [_thresholds(first[:, column], second[:, column]) for column in range(first.shape[1])]
    level = alpha / (4 * sum(map(len, columns)))
    best: list[tuple[float, _Event]] = []
    for column, thresholds in enumerate(columns):
        counts = [_counts(side[:, column], thresholds) for side in (first, second)]
        for above in (True, False):
            for on_first in (True, False):
                hits, false_hits = (counts[i][0 if above else 1] for i in ((0, 1) if on_first else (1, 0)))
                n, other = (len(first), len(second)) if on_first else (len(second), len(first))
                bound = bounds.clopper_pearson_each(hits, n, false_hits, other, alpha=level, delta=delta)
                score = bound + 1e-9 * (hits - false_hits) / n
                top = int(score.argmax())
                best.append((float(score[top]), _Event(column, float(thresholds[top]), above, on_first)))
    return max(best, key=lambda pair: pair[0])[1]


def _thresholds(first: Floats, second: Floats) -> Floats:
    pooled = np.unique(np.concatenate([first, second]))
    step = max(1, len(pooled) // MOST_THRESHOLDS)
    return np.unique(np.concatenate([pooled[:20], pooled[::step], pooled[-20:]]))


def _counts(scores: Floats, thresholds: Floats) -> tuple[bounds.Counts, bounds.Counts]:
    """How many scores are at or above each threshold, and how many at or below."""
    ordered = np.sort(scores)
    return len(scores) - np.searchsorted(ordered, thresholds, "left"), np.searchsorted(ordered, thresholds, "right")


def _scores(first: Floats, second: Floats, outputs: Floats) -> Floats:
    """Columns to set thresholds on, learnt from the picking halves only."""
    columns = [outputs[:, :MOST_COORDINATES]]
    if outputs.shape[1] > 1:
        scatter = np.cov(first.T) + np.cov(second.T)
        direction = np.linalg.pinv(np.atleast_2d(scatter)) @ (first.mean(axis=0) - second.mean(axis=0))
        columns.append((outputs @ direction)[:, None])
        centre = 0.5 * (first.mean(axis=0) + second.mean(axis=0))
        columns.append(np.linalg.norm(outputs - centre, axis=1)[:, None])
    values, codes = np.unique(np.vstack([first, second]), axis=0, return_inverse=True)
    if len(values) <= MOST_THRESHOLDS:
        columns.append(_likelihood_ratios(values, codes.ravel(), len(first), outputs)[:, None])
    else:
        columns.append(_product_of_ratios(first, second, outputs)[:, None])
    return np.hstack(columns)


def _product_of_ratios(first: Floats, second: Floats, outputs: Floats) -> Floats:
    """Log ratio of densities, each coordinate binned by itself: noise is mostly drawn for each coordinate anew."""
    total = np.zeros(len(outputs))
    for column in range(min(outputs.shape[1], MOST_COORDINATES)):
        inner = np.quantile(np.concatenate([first[:, column], second[:, column]]), np.arange(1, BINS) / BINS)
        counts = [
            np.bincount(np.searchsorted(inner, side[:, column]), minlength=BINS) + 0.5 for side in (first, second)
        ]
        total += np.log(counts[0] / counts[1])[np.searchsorted(inner, outputs[:, column])]
    return total


def _likelihood_ratios(values: Floats, codes: npt.NDArray[np.intp], n_first: int, outputs: Floats) -> Floats:
    """Log ratio of the smoothed frequencies of discrete outputs; 0 for values that were not seen."""
    counts = [np.bincount(part, minlength=len(values)) + 0.5 for part in (codes[:n_first], codes[n_first:])]
    table = {row.tobytes(): float(r) for row, r in zip(values, np.log(counts[0] / counts[1]), strict=True)}
    return np.array([table.get(row.tobytes(), 0.0) for row in np.ascontiguousarray(outputs)])


def _upper(hits: int, false_hits: int, runs: int, alpha: float, delta: float) -> float:
    from scipy.special import betaincinv

    high = float(betaincinv(hits + 1, runs - hits, 1 - alpha / 2)) if hits < runs else 1.0
    low = float(betaincinv(false_hits, runs - false_hits + 1, alpha / 2)) if false_hits else 0.0
    return math.inf if low == 0.0 else max(0.0, math.log(max(high - delta, 1e-300) / low))
