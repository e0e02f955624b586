"""AttributeInferenceResistance: a model tells no more of a person's attribute than could be guessed without it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
from attrs import validators as v

from rqml import (
    Assurance,
    Cost,
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
from rqml.errors import MissingSubject


@attrs.frozen(kw_only=True)
class AttributeInferenceResistance(Requirement[TrainedModel]):
    """Whoever knows all of a train record but one attribute learns little of it from the model.

    Requires:
        On train records, the best attack guesses the attribute right on at most a share `max_gain` more of them than
        the best attacker who does not have the model.
    Why:
        A model can give away an illness or a debt of somebody whose other data are known. What anybody could guess
        from those other data is no leak of the model, so only the gain counts.
    Measured:
        Attackers know the other features, the label, and held-out records of their own. Without the model: a forest,
        a linear model, the most frequent value. With it: each of these weighed with the model's answers for every
        value the attribute may have, and attackers that learn from those answers. Numbers are guessed to a third. The
        best of each side is chosen on one half of the train records and counted on the other.
    Enforced:
        Labels only, leaving the attribute out, or a more regular refit: the first that reaches the limit, from the
        most accurate on. The cost is the loss of held-out accuracy, with its interval.
    False alarms:
        A model trained on far more records than the attacker holds knows the population better, which counts as gain.
    Blind spots:
        A PASS is empirical: a stronger attack may exist. One attribute is judged at a time; at most ten values are
        told apart, and 2,000 records attacked.
    References:
        Fredrikson et al., CCS 2015. Mehnaz et al., arXiv 2201.09370. Jayaraman and Evans, arXiv 2209.01292.

    Args:
        attribute: column whose values must not be inferred; empty: the only column of the data's sensitive ones.
        max_gain: largest share of train records that the model may add to the right guesses, in [0, 1].
    """

    meta = Meta(
        id="PRV-02",
        title="resistance to attribute inference",
        statement="Guesses of the attribute {attribute} gain at most a share {max_gain} of right ones by the model.",
        remedy="answer with less detail, leave the attribute out or train a more regular model, as enforce() does",
        stage=Stage.VALIDATION,
        severity=Severity.HIGH,
        references=("AML.T0024.001", "ML03", "NISTAML.032", "GDPR 9", "GDPR 25"),
        cost=Cost.COMMIT,
    )

    attribute: str = attrs.field(default="", validator=v.instance_of(str))
    max_gain: float = limit(default=0.05, stricter="lower", validator=v.and_(v.ge(0.0), v.le(1.0)))

    def measure(self, model: TrainedModel, run: Run) -> Measurement:
        """Guess the attribute with and without the model."""
        from rqml_catalog.model_privacy.attribute.attacks import infer_attribute

        attribute = self._attribute(model)
        found = infer_attribute(model, attribute, run)
        estimates = {"gain": found.gain, "with_model": found.with_model, "without_model": found.without_model}
        details = {"attribute": attribute, "attack": found.attack, "hits": found.hits}
        return Measurement(estimates, details, Assurance.EMPIRICAL)

    def judge(self, measurement: Measurement) -> Judgement:
        """The gain against the limit."""
        judgement = at_most(
            measurement.estimates["gain"], self.max_gain, f"gain on {measurement.details['attribute']!r}"
        )
        return attrs.evolve(judgement, message=f"{judgement.message} (best attack: {measurement.details['attack']})")

    def repair(self, model: TrainedModel, run: Run) -> Repair:
        """The least costly change that reaches the limit."""
        from rqml_catalog.model_privacy.attribute.repair import least_costly_change
        from rqml_catalog.techniques.refits import accuracy_lost

        found = least_costly_change(model, self._attribute(model), self.max_gain, run)
        lost = accuracy_lost(model, found.model, run.confidence)
        return Repair(found.model, changes=(found.change,), cost={"accuracy": lost})

    def _attribute(self, model: TrainedModel) -> str:
        if self.attribute or len(model.train.sensitive) == 1:
            return self.attribute or model.train.sensitive[0]
        raise MissingSubject(
            f"the data name {len(model.train.sensitive)} sensitive columns: say which one by attribute=..."
        )

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Models that memorise records with the attribute in them, and models that are too regular to do so."""
        judged = cls(attribute="illness", max_gain=0.12)
        yield satisfied("linear model", judged, _linear)
        yield satisfied("shallow forest", judged, _forest(leaf=60))
        yield satisfied("forest that never saw the attribute", judged, _forest(leaf=2, told=False))
        yield violated("forest grown to pure leaves of all records", judged, _forest(leaf=1))
        yield violated("random trees grown to pure leaves", judged, _extra_trees)
        yield violated("weighted neighbours", judged, _neighbours)


def _forest(leaf: int, told: bool = True) -> Any:
    def build(seed: int, _: Path) -> TrainedModel:
        from sklearn.ensemble import RandomForestClassifier

        return _patients(RandomForestClassifier(12, min_samples_leaf=leaf, bootstrap=leaf > 1), seed, told=told)

    return build


def _linear(seed: int, _: Path) -> TrainedModel:
    from sklearn.linear_model import LogisticRegression

    return _patients(LogisticRegression(), seed)


def _extra_trees(seed: int, _: Path) -> TrainedModel:
    from sklearn.ensemble import ExtraTreesClassifier

    return _patients(ExtraTreesClassifier(12), seed)


def _neighbours(seed: int, _: Path) -> TrainedModel:
    from sklearn.neighbors import KNeighborsClassifier

    return _patients(KNeighborsClassifier(5, weights="distance"), seed)


def _patients(estimator: Any, seed: int, *, told: bool = True) -> TrainedModel:
    from rqml_catalog.scenarios.patients import patients

    return patients(estimator, 450, seed, told=told)
