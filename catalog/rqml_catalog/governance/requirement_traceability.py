"""RequirementTraceability: each obliged control is met by a requirement that was really judged."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import attrs
from attrs import validators as v

from rqml import (
    Cost,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    Repair,
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
from rqml.errors import InsufficientEvidence, InvalidParameter, Unsupported
from rqml.evidence.release import a_moment, present
from rqml.evidence.subject import Evidence
from rqml_catalog.scenarios import ledgers as made


def _ids(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _known(_: object, __: object, value: tuple[str, ...]) -> None:
    from rqml.taxonomy import resolve

    unknown = [one for one in value if not isinstance(one, str) or resolve(one) is None]
    if unknown or not value:
        raise InvalidParameter(
            f"controls names ids of the shipped taxonomies, like 'GDPR 25' or 'AML.T0010.003'; got {unknown or 'none'}"
        )


def _a_name(_: object, __: object, value: str) -> None:
    if value != Path(value).name:
        raise InvalidParameter(f"matrix names a file beside the evidence, like 'traceability.csv'; got {value!r}")


@attrs.frozen(kw_only=True)
class RequirementTraceability(Requirement[Evidence]):
    """Each obliged control is named by a requirement that was judged, with evidence bound to content.

    Requires:
        The evidence (a ledger, or an export of one), and the ids of the controls that oblige.
    Why:
        A control that no requirement meets is a promise; a requirement that never ran is another one.
    Measured:
        For each control: the requirements that reference it and whose last verdict is PASS or FAIL, on something with a
        digest. Ids are compared as the taxonomy writes them. Controls without any are counted. Where a file is named
        for the matrix, it is compared with what the evidence says.
    Enforced:
        The matrix of controls, requirements, verdicts, owners, records and places in the code is written to its file
        (CSV). Not where a control lacks a requirement: that is written, or run, by people. Nor over a file that is
        something else.
    False alarms:
        Requirements that meet a control without naming it in their references.
    Blind spots:
        Whether the requirement is enough for the control; whether it passes (GOV-07 asks that).
    References:
        Gotel and Finkelstein, An analysis of the requirements traceability problem, ICRE 1994; EU AI Act, Article 11.

    Args:
        controls: ids of the threats, controls or articles that oblige.
        max_untraced: most controls that may be without an executed requirement.
        matrix: name of the file beside the evidence that holds the matrix; empty if none is wanted.
        as_of: the moment that counts as now, ISO 8601 with a time zone; empty for the present.
    """

    meta = Meta(
        id="GOV-01",
        title="requirement traceability",
        statement="All but {max_untraced} of the obliged controls are met by a requirement that was judged.",
        remedy="Add a requirement for each control named (rqml catalog coverage), check it with this ledger; enforce() "
        "writes the matrix.",
        stage=Stage.GOVERNANCE,
        severity=Severity.MEDIUM,
        references=("AI Act 11(1)", "AI Act 17(1)", "GDPR 5(2)"),
        cost=Cost.COMMIT,
        volatile=True,
    )
    controls: tuple[str, ...] = attrs.field(converter=_ids, validator=_known)
    max_untraced: int = limit(default=0, stricter="lower", validator=[v.instance_of(int), v.ge(0)])
    matrix: str = attrs.field(default="", validator=[v.instance_of(str), _a_name])
    as_of: str = attrs.field(default="", validator=[v.instance_of(str), a_moment])

    def measure(self, evidence: Evidence, run: Run) -> Measurement:
        """The matrix of controls and judged requirements."""
        from rqml.evidence.matrix import read

        matrix, text = self._made(evidence)
        untraced = [control for control, keys in matrix.items() if not keys]
        outdated = bool(self.matrix) and read(evidence.path.with_name(self.matrix)) != text
        return Measurement(
            {
                "untraced": Estimate.exact(len(untraced), n=len(matrix), unit="controls"),
                "outdated": Estimate.exact(int(outdated), unit="files"),
            },
            {"matrix": matrix, "untraced": untraced},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """Few enough without, and the matrix as it should be."""
        untraced = at_most(measurement.estimates["untraced"], self.max_untraced, "controls without requirement")
        told = ", ".join(measurement.details["untraced"])
        untraced = attrs.evolve(untraced, message=f"{untraced.message} ({told})") if told else untraced
        if not self.matrix:
            return untraced
        return all_of(untraced, at_most(measurement.estimates["outdated"], 0, "matrix missing or outdated"))

    def repair(self, evidence: Evidence, run: Run) -> Repair:
        """Write the matrix."""
        from rqml.evidence.matrix import is_matrix, put, read

        matrix, text = self._made(evidence)
        untraced = [control for control, keys in matrix.items() if not keys]
        if len(untraced) > self.max_untraced:
            told = ", ".join(untraced)
            raise Unsupported(f"a requirement has to be written, or checked with this ledger, for {told}")
        path = evidence.path.with_name(self.matrix)
        before = read(path)
        if before is not None and not is_matrix(before):
            raise Unsupported(f"{path.name} is there already and is no matrix: let matrix name another file")
        return Repair(
            evidence,
            changes=(f"wrote the matrix of {len(matrix)} controls to {path.name}",),
            apply=lambda: put(path, text),
            undo=lambda: put(path, before),
        )

    def _made(self, evidence: Evidence) -> tuple[dict[str, list[str]], str]:
        from rqml.evidence.matrix import matrix_text, traced
        from rqml.evidence.queries import held_at

        with evidence.ledger() as ledger:
            held = held_at(ledger, present(self.as_of))
        if not held:
            raise InsufficientEvidence("there is no verdict on record: check something with this ledger first")
        matrix = traced(self.controls, held)
        return matrix, matrix_text(matrix, held)

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Controls that the judged requirement names, some it does not, and verdicts bound to nothing."""
        why = "a requirement that is missing has to be written or run"

        def wants(*controls: str) -> RequirementTraceability:
            return cls(controls=controls, as_of=made.NOW)

        yield satisfied("a control that is met", wants("GDPR 25"), made.planned({}, evidence_only=True))
        yield satisfied("two that are met", wants("GDPR 25", "AML.T0010.003"), made.planned({}, evidence_only=True))
        yield satisfied("a FAIL is a verdict", wants("GDPR 25"), made.planned({"failing": True}, evidence_only=True))
        written = attrs.evolve(wants("GDPR 25"), matrix="matrix.csv")
        yield violated("a matrix that was never written", written, made.planned({}, evidence_only=True))
        for name, controls in {
            "a control that is not met": ("GDPR 32",),
            "one of two": ("GDPR 25", "AML.T0024"),
            "two of three": ("GDPR 25", "GDPR 17", "NISTAML.032"),
        }.items():
            yield violated(name, wants(*controls), made.planned({}, evidence_only=True), unrepairable=why)
