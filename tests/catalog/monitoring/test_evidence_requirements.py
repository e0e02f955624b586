from __future__ import annotations

import contextlib
import sqlite3

import pytest

from rqml import CheckStatus, EnforcementStatus, Reason, System
from rqml.evidence.chain import anchor_of
from rqml.evidence.ledger import Ledger
from rqml.evidence.subject import Evidence
from rqml_catalog.monitoring import FreshEvidence, TamperEvidentLog
from rqml_catalog.scenarios import ledgers


def test_a_log_that_was_changed_is_put_aside_and_comes_back(tmp_path):
    evidence = ledgers.log(3, tmp_path, spoil=ledgers.edited)
    before = evidence.fingerprint()
    result = TamperEvidentLog().enforce(evidence)
    assert result.status is EnforcementStatus.CONTAINED
    assert not evidence.path.exists()
    assert (tmp_path / "evidence.sqlite.changed").exists()
    assert TamperEvidentLog().check(evidence).reason is Reason.MISSING_SUBJECT
    result.rollback()
    assert evidence.fingerprint() == before


def test_what_lies_aside_is_never_overwritten(tmp_path):
    evidence = ledgers.log(3, tmp_path, spoil=ledgers.edited)
    (tmp_path / "evidence.sqlite.changed").write_text("earlier")
    assert TamperEvidentLog().enforce(evidence).status is EnforcementStatus.INCOMPLETE
    assert (tmp_path / "evidence.sqlite.changed").read_text() == "earlier"


def test_an_anchor_finds_a_cut_that_the_ledger_itself_cannot_show(tmp_path):
    evidence = ledgers.log(3, tmp_path)
    (head,) = Ledger(evidence.path).heads()
    with contextlib.closing(sqlite3.connect(evidence.path)) as database, database:
        newest = database.execute("SELECT number, line FROM record ORDER BY number DESC LIMIT 2").fetchall()
        last, line = newest[1]
        database.execute("DELETE FROM record WHERE number > ?", (last,))
        database.execute("DELETE FROM tag WHERE number > ?", (last,))
        digest = line.partition('"digest":"')[2][:71]
        database.execute("UPDATE head SET number = ?, digest = ?", (last, digest))
    assert TamperEvidentLog().check(evidence).passed
    result = TamperEvidentLog(anchors=anchor_of(head)).check(evidence)
    assert result.status is CheckStatus.FAIL
    assert "cut off" in result.message
    with pytest.raises(ValueError, match="an anchor reads"):
        TamperEvidentLog(anchors="none")


def test_a_signature_is_demanded_where_keys_are_given(tmp_path):
    pytest.importorskip("cryptography")
    from rqml.evidence.signing import new_keys

    new_keys(tmp_path / "k.pem", tmp_path / "k.pub")
    evidence = ledgers.log(1, tmp_path)
    signed = TamperEvidentLog(keys=str(tmp_path / "k.pub"))
    assert "none of the keys" in signed.check(evidence).message
    ledger = Ledger(evidence.path)
    ledger.sign(tmp_path / "k.pem")
    ledger.store.close()
    assert signed.check(evidence).passed


def test_an_empty_ledger_shows_nothing(tmp_path):
    ledger = Ledger(tmp_path / "e.sqlite")
    ledger.store.own_chain()
    ledger.store.close()
    assert TamperEvidentLog().check(tmp_path / "e.sqlite").reason is Reason.INSUFFICIENT_EVIDENCE
    system = System("s", evidence=Evidence(tmp_path / "e.sqlite"))
    assert FreshEvidence().check(system).reason is Reason.INSUFFICIENT_EVIDENCE


def test_fresh_evidence_names_the_part_that_changed(tmp_path):
    result = FreshEvidence(as_of=ledgers.NOW).check(ledgers.system(0, tmp_path, changed=True))
    assert "size: part 'model' is not what was judged" in result.message


def test_a_system_without_evidence_lacks_a_part(tmp_path):
    assert FreshEvidence().check(System("s")).reason is Reason.MISSING_SUBJECT
    gone = System("s", evidence=Evidence(tmp_path / "none.sqlite"))
    assert FreshEvidence().check(gone).reason is Reason.MISSING_SUBJECT
    with pytest.raises(ValueError, match="time zone"):
        FreshEvidence(as_of="2026-05-01T00:00:00")
