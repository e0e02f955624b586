from __future__ import annotations

import contextlib
import datetime as dt
import errno
import multiprocessing
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from rqml import Specification, System
from rqml.errors import EvidenceError
from rqml.evidence.canonical import canonical, opened, sealed
from rqml.evidence.chain import anchor_of, parse_anchor
from rqml.evidence.jsonl import export_file, import_file, verify_file
from rqml.evidence.ledger import Ledger
from rqml.evidence.record import Entry, Head, Record
from rqml.evidence.sqlite_store import SqliteStore

# fork: under importlib mode, a new interpreter could not import this module
FORK = multiprocessing.get_context("fork")


def entry(number=0):
    return Entry("check", f"k{number % 3}", {"key": f"k{number % 3}", "number": number})


def write(place, start, count, batch):
    ledger = Ledger(place)
    for first in range(start, start + count, batch):
        ledger.append([entry(number) for number in range(first, min(first + batch, start + count))])


def write_for_ever(place, started):
    ledger = Ledger(place)
    number = 0
    while True:
        ledger.append([entry(number + i) for i in range(50)])
        number += 50
        started.set()


def test_a_check_leaves_a_record_for_each_verdict(filled):
    records = list(filled.records())
    assert [record.number for record in records] == list(range(1, 10))
    assert filled.verify().intact
    body = records[2].body
    assert body["result"]["status"] == "FAIL"
    assert body["result"]["parameters"] == {"rows": 9}
    assert body["result"]["estimates"]["rows"]["value"] == 3
    assert body["requirements"] == {"TOY-31": 1}
    assert body["references"] == ["GDPR 25"]
    assert list(body["fingerprints"]) == ["table"]
    assert body["fingerprints"]["table"].startswith("blake3:")
    context = body["context"]
    assert context["owner"] == "me"
    assert context["specification"] == "spec"
    assert context["actor"]
    assert {"python", "rqml", "numpy"} <= set(context["environment"]["packages"])
    assert {"commit", "host"} <= set(context["environment"])


def test_records_are_found_by_key_kind_and_subject(filled):
    digest = next(filled.records()).body["fingerprints"]["table"]
    assert len(list(filled.records(key="r9"))) == 3
    assert len(list(filled.records(subject=digest[:20]))) == 9
    assert list(filled.records(subject="blake3:0000000000000000")) == []
    assert list(filled.records(kind="waiver")) == []
    assert len(list(filled.records(subject=digest, key="r1", kind="check"))) == 3


def test_an_export_holds_every_record_and_can_be_imported_beside_another_chain(filled, tmp_path):
    path = tmp_path / "out.jsonl"
    assert export_file(filled, path) == 10
    assert verify_file(path).intact
    other = Ledger(tmp_path / "other.sqlite")
    other.append([entry()])
    (head,) = filled.heads()
    assert import_file(other, path) == {head.chain: 9}
    assert import_file(other, path) == {head.chain: 0}
    assert head in other.heads()
    assert other.verify().records == 10
    assert other.verify().intact
    filled.append([entry(1), entry(2)])
    export_file(filled, path)
    assert import_file(other, path) == {head.chain: 2}
    other.append([entry(5)])
    assert other.verify().intact


def test_an_export_that_goes_on_otherwise_is_refused(filled, tmp_path):
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    export_file(filled, first)
    other = Ledger(tmp_path / "other.sqlite")
    import_file(other, first)
    (head,) = filled.heads()
    other.store.extend(head.chain, lambda known: [(Record.after(known, "check", "t", "{}"), "", ())])
    filled.append([entry(1)])
    export_file(filled, second)
    with pytest.raises(EvidenceError, match="goes on otherwise"):
        import_file(other, second)


@pytest.mark.parametrize("more", [0, 1, 2])
def test_a_copy_that_was_written_on_by_itself_is_refused_whichever_is_longer(tmp_path, signing_keys, more):
    path, copy, out = tmp_path / "a.sqlite", tmp_path / "b.sqlite", tmp_path / "b.jsonl"
    ledger = Ledger(path)
    ledger.append([entry(0), entry(1)])
    ledger.store.close()
    copy.write_bytes(path.read_bytes())
    ledger.append([entry(number) for number in range(2, 3 + more)])
    other = Ledger(copy)
    export_file(other, out)
    assert set(import_file(ledger, out).values()) == {0}, "a copy that is only older has nothing new"
    other.append([entry(7)])
    other.sign(signing_keys[0])
    export_file(other, out)
    with pytest.raises(EvidenceError, match="goes on otherwise"):
        import_file(ledger, out)
    assert ledger.verify().intact
    assert ledger.sign(signing_keys[0]) == ledger.heads()


