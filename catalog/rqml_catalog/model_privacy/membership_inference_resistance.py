"""MembershipInferenceResistance: nobody can tell from a model's answers whose records trained it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
from attrs import validators as v

from rqml import (
    CheckStatus,
    Cost,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    Reason,
    Repair,
    Requirement,
    Run,
    Scenario,
    Severity,
    Stage,
    TrainedModel,
    all_of,
    at_most,
    limit,
    satisfied,
    violated,
)
from rqml.meta import one_or_many
from rqml_catalog.model_privacy.parameters import even, finite_bounds, grid_of_values, named_cost, tiers

SLACK = 0.2  # share of the limit that a repair keeps free, so that it does not pass the search by luck
SEARCH_SHADOWS = 16  # while searching a repair; the verdict afterwards uses as many as asked


@attrs.frozen(kw_only=True)
class MembershipInferenceResistance(Requirement[TrainedModel]):
    """An attacker who queries the model cannot recognise the records it was trained on.

    Requires:
        At a false-positive rate of `at_fpr`, the strongest of a suite of attacks recognises at most a share `max_tpr`
        of the train records, and of each of the `groups`. Blind guessing recognises a share `at_fpr`.
    Why:
        That somebody's record was used can be a secret in itself (patients of a clinic, debtors of a bank), and a
        model that gives membership away has memorised records.
    Measured:
        Shadow models are trained on random halves of all records. LiRA (online, offline, fixed variance), RMIA,
        BaVarIA and a label-only attack compare the model's answer on a record with those of shadows with and without
        it; the one that is strongest on shadows playing the target is judged. The threshold is picked on one half of
        the held-out records and counted on the other. Where held-out records are of another distribution than the
        train records, shadows stand in for the model, because there chance alone decides who is a member. Test records
        whose features are those of train records, up to rounding, are refused where a random split does not explain
        so many, and else set aside on both sides. With `cost="commit"` no shadow is trained: the model's confidence is
        compared with that of a forest's out-of-bag votes. That is weaker, so it passes only what no threshold at all
        tells apart by more than the limits allow.
    Enforced:
        Tries what makes a model tell less, from the most useful on, until one resists: a grid of the user's own, more
        regular parameters and earlier stops, with `bounds` differential privacy, coarser answers. Judged again with
        fresh shadows. The costs are the loss of held-out accuracy and Brier score, with their intervals.
    False alarms:
        A model that does not memorise leaks at most by chance: the interval must clear the limit. Train records that
        are merely easier than held-out ones raise a warning in the details, not a verdict. Where the plain confidence
        recognises more than the shadows do and `fit` answers alike whatever records it gets, nothing is judged.
    Blind spots:
        A PASS is empirical: a stronger attack may exist. Averages hide single exposed records, which the details name
        by row. Regression models and attackers who see the parameters are not covered.
    References:
        Carlini et al., arXiv 2112.03570. Zarifzadeh et al., arXiv 2312.03262. Brännvall, arXiv 2603.11799. Watson et
        al., arXiv 2111.08440.

    Args:
        max_tpr: largest share of train records that may be recognised, in [0, 1].
        at_fpr: share of held-out records that may be taken for train records by mistake, in (0, 1); 1 % needs 198
            held-out records, 10 % needs 18 (and no measurement is made with fewer than 50).
        shadows: number of shadow models, even, at least 8; more find more.
        cost: "release" trains shadow models, "commit" none.
        groups: columns whose every value is a group that is judged by itself, the worst one counting; the target's
            name asks for the worst class.
        grid: values per parameter that enforce() may try, of the model's own `fit` (as keyword arguments) or of its
            estimator.
        bounds: (lowest, highest) of every feature, known without looking at the records, with which enforce() may
            try differential privacy.
        cross_check: whether the details are to tell what ART's black-box attack recognises (needs rqml[attacks]); it
            warns, the shadows decide; where it cannot be carried out, the details say why.
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
    shadows: int = attrs.field(default=32, validator=v.and_(v.instance_of(int), v.ge(8), even))
    cost: Cost = attrs.field(default=Cost.RELEASE, converter=named_cost, validator=tiers)
    groups: tuple[str, ...] = attrs.field(default=(), converter=one_or_many)
    grid: Mapping[str, Sequence[Any]] | None = attrs.field(default=None, validator=v.optional(grid_of_values))
    bounds: Mapping[str, tuple[float, float]] | None = attrs.field(default=None, validator=v.optional(finite_bounds))
    cross_check: bool = attrs.field(default=False, validator=v.instance_of(bool))

    def measure(self, model: TrainedModel, run: Run) -> Measurement:
        """Attack the model with everything that the cost allows, and report the strongest attack."""
        from rqml_catalog.model_privacy.membership.audit import measure_membership

        shadows = self.shadows if self.cost >= Cost.RELEASE else 0
        return measure_membership(
            model, at_fpr=self.at_fpr, shadows=shadows, groups=self.groups, cross_check=self.cross_check, run=run
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """The share of recognised records against the limit, in all and in the worst group."""
        found = measurement.estimates
        judged = at_most(found["tpr"], self.max_tpr, f"tpr at fpr {self.at_fpr:g}")
        if "worst_tpr" in found:
            judged = all_of(judged, self._judge_groups(found["worst_tpr"], measurement.details["groups"]))
        if self.cost < Cost.RELEASE and judged.status is CheckStatus.PASS:
            judged = self._judge_any_threshold(judged, found["advantage"])
        attack = measurement.details["attack"]
        return attrs.evolve(judged, message=f"{judged.message} (strongest attack: {attack})")

    def repair(self, model: TrainedModel, run: Run) -> Repair:
        """The change that loses least and resists."""
        from rqml_catalog.model_privacy.membership.refit import least_costly_change
        from rqml_catalog.techniques.repair_options import options_for

        fewer = attrs.evolve(self, shadows=min(self.shadows, SEARCH_SHADOWS), cross_check=False)
        stricter = attrs.evolve(self, max_tpr=self.max_tpr * (1.0 - SLACK))
        found = least_costly_change(
            model,
            options_for(model, grid=self.grid, bounds=self.bounds),
            attack=fewer.measure,
            resists=lambda measured: stricter.judge(measured).status is CheckStatus.PASS,
            at_fpr=self.at_fpr,
            max_tpr=stricter.max_tpr,
            run=run,
        )
        return Repair(found.model, changes=(found.words,), cost=found.lost)

    def _judge_groups(self, worst: Estimate, groups: Mapping[str, Any]) -> Judgement:
        judged = at_most(worst, self.max_tpr, f"tpr in the worst of {groups['judged']} groups")
        if not groups["too_small"] or judged.status is CheckStatus.FAIL:
            return judged
        text = f"{groups['too_small']} groups have fewer held-out records than the {groups['needed']} that each needs"
        return Judgement(CheckStatus.INCOMPLETE, text, Reason.INSUFFICIENT_EVIDENCE)

    def _judge_any_threshold(self, judged: Judgement, advantage: Estimate) -> Judgement:
        """Stronger attacks make more of a difference than this one does: where there is one, shadows must decide."""
        room = self.max_tpr - self.at_fpr
        if advantage.high <= room:
            return judged
        text = f"advantage = {advantage!s} may exceed {room:.3g}: check with cost='release'"
        return Judgement(CheckStatus.INCOMPLETE, text, Reason.INSUFFICIENT_EVIDENCE)

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Forests, trees and neighbours that memorise noisy labels, and models that are too regular to do so."""
        from rqml_catalog.scenarios.memorisers import forest, linear, neighbours, noisier_held_out

        quick = cls(max_tpr=0.3, at_fpr=0.1, shadows=8)
        cheap = attrs.evolve(quick, cost=Cost.COMMIT)
        yield satisfied("shallow forest", quick, forest(trees=5, leaf=40))
        yield satisfied("linear model", quick, linear)
        yield satisfied("held-out labels are noisier", quick, noisier_held_out)
        yield satisfied("linear model, without shadows", cheap, linear)
        yield violated("forest grown to pure leaves", attrs.evolve(quick, shadows=12), forest(trees=12, leaf=1))
        yield violated("weighted neighbours in a pipeline", quick, neighbours)
        yield violated("forest grown to pure leaves, without shadows", cheap, forest(trees=20, leaf=1))
