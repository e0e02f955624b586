"""PrivacyAudit: what a mechanism claims about differential privacy survives an attempt to refute it."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from pathlib import Path
from typing import Any, ClassVar

import attrs
from attrs import validators as v

from rqml import (
    Assurance,
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
    limit,
    satisfied,
    violated,
)
from rqml_catalog.training.mechanism import Mechanism

_NUMBER: Any = v.and_(v.instance_of((int, float)), v.not_(v.instance_of(bool)))


@attrs.frozen(kw_only=True)
class PrivacyAudit(Requirement[Mechanism]):
    """A mechanism leaks no more than it claims: its epsilon cannot be shown to be larger.

    Requires:
        No test shows, with the confidence of the run, that the mechanism's epsilon at `delta` is above `epsilon`, for
        the pair of neighbouring data sets at hand.
    Why:
        Claims of differential privacy are often broken by a wrong sensitivity, a wrong scale or a side channel; such
        a fault is invisible in the outputs, and voids every promise made to the people in the data.
    Measured:
        The mechanism runs `runs` times on each data set. On half of the outputs an event is looked for that tells the
        two apart (thresholds on coordinates, on a projection, on likelihood ratios that were learnt); on the other
        half it is counted, and Clopper-Pearson limits of its two probabilities give a lower bound on epsilon. A
        training with canaries runs once: it is guessed who was in. Runs that would hardly have refuted twice the claim
        (or the claim and .1, if that is more) are no evidence: the verdict says how many are needed.
    Enforced:
        Every further release is refused (contained): noise of the right scale cannot be guessed from outside.
    False alarms:
        At 95 % confidence one correct mechanism in twenty, at the very most, is accused; in practice far fewer.
    Blind spots:
        A PASS is empirical: another pair of neighbours or a better test may refute the claim. The claim holds under the
        pair's relation (replace, add or remove) only. The lowest bits of outputs are looked at on request only. What
        the runs would have shown is told for Laplace noise; rare events and normal noise take more of them.
    References:
        Jagielski et al., arXiv 2006.07709. Ding et al., arXiv 1805.10559. Steinke et al., arXiv 2305.08846 (one
        run). Mironov, CCS 2012 (lowest bits).

    Args:
        epsilon: largest epsilon claimed, >= 0 and finite.
        delta: delta of the claim, in [0, 1).
        runs: releases on each of the two data sets; a training with canaries runs once.
        floating_point: whether the lowest bits of outputs may tell the data sets apart. Noise of ordinary floating
            point, such as numpy's, does not withstand that; snapped or discrete noise does.
    """

    meta = Meta(
        id="TRN-02",
        title="audit of a privacy claim",
        statement="No test shows that the mechanism's epsilon is above {epsilon} (delta {delta}).",
        remedy="stop releasing, and correct the sensitivity or the scale of the noise",
        stage=Stage.TRAINING,
        severity=Severity.CRITICAL,
        references=("AML.T0024.000", "ML04", "NISTAML.033", "GDPR 25", "GDPR 32"),
        cost=Cost.COMMIT,
    )

    excuses: ClassVar = {
        "stricter_limits_never_pass_more": "a small claim takes fewer runs to refute than a large one, so runs that "
        "are no evidence for a large claim (INCOMPLETE) may be for a small one (PASS); FAIL never becomes PASS"
    }

    epsilon: float = limit(stricter="lower", default=1.0, validator=v.and_(_NUMBER, v.ge(0.0), v.lt(inf)))
    delta: float = attrs.field(default=0.0, validator=v.and_(_NUMBER, v.ge(0.0), v.lt(1.0)))
    runs: int = attrs.field(default=20_000, validator=v.and_(v.instance_of(int), v.ge(100)))
    floating_point: bool = attrs.field(default=False, validator=v.instance_of(bool))

    def measure(self, mechanism: Mechanism, run: Run) -> Measurement:
        """Run the mechanism, and bound its epsilon from below."""
        from rqml_catalog.training.audit.audits import guessed, told_apart
        from rqml_catalog.training.audit.neighbours import check_neighbours

        if mechanism.canaries:
            audit, note = guessed(mechanism, self.delta, run)
        else:
            audit, note = told_apart(mechanism, self.runs, self.delta, run, floating_point=self.floating_point)
        epsilon = Estimate.interval(audit.value, audit.low, audit.high, confidence=run.confidence, n=audit.runs)
        by_design = mechanism.canaries > 0
        seen = by_design or check_neighbours(mechanism.dataset, mechanism.neighbour, mechanism.relation)
        details = {
            "relation": mechanism.relation,
            "neighbours": "verified" if seen else "not verified: these data sets cannot be compared record by record",
            "canaries": mechanism.canaries,
            "event_counts": list(audit.hits),
            "note": note,
        }
        return Measurement({"epsilon": epsilon}, details, Assurance.EMPIRICAL)

    def judge(self, measurement: Measurement) -> Judgement:
        """The lower bound against the claim; runs that would not have shown twice the claim are no evidence for it."""
        from rqml_catalog.training.audit.power import power_of

        found, details = measurement.estimates["epsilon"], measurement.details
        claim = f"the claimed {self.epsilon:g} under {details['relation']!r}"
        note = f"; {details['note']}" if details["note"] else ""
        if found.low > self.epsilon:
            text = f"epsilon = {found}: the lower end is above {claim}{note}"
            return Judgement(CheckStatus.FAIL, text, assurance=Assurance.STATISTICAL)
        shown, missing = power_of(
            self.epsilon, found.n or 0, alpha=1.0 - found.confidence, delta=self.delta, canaries=details["canaries"] > 0
        )
        if missing:
            text = f"epsilon = {found}: the lower end is within {claim}, but {shown}: {missing}{note}"
            return Judgement(CheckStatus.INCOMPLETE, text, Reason.INSUFFICIENT_EVIDENCE)
        text = f"epsilon = {found}: the lower end is within {claim}; {shown}{note}"
        return Judgement(CheckStatus.PASS, text, assurance=Assurance.EMPIRICAL)

    def repair(self, mechanism: Mechanism, run: Run) -> Repair:
        """The mechanism, refusing every release."""
        from rqml_catalog.training.audit.outputs import Refused

        blocked = attrs.evolve(mechanism, release=Refused(self.meta.id), batch=None)
        return Repair(blocked, changes=("every release is refused",), contained="nothing is released any more")

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Sums and randomised response with right noise, and with noise that is too small for the claim."""
        normal = cls(epsilon=1.0, delta=1e-3)
        yield satisfied("Laplace noise of the right scale", cls(), _noisy_sum("laplace", 1.0))
        yield satisfied("normal noise of the right scale", normal, _noisy_sum("normal", 3.2))
        yield satisfied("randomised response", cls(), _randomised_response(0.7))
        yield violated("Laplace noise three times too small", cls(), _noisy_sum("laplace", 1 / 3))
        yield violated("normal noise three times too small", normal, _noisy_sum("normal", 1.0))
        yield violated("randomised response too truthful", cls(), _randomised_response(0.85))


def _noisy_sum(noise: str, scale: float) -> Any:
    def build(seed: int, _: Path) -> Mechanism:
        import numpy as np

        from rqml_catalog.scenarios.mechanisms import NoisySum

        records = np.random.default_rng(seed).random(30)
        records[0], neighbour = 0.0, records.copy()
        neighbour[0] = 1.0
        release = NoisySum(noise, scale)
        return Mechanism(release, records, neighbour, batch=release.many)

    return build


def _randomised_response(truth: float) -> Any:
    def build(seed: int, _: Path) -> Mechanism:
        import numpy as np

        from rqml_catalog.scenarios.mechanisms import RandomisedResponse

        records = (np.random.default_rng(seed).random(5) < 0.5).astype(float)
        neighbour = records.copy()
        neighbour[0] = 1.0 - records[0]
        release = RandomisedResponse(truth)
        return Mechanism(release, records, neighbour, batch=release.many)

    return build