def hold(place, held, seconds):
    """Hold a file as somebody does who makes its tables, before it is in WAL mode."""
    with contextlib.closing(sqlite3.connect(place, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        held.set()
        time.sleep(seconds)
        holder.execute("ROLLBACK")


def test_the_first_writers_of_a_file_wait_for_each_other(tmp_path):
    path, held = tmp_path / "e.sqlite", FORK.Event()
    holder = FORK.Process(target=hold, args=(path, held, 0.3))
    holder.start()
    held.wait()
    workers = [FORK.Process(target=write, args=(path, 0, 3, 1)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in (*workers, holder):
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert [head.number for head in Ledger(path).heads()] == [9]


def test_nothing_to_record_records_nothing(place):
    ledger = Ledger(place)
    assert ledger.append([]) == []
    assert ledger.store.extend("c", lambda head: []) == []
    assert list(ledger.records()) == []


def test_processes_that_write_at_once_never_fork_the_chain(place):
    """CI writes 8 x 60 (a database 3 x 20); RQML_TEST_RECORDS=1000 makes it 8 x 1,000."""
    given = os.environ.get("RQML_TEST_RECORDS")
    processes, count = (8, int(given or 60)) if given or "://" not in place else (3, 20)
    workers = [FORK.Process(target=write, args=(place, i * count, count, 1)) for i in range(processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * processes
    ledger = Ledger(place)
    (head,) = ledger.heads()
    assert head.number == processes * count
    assert ledger.verify().intact
    assert sorted(record.body["number"] for record in ledger.records()) == list(range(processes * count))


def test_a_process_killed_while_it_writes_leaves_a_sound_chain(place):
    started = FORK.Event()
    worker = FORK.Process(target=write_for_ever, args=(place, started))
    worker.start()
    assert started.wait(60)
    time.sleep(0.1)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    ledger = Ledger(place)
    before = ledger.verify()
    assert before.intact
    assert before.records % 50 == 0, "a batch is written whole or not at all"
    ledger.append([entry()])
    assert ledger.verify().intact
    assert ledger.verify().records == before.records + 1


def test_verifying_while_others_write_raises_no_false_alarm(tmp_path):
    place = str(tmp_path / "e.sqlite")
    started = FORK.Event()
    worker = FORK.Process(target=write_for_ever, args=(place, started))
    worker.start()
    try:
        assert started.wait(60)
        ledger = Ledger(place)
        for _ in range(5):
            assert ledger.verify().intact
    finally:
        worker.kill()
        worker.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_ledger_survives_a_fork(tmp_path):
    ledger = Ledger(tmp_path / "e.sqlite")
    ledger.append([entry(0)])
    child = FORK.Process(target=ledger.append, args=([entry(1)],))
    child.start()
    child.join()
    assert child.exitcode == 0
    ledger.append([entry(2)])
    assert [record.body["number"] for record in ledger.records()] == [0, 1, 2]


def test_an_anchor_is_one_word_that_can_be_read_back(filled):
    (head,) = filled.heads()
    assert parse_anchor(anchor_of(head)) == head
    with pytest.raises(ValueError, match="an anchor reads"):
        parse_anchor("no anchor")


def test_canonical_text_has_one_form():
    assert canonical({"b": 1, "a": "é\ud800"}) == '{"a":"\\u00e9\\ud800","b":1}'
    line = canonical(sealed({"a": 1.5}))
    assert opened(line)["a"] == 1.5
    for spoilt in (line.replace(":", ": ", 1), line.replace("1.5", "1.50"), "[1]", "{}", "nonsense", '{"digest":1}'):
        with pytest.raises(EvidenceError):
            opened(spoilt)
    with pytest.raises(EvidenceError):
        opened('{"a":NaN,"digest":"sha256:0"}')
    with pytest.raises(EvidenceError, match="not a record"):
        Record.from_line(line)


def test_a_clock_that_goes_backwards_changes_no_order(place):
    moments = iter(dt.datetime(2026, 5, day, tzinfo=dt.UTC) for day in (3, 1, 2))
    ledger = Ledger(place, clock=lambda: next(moments))
    for number in range(3):
        ledger.append([entry(number)])
    assert [record.body["number"] for record in ledger.records()] == [0, 1, 2]
    assert [record.time[:10] for record in ledger.records()] == ["2026-05-03", "2026-05-01", "2026-05-02"]
    assert ledger.verify().intact


def test_two_ledgers_merged_keep_what_each_of_them_said(tmp_path):
    """Three ledgers, each imported into the others: all end with the same chains, and none is mixed."""
    ledgers = [Ledger(tmp_path / f"{number}.sqlite") for number in range(3)]
    for number, ledger in enumerate(ledgers):
        ledger.append([entry(10 * number + i) for i in range(number + 1)])
    heads = sorted(head.digest for ledger in ledgers for head in ledger.heads())
    for source in ledgers:
        for target in ledgers:
            if source is not target:
                export_file(source, tmp_path / "o.jsonl")
                import_file(target, tmp_path / "o.jsonl")
    for ledger in ledgers:
        assert sorted(head.digest for head in ledger.heads()) == heads
        assert ledger.verify().intact
        assert ledger.verify().records == 6


# What may go wrong with the place


def verdicts(report):
    return [result.status.value for result in report.results]


@pytest.fixture
def check(min_rows, table):
    specification = Specification("spec", [min_rows(rows=2)], owner="me")

    def run(place):
        report = specification.check(System("s", table=table), ledger=place)
        assert verdicts(report) == ["PASS"], "a verdict is never lost"
        return report.notes

    return run


def test_a_full_disk_leaves_the_verdict_and_a_note(check, tmp_path, monkeypatch):
    path = tmp_path / "e.sqlite"
    check(path)
    from rqml.evidence import sqlite_store

    connect = sqlite_store.connect

    def cramped(place):
        connection = connect(place)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(sqlite_store, "connect", cramped)
    notes = [note for _ in range(30) for note in check(path)]
    assert any("could not be written" in note and "the disk is full" in note for note in notes)
    monkeypatch.undo()
    assert Ledger(path).verify().intact
    check(path)
    assert Ledger(path).verify().intact


def test_a_read_only_place_leaves_the_verdict_and_a_note(check, tmp_path, monkeypatch):
    path = tmp_path / "e.sqlite"
    check(path)
    from rqml.evidence import sqlite_store

    monkeypatch.setattr(
        sqlite_store,
        "connect",
        lambda place: sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True, check_same_thread=False),
    )
    notes = check(path)
    assert any("could not be written" in note and "read-only" in note for note in notes)
    assert Ledger(path).verify().intact, "reading still works"


@pytest.mark.parametrize(
    ("number", "told"),
    [(errno.EROFS, "read-only"), (errno.EACCES, "read-only"), (errno.ENOSPC, "is full"), (errno.EDQUOT, "is full")],
)
def test_a_folder_that_cannot_be_made_says_why(check, tmp_path, monkeypatch, number, told):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert any("could not be written" in note and told in note for note in check(tmp_path / "new" / "e.sqlite"))


@pytest.mark.parametrize("statement", ["PRAGMA user_version = 0", "DROP TABLE setting", "DROP TABLE head"])
def test_tables_that_are_not_those_of_a_ledger_are_said(check, tmp_path, statement):
    path = tmp_path / "e.sqlite"
    check(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
    assert any("tables are not those of a ledger: put it aside" in note for note in check(path))
    with pytest.raises(EvidenceError, match="put it aside"):
        Ledger(path).verify()


def test_an_entry_filed_under_another_key_is_refused(place):
    ledger = Ledger(place)
    with pytest.raises(EvidenceError, match="names another key"):
        ledger.append([entry(), Entry("check", "k", {"key": "other"})])
    assert ledger.heads() == []


def test_a_place_where_no_folder_can_be_leaves_the_verdict_and_a_note(check, tmp_path):
    (tmp_path / "file").write_text("")
    assert any("could not be written" in note for note in check(tmp_path / "file" / "e.sqlite"))


@pytest.mark.parametrize("content", [b"this is no database, but a long enough text" * 200, b"short"])
def test_a_file_that_is_no_ledger_is_said(check, tmp_path, content):
    path = tmp_path / "e.sqlite"
    path.write_bytes(content)
    assert any("damaged or no ledger" in note for note in check(path))
    with pytest.raises(EvidenceError, match="put it aside"):
        Ledger(path).heads()
    assert path.read_bytes() == content


def test_a_ledger_of_a_newer_schema_is_refused(check, tmp_path):
    path = tmp_path / "e.sqlite"
    check(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(EvidenceError, match=r"schema 99.*use a newer rqml"):
        Ledger(path).heads()
    assert any("newer rqml" in note for note in check(path))


def test_a_database_of_a_newer_schema_is_refused(database):
    sqlalchemy = pytest.importorskip("sqlalchemy")
    Ledger(database).append([entry()])
    engine = sqlalchemy.create_engine(database)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE rqml_setting SET value = '99' WHERE name = 'version'"))
    engine.dispose()
    with pytest.raises(EvidenceError, match="newer rqml"):
        Ledger(database).heads()


def test_a_database_that_is_not_there_leaves_the_verdict_and_a_note(check):
    pytest.importorskip("psycopg")
    notes = check("postgresql+psycopg://nobody:secret@127.0.0.1:1/none")
    assert any("could not be written" in note and "check that it runs" in note for note in notes)
    assert not any("secret" in note for note in notes)


def test_a_url_that_is_none_is_refused():
    pytest.importorskip("sqlalchemy")
    with pytest.raises(EvidenceError, match="URL"):
        Ledger("://")


def test_reading_what_is_not_there_gives_nothing(tmp_path):
    ledger = Ledger(tmp_path / "none.sqlite")
    assert ledger.heads() == []
    assert ledger.verify().intact
    assert not (tmp_path / "none.sqlite").exists()
    assert SqliteStore(tmp_path / "x.sqlite").checkpoints("c") == []
    assert Head("c").number == 0
    with pytest.raises(EvidenceError, match="no such file"), ledger.store._using(writing=False):
        pass


def test_another_process_that_holds_the_file_for_long_is_said(tmp_path, monkeypatch):
    from rqml.evidence import sqlite_store

    path = tmp_path / "e.sqlite"
    Ledger(path).append([entry()])
    monkeypatch.setattr(sqlite_store, "PATIENCE_S", 0.05)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(EvidenceError, match="try again"):
            Ledger(path).append([entry()])
