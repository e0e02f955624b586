from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from rqml import AllOf, Dataset, Specification, System, Waiver
from rqml.errors import EvidenceError, InvalidParameter, InvalidSpecification
from rqml.evidence.attestation import Attestation
from rqml.evidence.intoto import statements
from rqml.evidence.jsonl import export_file, import_file
from rqml.evidence.ledger import Ledger
from rqml.evidence.plot import plot_history
from rqml.evidence.queries import differences, held_at, verdicts
from rqml.evidence.record import Entry
from rqml.evidence.statements import Statement, attestation_entry, waiver_entry

DIGEST = "blake3:1"
MAY = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def dataset(rows):
    return Dataset(pd.DataFrame({"a": range(rows)}))


@pytest.fixture
def story(tmp_path, min_rows):
    """On the 1st, 3rd and 5th of May a table of 5, 3 and 3 rows is judged; the last FAIL is waived."""
    ledger = Ledger(tmp_path / "e.sqlite")
    waiver = Waiver(requirement="TOY-31", approver="Ann", justification="so", start=MAY + 4 * DAY, expiry=MAY + 9 * DAY)
    for number, rows in enumerate((5, 3, 3)):
        requirements = [min_rows(rows=4), AllOf(min_rows(rows=1, label="a"), min_rows(rows=2, label="b"), label="all")]
        specification = Specification("spec", requirements, owner="me", waivers=[waiver])
        specification.check(System("sys", t=dataset(rows)), ledger=ledger, now=MAY + 2 * number * DAY)
    return ledger


def statuses(found):
    return {verdict.key: verdict.status for verdict in found}


def test_what_held_at_a_moment(story):
    assert held_at(story, MAY - DAY) == []
    assert statuses(held_at(story, MAY + DAY)) == {"TOY-31": "PASS", "all": "PASS"}
    assert statuses(held_at(story, MAY + 3 * DAY)) == {"TOY-31": "FAIL", "all": "PASS"}
    assert statuses(held_at(story)) == {"TOY-31": "FAIL", "all": "PASS"}
    (last,) = held_at(story, key="TOY-31")
    assert last.waived
    assert last.owner == "me"


@pytest.mark.parametrize("ahead", [dt.timedelta(minutes=4), 3 * DAY])
def test_what_was_recorded_last_holds_whatever_the_clock_said(tmp_path, min_rows, ahead):
    ledger, specification = Ledger(tmp_path / "e.sqlite"), Specification("spec", [min_rows(rows=4)], owner="me")
    specification.check(System("sys", t=dataset(5)), ledger=ledger, now=MAY + ahead)
    specification.check(System("sys", t=dataset(3)), ledger=ledger, now=MAY)
    assert statuses(held_at(ledger)) == statuses(held_at(ledger, MAY + 2 * ahead)) == {"TOY-31": "FAIL"}
    specification.check(System("sys", t=dataset(5)), ledger=ledger, now=MAY)
    assert statuses(held_at(ledger)) == {"TOY-31": "PASS"}


def test_between_chains_the_later_time_counts_and_at_the_same_a_fail(tmp_path, min_rows):
    here, there = Ledger(tmp_path / "here.sqlite"), Ledger(tmp_path / "there.sqlite")
    specification = Specification("spec", [min_rows(rows=4)], owner="me")
    for rows, ledger, days in ((5, here, 1), (3, there, 1), (5, here, 3), (3, there, 2)):
        specification.check(System("sys", t=dataset(rows)), ledger=ledger, now=MAY + days * DAY)
    export_file(there, tmp_path / "out.jsonl")
    import_file(here, tmp_path / "out.jsonl")
    told = [statuses(held_at(here, MAY + days * DAY))["TOY-31"] for days in (1, 2, 3)]
    assert told == ["FAIL", "FAIL", "PASS"]


