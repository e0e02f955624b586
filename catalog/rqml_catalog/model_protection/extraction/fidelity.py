"""How faithful a copy the best extraction attack obtains within a budget of queries."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from rqml.errors import InsufficientEvidence, MissingSubject, Unsupported
from rqml.estimate import Estimate
from rqml.run import Run
from rqml.subjects.model import TrainedModel
from rqml_catalog.model_protection.extraction.attacks import ATTACKS, Surrogate
from rqml_catalog.model_protection.extraction.victim import Floats, Victim
from rqml_catalog.techniques.classes_only import check_classes

FEWEST_RECORDS = 90


@attrs.frozen
class Extraction:
    """What the best attack obtained.

    Attributes:
        fidelity: share of fresh records on which the surrogate says what the model says (Clopper-Pearson).
        baseline: the same for always saying the model's most frequent class.
        attack: the best attack, chosen on other records than it is reported on.
        by_attack: fidelity of each attack's best surrogate on the choosing records.
    """

    fidelity: Estimate
    baseline: Estimate
    attack: str
    by_attack: dict[str, float]


def extract(model: TrainedModel, queries: int, run: Run) -> Extraction:
    """Run every attack within the budget; choose the best surrogate on a third of the held-out records, report another.

    The first third, without labels, is what the attacker knows of the data.

    Raises:
        MissingSubject: no held-out records.
        InsufficientEvidence: fewer than 90 of them.
        Unsupported: a target that is a number, missing values, or an array of other things than numbers.
    """
    check_classes(model, "extraction")
    X, names, categories = _held_out(model)
    thirds = np.array_split(run.rng("thirds").permutation(len(X)), 3)
    known, choosing, reporting = (X[rows] for rows in thirds)
    classes = np.unique(model.arrays(model.train)[1])
    asked = np.vstack([choosing, reporting])
    truth = Victim(model.estimator, classes, names, len(asked), categories).labels(asked)
    chosen_truth, told_truth = truth[: len(choosing)], truth[len(choosing) :]
    best: dict[str, tuple[float, Surrogate]] = {}
    for name, attack in run.track(ATTACKS.items(), len(ATTACKS), "extraction attacks"):
        victim = Victim(model.estimator, classes, names, queries, categories)
        surrogates = attack(victim, known, queries, run.rng("attack", name))
        rated = [(float(np.mean(surrogate(choosing) == chosen_truth)), surrogate) for surrogate in surrogates]
        if rated:
            best[name] = max(rated, key=lambda pair: pair[0])
    winner = max(best, key=lambda name: best[name][0])
    agreed = int((best[winner][1](reporting) == told_truth).sum())
    majority = np.bincount(chosen_truth).argmax()
    return Extraction(
        Estimate.proportion(agreed, len(reporting), confidence=run.confidence),
        Estimate.proportion(int((told_truth == majority).sum()), len(reporting), confidence=run.confidence),
        winner,
        {name: round(share, 4) for name, (share, _) in best.items()},
    )


Categories = dict[int, npt.NDArray[Any]]


def _held_out(model: TrainedModel) -> tuple[Floats, tuple[str, ...] | None, Categories]:
    """The held-out records as numbers, codes where a column is none; its names, and what the codes stand for."""
    if model.test is None:
        raise MissingSubject("there are no held-out records: give TrainedModel(..., test=Dataset)")
    if len(model.test) < FEWEST_RECORDS:
        raise InsufficientEvidence(
            f"{len(model.test)} held-out records are too few to rate a copy: at least {FEWEST_RECORDS} are needed"
        )
    frame: Any = model.arrays(model.test)[0]
    names = tuple(frame.columns) if hasattr(frame, "columns") else None
    coded, categories = (frame, {}) if names is None else _coded(frame)
    try:
        X = np.asarray(coded, dtype=float)
    except (TypeError, ValueError):
        raise Unsupported(
            "the features are an array of other things than numbers: train the model on a frame with named columns"
        ) from None
    if not np.isfinite(X).all():
        raise Unsupported("extraction is measured on complete features only: fill in missing values before the model")
    return X, names, categories


def _coded(frame: Any) -> tuple[Any, Categories]:
    """Codes in place of categories; missing ones stay missing."""
    import pandas as pd

    coded, categories = frame.copy(), {}
    for number, name in enumerate(frame.columns):
        if not pd.api.types.is_numeric_dtype(frame[name]):
            codes, known = pd.factorize(frame[name], sort=True)
            coded[name] = np.where(codes < 0, np.nan, codes)
            categories[number] = np.asarray(known)
    return coded, categories
