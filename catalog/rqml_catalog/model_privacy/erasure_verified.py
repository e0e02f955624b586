"""ErasureVerified: after an erasure the model does not remember the records."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
from attrs import validators as v

from rqml import (
    Assurance,
    Cost,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    Repair,
    Requirement,
    Run,
    Scenario,
    Severity,
    Stage,
    all_of,
    at_most,
    limit,
    satisfied,
    violated,
)
from rqml.errors import InsufficientEvidence, MissingSubject
from rqml_catalog.model_privacy.erased_model import ErasedModel
from rqml_catalog.model_privacy.parameters import even


@attrs.frozen(kw_only=True)
class ErasureVerified(Requirement[ErasedModel]):
    """Erased records cannot be told from records that the model never saw.

    Requires:
        The train data hold none of the erased records, compared by value: a ten-thousandth of a feature's spread and
        the types of columns make no difference. A model in shards (ShardedClassifier) is, in every shard that an erased
        record would fall into or that was trained on other records than the kept ones, exactly what those give; of any
        other model the strongest membership attack recognises at most a share `max_tpr` of the erased records at a
        false-positive rate of `at_fpr`.
    Why:
        Who has a right to erasure has it against the model too, as far as the model remembers; deleting rows from a
        table does not change what was learnt from them.
    Measured:
        Shards are trained again and compared by digest, which proves the erasure. Otherwise shadow models are trained
        on the kept records and random halves of the erased and the never seen ones, and the suite of PRV-01 tells
        erased from never seen.
    Enforced:
        The affected shards, or the whole model, are trained again without the erased records. The cost is the share of
        the training that was repeated and the loss of held-out accuracy.
    False alarms:
        A kept record that equals an erased one counts as not erased.
    Blind spots:
        Attacks need 50 erased records and as many never seen ones of their kind; for fewer, only shards prove
        anything. An erased record that is given much coarser than it was trained on is not found in the train data.
        Copies, caches, and models trained from this one are other subjects.
    References:
        Bourtoule et al., arXiv 1912.03817. Carlini et al., arXiv 2112.03570.

    Args:
        max_tpr: largest share of erased records that may be recognised, in [0, 1].
        at_fpr: share of never seen records that may be taken for erased ones, in (0, 1).
        shadows: number of shadow models, even, at least 8.
    """

    meta = Meta(
        id="PRV-05",
        title="verified erasure",
        statement="At a false-positive rate of {at_fpr}, no attack recognises more than a share {max_tpr} of "
        "the erased records.",
        remedy="train again without the erased records, as enforce() does; train in shards to make that cheap",
        stage=Stage.OPERATION,
        severity=Severity.HIGH,
        references=("AML.T0024.000", "ML04", "NISTAML.033", "GDPR 17"),
        cost=Cost.RELEASE,
    )

    max_tpr: float = limit(default=0.05, stricter="lower", validator=v.and_(v.ge(0.0), v.le(1.0)))
    at_fpr: float = attrs.field(default=0.01, validator=v.and_(v.gt(0.0), v.lt(1.0)))
    shadows: int = attrs.field(default=32, validator=v.and_(v.instance_of(int), v.ge(8), even))

    def measure(self, subject: ErasedModel, run: Run) -> Measurement:
        """Compare shards, or attack."""
        from rqml_catalog.model_privacy.erasure.forgetting import attack_erased, check_shards, still_in_data
        from rqml_catalog.techniques.sharded import ShardedClassifier

        _check_rows(subject)
        estimates = {"still_in_data": Estimate.exact(still_in_data(subject), n=len(subject.erased), unit="records")}
        if isinstance(subject.model.estimator, ShardedClassifier):
            shards = check_shards(subject.model, subject.model.estimator, subject.erased)
            estimates["differing_shards"] = Estimate.exact(shards.differing, n=shards.affected, unit="shards")
            return Measurement(estimates, {"attack": "training again", "affected_shards": shards.affected})
        if estimates["still_in_data"].value:  # a violation whatever the model remembers
            return Measurement(estimates, {"attack": "none needed"})
        found = attack_erased(subject, at_fpr=self.at_fpr, shadows=self.shadows, run=run)
        estimates |= {"tpr": found.tpr, "auc": found.auc, "advantage": found.advantage}
        return Measurement(estimates, {"attack": found.attack}, Assurance.EMPIRICAL)

    def judge(self, measurement: Measurement) -> Judgement:
        """Nothing left in the data, nor in the model."""
        found = measurement.estimates
        data = at_most(found["still_in_data"], 0, "erased records still in the train data")
        if "tpr" in found:
            return all_of(data, at_most(found["tpr"], self.max_tpr, f"tpr at fpr {self.at_fpr:g} on erased records"))
        exact = data
        if "differing_shards" in found:
            exact = all_of(data, at_most(found["differing_shards"], 0, "shards that remember erased records"))
        return attrs.evolve(exact, message=f"{exact.message} (no attack needed for max_tpr {self.max_tpr:g})")

    def repair(self, subject: ErasedModel, run: Run) -> Repair:
        """The model trained again without them."""
        from rqml_catalog.model_privacy.erasure.forgetting import forgetful
        from rqml_catalog.techniques.refits import accuracy_lost

        model, change, share = forgetful(subject, run)
        cost: dict[str, float | Estimate] = {"retrained": share}
        if model.test is not None and len(model.test) > 1:
            cost["accuracy"] = accuracy_lost(subject.model, model, run.confidence)
        return Repair(attrs.evolve(subject, model=model), changes=(change,), cost=cost)

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Models that memorise, whole and in shards, trained again or not."""
        quick = cls(max_tpr=0.3, at_fpr=0.1, shadows=12)
        yield satisfied("random trees trained again", quick, _whole(forgets=True))
        yield satisfied("shards trained again", cls(), _sharded(forgets=True))
        yield satisfied("few shards trained again", cls(), _sharded(forgets=True, shards=3))
        yield violated("random trees that remember", quick, _whole(forgets=False))
        yield violated("shards that remember", cls(), _sharded(forgets=False))
        yield violated("rows that were never taken out", cls(), _sharded(forgets=False, deleted=False))


