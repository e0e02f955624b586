"""RequirementTraceability: each obliged control is met by a requirement that was really judged."""

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
    at_most,
    limit,
    satisfied,
    violated,
)
from rqml.errors import InsufficientEvidence, InvalidParameter
from rqml.evidence.release import a_moment, present
from rqml.evidence.subject import Evidence
from rqml_catalog.scenarios import ledgers as made

_DECIDED = ("PASS", "FAIL")


def _ids(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _known(_: object, __: object, value: tuple[str, ...]) -> None:
    from rqml.taxonomy import resolve

    unknown = [one for one in value if not isinstance(one, str) or resolve(one) is None]
    if unknown or not value:
        raise InvalidParameter(
            f"controls names ids of the shipped taxonomies, like 'GDPR 25' or 'AML.T0010.003'; got {unknown or 'none'}"
        )


@attrs.frozen(kw_only=True)
class RequirementTraceability(Requirement[Evidence]):
    """Each obliged control is named by a requirement that was judged, with evidence bound to content.

    Requires:
        The evidence (a ledger, or an export of one), and the ids of the controls that oblige.
    Why:
        A control that no requirement meets is a promise; a requirement that never ran is another one.
    Measured:
        For each control: the requirements that reference it and whose last verdict is PASS or FAIL, on something with a
        digest. Ids are compared as the taxonomy writes them. Controls without any are counted.
    Enforced:
        Not: a missing requirement is written, or run, by people. The matrix stands in the details of the verdict.
    False alarms:
        Requirements that meet a control without naming it in their references.
    Blind spots:
        Whether the requirement is enough for the control; whether it passes (GOV-07 asks that).
    References:
        Gotel and Finkelstein, An analysis of the requirements traceability problem, ICRE 1994; EU AI Act, Article 11.

    Args:
        controls: ids of the threats, controls or articles that oblige.
        max_untraced: most controls that may be without an executed requirement.
        as_of: the moment that counts as now, ISO 8601 with a time zone; empty for the present.
    """

    meta = Meta(
        id="GOV-01",
        title="requirement traceability",
        statement="All but {max_untraced} of the obliged controls are met by a requirement that was judged.",
        remedy="Add a requirement for each control named (rqml catalog coverage), and check it with this ledger.",
        stage=Stage.GOVERNANCE,
        severity=Severity.MEDIUM,
        references=("AI Act 11(1)", "AI Act 17(1)", "GDPR 5(2)"),
        cost=Cost.COMMIT,
        volatile=True,
    )
    controls: tuple[str, ...] = attrs.field(converter=_ids, validator=_known)
    max_untraced: int = limit(default=0, stricter="lower", validator=[v.instance_of(int), v.ge(0)])
    as_of: str = attrs.field(default="", validator=[v.instance_of(str), a_moment])

    def measure(self, evidence: Evidence, run: Run) -> Measurement:
        """The matrix of controls and judged requirements."""
        from rqml.evidence.queries import held_at
        from rqml.taxonomy import resolve

        with evidence.ledger() as ledger:
            held = held_at(ledger, present(self.as_of))
        if not held:
            raise InsufficientEvidence("there is no verdict on record: check something with this ledger first")

        def canonical(reference: str) -> str:
            found = resolve(reference)
            return reference if found is None else found.id

        judged = [v for v in held if v.status in _DECIDED and any(v.fingerprints.values())]
        matrix = {
            control: sorted({v.key for v in judged if canonical(control) in map(canonical, v.references)})
            for control in self.controls
        }
        untraced = [control for control, keys in matrix.items() if not keys]
        return Measurement(
            {"untraced": Estimate.exact(len(untraced), n=len(matrix), unit="controls")},
            {"matrix": matrix, "untraced": untraced},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """Few enough without."""
        judgement = at_most(measurement.estimates["untraced"], self.max_untraced, "controls without requirement")
        told = ", ".join(measurement.details["untraced"])
        return attrs.evolve(judgement, message=f"{judgement.message} ({told})") if told else judgement

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Controls that the judged requirement names, some it does not, and verdicts bound to nothing."""
        why = "a requirement that is missing has to be written or run"

        def wants(*controls: str) -> RequirementTraceability:
            return cls(controls=controls, as_of=made.NOW)

        yield satisfied("a control that is met", wants("GDPR 25"), made.planned({}, evidence_only=True))
        yield satisfied("two that are met", wants("GDPR 25", "AML.T0010.003"), made.planned({}, evidence_only=True))
        yield satisfied("a FAIL is a verdict", wants("GDPR 25"), made.planned({"failing": True}, evidence_only=True))
        for name, controls in {
            "a control that is not met": ("GDPR 32",),
            "one of two": ("GDPR 25", "AML.T0024"),
            "two of three": ("GDPR 25", "GDPR 17", "NISTAML.032"),
        }.items():
            yield violated(name, wants(*controls), made.planned({}, evidence_only=True), unrepairable=why)
