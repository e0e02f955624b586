"""Whatever is edited, removed, moved or cut off is found, and told where."""

from __future__ import annotations

import contextlib
import json
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml import Specification
from rqml.errors import EvidenceError, Unsupported
from rqml.evidence.canonical import canonical, sealed
from rqml.evidence.jsonl import export_file, export_lines, import_file, verify_file
from rqml.evidence.ledger import Ledger
from rqml.evidence.queries import held_at
from rqml.evidence.record import Entry, Head, Record

RECORDS = 3


def fill(path, count=RECORDS):
    ledger = Ledger(path)
    ledger.append([Entry("check", "k", {"key": "k", "n": n, "fingerprints": {"a": "blake3:1"}}) for n in range(count)])
    return ledger


@pytest.fixture
def keys(signing_keys):
    return signing_keys


def change(path, *statements):
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(*statement)


def faults(ledger, **more):
    verification = ledger.verify(**more)
    assert verification.intact == (not verification.faults)
    return [(fault.number, fault.message) for fault in verification.faults]


def test_every_byte_of_an_export_counts(tmp_path, keys):
    """Each byte is replaced by another, some by several; the fault is told in the line that it is in."""
    ledger = fill(tmp_path / "e.sqlite")
    ledger.sign(keys[0])
    path, spoilt = tmp_path / "out.jsonl", tmp_path / "spoilt.jsonl"
    export_file(ledger, path)
    content = path.read_bytes()
    assert verify_file(path).intact
    line = 1
    for place, byte in enumerate(content):
        more = {byte ^ 0x20, 0x0A, 0x30, 0xFF} if place % 7 == 0 or byte == 0x0A else set()
        for other in ({byte ^ 1} | more) - {byte}:
            spoilt.write_bytes(content[:place] + bytes([other]) + content[place + 1 :])
            found = verify_file(spoilt).faults
            assert found, f"byte {place} changed from {byte} to {other} unseen"
            if line <= RECORDS + 1:
                assert min(fault.line for fault in found if fault.line) == line, (place, byte, other)
            else:
                assert any("checkpoint" in fault.message or "whole line" in fault.message for fault in found)
        line += byte == 0x0A


