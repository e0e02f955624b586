"""FreshEvidence: what is known about a system is about the system as it is now."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
from attrs import validators as v

from rqml import (
    Cost,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    Requirement,
    Run,
    Scenario,
    Severity,
    Stage,
    System,
    all_of,
    at_most,
    limit,
    satisfied,
    violated,
)
from rqml.errors import InsufficientEvidence
from rqml.evidence.release import FOR_EVER, a_moment, present, stale
from rqml.evidence.subject import released
from rqml_catalog.scenarios import ledgers as made


@attrs.frozen(kw_only=True)
class FreshEvidence(Requirement[System]):
    """Each verdict on record about the system is recent, and about the content that is there now.

    Requires:
        A System with a part that is its evidence (a ledger or an export), beside the parts that were judged.
    Why:
        Models are retrained, data grow, attacks improve: yesterday's PASS says nothing about today's model.
    Measured:
        The last verdict of each requirement on the system of this name. Its age is that of the measurement, not of the
        report that used it again; it is void if the digest of a part that it judged is not what the part has now.
    Enforced:
        Not: verdicts are renewed by checking the specification again, which measures only what is void.
    False alarms:
        Parts whose library writes the same content otherwise (a model saved twice with its time in the file).
    Blind spots:
        Inputs that are no part of the system; requirements that were never judged (GOV-07 names those).
    References:
        EU AI Act, Article 72; NIST AI Risk Management Framework 1.0, MEASURE 3.

    Args:
        max_age_days: how old the measurement behind a verdict may be (days).
        as_of: the moment that counts as now, ISO 8601 with a time zone; empty for the present.
    """

    meta = Meta(
        id="MON-09",
        title="fresh evidence",
        statement="Each verdict on record is at most {max_age_days} days old and about what is there now.",
        remedy="Check the specification again with the same ledger: only what is void is measured.",
        stage=Stage.MONITORING,
        severity=Severity.MEDIUM,
        references=("AI Act 72(1)", "GDPR 32(1)d"),
        cost=Cost.COMMIT,
        volatile=True,
    )
    max_age_days: float = limit(default=30, stricter="lower", validator=[v.instance_of((int, float)), v.gt(0)])
    as_of: str = attrs.field(default="", validator=[v.instance_of(str), a_moment])

    def measure(self, system: System, run: Run) -> Measurement:
        """Ages, and what is void."""
        from rqml.evidence.queries import held_at

        evidence, current = released(system)
        now = present(self.as_of)
        with evidence.ledger() as ledger:
            held = [verdict for verdict in held_at(ledger, now) if verdict.system == system.name]
        if not held:
            raise InsufficientEvidence(f"there is no verdict on record about system {system.name!r}: check it first")
        ages = {verdict.key: (now - verdict.measured).total_seconds() / 86_400 for verdict in held}
        void = {verdict.key: why for verdict in held if (why := stale(verdict, current, now, FOR_EVER))}
        return Measurement(
            {
                "age": Estimate.exact(max(ages.values()), n=len(held), unit="days"),
                "void": Estimate.exact(len(void), n=len(held), unit="verdicts"),
            },
            {"void": void, "ages": {key: round(age, 2) for key, age in ages.items()}},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """Nothing void, nothing old."""
        void = at_most(measurement.estimates["void"], 0, "void verdicts")
        told = "; ".join(f"{key}: {why}" for key, why in measurement.details["void"].items())
        if told:
            allowed = f"verdicts may be {self.max_age_days:g} days old, if what they judged is still there"
            void = attrs.evolve(void, message=f"{void.message} ({told}); {allowed}")
        return all_of(void, at_most(measurement.estimates["age"], self.max_age_days, "age of the oldest verdict"))

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Verdicts of 15 to 60 days, on the present model and on an earlier one."""
        fresh, why = cls(as_of=made.NOW), "a verdict is renewed by measuring again, which its specification does"
        yield satisfied("judged two weeks ago", fresh, made.system)
        yield satisfied("judged three weeks ago", fresh, lambda s, f: made.system(s, f, age_days=20))
        yield satisfied("a FAIL, but a fresh one", fresh, lambda s, f: made.system(s, f, failing=True))
        yield violated("judged two months ago", fresh, lambda s, f: made.system(s, f, age_days=60), unrepairable=why)
        yield violated("judged six weeks ago", fresh, lambda s, f: made.system(s, f, age_days=48), unrepairable=why)
        yield violated("a model changed since", fresh, lambda s, f: made.system(s, f, changed=True), unrepairable=why)
