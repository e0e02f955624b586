"""The target's signal beside what shadow models with and without each record said: input of every attack."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rqml_catalog.techniques.record_signals import Bools, Floats


class Moments(NamedTuple):
    """Per record, over the shadows of one side (in or out).

    Attributes:
        models: (n,) number of shadows.
        mean: (n,) mean signal.
        squares: (n,) sum of squared deviations from that mean.
    """

    models: Floats
    mean: Floats
    squares: Floats

    @property
    def variance(self) -> Floats:
        """(n,) unbiased variance of each record; 0 where one shadow has none."""
        return self.squares / np.maximum(self.models - 1, 1)

    @property
    def pooled_variance(self) -> float:
        """One variance for all records, weighted by their degrees of freedom."""
        return float(self.squares.sum() / max((self.models - 1).sum(), 1))


class Comparison(NamedTuple):
    """A target's signal (n,) and the moments of the shadows that had each record inside and outside."""

    target: Floats
    inside: Moments
    outside: Moments


def compare(target: Floats, shadows: Floats, inside: Bools) -> Comparison:
    """Reduce shadow signals to moments.

    Args:
        target: (n,) the target's signal on each record.
        shadows: (S, n) the shadows' signals, in the same scale.
        inside: (S, n) whether the record was in the shadow's training half; each record both in and out.
    """
    return Comparison(target, _moments(shadows, inside), _moments(shadows, ~inside))


def soft_logit(log_odds: Floats, smoothing: float) -> Floats:
    """log((p + e) / (1 - p + e)): the logit of p, flattened beyond about e and 1 - e.

    Models whose probabilities come in steps (forests of T trees: 1/T) or saturate need it; the attacks try several e.
    """
    p = probability(log_odds)
    return np.asarray(np.log((p + smoothing) / (1.0 - p + smoothing)))


def probability(log_odds: Floats) -> Floats:
    """The probability of the true class."""
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


def _moments(signals: Floats, where: Bools) -> Moments:
    weight = where.astype(float)
    count = weight.sum(axis=0)
    mean = np.einsum("sn,sn->n", weight, signals) / np.maximum(count, 1.0)
    deviation = (signals - mean) * weight
    return Moments(count, mean, np.einsum("sn,sn->n", deviation, deviation))
