"""Model inversion: what records of a class look like, found by asking the model about made-up records.

Fredrikson et al., CCS 2015 (confidence ascent); the ascent here is the cross-entropy method (Rubinstein, Methodology
and Computing in Applied Probability 1 (1999)), which needs no gradient and works on trees.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rqml.errors import InsufficientEvidence, MissingSubject, Unsupported
from rqml.estimate import Estimate
from rqml.run import Run
from rqml.subjects.model import TrainedModel
from rqml_catalog.techniques.record_pool import record_pool

Floats = npt.NDArray[np.float64]

ROUNDS = 6
ELITE = 0.1  # share of the made-up records of a round that the next one follows
REACH = 3.0  # standard deviations from the population mean within which records are made up


class Inversion(NamedTuple):
    """How close reconstructions come.

    Attributes:
        closeness: share of the squared distance of train records to the population mean that the reconstruction of
            their class removes; 0: no closer than the mean, which everybody knows; 1: the record itself.
        attack: the attack judged.
        by_attack: closeness of each on all records.
    """

    closeness: Estimate
    attack: str
    by_attack: dict[str, float]


def invert(model: TrainedModel, queries: int, run: Run) -> Inversion:
    """Reconstruct every class; the best attack is chosen on one half of the train records and measured on the other.

    Args:
        model: a classifier of numeric features, with held-out records for the population's mean and spread.
        queries: made-up records asked about, per class.
        run: seed and confidence.

    Raises:
        Signal: see `record_pool`; Unsupported also for features that are no numbers.
    """
    pool = record_pool(model)
    if model.test is None:
        raise MissingSubject("there are no held-out records: give TrainedModel(..., test=Dataset)")
    table = _numbers(pool.X)
    others = table[~pool.members]
    mean, spread = others.mean(axis=0), others.std(axis=0)
    if not (spread > 0).any():
        raise InsufficientEvidence("all features are constant among the held-out records: nothing to reconstruct")
    known = np.where(spread > 0, spread, 1.0)
    records, labels = (table[pool.members] - mean) / known, pool.y[pool.members]
    found = {}
    for label in np.unique(labels):
        run.check_deadline()
        ask = _asker(model, pool.X, mean, known, label)
        found[label] = dict(_reconstructions(ask, records.shape[1], queries, run.rng("made up", str(label))))
    gains = _gains(records, labels, found)
    half = run.rng("halves").random(len(records)) < 0.5
    value = np.empty(len(records))
    chosen = ""
    for choosing in (~half, half):
        chosen = max(gains, key=lambda name: gains[name][choosing].mean())
        value[~choosing] = gains[chosen][~choosing]
    error = float(value.std(ddof=1)) / len(value) ** 0.5
    closeness = Estimate.mean(float(value.mean()), error, len(value), confidence=run.confidence, unit="share")
    return Inversion(closeness, chosen, {name: round(float(gain.mean()), 4) for name, gain in gains.items()})


def _gains(records: Floats, labels: Any, found: dict[Any, dict[str, Floats]]) -> dict[str, Floats]:
    """Attack -> (n,) squared distance removed, in units of the mean squared distance to the population mean."""
    start = (records**2).sum(axis=1)
    gains = {}
    for name in next(iter(found.values())):
        guesses = np.array([found[label][name] for label in labels])
        gains[name] = (start - ((records - guesses) ** 2).sum(axis=1)) / start.mean()
    return gains


def _reconstructions(ask: Any, width: int, queries: int, rng: np.random.Generator) -> Iterator[tuple[str, Floats]]:
    """Each round of the ascent, and means of made-up records weighted by the answer."""
    size = max(10, queries // (ROUNDS + 1))
    made = np.clip(rng.normal(size=(size, width)), -REACH, REACH)
    score, label = ask(made)
    yield "mean of answers", _weighted(made, score)
    yield "mean of labels", _weighted(made, label)
    centre, width_now = _weighted(made, score), np.ones(width)
    for number in range(ROUNDS):
        around = centre + width_now * rng.normal(size=(size, width))
        made = np.clip(around, -REACH, REACH)
        score, _ = ask(made)
        best = made[np.argsort(-score, kind="stable")[: max(3, int(ELITE * size))]]
        centre, width_now = best.mean(axis=0), 0.5 * width_now + 0.5 * best.std(axis=0)
        yield f"ascent, round {number + 1}", centre


def _weighted(made: Floats, weight: Floats) -> Floats:
    return np.asarray((weight[:, None] * made).sum(axis=0) / max(float(weight.sum()), 1e-12))


def _asker(model: TrainedModel, like: Any, mean: Floats, spread: Floats, label: Any) -> Any:
    """A function from standardised records to (probability of the class, whether it is the label)."""

    def ask(made: Floats) -> tuple[Floats, Floats]:
        table = mean + spread * made
        X = type(like)(table, columns=like.columns) if hasattr(like, "columns") else table
        is_label = np.asarray(np.asarray(model.predict(X)) == label, dtype=float)
        if not callable(getattr(model.estimator, "predict_proba", None)):
            return is_label, is_label
        column = list(model.estimator.classes_).index(label)
        return np.asarray(model.predict_proba(X), dtype=float)[:, column], is_label

    return ask


def _numbers(X: Any) -> Floats:
    try:
        table = np.asarray(X, dtype=float)
    except (TypeError, ValueError):
        raise Unsupported("inversion is measured on numeric features: encode the categories first") from None
    if not np.isfinite(table).all():
        raise Unsupported("the features hold missing or infinite values: fill them first")
    return table
