"""Extraction attacks: from the answers to a budget of queries, a surrogate that predicts as the victim does.

Tramèr et al., "Stealing machine learning models via prediction APIs" (arXiv 1609.02943): equation solving and random
queries. Papernot et al., "Practical black-box attacks" (arXiv 1602.02697): labels of perturbed records. Pal et al.,
"ActiveThief" (AAAI 2020): queries chosen by the surrogate's own doubt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from rqml_catalog.model_protection.extraction.victim import Codes, Floats, Victim

ACTIVE_ROUNDS = 5
SMALLEST_SCORES = (1e-12, 1e-3)  # what a score of 0 is read as: exact scores, rounded ones


class Surrogate(Protocol):
    """What an attack comes back with."""

    def __call__(self, X: Floats, /) -> Codes:
        """(n,) class codes."""


Attack = Callable[[Victim, Floats, int, np.random.Generator], list[Surrogate]]
"""(victim, records known to the attacker, budget, rng) -> surrogates that the same answers allow."""


def equation_solving(victim: Victim, known: Floats, budget: int, rng: np.random.Generator) -> list[Surrogate]:
    """Least squares for the centred log scores, linear in the features: exact for logistic models.

    Needs scores; gives nothing without. More than (features + 1) queries average rounding out.
    """
    if not victim.gives_scores:
        return []
    X = perturbed(known, budget, rng)
    scores = victim.scores(X)
    equations = np.column_stack([np.ones(len(X)), X])

    def solved(smallest: float) -> Surrogate:
        logs = np.log(np.clip(scores, smallest, 1.0))
        weights = np.linalg.lstsq(equations, logs - logs.mean(axis=1, keepdims=True), rcond=None)[0]
        return lambda Z: np.asarray((np.column_stack([np.ones(len(Z)), Z]) @ weights).argmax(axis=1))

    return [solved(smallest) for smallest in SMALLEST_SCORES]


def labelled_perturbations(victim: Victim, known: Floats, budget: int, rng: np.random.Generator) -> list[Surrogate]:
    """Ask for the labels of known records and of their perturbations, and learn from them."""
    X = perturbed(known, budget, rng)
    return _learners(X, victim.labels(X))


def random_queries(victim: Victim, known: Floats, budget: int, rng: np.random.Generator) -> list[Surrogate]:
    """Ask for the labels of points drawn evenly from the box of the known records, and learn from them."""
    X = rng.uniform(known.min(axis=0), known.max(axis=0), size=(budget, known.shape[1]))
    return _learners(X, victim.labels(X))


def active_boundary(victim: Victim, known: Floats, budget: int, rng: np.random.Generator) -> list[Surrogate]:
    """Spend most queries where the surrogate doubts, on the boundary it has learnt so far."""
    X = perturbed(known, max(2, budget // 3), rng)
    y = victim.labels(X)
    for left in range(ACTIVE_ROUNDS, 0, -1):
        share = victim.left // left
        if share < 1 or len(np.unique(y)) < 2:
            continue
        candidates = perturbed(known, 20 * share, rng)
        margin = np.sort(_kernel_machine(X, y).predict_proba(candidates), axis=1)
        doubtful = np.argsort(margin[:, -1] - margin[:, -2])[:share]
        X, y = np.vstack([X, candidates[doubtful]]), np.concatenate([y, victim.labels(candidates[doubtful])])
    return _learners(X, y)


ATTACKS: dict[str, Attack] = {
    "equation solving": equation_solving,
    "labels of perturbed records": labelled_perturbations,
    "active boundary search": active_boundary,
    "random queries": random_queries,
}


def perturbed(known: Floats, n: int, rng: np.random.Generator) -> Floats:
    """`n` records: known ones first, in random order, then known ones with noise of half a standard deviation."""
    order = rng.permutation(len(known))
    if n <= len(known):
        return known[order[:n]]
    base = known[rng.integers(0, len(known), n - len(known))]
    noise = 0.5 * known.std(axis=0) * rng.normal(size=base.shape)
    return np.vstack([known[order], base + noise])


def _learners(X: Floats, y: Codes) -> list[Surrogate]:
    """Surrogates of several families: linear, kernel, trees."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if len(np.unique(y)) < 2:
        return [lambda Z: np.full(len(Z), y[0])]
    linear = make_pipeline(StandardScaler(), LogisticRegression(C=50.0, max_iter=500))
    forest = RandomForestClassifier(50, random_state=0)
    return [_predictor(model.fit(X, y)) for model in (linear, forest)] + [_predictor(_kernel_machine(X, y))]


def _kernel_machine(X: Floats, y: Codes) -> Any:
    from sklearn.kernel_approximation import Nystroem
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features = Nystroem(gamma=0.5 / X.shape[1], n_components=min(100, len(X)), random_state=0)
    return make_pipeline(StandardScaler(), features, LogisticRegression(C=50.0, max_iter=500)).fit(X, y)


def _predictor(model: Any) -> Surrogate:
    return lambda Z: np.asarray(model.predict(Z))
