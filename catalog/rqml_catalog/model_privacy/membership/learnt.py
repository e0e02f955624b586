"""An attack learnt on shadows that play the target: a weighted vote of the others, corrected by what happens nearby.

A model that is surprisingly sure of a record's class on the records around it, too, is sure of the whole region, not
of the record: members and others part more clearly once that is taken out. The answers around are the pool's own, so
no further query is needed. The target's membership is never looked at: weights come from shadows alone, whose
membership is our own coin (attack models on shadows: Shokri et al., arXiv 1610.05820).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rqml_catalog.model_privacy.membership.comparison import compare, probability
from rqml_catalog.techniques.record_signals import Bools, Floats, Signals
from rqml_catalog.techniques.shadow_models import Shadows

LEARNT = "learnt combination"
CIRCLES = (3, 10, 30)  # how many nearest records count as nearby
MOST_CANDIDATES = 5000

Scorer = Callable[[Floats], Floats]
"""(n, d) descriptions -> (n,) scores, higher meaning member."""


class Nearby(NamedTuple):
    """The nearest records of each record.

    Attributes:
        rows: (n, k) their row numbers, nearest first.
        signs: (n, k) 1 where they have the record's class, -1 where another.
    """

    rows: npt.NDArray[np.intp]
    signs: Floats


def nearby(features: Floats, seed: int = 0) -> Nearby:
    """The nearest records in standardised features, of at most 5,000 candidates.

    Args:
        features: (n, d) numbers, the class last.
        seed: draws the candidates where there are more records.
    """
    from sklearn.neighbors import NearestNeighbors

    numbers, labels = np.nan_to_num(features[:, :-1]), features[:, -1]
    numbers = (numbers - numbers.mean(axis=0)) / (numbers.std(axis=0) + 1e-12)
    n = len(numbers)
    candidates = np.random.default_rng(seed).permutation(n)[:MOST_CANDIDATES]
    k = min(max(CIRCLES), len(candidates) - 1)
    search = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(numbers[candidates])
    rows = candidates[search.kneighbors(numbers, return_distance=False)]
    itself_last = np.argsort(rows == np.arange(n)[:, None], axis=1, kind="stable")
    rows = np.take_along_axis(rows, itself_last, axis=1)[:, :k]
    return Nearby(rows, np.where(labels[rows] == labels[:, None], 1.0, -1.0))


def describe(target: Signals, shadows: Shadows, scores: Mapping[str, Floats], near: Nearby) -> Floats:
    """What the weights are given to: scores of the other attacks, moments, and surprises nearby.

    Args:
        target: its answers on n records.
        shadows: their answers on the same records.
        scores: of the other attacks.
        near: the nearest records of each.

    Returns:
        (n, d) columns without scale.
    """
    seen = compare(probability(target.log_odds), probability(shadows.log_odds), shadows.inside)
    columns = [*scores.values(), seen.target, seen.inside.mean, seen.outside.mean]
    columns += [np.sqrt(seen.inside.variance), np.sqrt(seen.outside.variance)]
    for expected in (0.5 * (seen.inside.mean + seen.outside.mean), seen.outside.mean):
        surprise = near.signs * (seen.target - expected)[near.rows]
        columns += [surprise[:, :circle].mean(axis=1) for circle in CIRCLES]
    return np.column_stack(columns)


def learn(descriptions: Sequence[Floats], inside: Sequence[Bools]) -> Scorer:
    """Weights by logistic regression.

    Args:
        descriptions: (n, d) of each shadow that played the target.
        inside: (n,) its true membership.
    """
    from sklearn.linear_model import LogisticRegression

    stacked = np.vstack(descriptions)
    centre, scale = stacked.mean(axis=0), stacked.std(axis=0) + 1e-12

    def prepared(described: Floats) -> Floats:
        return np.asarray(np.arcsinh((described - centre) / scale))  # keeps the order of far tails, not their weight

    weights = LogisticRegression(max_iter=300).fit(prepared(stacked), np.concatenate(inside))
    return lambda described: np.asarray(weights.decision_function(prepared(described)), dtype=float)


def together(scorers: Sequence[Scorer]) -> Scorer | None:
    """The mean of several scorers; None of none."""
    return (lambda described: np.mean([scorer(described) for scorer in scorers], axis=0)) if scorers else None