def test_a_moment_without_a_zone_is_refused(story):
    naive = MAY.replace(tzinfo=None)
    for asked in (lambda: held_at(story, naive), lambda: list(differences(story, MAY, naive))):
        with pytest.raises(InvalidParameter, match="time zone"):
            asked()


def test_a_clock_without_a_zone_is_refused_and_another_zone_is_told_in_utc(tmp_path):
    entry = Entry("check", "k", {"key": "k"})
    with pytest.raises(InvalidParameter, match="with a zone"):
        Ledger(tmp_path / "e.sqlite", clock=dt.datetime.now).append([entry])
    zone = dt.timezone(dt.timedelta(hours=5))
    (record,) = Ledger(tmp_path / "e.sqlite", clock=lambda: MAY.astimezone(zone)).append([entry])
    assert record.time == MAY.isoformat(timespec="microseconds")


def test_what_held_for_a_content(story):
    first = dataset(5).fingerprint()
    found = held_at(story, subject=first)
    assert {verdict.time for verdict in found} == {MAY}
    assert statuses(found) == {"TOY-31": "PASS", "all": "PASS"}
    assert held_at(story, MAY - DAY, subject=first) == []


def test_differences_between_two_moments(story):
    changed = {d.after.key: d for d in differences(story, MAY + DAY, MAY + 3 * DAY)}
    assert set(changed) == {"TOY-31", "all"}, "the verdict, and the content that was judged"
    assert changed["all"].before.status == changed["all"].after.status
    assert [d.after.waived for d in differences(story, MAY + 3 * DAY)] == [True]
    assert all(d.before is None for d in differences(story, MAY - DAY, MAY))


def test_the_history_tells_when_numbers_were_measured(story):
    third = verdicts(story, key="TOY-31")[2]
    assert third.time == MAY + 4 * DAY
    assert third.measured == MAY + 2 * DAY, "it was used again"
    assert verdicts(story, key="all")[2].measured == MAY + 2 * DAY


