from __future__ import annotations

import datetime as dt

import pytest

from rqml import EnforcementStatus, ModelFile, Reason, Specification, System
from rqml.evidence.jsonl import export_file
from rqml.evidence.ledger import Ledger
from rqml.evidence.subject import Evidence
from rqml_catalog.governance import AccountableOwnerAndWaiver, ReleaseGate, RequirementTraceability
from rqml_catalog.scenarios import ledgers


def test_an_export_is_as_good_as_its_ledger_and_damage_is_not_read(tmp_path):
    system = ledgers.system(0, tmp_path)
    path = tmp_path / "out.jsonl"
    ledger = Ledger(tmp_path / "evidence.sqlite")
    export_file(ledger, path)
    ledger.store.close()
    gate = ReleaseGate(as_of=ledgers.NOW)
    assert gate.check(system.replace(evidence=Evidence(path))).passed
    path.write_text(path.read_text().replace("PASS", "FAIL"))
    assert gate.check(system.replace(evidence=path)).reason is Reason.ERROR


def test_a_release_is_bound_to_the_parts_that_were_judged(tmp_path):
    system = ledgers.system(0, tmp_path)
    other = tmp_path / "other.bin"
    other.write_bytes(b"other")
    assert "not what was judged" in ReleaseGate(as_of=ledgers.NOW).check(system.replace(model=ModelFile(other))).message


def test_the_last_verdict_counts(tmp_path):
    system = ledgers.system(0, tmp_path, failing=True)
    gate = ReleaseGate(as_of=ledgers.NOW)
    assert "header: FAIL, and not waived" in gate.check(system).message
    later = dt.datetime.fromisoformat(ledgers.NOW) - dt.timedelta(days=1)
    again = Specification("release", [ledgers.Content(label="header")], owner=ledgers.OWNER)
    again.check(System("scorer", model=system["model"]), ledger=tmp_path / "evidence.sqlite", now=later)
    assert gate.check(system).passed


def test_obligatory_requirements_without_any_verdict_are_no_evidence(tmp_path):
    gate = ReleaseGate(obligatory="unknown", as_of=ledgers.NOW)
    assert gate.check(ledgers.system(0, tmp_path)).reason is Reason.INSUFFICIENT_EVIDENCE


def test_verdicts_of_the_future_are_not_believed(tmp_path):
    system = ledgers.system(0, tmp_path, age_days=-0.5)
    assert ReleaseGate(as_of=ledgers.NOW).check(system).reason is Reason.INSUFFICIENT_EVIDENCE


def test_controls_are_compared_as_the_taxonomy_writes_them(tmp_path):
    evidence = ledgers.system(0, tmp_path)["evidence"]
    found = RequirementTraceability(controls=["GDPR 25", "ML03"], max_untraced=1, as_of=ledgers.NOW).check(evidence)
    assert found.passed
    assert found.details["matrix"] == {"GDPR 25": ["header", "size"], "ML03": []}
    with pytest.raises(ValueError, match="ids of the shipped taxonomies"):
        RequirementTraceability(controls=["GDPR 999"])
    with pytest.raises(ValueError, match="ids of the shipped taxonomies"):
        RequirementTraceability(controls=[])


@pytest.mark.parametrize("days", [0, -1, float("nan"), float("inf")])
def test_a_waiver_lasts_for_a_number_of_days(days):
    with pytest.raises(ValueError, match="max_waiver_days"):
        AccountableOwnerAndWaiver(max_waiver_days=days)


@pytest.mark.parametrize("requirement", [AccountableOwnerAndWaiver(), RequirementTraceability(controls="GDPR 25")])
def test_nothing_on_record_is_no_evidence(tmp_path, requirement):
    ledger = Ledger(tmp_path / "e.sqlite")
    ledger.store.own_chain()
    ledger.store.close()
    assert requirement.check(tmp_path / "e.sqlite").reason is Reason.INSUFFICIENT_EVIDENCE


