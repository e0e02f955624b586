"""Property inference: can a meta-classifier tell from a model's answers how frequent a group was in its train data?

Ateniese et al., "Hacking smart machines with smarter ones" (arXiv 1306.4447); black-box form after Zhang et al.,
"Leakage of dataset properties" (arXiv 2006.07267).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from rqml.errors import InsufficientEvidence, MissingSubject, Signal, Unsupported
from rqml.estimate import Estimate
from rqml.run import Run
from rqml.subjects.dataset import Dataset
from rqml.subjects.estimator import fit_anew
from rqml.subjects.model import TrainedModel
from rqml_catalog.techniques.record_pool import RecordPool, record_pool, rows_of, target_signals
from rqml_catalog.techniques.record_signals import record_signals

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Training = Callable[[Rows, int], Any]
"""Trains a new estimator on these rows under this seed."""

PROBES = 200  # records that the attacker asks about
FEWEST_OF_A_GROUP = 20


class Distinguished(NamedTuple):
    """How well two frequencies are told apart.

    Attributes:
        accuracy: share of shadow models whose frequency was told, by classifiers that learnt from other records.
        group: share of the group in the train data.
        rows: records that each shadow was trained on.
    """

    accuracy: Estimate
    group: float
    rows: int


@attrs.frozen
class BalancedFit:
    """Trains on as many records inside as outside of a group, whatever their share in the data.

    Attributes:
        model: the model whose training is used.
        column: that decides the group.
        value: of the group.
    """

    model: TrainedModel
    column: str
    value: Any

    def __call__(self, train: Dataset, seed: int) -> Any:
        """A new estimator."""
        inside = in_group(train, self.column, self.value)
        size = min(inside.sum(), (~inside).sum())
        rng = np.random.default_rng(seed)
        return self.model.refit(rows_of(train, _drawn(inside, size, size, rng)), seed)


def distinguish(
    model: TrainedModel, column: str, value: Any, shares: tuple[float, float], shadows: int, *, run: Run
) -> Distinguished:
    """Train shadows on samples in which the group has one share or the other, and learn to tell them apart.

    Half of them are drawn from the train records and half from the held-out ones, which are the attacker's own.

    Raises:
        MissingSubject: the train data have no such column, or there are no held-out records.
        InsufficientEvidence: too few records inside or outside of the group.
        ShadowTrainingFailed: a shadow cannot be trained.
    """
    pool = record_pool(model)
    assert model.test is not None  # noqa: S101 - record_pool has refused models without held-out records
    sides = (model.train, model.test)
    if not all(column in data.columns for data in sides):
        raise MissingSubject(f"the train and the held-out data need a column {column!r}: name one of theirs")
    groups = [in_group(data, column, value) for data in sides]
    size = min(_sample_size(inside, shares, column) for inside in groups)
    target_signals(model, pool)  # refuses models that cannot answer
    numbers = np.arange(shadows)
    shares_drawn, side_drawn = numbers % 2, numbers // 2 % 2
    rng = run.rng("samples")
    train_on = [_training(model, data) for data in sides]
    ask = _asker(pool)
    answers = []
    for number in run.track(numbers, shadows, "shadow models"):
        share, side = shares[shares_drawn[number]], side_drawn[number]
        rows = _drawn(groups[side], round(share * size), size - round(share * size), rng)
        answers.append(ask(_trained(train_on[side], rows, run.derive("shadow", int(number)).seed)))
    right = _told_apart(np.clip(np.array(answers), -8.0, 8.0), shares_drawn, side_drawn)
    accuracy = Estimate.proportion(right, shadows, confidence=run.confidence)
    return Distinguished(accuracy, float(groups[0].mean()), size)


def _asker(pool: RecordPool) -> Callable[[Any], Floats]:
    """What a model says of the true classes of the attacker's records."""
    asked = np.linspace(0, len(pool.y) - 1, min(PROBES, len(pool.y))).astype(int)
    X = pool.X.iloc[asked] if hasattr(pool.X, "iloc") else pool.X[asked]
    classes = np.unique(pool.y[pool.members])
    return lambda fitted: record_signals(fitted, X, pool.y[asked], classes=classes).log_odds


def in_group(data: Dataset, column: str, value: Any) -> npt.NDArray[np.bool_]:
    """(n,) whether the record's column has this value."""
    found = np.asarray(data.to_pandas([column])[column] == value, dtype=bool)
    if not found.any() or found.all():
        raise InsufficientEvidence(
            f"the records are all inside or all outside of the group of {column!r}: at least {FEWEST_OF_A_GROUP} on "
            "each side are needed"
        )
    return found


def _sample_size(inside: npt.NDArray[np.bool_], shares: tuple[float, float], column: str) -> int:
    """Records per shadow: half of what both shares could draw, so that two samples of one share differ too."""
    most = min(inside.sum() / max(shares), (~inside).sum() / (1.0 - min(shares)))
    if min(inside.sum(), (~inside).sum()) < FEWEST_OF_A_GROUP:
        raise InsufficientEvidence(
            f"a group of {column!r} has {min(inside.sum(), (~inside).sum())} train records: at least "
            f"{FEWEST_OF_A_GROUP} inside and outside of it are needed"
        )
    return int(0.7 * most)


def _drawn(inside: npt.NDArray[np.bool_], n_inside: int, n_outside: int, rng: np.random.Generator) -> Rows:
    parts = [
        rng.choice(np.flatnonzero(side), n, replace=False) for side, n in ((inside, n_inside), (~inside, n_outside))
    ]
    return np.asarray(rng.permutation(np.concatenate(parts)))


def _training(model: TrainedModel, data: Dataset) -> Training:
    """The model's training on some rows of the data; where it is a clone's, the data are read only once."""
    if model.fit is not None:
        return lambda rows, seed: model.refit(rows_of(data, rows), seed)
    X, y = model.arrays(data)
    return lambda rows, seed: fit_anew(model.estimator, seed, X.iloc[rows] if hasattr(X, "iloc") else X[rows], y[rows])


def _trained(train: Training, rows: Rows, seed: int) -> Any:
    try:
        return train(rows, seed)
    except Signal:
        raise
    except Exception as error:
        raise Unsupported(
            f"training failed on a sample of {len(rows)} records with {type(error).__name__}: the training must work "
            "on samples of its records"
        ) from error


def _told_apart(answers: Floats, shares: Rows, sides: Rows) -> int:
    """How many models were told right by a linear classifier that learnt from models of the other side.

    Learning and testing on samples of the same records would take a chance difference between the groups among these
    very records for the property.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    right = 0
    for side in (0, 1):
        meta = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200))
        meta.fit(answers[sides != side], shares[sides != side])
        right += int((meta.predict(answers[sides == side]) == shares[sides == side]).sum())
    return right