@settings(max_examples=60, deadline=None, database=None)
@given(data=st.data())
def test_every_byte_of_every_stored_line_counts(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("ledger") / "e.sqlite"
    ledger = fill(path)
    number = data.draw(st.integers(1, RECORDS))
    (row,) = [row for row in ledger.store.rows(ledger.heads()[0].chain) if row.number == number]
    place = data.draw(st.integers(0, len(row.line) - 1))
    other = data.draw(st.integers(1, 0x7E))
    other += other >= ord(row.line[place])  # any but the one that is there
    line = row.line[:place] + chr(other) + row.line[place + 1 :]
    change(path, ("UPDATE record SET line = ? WHERE number = ?", (line, number)))
    assert faults(Ledger(path))[0][0] == number
    with pytest.raises(EvidenceError, match=f"record {number} of chain"):
        list(Ledger(path).records())


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_every_byte_of_the_file_is_noticed_or_changes_nothing(tmp_path, step):
    """SQLite leaves room in its pages: what is intact after a change says exactly what was written."""
    path = tmp_path / "e.sqlite"
    ledger = fill(path)
    wanted = list(export_lines(ledger))
    ledger.store.close()
    content = path.read_bytes()
    seen = {"refused": 0, "found": 0, "without effect": 0}
    for place in range(0, len(content), step):
        if not any(content[max(place - 4, 0) : place + 5]):
            continue  # in the midst of empty room
        path.write_bytes(content[:place] + bytes([content[place] ^ (1 << place % 8)]) + content[place + 1 :])
        for other in ("-wal", "-shm"):
            path.with_name(path.name + other).unlink(missing_ok=True)
        spoilt = Ledger(path)
        try:
            intact = spoilt.verify().intact
            if intact:
                assert list(export_lines(spoilt)) == wanted, f"byte {place} changed unseen"
            seen["without effect" if intact else "found"] += 1
        except EvidenceError:
            seen["refused"] += 1
        finally:
            spoilt.store.close()
    assert min(seen.values()) > 0, seen


def test_every_byte_of_one_stored_line_counts(tmp_path):
    path = tmp_path / "e.sqlite"
    ledger = fill(path)
    (head,) = ledger.heads()
    (row,) = [row for row in ledger.store.rows(head.chain) if row.number == 2]
    for place, letter in enumerate(row.line):
        line = row.line[:place] + chr(ord(letter) ^ 1) + row.line[place + 1 :]
        change(path, ("UPDATE record SET line = ? WHERE number = 2", (line,)))
        assert next(number for number, _ in faults(ledger)) == 2
    change(path, ("UPDATE record SET line = ? WHERE number = 2", (row.line,)))
    assert faults(ledger) == []


@pytest.mark.parametrize(
    ("statement", "number", "message"),
    [
        ("DELETE FROM record WHERE number = 2", 2, "removed"),
        ("DELETE FROM record WHERE number = 1", 1, "removed"),
        ("DELETE FROM record WHERE number = 3", 3, "cut off"),
        ("DELETE FROM record", 1, "cut off"),
        ("UPDATE record SET kind = 'waiver' WHERE number = 2", 2, "index"),
        ("UPDATE record SET key = 'other' WHERE number = 3", 3, "index"),
        ("DELETE FROM tag WHERE number = 1", 1, "index"),
        ("UPDATE head SET number = 2", 3, "head does not know"),
        ("DELETE FROM head", 0, "its end is gone"),
        ("UPDATE head SET digest = 'sha256:0'", 3, "rewritten"),
        ("UPDATE record SET number = 4 WHERE number = 3", 4, "head does not know"),
    ],
)
def test_what_is_done_to_the_store_is_found_and_located(tmp_path, statement, number, message):
    path = tmp_path / "e.sqlite"
    fill(path)
    change(path, (statement,))
    found = faults(Ledger(path))
    assert any(message in text and place == number for place, text in found), found


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET value = 'zzz' WHERE name = 'chain'",
        "UPDATE {} SET value = 'zzz'  WHERE name = 'seal'",
        "UPDATE {} SET name = 'zzz' WHERE name = 'chain'",
        "DELETE FROM {} WHERE name = 'chain'",
        "DELETE FROM {} WHERE name = 'seal'",
        "DELETE FROM {}",
    ],
)
def test_a_store_that_lost_its_own_chain_is_found_and_costs_no_verdict(filled, min_rows, table, statement):
    specification, place = Specification("spec", [min_rows()], owner="me"), filled.store.place
    heads = filled.heads()
    if "://" in place:
        import sqlalchemy

        engine = sqlalchemy.create_engine(place)
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text(statement.format("rqml_setting")))
        engine.dispose()
    else:
        change(place, (statement.format("setting"),))
    assert any("own chain was changed" in message for _, message in faults(Ledger(place)))
    report = specification.check(table, ledger=place)
    assert report.results[0].status.name == "PASS"
    assert any("own chain was changed" in note for note in report.notes)
    assert Ledger(place).heads() == heads, "no second chain was begun"
    with pytest.raises(EvidenceError, match="own chain was changed"):
        Ledger(place).append([Entry("check", "k", {"key": "k"})])


def test_records_that_change_places_are_found(tmp_path):
    path = tmp_path / "e.sqlite"
    fill(path)
    change(path, *((f"UPDATE record SET number = {b} WHERE number = {a}",) for a, b in [(1, 9), (2, 1), (9, 2)]))
    assert faults(Ledger(path))[0][0] == 1


