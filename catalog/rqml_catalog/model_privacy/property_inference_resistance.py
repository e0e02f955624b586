"""PropertyInferenceResistance: a model does not tell how its train data were composed."""

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
    TrainedModel,
    at_most,
    limit,
    satisfied,
    violated,
)
from rqml_catalog.model_privacy.parameters import even


def _tuple(value: Iterable[float]) -> tuple[float, ...]:
    if not isinstance(value, Iterable):
        raise TypeError("two shares are needed, such as (0.3, 0.7)")
    return tuple(value)


def _two_shares(_: object, attribute: Any, value: tuple[float, ...]) -> None:
    numbers = all(isinstance(share, int | float) for share in value)
    if not numbers or len(value) != 2 or not 0.0 < value[0] < value[1] < 1.0:
        raise ValueError(f"{attribute.name} are two shares, 0 < first < second < 1, got {value}")


@attrs.frozen(kw_only=True)
class PropertyInferenceResistance(Requirement[TrainedModel]):
    """Nobody can tell from the model's answers how frequent a group was among its train records.

    Requires:
        A meta-classifier tells models trained with the first of `shares` of the group from models trained with the
        second with an accuracy of at most `max_accuracy`. Blind guessing reaches .5.
    Why:
        The composition of train data can be a secret of whoever owns them: the share of patients with a disease, of
        failed machines, of customers of one kind.
    Measured:
        Shadow models are trained on samples of the train records, and of the held-out ones, in which the group has one
        share or the other. A linear meta-classifier of the answers of one half is judged on those of the other, whose
        records it does not know, so that a chance difference among the same few records is no property.
    Enforced:
        The model is trained again on as many records inside as outside of the group, always; its answers then follow
        no share. The cost is the loss of held-out accuracy, with its interval.
    False alarms:
        Shares far apart are told from any model that is good for anything; ask for a difference that matters.
    Blind spots:
        A PASS is empirical, and about the training at this size of data: a better meta-classifier, or one with the
        model's parameters, may tell more. One group is judged at a time.
    References:
        Ateniese et al., arXiv 1306.4447. Zhang et al., arXiv 2006.07267.

    Args:
        column: column that decides the group, in train and held-out data; the model need not take it.
        value: value of that column in the group.
        shares: two shares of the group that must not be told apart, 0 < first < second < 1.
        max_accuracy: largest share of shadow models whose share of the group may be told, in [.5, 1].
        shadows: number of shadow models, even, at least 20.
    """

    meta = Meta(
        id="PRV-04",
        title="resistance to property inference",
        statement="Models with shares {shares} of the group {column} = {value} are told apart with an accuracy of at "
        "most {max_accuracy}.",
        remedy="train on a fixed mixture of the groups, as enforce() does, or answer with less detail",
        stage=Stage.VALIDATION,
        severity=Severity.MEDIUM,
        references=("AML.T0024", "NISTAML.034"),
        cost=Cost.RELEASE,
    )

    column: str = attrs.field(default="group", validator=v.and_(v.instance_of(str), v.min_len(1)))
    value: str | float | bool = attrs.field(default=1, validator=v.instance_of((str, int, float, bool)))
    shares: tuple[float, ...] = attrs.field(default=(0.3, 0.7), converter=_tuple, validator=_two_shares)
    max_accuracy: float = limit(default=0.8, stricter="lower", validator=v.and_(v.ge(0.5), v.le(1.0)))
    shadows: int = attrs.field(default=60, validator=v.and_(v.instance_of(int), v.ge(20), even))

    def measure(self, model: TrainedModel, run: Run) -> Measurement:
        """Train shadows, and tell them apart."""
        from rqml_catalog.model_privacy.property.distinguish import distinguish

        first, second = self.shares
        found = distinguish(model, self.column, self.value, (first, second), self.shadows, run=run)
        details = {"column": self.column, "rows_of_a_shadow": found.rows}
        estimates = {"accuracy": found.accuracy, "share": Estimate.exact(found.group, n=len(model.train))}
        return Measurement(estimates, details, Assurance.EMPIRICAL)

    def judge(self, measurement: Measurement) -> Judgement:
        """The accuracy against the limit."""
        return at_most(measurement.estimates["accuracy"], self.max_accuracy, "accuracy of the meta-classifier")

    def repair(self, model: TrainedModel, run: Run) -> Repair:
        """The model trained on equal numbers inside and outside of the group."""
        from rqml_catalog.model_privacy.property.distinguish import BalancedFit
        from rqml_catalog.techniques.refits import accuracy_lost

        fit = BalancedFit(model, self.column, self.value)
        fresh = model.with_estimator(fit(model.train, run.derive("refit").seed), fit=fit)
        change = f"trained again on equal numbers of records inside and outside of the group of {self.column!r}"
        return Repair(fresh, changes=(change,), cost={"accuracy": accuracy_lost(model, fresh, run.confidence)})

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Models whose answers follow the share of the ill, and models whose answers do not."""
        judged = cls(column="illness", shares=(0.1, 0.9), max_accuracy=0.85, shadows=48)
        close = attrs.evolve(judged, shares=(0.49, 0.51))
        yield satisfied("trained on equal numbers", judged, _balanced)
        yield satisfied("shares that hardly differ", close, _bayes)
        yield satisfied("answers that never change", judged, _constant)
        yield violated("naive Bayes on one feature", judged, _one_feature)
        yield violated("naive Bayes", judged, _bayes)
        yield violated("linear model", judged, _linear)


def _one_feature(seed: int, _: Path) -> TrainedModel:
    from sklearn.feature_selection import SelectKBest
    from sklearn.naive_bayes import GaussianNB
    from sklearn.pipeline import make_pipeline

    return _patients(make_pipeline(SelectKBest(k=1), GaussianNB()), seed)


def _balanced(seed: int, folder: Path) -> TrainedModel:
    from rqml_catalog.model_privacy.property.distinguish import BalancedFit

    model = _bayes(seed, folder)
    fit = BalancedFit(model, "illness", 1)
    fitted: TrainedModel = model.with_estimator(fit(model.train, seed), fit=fit)
    return fitted


def _constant(seed: int, _: Path) -> TrainedModel:
    from sklearn.dummy import DummyClassifier

    return _patients(DummyClassifier(strategy="constant", constant=1), seed)


def _bayes(seed: int, _: Path) -> TrainedModel:
    from sklearn.naive_bayes import GaussianNB

    return _patients(GaussianNB(), seed)


def _linear(seed: int, _: Path) -> TrainedModel:
    from sklearn.linear_model import LogisticRegression

    return _patients(LogisticRegression(), seed)


def _patients(estimator: Any, seed: int) -> TrainedModel:
    from rqml_catalog.scenarios.patients import patients_without_names

    return patients_without_names(estimator, 1800, seed)
