"""ReleaseGate: nothing is released before every obligatory requirement holds, or is waived by somebody else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
from rqml.evidence.release import FOR_EVER, Approvals, a_moment, obstacles, present
from rqml.evidence.subject import released
from rqml_catalog.scenarios import ledgers as made


def _keys(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@attrs.frozen(kw_only=True)
class ReleaseGate(Requirement[System]):
    """Every obligatory requirement has a verdict about what is released: PASS, or a FAIL waived by another person.

    Requires:
        A System with a part that is its evidence (a ledger or an export), beside the parts to be released.
    Why:
        A finding that does not stop a release changes nothing; and a waiver of one's own finding had no second reader.
    Measured:
        Of the last verdict of each obligatory requirement: is there one, is it about the present content (digests of
        the parts), is it a PASS, or covered by a waiver that is in force and not approved by the author; for a verdict
        that is INCOMPLETE or missing, an attestation likewise. What does not apply does not stand in the way. The
        obstacles are counted; the age of the oldest measurement is compared.
    Enforced:
        Not: the gate refuses by its verdict (`rqml gate` ends with exit code 1 or 3), and mends nothing.
    False alarms:
        Names of one person that differ by more than case and spaces count as two persons, and the reverse.
    Blind spots:
        Requirements that nobody made obligatory; evidence that was changed (MON-05 finds that).
    References:
        EU AI Act, Articles 9 and 17; ISO/IEC 42001:2023, A.6.2.4.

    Args:
        obligatory: keys (label or id) of the requirements that must hold; none: all that have a verdict.
        author: who made what is released; waivers approved by the same person do not count; empty: the owner on record.
        max_age_days: how old the measurement behind a verdict may be (days).
        as_of: the moment that counts as now, ISO 8601 with a time zone; empty for the present.
    """

    meta = Meta(
        id="GOV-07",
        title="release gate",
        statement="All obligatory requirements hold, or are waived, by evidence at most {max_age_days} days old.",
        remedy="Mend what fails, or have somebody else than the author waive it; check again what is stale or missing.",
        stage=Stage.RELEASE,
        severity=Severity.CRITICAL,
        references=("AI Act 9(8)", "AI Act 17(1)d", "GDPR 24(1)"),
        cost=Cost.COMMIT,
        volatile=True,
    )
    obligatory: tuple[str, ...] = attrs.field(
        default=(), converter=_keys, validator=v.deep_iterable(v.and_(v.instance_of(str), v.min_len(1)))
    )
    author: str = attrs.field(default="", validator=v.instance_of(str))
    max_age_days: float = limit(default=30, stricter="lower", validator=[v.instance_of((int, float)), v.gt(0)])
    as_of: str = attrs.field(default="", validator=[v.instance_of(str), a_moment])

    def measure(self, system: System, run: Run) -> Measurement:
        """What stands in the way, whatever its age."""
        from rqml.evidence.queries import held_at
        from rqml.evidence.statements import statements

        evidence, current = released(system)
        now = present(self.as_of)
        with evidence.ledger() as ledger:
            held = [
                verdict for verdict in held_at(ledger, now if self.as_of else None) if verdict.system == system.name
            ]
            approvals = Approvals(statements=statements(ledger), author=self.author, now=now)
        counted = [verdict for verdict in held if verdict.key in self.obligatory or not self.obligatory]
        if not counted:
            raise InsufficientEvidence(f"no obligatory requirement has a verdict on system {system.name!r}: check it")
        found = list(obstacles(held, current, obligatory=self.obligatory, approvals=approvals, max_age=FOR_EVER))
        oldest = max((now - verdict.measured).total_seconds() / 86_400 for verdict in counted)
        number = len(self.obligatory or counted)
        return Measurement(
            {
                "obstacles": Estimate.exact(len(found), n=number, unit="requirements"),
                "age": Estimate.exact(oldest, n=len(counted), unit="days"),
            },
            {"obstacles": [str(obstacle) for obstacle in found]},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """None, and no verdict too old."""
        found = at_most(measurement.estimates["obstacles"], 0, "obstacles")
        if measurement.details["obstacles"]:
            told = "; ".join(measurement.details["obstacles"])
            allowed = f"evidence may be {self.max_age_days:g} days old"
            found = attrs.evolve(found, message=f"{found.message} ({told}); {allowed}")
        return all_of(found, at_most(measurement.estimates["age"], self.max_age_days, "age of the oldest verdict"))

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """All verdicts or a waiver; then something missing, changed, old, failed, or waived by its author."""
        gate = cls(obligatory=("size", "header"), author=made.AUTHOR, as_of=made.NOW)
        why = "a gate refuses; what stands in the way is mended by its own requirement"
        yield satisfied("everything passes", gate, made.system)
        yield satisfied(
            "a FAIL waived by another person",
            gate,
            lambda s, f: made.system(s, f, failing=True, approver=made.APPROVER),
        )
        yield satisfied("verdicts of three weeks", gate, lambda s, f: made.system(s, f, age_days=20))
        planted: dict[str, dict[str, Any]] = {
            "a FAIL": {"failing": True},
            "a FAIL waived by its author": {"failing": True, "approver": made.AUTHOR.upper()},
            "a waiver that has expired": {"failing": True, "approver": made.APPROVER, "waived_days": 7},
            "a model changed since": {"changed": True},
            "a verdict that is missing": {"only": ("size",)},
            "verdicts of two months": {"age_days": 60},
        }
        for name, plan in planted.items():
            yield violated(name, gate, made.planned(plan), unrepairable=why)