def test_a_record_made_anew_no_longer_leads_to_the_next(tmp_path):
    path = tmp_path / "e.sqlite"
    ledger = fill(path)
    forged = Record.after(Head(ledger.heads()[0].chain), "check", "t", canonical({"key": "k", "n": 7}))
    change(
        path,
        ("UPDATE record SET line = ? WHERE number = 1", (forged.line,)),
        ("DELETE FROM tag WHERE number = 1",),
    )
    assert [(number, "does not follow" in text) for number, text in faults(ledger)] == [(2, True)]


def test_a_record_of_another_chain_is_found(tmp_path):
    path = tmp_path / "e.sqlite"
    ledger = fill(path, 1)
    forged = Record.after(Head("other"), "check", "t", canonical({"key": "k"}))
    change(path, ("UPDATE record SET line = ?", (forged.line,)))
    assert "belongs to chain other" in faults(ledger)[0][1]


def rewrite(path, bodies):
    """What somebody can do who may write everything: another chain, sound in itself, under the same name."""
    (head,) = Ledger(path).heads()
    change(path, ("DELETE FROM record",), ("DELETE FROM tag",), ("DELETE FROM head",))
    ledger = Ledger(path)
    ledger.store.extend(head.chain, lambda known: _made(known, bodies))
    return head


def _made(head, bodies):
    made = []
    for body in bodies:
        record = Record.after(head, "check", "t", canonical(body))
        made.append((record, body["key"], ()))
        head = record.head
    return made


def test_a_chain_rewritten_as_a_whole_is_found_by_what_lies_elsewhere_only(tmp_path, keys):
    from rqml.evidence.signing import PublicKeys

    path = tmp_path / "e.sqlite"
    ledger = fill(path)
    ledger.sign(keys[0])
    change(path, ("CREATE TABLE kept AS SELECT * FROM checkpoint",), ("DELETE FROM checkpoint",))
    anchor = rewrite(path, [{"key": "k", "n": 5}] * RECORDS)
    assert faults(ledger) == [], "an unsigned chain cannot prove this, and does not claim to"
    assert "rewritten" in faults(ledger, anchors=[anchor])[0][1]
    public = PublicKeys([keys[1]])
    assert "none of the keys" in faults(ledger, keys=public)[0][1]
    change(path, ("INSERT INTO checkpoint SELECT * FROM kept",))
    assert any("signed checkpoint knows another record" in text for _, text in faults(ledger))


def test_an_end_cut_off_with_its_head_is_found_by_what_lies_elsewhere(tmp_path, keys):
    path = tmp_path / "e.sqlite"
    ledger = fill(path)
    (anchor,) = ledger.heads()
    change(path, ("CREATE TABLE x AS SELECT 1",))
    second = next(row for row in ledger.store.rows(anchor.chain) if row.number == 2)
    digest = Record.from_line(second.line).digest
    change(
        path,
        ("DELETE FROM record WHERE number = 3",),
        ("DELETE FROM tag WHERE number = 3",),
        ("UPDATE head SET number = 2, digest = ?", (digest,)),
    )
    assert faults(ledger) == []
    assert faults(ledger, anchors=[anchor]) == [(3, "an anchor knows 3 records, and there are 2: the end was cut off")]
    assert "is gone" in faults(ledger, anchors=[Head("lost", 1, "sha256:1")])[0][1]


