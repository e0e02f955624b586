"""ExtractionResistance: a budget of queries does not buy a copy of the model."""

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
class ExtractionResistance(Requirement[TrainedModel]):
    """Whoever may ask the model so many questions cannot train a copy that answers alike.

    Requires:
        With `queries` queries, the best of a suite of extraction attacks obtains a surrogate that agrees with the model
        on at most a share `max_fidelity` of fresh records.
    Why:
        A copy is a loss by itself, and the white box on which evasion and inversion are prepared.
    Measured:
        Equation solving from scores; labels of perturbed records; active search along the boundary; random queries;
        each with linear, kernel and tree surrogates. The attacker knows a third of the held-out records without
        labels; the best surrogate is chosen on the second third and its agreement reported on the last.
    Enforced:
        The model is made to answer with labels only. Rounding scores is not offered: it stops no attack that reads
        labels. Where labels are enough within the budget, enforcing fails, and the budget must be cut.
    False alarms:
        Where nearly all records are of one class any copy agrees; the details give that baseline.
    Blind spots:
        A PASS is empirical: a stronger attack, or one with better data, may exist. Categories are asked about as
        codes, which suits tree surrogates more than linear ones.
    References:
        Tramèr et al., arXiv 1609.02943. Papernot et al., arXiv 1602.02697.

    Args:
        max_fidelity: largest share of fresh records on which a copy may agree with the model, in [0, 1].
        queries: number of records an attacker may ask about.
    """

    meta = Meta(
        id="MDL-01",
        title="resistance to extraction",
        statement="With {queries} queries nobody obtains a copy that agrees on more than a share {max_fidelity} of the "
        "records.",
        remedy="answer with labels only, as enforce() does, and cut the number of queries a client may make (SRV-02)",
        stage=Stage.VALIDATION,
        severity=Severity.HIGH,
        references=("AML.T0024.002", "ML05", "NISTAML.031"),
        cost=Cost.COMMIT,
    )

    max_fidelity: float = limit(default=0.9, stricter="lower", validator=v.and_(v.ge(0.0), v.le(1.0)))
    queries: int = attrs.field(default=250, validator=v.and_(v.instance_of(int), v.ge(4)))

    def measure(self, model: TrainedModel, run: Run) -> Measurement:
        """Run the attacks, and report the best copy."""
        from rqml_catalog.model_protection.extraction.fidelity import extract

        found = extract(model, self.queries, run)
        details = {"attack": found.attack, "fidelity_by_attack": found.by_attack}
        return Measurement({"fidelity": found.fidelity, "baseline": found.baseline}, details, Assurance.EMPIRICAL)

    def judge(self, measurement: Measurement) -> Judgement:
        """The agreement of the best copy against the limit."""
        judgement = at_most(
            measurement.estimates["fidelity"], self.max_fidelity, f"fidelity after {self.queries} queries"
        )
        return attrs.evolve(judgement, message=f"{judgement.message} (best attack: {measurement.details['attack']})")

    def repair(self, model: TrainedModel, run: Run) -> Repair:
        """The model behind an interface that gives labels only."""
        from rqml_catalog.techniques.minimised import minimised

        wrapped = minimised(model, decimals=0, scores=1)
        return Repair(wrapped, changes=("answers hold labels only",), cost={"accuracy": 0.0})

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """A logistic model whose scores give it away at once, and whose labels do so only with many queries."""
        few, enough = cls(max_fidelity=0.95, queries=8), "labels alone are enough within this budget: cut the budget"
        many = cls(max_fidelity=0.9, queries=400)
        yield satisfied("labels, few queries", few, _logistic(decimals=0))
        yield satisfied("jagged trees, labels", few, _trees(decimals=0))
        yield satisfied("jagged trees", few, _trees(decimals=None))
        yield violated("all scores", few, _logistic(decimals=None))
        yield violated("rounded scores, many queries", many, _logistic(decimals=2), unrepairable=enough)
        yield violated("labels, many queries", many, _logistic(decimals=0), unrepairable=enough)


def _logistic(decimals: int | None) -> Any:
    def build(seed: int, _: Path) -> TrainedModel:
        from sklearn.linear_model import LogisticRegression

        from rqml_catalog.scenarios.classifiers import trained

        return _behind(trained(LogisticRegression(), 900, seed, classes=4), decimals)

    return build


def _trees(decimals: int | None) -> Any:
    def build(seed: int, _: Path) -> TrainedModel:
        from sklearn.ensemble import RandomForestClassifier

        from rqml_catalog.scenarios.classifiers import trained

        return _behind(trained(RandomForestClassifier(10), 900, seed, label_noise=0.5), decimals)

    return build


def _behind(model: TrainedModel, decimals: int | None) -> TrainedModel:
    from rqml_catalog.techniques.minimised import minimised

    return model if decimals is None else minimised(model, decimals=decimals, scores=len(model.estimator.classes_))
