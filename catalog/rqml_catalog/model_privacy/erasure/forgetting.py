"""Has a model forgotten records? By training its shards again where it has any, else by membership inference."""

from __future__ import annotations

from typing import NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from rqml.errors import InsufficientEvidence, MissingSubject
from rqml.run import Run
from rqml.subjects.dataset import Dataset
from rqml.subjects.model import TrainedModel
from rqml_catalog.model_privacy.erased_model import ErasedModel
from rqml_catalog.model_privacy.membership.audit import attack_model
from rqml_catalog.model_privacy.membership.finding import MembershipFinding
from rqml_catalog.techniques.record_pool import rows_of
from rqml_catalog.techniques.sharded import ShardedClassifier


class ShardCheck(NamedTuple):
    """Shards that erased records would fall into.

    Attributes:
        differing: those that are not what the kept records give.
        affected: how many there are.
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
    """Number of erased records that the train data still hold."""
    return int(np.isin(_digests(subject.erased, subject.model), _digests(subject.model.train, subject.model)).sum())


def check_shards(model: TrainedModel, sharded: ShardedClassifier, erased: Dataset) -> ShardCheck:
    """Train the affected shards again on the kept records, and compare digests."""
    from rqml.evidence.fingerprint import fingerprint_estimator

    X, y = model.arrays(model.train)
    affected = _affected(model, sharded, erased)
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
    keep = ~np.isin(_digests(model.train, model), _digests(subject.erased, model))
    kept = rows_of(model.train, np.flatnonzero(keep))
    if not isinstance(model.estimator, ShardedClassifier):
        fresh = model.refit(kept, run.derive("refit").seed)
        return model.with_estimator(fresh, train=kept), "trained again without the erased records", 1.0
    X, y = model.arrays(kept)
    affected = _affected(model, model.estimator, subject.erased)
    again = model.estimator.forget(X, y, affected)
    share = len(affected) / model.estimator.shards
    return (
        model.with_estimator(again, train=kept),
        f"{len(affected)} of {model.estimator.shards} shards trained again",
        share,
    )


def _affected(model: TrainedModel, sharded: ShardedClassifier, erased: Dataset) -> list[int]:
    return sorted({int(shard) for shard in sharded.shards_of(*model.arrays(erased))})


def _digests(data: Dataset, model: TrainedModel) -> npt.NDArray[np.uint64]:
    import pandas as pd

    frame = data.to_pandas([*model.features, model.train.target])  # type: ignore[list-item]
    return np.asarray(pd.util.hash_pandas_object(frame, index=False).to_numpy())


def _joined(kept: Dataset, more: Dataset) -> Dataset:
    import pandas as pd

    columns = [name for name in kept.columns if name in more.columns]
    return kept.with_frame(pd.concat([kept.to_pandas(columns), more.to_pandas(columns)], ignore_index=True))