def test_signatures_say_how_far_they_reach(tmp_path, keys):
    from rqml.evidence.signing import PublicKeys, new_keys

    ledger = fill(tmp_path / "e.sqlite")
    (head,) = ledger.heads()
    assert ledger.sign(keys[0]) == [head]
    assert ledger.sign(keys[0]) == [], "there is nothing new to sign"
    ledger.append([Entry("check", "k", {"key": "k"})])
    verification = ledger.verify(keys=PublicKeys([keys[1]]))
    assert verification.intact
    assert verification.signed == {head.chain: RECORDS}
    other = tmp_path / "other.pem", tmp_path / "other.pub"
    new_keys(*other)
    assert "none of the keys given" in faults(ledger, keys=PublicKeys([other[1]]))[0][1]
    export_file(ledger, tmp_path / "o.jsonl")
    assert verify_file(tmp_path / "o.jsonl", keys=PublicKeys([keys[1]])).signed == {head.chain: RECORDS}
    assert not verify_file(tmp_path / "o.jsonl", keys=PublicKeys([other[1]])).intact
    copy = Ledger(tmp_path / "copy.sqlite")
    import_file(copy, tmp_path / "o.jsonl")
    assert copy.verify(keys=PublicKeys([keys[1]])).signed == {head.chain: RECORDS}


def test_a_signature_for_other_content_is_not_valid(tmp_path, keys):
    from rqml.evidence.signing import PublicKeys

    path = tmp_path / "e.sqlite"
    ledger = fill(path)
    ledger.sign(keys[0])
    (line,) = ledger.store.checkpoints(ledger.heads()[0].chain)
    for name, value in [("time", "2020"), ("signature", "AAAA"), ("signature", "no base64!")]:
        content = {**json.loads(line), name: value}
        content.pop("digest")
        change(path, ("UPDATE checkpoint SET line = ?", (canonical(sealed(content)),)))
        assert any("not valid" in text for _, text in faults(ledger, keys=PublicKeys([keys[1]])))
    for spoilt in ("{}", canonical(sealed({"a": 1}))):
        change(path, ("UPDATE checkpoint SET line = ?", (spoilt,)))
        assert any("checkpoint was changed" in text for _, text in faults(ledger))


def test_after_a_change_of_keys_each_shows_what_it_signed(tmp_path, keys):
    from rqml.evidence.signing import PublicKeys, new_keys

    ledger, newer = fill(tmp_path / "e.sqlite"), (tmp_path / "newer.pem", tmp_path / "newer.pub")
    new_keys(*newer)
    (head,) = ledger.sign(keys[0])
    verification = ledger.verify(keys=PublicKeys([newer[1]]))
    assert [fault.changed for fault in verification.faults] == [False]
    assert "not signed by any of the keys given" in verification.conclusion
    assert ledger.sign(newer[0]) == [head], "this key did not sign it yet"
    assert ledger.sign(newer[0]) == ledger.sign(keys[0]) == []
    ledger.append([Entry("check", "k", {"key": "k"})])
    (last,) = ledger.sign(newer[0])
    export_file(ledger, tmp_path / "o.jsonl")
    for wanted, number in (([keys[1]], RECORDS), ([newer[1]], last.number), ([keys[1], newer[1]], last.number)):
        for found in (
            ledger.verify(keys=PublicKeys(wanted)),
            verify_file(tmp_path / "o.jsonl", keys=PublicKeys(wanted)),
        ):
            assert found.intact
            assert found.signed == {head.chain: number}


