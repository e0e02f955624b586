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
from rqml_catalog.model_privacy.inversion.records import Codec
from rqml_catalog.techniques.record_pool import record_pool, target_signals

Floats = npt.NDArray[np.float64]

ROUNDS = 6
ELITE = 0.1  # share of the made-up records of a round that the next one follows
REACH = 3.0  # standard deviations from the population mean within which records are made up
MOST_ROWS = 50_000  # records that the model is asked about at once


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
        model: a classifier, with held-out records for the population's mean and spread.
        queries: made-up records asked about, per class.
        run: seed and confidence.

    Raises:
        Signal: see `record_pool`; Unsupported also for features that miss values, or that the model does not take.
    """
    pool = record_pool(model)
    if model.test is None:
        raise MissingSubject("there are no held-out records: give TrainedModel(..., test=Dataset)")
    codec = Codec.of(pool.X)
    table = codec.encode(pool.X)
    target_signals(model, pool)  # refuses models that cannot answer
    _answers(model, codec.decode(table[:1]))
    others = table[~pool.members]
    mean, spread = others.mean(axis=0), others.std(axis=0)
    if not (spread > 0).any():
        raise InsufficientEvidence("all features are constant among the held-out records: nothing to reconstruct")
    known = np.where(spread > 0, spread, 1.0)
    records, labels = (table[pool.members] - mean) / known, pool.y[pool.members]
    found = _reconstructed(_Oracle(model, codec, mean, known, np.unique(labels)), records.shape[1], queries, run)
    gains = _gains(records, np.unique(labels, return_inverse=True)[1], found)
    half = run.rng("halves").random(len(records)) < 0.5
    value = np.empty(len(records))
    chosen = ""
    for choosing in (~half, half):
        chosen = max(gains, key=lambda name: gains[name][choosing].mean())
        value[~choosing] = gains[chosen][~choosing]
    error = float(value.std(ddof=1)) / len(value) ** 0.5
    closeness = Estimate.mean(float(value.mean()), error, len(value), confidence=run.confidence, unit="share")
    return Inversion(closeness, chosen, {name: round(float(gain.mean()), 4) for name, gain in gains.items()})


def _answers(model: TrainedModel, record: Any) -> None:
    try:
        model.predict(record)
    except (TypeError, ValueError) as error:
        text = "the model does not take the records it is given with: give them as it was trained on, or a Pipeline"
        raise Unsupported(f"{text} that encodes their categories") from error


def _gains(records: Floats, codes: npt.NDArray[np.intp], found: dict[str, Floats]) -> dict[str, Floats]:
    """Attack -> (n,) squared distance removed, in units of the mean squared distance to the population mean."""
    start = (records**2).sum(axis=1)
    return {
        name: (start - ((records - guesses[codes]) ** 2).sum(axis=1)) / start.mean() for name, guesses in found.items()
    }


def _reconstructed(oracle: _Oracle, width: int, queries: int, run: Run) -> dict[str, Floats]:
    """Attack -> (classes, width) reconstructions; many classes are asked about at once."""
    size = max(10, queries // (ROUNDS + 1))
    codes = np.arange(len(oracle.classes))
    parts = []
    for group in np.array_split(codes, min(len(codes), -(-len(codes) * size // MOST_ROWS))):
        run.check_deadline()
        rngs = [run.rng("made up", str(oracle.classes[code])) for code in group]
        parts.append(dict(_reconstructions(oracle, group, rngs, (size, width))))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _reconstructions(
    oracle: _Oracle, codes: npt.NDArray[np.intp], rngs: list[np.random.Generator], shape: tuple[int, int]
) -> Iterator[tuple[str, Floats]]:
    """Each round of the ascent, and means of made-up records weighted by the answer: (classes, width) each."""

    def normal() -> Floats:
        return np.stack([rng.normal(size=shape) for rng in rngs])

    made = np.clip(normal(), -REACH, REACH)
    score = oracle.scores(made, codes)
    yield "mean of answers", _weighted(made, score)
    yield "mean of labels", _weighted(made, oracle.labels(made, codes))
    centre, spread = _weighted(made, score), np.ones((len(codes), shape[1]))
    for number in range(ROUNDS):
        made = np.clip(centre[:, None] + spread[:, None] * normal(), -REACH, REACH)
        order = np.argsort(-oracle.scores(made, codes), axis=1, kind="stable")[:, : max(3, int(ELITE * shape[0]))]
        best = np.take_along_axis(made, order[:, :, None], axis=1)
        centre, spread = best.mean(axis=1), 0.5 * spread + 0.5 * best.std(axis=1)
        yield f"ascent, round {number + 1}", centre


def _weighted(made: Floats, weight: Floats) -> Floats:
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    return np.asarray((weight[:, :, None] * made).sum(axis=1) / total)


class _Oracle(NamedTuple):
    """The model, asked about standardised made-up records of shape (classes, records, features)."""

    model: TrainedModel
    codec: Codec
    mean: Floats
    spread: Floats
    classes: npt.NDArray[Any]

    def scores(self, made: Floats, codes: npt.NDArray[np.intp]) -> Floats:
        """(classes, records) probability of the class that a record was made up for, else whether it is the label."""
        if not callable(getattr(self.model.estimator, "predict_proba", None)):
            return self.labels(made, codes)
        answers = np.asarray(self.model.predict_proba(self._framed(made)), dtype=float)
        columns = list(getattr(self.model.estimator, "classes_", self.classes))
        asked = np.array([columns.index(label) for label in self.classes[codes]])
        own = answers[np.arange(len(answers)), np.repeat(asked, made.shape[1])]
        return np.asarray(own.reshape(made.shape[:2]))

    def labels(self, made: Floats, codes: npt.NDArray[np.intp]) -> Floats:
        """(classes, records) whether the label is the class that each record was made up for."""
        told = np.asarray(self.model.predict(self._framed(made))).reshape(made.shape[:2])
        return np.asarray(told == self.classes[codes][:, None], dtype=float)

    def _framed(self, made: Floats) -> Any:
        return self.codec.decode((self.mean + self.spread * made).reshape(-1, made.shape[2]))
