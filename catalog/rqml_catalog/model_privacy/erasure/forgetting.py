"""Has a model forgotten records? By training its shards again where it has any, else by membership inference."""

from __future__ import annotations

from typing import Any, NamedTuple

import attrs
import numpy as np

from rqml.errors import InsufficientEvidence, MissingSubject
from rqml.run import Run
from rqml.subjects.dataset import Dataset
from rqml.subjects.model import TrainedModel
from rqml_catalog.model_privacy.erased_model import ErasedModel
from rqml_catalog.model_privacy.membership.audit import attack_model
from rqml_catalog.model_privacy.membership.finding import MembershipFinding
from rqml_catalog.techniques.overlap import found_among
from rqml_catalog.techniques.record_pool import FEWEST_RECORDS, numbers_of, rows_of
from rqml_catalog.techniques.record_signals import Floats
from rqml_catalog.techniques.sharded import ShardedClassifier


class ShardCheck(NamedTuple):
    """Shards that may hold erased records.

    Attributes:
        differing: those that are not what the kept records give.
        affected: how many may.
    """

    differing: int
    affected: int


@attrs.frozen
class TrainedWithKept:
    """Trains on given records and on those that were kept.

    Attributes:
        model: the model whose training is used, with its kept records.
    """

    model: TrainedModel

    def __call__(self, train: Dataset, seed: int) -> object:
        """A new estimator."""
        return self.model.refit(_joined(self.model.train, train), seed)


def still_in_data(subject: ErasedModel) -> int:
    """Number of erased records that the train data still hold, be it rounded or in other types."""
    erased, train = _numbers(subject)
    return int(found_among(erased, train).sum())


def check_shards(model: TrainedModel, sharded: ShardedClassifier, erased: Dataset) -> ShardCheck:
    """Train the affected shards again on the kept records, and compare digests.

    A record that was rounded or retyped since would fall into another shard than the one it trained, so the shards that
    were trained on other records than the kept ones are among the affected.
    """
    from rqml.evidence.fingerprint import fingerprint_estimator

    X, y = model.arrays(model.train)
    affected = _affected(sharded, X, y, model.arrays(erased))
    again = sharded.forget(X, y, affected)
    pairs = [(sharded.parts[shard], again.parts[shard]) for shard in affected]
    return ShardCheck(sum(fingerprint_estimator(a) != fingerprint_estimator(b) for a, b in pairs), len(affected))


def attack_erased(subject: ErasedModel, *, at_fpr: float, shadows: int, run: Run) -> MembershipFinding:
    """Tell erased from never seen records, by shadows that hold random halves of both beside all kept records.

    Raises:
        MissingSubject: the model has no records that were never seen.
        InsufficientEvidence: too few records, or erased records unlike the ones never seen.
    """
    model = subject.model
    if model.test is None:
        raise MissingSubject("there are no records that the model never saw: give TrainedModel(..., test=Dataset)")
    if len(subject.erased) < FEWEST_RECORDS:
        raise InsufficientEvidence(
            f"{len(subject.erased)} erased records are too few for an attack: at least {FEWEST_RECORDS} are needed; "
            "train in shards (ShardedClassifier), which proves the erasure of a single one"
        )
    columns = list(model.train.columns)
    erased = model.train.with_frame(subject.erased.to_pandas(columns))
    asked = TrainedModel(model.estimator, erased, model.test, fit=TrainedWithKept(model))
    found = attack_model(asked, at_fpr=at_fpr, shadows=shadows, run=run)
    if not found.on_target:
        raise InsufficientEvidence(
            "the erased records are of another distribution than those never seen, so the attack cannot be calibrated: "
            "give never seen records that are like them, or train in shards (ShardedClassifier)"
        )
    return found


def forgetful(subject: ErasedModel, run: Run) -> tuple[TrainedModel, str, float]:
    """The model trained again without the erased records: the model, what was done, the share of shards trained."""
    model = subject.model
    erased, train = _numbers(subject)
    keep = ~found_among(train, erased)
    kept = rows_of(model.train, np.flatnonzero(keep))
    if not isinstance(model.estimator, ShardedClassifier):
        fresh = model.refit(kept, run.derive("refit").seed)
        return model.with_estimator(fresh, train=kept), "trained again without the erased records", 1.0
    X, y = model.arrays(kept)
    affected = _affected(model.estimator, X, y, model.arrays(subject.erased))
    again = model.estimator.forget(X, y, affected)
    share = len(affected) / model.estimator.shards
    return (
        model.with_estimator(again, train=kept),
        f"{len(affected)} of {model.estimator.shards} shards trained again",
        share,
    )


def _affected(sharded: ShardedClassifier, X: Any, y: Any, erased: tuple[Any, Any]) -> list[int]:
    return sorted({*sharded.outdated(X, y), *sharded.shards_of(*erased).tolist()})


def _numbers(subject: ErasedModel) -> list[Floats]:
    """Erased and train records as numbers, the class last."""
    model = subject.model
    columns = [*dict.fromkeys((*model.features, str(model.train.target)))]
    return numbers_of(subject.erased, model.train, columns=columns)


def _joined(kept: Dataset, more: Dataset) -> Dataset:
    import pandas as pd

    columns = [name for name in kept.columns if name in more.columns]
    return kept.with_frame(pd.concat([kept.to_pandas(columns), more.to_pandas(columns)], ignore_index=True))