def test_what_is_not_sound_is_neither_signed_nor_imported(tmp_path, keys):
    path = tmp_path / "e.sqlite"
    ledger = fill(path)
    export_file(ledger, tmp_path / "o.jsonl")
    change(path, ("DELETE FROM record WHERE number = 2",))
    with pytest.raises(EvidenceError, match="nothing was signed"):
        ledger.sign(keys[0])
    lines = (tmp_path / "o.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "o.jsonl").write_text("".join(lines[:2] + lines[3:]))
    with pytest.raises(EvidenceError, match="not imported"):
        import_file(Ledger(tmp_path / "f.sqlite"), tmp_path / "o.jsonl")


def test_keys_that_are_none_are_refused(tmp_path, keys):
    from rqml.evidence.signing import PublicKeys, new_keys

    with pytest.raises(EvidenceError, match="no Ed25519 public key"):
        PublicKeys([keys[0]])
    with pytest.raises(EvidenceError, match="no Ed25519 private key"):
        fill(tmp_path / "e.sqlite").sign(keys[1])
    with pytest.raises(EvidenceError, match="cannot be written"):
        new_keys(*keys)
    assert keys[0].stat().st_mode & 0o077 == 0


def test_without_the_extra_signing_says_what_to_install(tmp_path, monkeypatch):
    import sys

    from rqml.evidence.signing import PublicKeys

    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.ed25519", None)
    with pytest.raises(Unsupported, match=r"rqml\[sign\]"):
        PublicKeys([])


def test_an_emptied_ledger_is_not_taken_for_a_signed_one(tmp_path, keys):
    from rqml.evidence.signing import PublicKeys

    path, public = tmp_path / "e.sqlite", PublicKeys([keys[1]])
    ledger = fill(path)
    ledger.sign(keys[0])
    change(path, ("DELETE FROM record",), ("DELETE FROM tag",), ("DELETE FROM head",))
    assert "its end is gone" in faults(ledger)[0][1], "its signature is still there"
    change(path, ("DELETE FROM checkpoint",))
    assert faults(ledger) == []
    assert faults(ledger, keys=public) == [(0, "there is no record, so that nothing is signed")]
    export_file(ledger, tmp_path / "o.jsonl")
    assert not verify_file(tmp_path / "o.jsonl", keys=public).intact


@pytest.mark.parametrize(
    "body",
    [{"result": {}}, {"result": None, "context": {}}, {"result": {"status": "PASS"}, "context": {"time": "noon"}}],
)
def test_a_record_that_does_not_say_what_a_check_says_is_named(tmp_path, body):
    ledger = Ledger(tmp_path / "e.sqlite")
    ledger.append([Entry("check", "k", {"key": "k", **body})])
    with pytest.raises(EvidenceError, match=r"record 1 of chain .* does not say"):
        held_at(ledger)


@pytest.mark.parametrize(
    "chains",
    [
        None,
        [1],
        [{"chain": "a"}],
        [{"chain": [], "records": 0, "last": "", "checkpoints": 0}],
        [{"chain": "a", "records": "1", "last": "", "checkpoints": 0}],
        [{"chain": "a", "records": -1, "last": "", "checkpoints": 0}],
    ],
)
def test_a_header_that_was_made_up_is_told(tmp_path, chains):
    path = tmp_path / "o.jsonl"
    path.write_text(canonical(sealed({"schema": "rqml.evidence/1", "chains": chains})) + "\n")
    assert "does not say which chains" in str(verify_file(path).faults[0])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file does not end"),
        (b"\n", "header"),
        (b"nonsense\n", "header cannot be believed"),
        (canonical(sealed({"schema": "rqml.evidence/9", "chains": []})).encode() + b"\n", "newer rqml"),
    ],
)
def test_a_file_that_is_no_export_is_said(tmp_path, content, message):
    path = tmp_path / "o.jsonl"
    path.write_bytes(content)
    assert any(message in str(fault) for fault in verify_file(path).faults)


def test_lines_too_many_and_files_that_are_not_there_are_said(tmp_path):
    path = tmp_path / "o.jsonl"
    ledger = fill(tmp_path / "e.sqlite")
    export_file(ledger, path)
    path.write_text(path.read_text() + path.read_text().splitlines()[1] + "\n")
    assert "lines were added" in str(verify_file(path).faults[0])
    (head,) = ledger.heads()
    export_file(ledger, path)
    assert "cut off" in str(verify_file(path, anchors=[Head(head.chain, 9, "sha256:1")]).faults[0])
    assert "not here" in str(verify_file(path, anchors=[Head("lost", 9, "sha256:1")]).faults[0])
    with pytest.raises(EvidenceError, match="cannot be read"):
        verify_file(tmp_path / "none")
    with pytest.raises(EvidenceError, match="cannot be written"):
        export_file(ledger, tmp_path / "none" / "o.jsonl")
