"""Attribute inference: attackers with and without the model, and what the model adds.

Fredrikson et al., "Model inversion attacks that exploit confidence information" (CCS 2015); Mehnaz et al., "Are your
sensitive attributes private?" (arXiv 2201.09370); Jayaraman and Evans, "Are attribute inference attacks just
imputation?" (arXiv 2209.01292), from whom the comparison with an attacker who has no model is taken.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rqml.estimate import Estimate
from rqml.run import Run
from rqml.subjects.model import TrainedModel
from rqml_catalog.model_privacy.attribute.target import Side, sides
from rqml_catalog.techniques.record_signals import Floats

Bools = npt.NDArray[np.bool_]

WEIGHTS = (1.0, 4.0, 16.0)  # of the model's answer against the prior: members are answered more sharply than others
SMALLEST = 1e-3


class AttributeFinding(NamedTuple):
    """What the model adds to what can be guessed without it.

    Attributes:
        gain: hits of the best attack minus hits of the best attacker without the model, a share of the records.
        with_model: share of hits of the best attack.
        without_model: share of hits without the model.
        attack: name of the best attack on the first half of the records.
        hits: attack -> share of hits on all records under attack.
    """

    gain: Estimate
    with_model: Estimate
    without_model: Estimate
    attack: str
    hits: dict[str, float]


def infer_attribute(model: TrainedModel, attribute: str, run: Run) -> AttributeFinding:
    """Attack the train records. Best attack and best baseline are chosen on one half and counted on the other.

    Raises:
        Signal: see `sides`.
    """
    own, attacked = sides(model, attribute, run)
    seed, values = run.derive("attackers").seed, int(max(own.hidden.max(), attacked.hidden.max())) + 1
    # A search for a repair attacks many models: what is guessed without the model is the same for all of them.
    key = ("guesses without the model", seed, *(array.tobytes() for array in (own.known, own.hidden, attacked.known)))
    priors = run.once(model.train, key, lambda: _priors(own, attacked, values, seed))
    run.check_deadline()
    guesses = {name: prior.argmax(axis=1) for name, prior in priors.items()}
    attacks = _attacks(own, attacked, priors, values, seed)
    truth = attacked.hidden
    base = {name: guess == truth for name, guess in guesses.items()}
    found = {name: guess == truth for name, guess in attacks.items()} | base  # no attacker is worse off with the model
    hits, blind, attack = _cross_fit(found, base, run)
    difference = hits.astype(float) - blind.astype(float)
    n = len(truth)
    gain = Estimate.mean(float(difference.mean()), _error(difference), n, confidence=run.confidence, unit="share")
    return AttributeFinding(
        gain,
        Estimate.proportion(int(hits.sum()), n, confidence=run.confidence),
        Estimate.proportion(int(blind.sum()), n, confidence=run.confidence),
        attack,
        {name: round(float(hit.mean()), 4) for name, hit in found.items()},
    )


def _error(difference: Floats) -> float:
    """Standard error of the mean, with one record's worth of doubt where all agree."""
    return float(np.sqrt((difference.var(ddof=1) + 1.0 / len(difference) ** 2) / len(difference)))


def _learners(seed: int) -> dict[str, Any]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return {
        "forest": RandomForestClassifier(30, min_samples_leaf=5, random_state=seed),
        "linear": make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
    }


def _priors(own: Side, attacked: Side, values: int, seed: int) -> dict[str, Floats]:
    """Learner -> (n, values) what one can guess of the records under attack without the model."""
    frequent = np.bincount(own.hidden, minlength=values) / len(own.hidden)
    learnt = {
        name: _spread(learner.fit(own.known, own.hidden), attacked.known, values)
        for name, learner in _learners(seed).items()
    }
    return learnt | {"most frequent value": np.tile(frequent, (len(attacked.hidden), 1))}


def _attacks(
    own: Side, attacked: Side, priors: dict[str, Floats], values: int, seed: int
) -> dict[str, npt.NDArray[np.intp]]:
    attacks = {}
    if attacked.answers.shape[1] == values:
        likelihood = np.log(np.maximum(attacked.answers, SMALLEST))
        for name, prior in priors.items():
            for weight in WEIGHTS:
                score = np.log(np.maximum(prior, SMALLEST)) + weight * likelihood
                attacks[f"{name}, weighed {weight:g} with answers"] = score.argmax(axis=1)
    for name, learner in _learners(seed).items():
        fitted = learner.fit(np.hstack([own.known, own.answers]), own.hidden)
        learnt = _spread(fitted, np.hstack([attacked.known, attacked.answers]), values)
        attacks[f"{name} that learns from answers"] = learnt.argmax(axis=1)
    return attacks


def _spread(fitted: Any, X: Floats, values: int) -> Floats:
    table = np.zeros((len(X), values))
    table[:, fitted.classes_] = fitted.predict_proba(X)
    return table


def _cross_fit(found: dict[str, Bools], base: dict[str, Bools], run: Run) -> tuple[Bools, Bools, str]:
    """Hits of the strongest on the half that did not choose them."""
    n = len(next(iter(found.values())))
    half = np.zeros(n, dtype=bool)
    half[run.rng("halves").permutation(n)[: n // 2]] = True
    hits, blind = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    chosen = ""
    for choosing in (~half, half):
        chosen = max(found, key=lambda name: found[name][choosing].sum())
        blindly = max(base, key=lambda name: base[name][choosing].sum())
        hits[~choosing], blind[~choosing] = found[chosen][~choosing], base[blindly][~choosing]
    return hits, blind, chosen