def _check_rows(subject: ErasedModel) -> None:
    if subject.model.train.target is None:
        raise MissingSubject("the train data name no target: give Dataset(..., target=column)")
    for data, what in ((subject.erased, "erased"), (subject.model.train, "kept")):
        if not len(data):
            raise InsufficientEvidence(f"there are no {what} records: at least 1 is needed")


def _whole(forgets: bool) -> Any:
    def build(seed: int, _: Path) -> ErasedModel:
        from sklearn.ensemble import ExtraTreesClassifier

        return _erasure(ExtraTreesClassifier(6), seed, erased=150, forgets=forgets)

    return build


def _sharded(forgets: bool, shards: int = 10, deleted: bool = True) -> Any:
    def build(seed: int, _: Path) -> ErasedModel:
        from sklearn.tree import DecisionTreeClassifier

        from rqml_catalog.techniques.sharded import ShardedClassifier

        sharded = ShardedClassifier(DecisionTreeClassifier(), shards)
        return _erasure(sharded, seed, erased=3, forgets=forgets, deleted=deleted)

    return build


def _erasure(estimator: Any, seed: int, *, erased: int, forgets: bool, deleted: bool = True) -> ErasedModel:
    import numpy as np

    from rqml.subjects.model import TrainedModel
    from rqml_catalog.scenarios.classifiers import trained
    from rqml_catalog.techniques.record_pool import rows_of

    whole = trained(estimator, 330, seed, label_noise=0.4)
    rows = np.arange(len(whole.train))
    kept, gone = rows_of(whole.train, rows[erased:]), rows_of(whole.train, rows[:erased])
    model = TrainedModel(whole.estimator, kept if deleted else whole.train, whole.test)
    fresh = model.refit(kept, seed) if forgets else whole.estimator
    return ErasedModel(model.with_estimator(fresh), gone)
