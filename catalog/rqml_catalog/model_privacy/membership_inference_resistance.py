"""MembershipInferenceResistance: nobody can tell from a model's answers whose records trained it."""

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


def _even(_: object, attribute: Any, value: int) -> None:
    if value % 2:
        raise ValueError(f"{attribute.name} must be even (each half of the records has its complement), got {value}")


@attrs.frozen(kw_only=True)
class MembershipInferenceResistance(Requirement[TrainedModel]):
    """An attacker who queries the model cannot recognise the records it was trained on.

    Requires:
        At a false-positive rate of `at_fpr`, the strongest of a suite of attacks recognises at most a share `max_tpr`
        of the train records. Blind guessing recognises a share `at_fpr`.
    Why:
        That somebody's record was used can be a secret in itself (patients of a clinic, debtors of a bank), and a
        model that gives membership away has memorised records.
    Measured:
        Shadow models are trained on random halves of all records. LiRA (online, offline, fixed variance), RMIA,
        BaVarIA and a label-only attack compare the model's answer on a record with those of shadows with and without
        it; the one that is strongest on shadows playing the target is judged. The threshold is picked on one half of
        the held-out records and counted on the other. Where held-out records are of another distribution than the
        train records, shadows stand in for the model, because there chance alone decides who is a member.
    Enforced:
        Refits with more regular parameters, tried from the most accurate on, until one resists; judged again with
        fresh shadows. The cost is the loss of held-out accuracy, with its interval.
    False alarms:
        A model that does not memorise leaks at most by chance: the interval must clear the limit. Train records that
        are merely easier than held-out ones raise a warning in the details, not a verdict.
    Blind spots:
        A PASS is empirical: a stronger attack may exist. Averages hide single exposed records, which the details name
        by row. Regression models and attackers who see the parameters are not covered.
    References:
        Carlini et al., arXiv 2112.03570. Zarifzadeh et al., arXiv 2312.03262. Brännvall, arXiv 2603.11799.

    Args:
        max_tpr: largest share of train records that may be recognised, in [0, 1].
        at_fpr: share of held-out records that may be taken for train records by mistake, in (0, 1); 1 % needs 198
            held-out records, 10 % needs 18 (and no measurement is made with fewer than 50).
        shadows: number of shadow models, even, at least 8; more find more.
    """

    meta = Meta(
        id="PRV-01",
        title="resistance to membership inference",
        statement="At a false-positive rate of {at_fpr}, no attack recognises more than a share {max_tpr} of the "
        "train records.",
        remedy="train a more regular model, as enforce() does, or one with differential privacy, or answer with less "
        "detail",
        stage=Stage.VALIDATION,
        severity=Severity.HIGH,
        references=("AML.T0024.000", "ML04", "NISTAML.033", "GDPR 25", "GDPR 32"),
        cost=Cost.RELEASE,
    )

    max_tpr: float = limit(default=0.05, stricter="lower", validator=v.and_(v.ge(0.0), v.le(1.0)))
    at_fpr: float = attrs.field(default=0.01, validator=v.and_(v.gt(0.0), v.lt(1.0)))
    shadows: int = attrs.field(default=32, validator=v.and_(v.instance_of(int), v.ge(8), _even))

    def measure(self, model: TrainedModel, run: Run) -> Measurement:
        """Attack the model with everything, and report the strongest attack."""
        from rqml_catalog.model_privacy.membership.audit import attack_model

        finding = attack_model(model, at_fpr=self.at_fpr, shadows=self.shadows, run=run)
        estimates = {"tpr": finding.tpr, "fpr": finding.fpr, "advantage": finding.advantage, "auc": finding.auc}
        return Measurement(estimates, finding.details(), Assurance.EMPIRICAL)

    def judge(self, measurement: Measurement) -> Judgement:
        """The share of recognised records against the limit."""
        judgement = at_most(measurement.estimates["tpr"], self.max_tpr, f"tpr at fpr {self.at_fpr:g}")
        attack = measurement.details["attack"]
        return attrs.evolve(judgement, message=f"{judgement.message} (strongest attack: {attack})")

    def repair(self, model: TrainedModel, run: Run) -> Repair:
        """The least costly refit that resists."""
        from rqml_catalog.model_privacy.membership.refit import least_costly_refit

        found = least_costly_refit(model, at_fpr=self.at_fpr, max_tpr=self.max_tpr, shadows=self.shadows, run=run)
        return Repair(found.model, changes=(f"trained again with {found.change}",), cost={"accuracy": found.lost})

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Forests, trees and neighbours that memorise noisy labels, and models that are too regular to do so."""
        quick = cls(max_tpr=0.3, at_fpr=0.1, shadows=16)
        yield satisfied("shallow forest", quick, _forest(leaf=40))
        yield satisfied("linear model", quick, _linear)
        yield satisfied("held-out labels are noisier", quick, _noisier_held_out)
        yield violated("forest grown to pure leaves", quick, _forest(leaf=1))
        yield violated("weighted neighbours in a pipeline", quick, _neighbours)
        yield violated("random trees fitted to noisy labels", quick, _extra_trees)


def _forest(leaf: int) -> Any:
    def build(seed: int, _: Path) -> TrainedModel:
        from sklearn.ensemble import RandomForestClassifier

        from rqml_catalog.scenarios.classifiers import trained

        return trained(RandomForestClassifier(12, min_samples_leaf=leaf), 350, seed, label_noise=0.4)

    return build


def _linear(seed: int, _: Path) -> TrainedModel:
    from sklearn.linear_model import LogisticRegression

    from rqml_catalog.scenarios.classifiers import trained

    return trained(LogisticRegression(), 400, seed)


def _noisier_held_out(seed: int, _: Path) -> TrainedModel:
    from sklearn.tree import DecisionTreeClassifier

    from rqml_catalog.scenarios.classifiers import trained

    return trained(DecisionTreeClassifier(min_samples_leaf=50), 400, seed, label_noise=0.0, held_out_noise=0.6)


def _neighbours(seed: int, _: Path) -> TrainedModel:
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from rqml_catalog.scenarios.classifiers import trained

    return trained(
        make_pipeline(StandardScaler(), KNeighborsClassifier(15, weights="distance")), 300, seed, label_noise=0.2
    )


def _extra_trees(seed: int, _: Path) -> TrainedModel:
    from sklearn.ensemble import ExtraTreesClassifier

    from rqml_catalog.scenarios.classifiers import trained

    return trained(ExtraTreesClassifier(10, min_samples_leaf=2), 350, seed, label_noise=0.4)
