"""AccountableOwnerAndWaiver: somebody answers for every verdict, and no waiver lasts for ever."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
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
    all_of,
    at_most,
    limit,
    satisfied,
    violated,
)
from rqml.errors import InsufficientEvidence
from rqml.evidence.release import a_moment, present
from rqml.evidence.subject import Evidence
from rqml.waiver import same_person
from rqml_catalog.scenarios import ledgers as made


@attrs.frozen(kw_only=True)
class AccountableOwnerAndWaiver(Requirement[Evidence]):
    """Each verdict names an owner; each waiver is approved by another person than the owner, and soon expires.

    Requires:
        The evidence (a ledger, or an export of one).
    Why:
        What nobody owns nobody mends; a waiver without end is a decision that nobody takes again.
    Measured:
        Of the last verdict of each requirement: does its specification name an owner; of a waiver that covers it, and
        of each attestation in force: is its approver somebody else than the owner, or the author, and how long does it
        last, from start to expiry.
    Enforced:
        Not: owners are named, and waivers approved, by people; what is on record is not rewritten. A waiver that has
        expired needs no repair: it covers nothing, from that moment on.
    False alarms:
        An owner that is a group, of which the approver is a member, counts as another person.
    Blind spots:
        Whether the named owner knows of it; waivers in the code of a specification that was never checked.
    References:
        ISO/IEC 42001:2023, A.3.2; EU AI Act, Article 17.

    Args:
        max_waiver_days: how long a waiver or an attestation may last, from start to expiry (days).
        as_of: the moment that counts as now, ISO 8601 with a time zone; empty for the present.
    """

    meta = Meta(
        id="GOV-02",
        title="accountable owner and waiver",
        statement="Each verdict has an owner; waivers have another approver and last at most {max_waiver_days} days.",
        remedy="Name an owner: Specification(..., owner=...); have waivers approved by somebody else, for less long.",
        stage=Stage.GOVERNANCE,
        severity=Severity.MEDIUM,
        references=("AI Act 17(1)m", "GDPR 24(1)", "GDPR 5(2)"),
        cost=Cost.COMMIT,
        volatile=True,
    )
    max_waiver_days: float = limit(
        default=90, stricter="lower", validator=[v.instance_of((int, float)), v.gt(0), v.lt(math.inf)]
    )
    as_of: str = attrs.field(default="", validator=[v.instance_of(str), a_moment])

    def measure(self, evidence: Evidence, run: Run) -> Measurement:
        """Verdicts without owner, waivers without a second person, the longest waiver."""
        from rqml.evidence.queries import held_at
        from rqml.evidence.statements import IN_FORCE, statements

        now = present(self.as_of)
        with evidence.ledger() as ledger:
            held = held_at(ledger, now)
            vouched = [one for one in statements(ledger, kind="attestation") if one.state(now) == IN_FORCE]
        if not held:
            raise InsufficientEvidence("there is no verdict on record: check something with this ledger first")
        unowned = sorted(verdict.key for verdict in held if not verdict.owner.strip())
        waivers = [(v.key, v.owner, v.record.body["waiver"]) for v in held if v.waived]
        waivers += [(one.key, one.author, one.record.body["attestation"]) for one in vouched]
        alone = sorted(key for key, person, waiver in waivers if same_person(person, waiver["approver"]))
        longest = max((_days(waiver) for _, _, waiver in waivers), default=0.0)
        return Measurement(
            {
                "unowned": Estimate.exact(len(unowned), n=len(held), unit="verdicts"),
                "alone": Estimate.exact(len(alone), n=len(waivers), unit="waivers"),
                "longest": Estimate.exact(longest, n=len(waivers), unit="days"),
            },
            {"unowned": unowned, "alone": alone},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """An owner everywhere, a second person at each waiver, and none that lasts too long."""
        estimates = measurement.estimates
        judgement = all_of(
            at_most(estimates["unowned"], 0, "verdicts without owner"),
            at_most(estimates["alone"], 0, "waivers approved by the owner"),
            at_most(estimates["longest"], self.max_waiver_days, "longest waiver (days)"),
        )
        keys = ", ".join([*measurement.details["unowned"], *measurement.details["alone"]])
        allowed = f"each verdict needs an owner, each waiver another approver and at most {self.max_waiver_days:g} days"
        return attrs.evolve(judgement, message=f"{judgement.message} ({keys}); {allowed}") if keys else judgement

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """With and without owner, waived by another and by the same person, for weeks and for half a year."""
        requirement, why = cls(as_of=made.NOW), "owners and approvers are people, whom no repair can name"
        waived: dict[str, Any] = {"failing": True, "approver": made.APPROVER}
        clean: dict[str, dict[str, Any]] = {
            "an owner": {},
            "a waiver of a month": waived,
            "a waiver of seven weeks": {**waived, "waived_days": 50},
        }
        planted: dict[str, dict[str, Any]] = {
            "no owner": {"owner": " "},
            "a waiver by the owner": {**waived, "approver": made.OWNER.upper()},
            "a waiver of half a year": {**waived, "waived_days": 150},
        }
        for name, plan in clean.items():
            yield satisfied(name, requirement, made.planned(plan, evidence_only=True))
        for name, plan in planted.items():
            yield violated(name, requirement, made.planned(plan, evidence_only=True), unrepairable=why)


def _days(waiver: Mapping[str, Any]) -> float:
    return (present(waiver["expiry"]) - present(waiver["start"])).total_seconds() / 86_400