def test_the_matrix_is_written_kept_current_and_taken_back(tmp_path):
    system = ledgers.system(0, tmp_path)
    evidence, path = system["evidence"], tmp_path / "matrix.csv"
    traced = RequirementTraceability(controls=["GDPR 25", "ML03"], max_untraced=1, matrix="matrix.csv")
    assert "matrix missing or outdated = 1" in traced.check(evidence).message
    result = traced.enforce(evidence)
    assert result.status is EnforcementStatus.SUCCESS
    lines = path.read_text().splitlines()
    assert lines[0] == "control,requirement,verdict,system,owner,record,places"
    assert [line.split(",")[:5] for line in lines[1:3]] == [
        ["GDPR 25", key, "PASS", "scorer", ledgers.OWNER] for key in ("header", "size")
    ]
    assert lines[3] == "ML03,,,,,,"
    again = Specification("release", [ledgers.Content(label="header")], owner=ledgers.OWNER)
    again.check(System("scorer", model=system["model"]), ledger=tmp_path / "evidence.sqlite")
    assert not traced.check(evidence).passed, "there is a newer verdict"
    newer = traced.enforce(evidence)
    assert newer.status is EnforcementStatus.SUCCESS
    newer.rollback()
    assert path.read_text().splitlines() == lines
    result.rollback()
    assert not path.exists()


@pytest.mark.parametrize("content", [b"a,b\r\n1,2\r\n", b"\xff\x00", b"", b"import rqml\n", None])
def test_a_file_that_is_no_matrix_is_left_alone(tmp_path, content):
    evidence, path = ledgers.system(0, tmp_path)["evidence"], tmp_path / "mine.csv"
    path.mkdir() if content is None else path.write_bytes(content)
    result = RequirementTraceability(controls=["GDPR 25"], matrix="mine.csv").enforce(evidence)
    assert result.status is EnforcementStatus.INCOMPLETE
    assert "mine.csv" in result.message
    assert path.is_dir() if content is None else path.read_bytes() == content


def test_the_matrix_is_never_written_over_the_ledger(tmp_path):
    evidence = ledgers.system(0, tmp_path)["evidence"]
    requirement = RequirementTraceability(controls=["GDPR 25"], matrix="evidence.sqlite")
    assert "is no matrix" in requirement.enforce(evidence).message
    assert requirement.check(evidence).estimates["untraced"].value == 0


def test_the_matrix_is_not_written_while_a_control_lacks_a_requirement(tmp_path):
    evidence = ledgers.system(0, tmp_path)["evidence"]
    result = RequirementTraceability(controls=["GDPR 25", "GDPR 32"], matrix="matrix.csv").enforce(evidence)
    assert result.status is EnforcementStatus.INCOMPLETE
    assert "a requirement has to be written, or checked with this ledger, for GDPR 32" in result.message
    assert not (tmp_path / "matrix.csv").exists()
    with pytest.raises(ValueError, match="beside the evidence"):
        RequirementTraceability(controls=["GDPR 25"], matrix="../matrix.csv")


def test_an_attestation_counts_while_it_is_in_force(tmp_path):
    from rqml.evidence.attestation import Attestation
    from rqml.evidence.statements import attestation_entry

    evidence = ledgers.system(0, tmp_path)["evidence"]
    now = dt.datetime.fromisoformat(ledgers.NOW)

    def judged(days):
        return AccountableOwnerAndWaiver(as_of=(now + dt.timedelta(days=days)).isoformat()).check(evidence)

    spoken = Attestation(
        requirement="room",
        statement="locked",
        author="Bob",
        approver="Ann",
        start=now,
        expiry=now + dt.timedelta(days=100),
    )
    Ledger(tmp_path / "evidence.sqlite").append([attestation_entry(spoken)])
    assert judged(-1).passed
    assert not judged(1).passed
    assert judged(1).estimates["longest"].value == 100
    assert judged(101).passed