def test_the_history_can_be_drawn(story, tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "history.svg"
    plot_history(verdicts(story, key="TOY-31"), path)
    assert path.stat().st_size > 1000
    with pytest.raises(EvidenceError, match="no measured number"):
        plot_history([], path)
    with pytest.raises(EvidenceError, match="cannot be written: No such file"):
        plot_history(verdicts(story, key="TOY-31"), tmp_path / "none" / "x.png")
    with pytest.raises(EvidenceError, match=r"ends in \.png"):
        plot_history(verdicts(story, key="TOY-31"), tmp_path / "x.unknown")


def test_statements_follow_the_verdicts(story):
    first, second, third = statements(verdicts(story))
    assert first["_type"] == "https://in-toto.io/Statement/v1"
    assert first["subject"][0]["name"] == "t"
    assert len(first["subject"][0]["digest"]["blake3"]) == 64
    assert first["predicate"]["result"] == "PASSED"
    assert first["predicate"]["passedTests"] == ["TOY-31", "all"]
    assert second["predicate"]["result"] == third["predicate"]["result"] == "FAILED"
    assert third["predicate"]["failedTests"] == ["TOY-31"]


def test_an_enforcement_is_recorded_with_what_holds_afterwards(tmp_path, min_rows):
    from rqml import EnforcementStatus, Repair

    class Mending(min_rows):
        def repair(self, dataset, run):
            frame = pd.concat([dataset.frame] * self.rows, ignore_index=True)
            return Repair(dataset.with_frame(frame), ("repeated rows",), {"rows": 3.0})

    specification = Specification("spec", [Mending(rows=4)], owner="me")
    result = specification.enforce(System("s", t=dataset(1)), ledger=tmp_path / "e.sqlite")
    assert result.status is EnforcementStatus.SUCCESS
    enforcement, check = Ledger(tmp_path / "e.sqlite").records()
    assert enforcement.kind == "enforcement"
    body = enforcement.body
    assert body["changes"] == ["repeated rows"]
    assert (body["before"], body["after"]) == ({"TOY-31": "FAIL"}, {"TOY-31": "PASS"})
    assert body["fingerprints"] != body["fingerprints_before"]
    assert check.body["result"]["status"] == "PASS"
    refused = specification.enforce(System("s", t=dataset(1)), ledger=tmp_path / "e.sqlite", max_cost={"rows": 1})
    assert refused.status is EnforcementStatus.FAILURE
    assert list(Ledger(tmp_path / "e.sqlite").records())[-1].body["result"]["status"] == "FAIL"
    (tmp_path / "file").write_text("")
    lost = specification.enforce(System("s", t=dataset(1)), ledger=tmp_path / "file" / "e.sqlite")
    assert lost.status is EnforcementStatus.SUCCESS
    assert "could not be written" in lost.message


def test_waivers_and_attestations_are_recorded(tmp_path):
    ledger = Ledger(tmp_path / "e.sqlite")
    waiver = Waiver(requirement="X-01", approver="Ann", justification="so", start=MAY, expiry=MAY + DAY)
    spoken = Attestation(
        requirement="X-01",
        statement="seen",
        author="Bob",
        approver="Ann",
        start=MAY,
        expiry=MAY + DAY,
        subject="blake3:1",
    )
    ledger.append([waiver_entry(waiver, "Bob"), attestation_entry(spoken)])
    assert [record.kind for record in ledger.records(key="X-01")] == ["waiver", "attestation"]
    assert len(list(ledger.records(subject="blake3:1"))) == 1
    attested = Statement.of(next(ledger.records(kind="attestation")))
    assert [attested.state(moment) for moment in (MAY - DAY, MAY, MAY + DAY)] == [
        "not yet in force",
        "in force",
        "expired",
    ]
    assert attested.covers("X-01", "any", {"a": "blake3:1"})
    assert not attested.covers("X-01", "any", {"a": "blake3:2"})
    with pytest.raises(InvalidSpecification, match="its own author"):
        waiver_entry(waiver, " ann ")
    with pytest.raises(InvalidSpecification, match="its own author"):
        Attestation(requirement="X", statement="s", author="A", approver="a", start=MAY, expiry=MAY + DAY)
    with pytest.raises(InvalidSpecification, match="before it starts"):
        Attestation(requirement="X", statement="s", author="A", approver="B", start=MAY, expiry=MAY)
    with pytest.raises(InvalidSpecification, match="time zone"):
        Attestation(requirement="X", statement="s", author="A", approver="B", start=dt.datetime(2026, 1, 1), expiry=MAY)


def test_the_environment_tells_no_host_and_no_folder(monkeypatch, tmp_path):
    from rqml.evidence import environment

    monkeypatch.chdir(tmp_path)
    assert environment.git_commit() == ""
    monkeypatch.setenv("RQML_ACTOR", "robot")
    assert environment.actor() == "robot"
    monkeypatch.delenv("RQML_ACTOR")
    monkeypatch.setattr(environment.getpass, "getuser", lambda: (_ for _ in ()).throw(KeyError()))
    assert environment.actor() == "unknown"


def test_the_picture_tells_waived_verdicts_and_all_systems(tmp_path, min_rows):
    pytest.importorskip("matplotlib")
    waiver = Waiver(requirement="TOY-31", approver="Ann", justification="so", start=MAY, expiry=MAY + DAY)
    specification = Specification("spec", [min_rows(rows=9)], waivers=[waiver])
    for name, moment in (("here", MAY), ("there", MAY + 2 * DAY)):
        system = System(name, table=Dataset(pd.DataFrame({"a": [1]})))
        specification.check(system, now=moment, ledger=tmp_path / "e.sqlite")
    plot_history(verdicts(Ledger(tmp_path / "e.sqlite"), key="TOY-31"), tmp_path / "h.svg")
    drawn = (tmp_path / "h.svg").read_text()
    assert all(f"<!-- {text} -->" in drawn for text in ("FAIL", "FAIL, waived", "TOY-31 on here, there"))
