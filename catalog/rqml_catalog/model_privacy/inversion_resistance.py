"""InversionResistance: nobody learns from a model's answers what the records of a class look like."""

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


@attrs.frozen(kw_only=True)
class InversionResistance(Requirement[TrainedModel]):
    """Records that are made up until the model is sure of a class do not come close to the records of that class.

    Requires:
        The best reconstruction of a class removes at most a share `max_closeness` of the squared distance of its train
        records to the population mean. The mean itself removes 0, the records themselves 1.
    Why:
        Where a class is a person, a patient group or a product, what its records look like is the secret; a model that
        answers strangers in detail can be asked for it.
    Measured:
        For each class, `queries` made-up records: their mean weighted by probability and by label, and a climb to where
        the model is surest (cross-entropy method). The attacker knows the mean and spread of each feature among the
        held-out records, and how frequent each category is. The best attack is chosen on one half of the train records
        and measured on the other.
    Enforced:
        The model is made to answer with labels only, so that there is nothing to climb. Where labels alone give the
        classes away, enforcing fails, and the queries must be cut.
    False alarms:
        A feature that defines a class shows in every good model; allow for what the purpose needs.
    Blind spots:
        A PASS is empirical: a stronger attack may exist, above all one with records of its own. What is reconstructed
        are classes, not single records (PRV-01 is about those).
    References:
        Fredrikson et al., CCS 2015. Rubinstein, Methodology and Computing in Applied Probability 1 (1999).

    Args:
        max_closeness: largest share of the squared distance that a reconstruction may remove, in [0, 1].
        queries: made-up records an attacker may ask about, per class.
    """

    meta = Meta(
        id="PRV-03",
        title="resistance to model inversion",
        statement="With {queries} queries a class, reconstructions come closer than the population mean by at most a "
        "share {max_closeness}.",
        remedy="answer with labels only, as enforce() does, and cut the number of queries a client may make (SRV-02)",
        stage=Stage.VALIDATION,
        severity=Severity.HIGH,
        references=("AML.T0024.001", "ML03", "NISTAML.032"),
        cost=Cost.COMMIT,
    )

    max_closeness: float = limit(default=0.3, stricter="lower", validator=v.and_(v.ge(0.0), v.le(1.0)))
    queries: int = attrs.field(default=1000, validator=v.and_(v.instance_of(int), v.ge(70)))

    def measure(self, model: TrainedModel, run: Run) -> Measurement:
        """Reconstruct every class."""
        from rqml_catalog.model_privacy.inversion.attacks import invert

        found = invert(model, self.queries, run)
        details = {"attack": found.attack, "closeness_by_attack": found.by_attack}
        return Measurement({"closeness": found.closeness}, details, Assurance.EMPIRICAL)

    def judge(self, measurement: Measurement) -> Judgement:
        """The closeness against the limit."""
        name = f"closeness after {self.queries} queries a class"
        judgement = at_most(measurement.estimates["closeness"], self.max_closeness, name)
        return attrs.evolve(judgement, message=f"{judgement.message} (best attack: {measurement.details['attack']})")

    def repair(self, model: TrainedModel, run: Run) -> Repair:
        """The model behind an interface that gives labels only."""
        from rqml_catalog.techniques.refits import labels_only

        found = labels_only(model)
        return Repair(found.model, changes=(found.change,), cost={"accuracy": 0.0})

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Clusters around secret centres, behind scores and behind labels, and clusters with nothing to hide."""
        judged = cls(max_closeness=0.45, queries=800)
        enough = "labels alone give linear classes away within this budget: cut the budget"
        yield satisfied("forest that gives labels only", judged, _forest(labels=True))
        yield satisfied("clusters that overlap", judged, _linear(separation=0.4))
        yield satisfied("forest on clusters that overlap", judged, _forest(separation=0.4))
        yield violated("forest", judged, _forest())
        yield violated("forest in a pipeline", judged, _scaled_forest)
        yield violated("linear model", cls(max_closeness=0.2), _linear(separation=2.0), unrepairable=enough)


def _forest(separation: float = 4.0, labels: bool = False) -> Any:
    def build(seed: int, _: Path) -> TrainedModel:
        from sklearn.ensemble import RandomForestClassifier

        from rqml_catalog.techniques.refits import labels_only

        model = _clusters(RandomForestClassifier(30), seed, separation)
        return labels_only(model).model if labels else model

    return build


def _linear(separation: float) -> Any:
    def build(seed: int, _: Path) -> TrainedModel:
        from sklearn.linear_model import LogisticRegression

        return _clusters(LogisticRegression(), seed, separation)

    return build


def _scaled_forest(seed: int, _: Path) -> TrainedModel:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return _clusters(make_pipeline(StandardScaler(), RandomForestClassifier(30, min_samples_leaf=2)), seed, 4.0)


def _clusters(estimator: Any, seed: int, separation: float) -> TrainedModel:
    from rqml_catalog.scenarios.clusters import trained_on_clusters

    return trained_on_clusters(estimator, 300, seed, separation=separation, classes=12)
