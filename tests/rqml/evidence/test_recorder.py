"""Attached code leaves records, without being held up and without raising."""

from __future__ import annotations

import logging
import multiprocessing
import pickle
import sqlite3
import threading
import time

import attrs
import pandas as pd
import pytest

from rqml import (
    Cost,
    Dataset,
    Estimate,
    Measurement,
    Meta,
    Repair,
    Requirement,
    RequirementViolation,
    Severity,
    Stage,
    System,
    at_least,
    ensure,
    limit,
    require,
)
from rqml.errors import EvidenceError, InvalidParameter
from rqml.evidence import recorder as recorder_module
from rqml.evidence.jsonl import export_lines
from rqml.evidence.ledger import Ledger
from rqml.evidence.queries import held_at
from rqml.evidence.recorder import Recorder


@attrs.frozen(kw_only=True)
class Long(Requirement[Dataset]):
    """The table has at least `rows` rows."""

    meta = Meta(
        id="TOY-51",
        title="long",
        statement="At least {rows} rows.",
        remedy="Add rows.",
        stage=Stage.INGESTION,
        severity=Severity.LOW,
        references=("GDPR 25",),
        cost=Cost.COMMIT,
        version=3,
    )
    rows: int = limit(default=2, stricter="higher")

    def measure(self, dataset, run):
        return Measurement({"rows": Estimate.exact(len(dataset))})

    def judge(self, measurement):
        return at_least(measurement.estimates["rows"], self.rows, "rows")

    def repair(self, dataset, run):
        frame = pd.concat([dataset.frame] * self.rows, ignore_index=True)
        return Repair(dataset.with_frame(frame), ("repeated rows",))


class Quick(Long):
    """The same, but so cheap that it is judged at each call."""

    meta = attrs.evolve(Long.meta, id="TOY-52", cost=Cost.INLINE)


SHORT, ENOUGH = pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1, 2, 3]})


@pytest.fixture
def recorder(tmp_path):
    with Recorder(tmp_path / "e.sqlite", specification="serving", owner="me", delay_s=60) as made:
        yield made


def bodies(recorder):
    assert recorder.flush()
    ledger = Ledger.of(recorder.place)
    assert ledger.verify().intact
    return [record.body for record in ledger.records()]


def attached(recorder, requirement=None, **more):
    @require(requirement or Long(), of="table", record=recorder, **more)
    def serve(table):
        return len(table)

    return serve


def test_a_call_leaves_a_record_with_owner_place_references_and_content(recorder):
    serve = attached(recorder, mode="MONITOR")
    assert [serve(ENOUGH), serve(Dataset(SHORT))] == [3, 1]
    first, second = bodies(recorder)
    assert (first["result"]["status"], second["result"]["status"]) == ("PASS", "FAIL")
    assert first["requirements"] == {"TOY-51": 3}
    assert first["references"] == ["GDPR 25"]
    assert list(first["fingerprints"].values()) == [Dataset(ENOUGH).fingerprint()]
    context = first["context"]
    assert (context["specification"], context["owner"], context["lost"]) == ("serving", "me", 0)
    assert context["system"].endswith("attached.<locals>.serve")
    assert "numpy" in context["environment"]["packages"]
    (place,) = first["places"]
    assert (place["door"], place["file"].rpartition("/")[2]) == ("require", "test_recorder.py")
    (held,) = held_at(Ledger.of(recorder.place))
    assert (held.status, held.owner) == ("FAIL", "me")


def test_what_is_raised_is_recorded_first(recorder):
    with pytest.raises(RequirementViolation):
        attached(recorder)(SHORT)
    assert [body["result"]["status"] for body in bodies(recorder)] == ["FAIL"]


def test_a_cheap_check_is_not_slowed_by_a_digest(recorder):
    attached(recorder, Quick())(ENOUGH)
    assert bodies(recorder)[0]["fingerprints"] == {}


def test_results_and_systems_are_recorded_and_what_has_no_digest_too(recorder):
    @ensure(Long().on("data"), subject=lambda result: System("x", data=ENOUGH), record=recorder)
    def fit():
        return "model"

    fit()
    attached(recorder, mode="MONITOR")("no table")
    first, second = bodies(recorder)
    assert first["fingerprints"] == {"data": Dataset(ENOUGH).fingerprint()}
    assert second["result"]["status"] == "INCOMPLETE"
    assert second["fingerprints"] == {}


def test_an_enforcement_is_recorded_after_the_verdict_that_called_for_it(recorder):
    assert attached(recorder, mode="ENFORCE")(SHORT) == 2
    verdict, enforcement = bodies(recorder)
    assert verdict["result"]["status"] == "FAIL"
    assert (enforcement["status"], enforcement["changes"]) == ("SUCCESS", ["repeated rows"])


def test_a_full_batch_and_an_elapsed_delay_are_written_without_being_asked(tmp_path):
    for options, calls in (({"batch": 5, "delay_s": 600}, 5), ({"batch": 500, "delay_s": 0.01}, 1)):
        place = tmp_path / f"{calls}.sqlite"
        with Recorder(place, **options) as recorder:
            serve = attached(recorder, Quick())
            for _ in range(calls):
                serve(ENOUGH)
            deadline = time.monotonic() + 60
            while len(list(Ledger(place).records())) < calls and time.monotonic() < deadline:
                time.sleep(0.02)
            assert len(list(Ledger(place).records())) == calls


def test_closing_writes_the_rest_and_the_next_verdict_opens_again(recorder):
    serve = attached(recorder, Quick())
    serve(ENOUGH)
    recorder.close()
    recorder.close()
    place = recorder.place.store.place
    assert len(list(Ledger(place).records())) == 1
    serve(ENOUGH)
    recorder.close()
    assert len(list(Ledger(place).records())) == 2


def test_an_ending_process_writes_what_waits(tmp_path):
    import subprocess
    import sys

    program = (
        "import sys; from rqml import CheckResult, CheckStatus; from rqml.evidence.recorder import Recorder\n"
        "from rqml_catalog.data_privacy import KAnonymity\n"
        "desk = Recorder(sys.argv[1], delay_s=600).of(KAnonymity(k=2))\n"
        "desk(CheckResult(CheckStatus.PASS, 'it holds'))"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path / "e.sqlite"], check=True)
    assert len(list(Ledger(tmp_path / "e.sqlite").records())) == 1


@pytest.mark.parametrize("place", ["file/e.sqlite", "postgresql+psycopg://nobody@127.0.0.1:1/none", "://"])
def test_a_ledger_that_cannot_be_used_costs_no_call(place, tmp_path, monkeypatch, caplog):
    pytest.importorskip("psycopg")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    recorder = Recorder(place, delay_s=600)
    serve = attached(recorder)
    with caplog.at_level(logging.WARNING, "rqml"):
        assert [serve(ENOUGH) for _ in range(3)] == [3] * 3
        assert not recorder.flush()
        assert not recorder.flush()
        recorder.close()
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2, "the trouble is told once, and the loss at the end"
    assert "3 verdicts are lost" in told[1]


def test_a_ledger_that_comes_back_gets_what_was_kept_and_is_told_what_was_dropped(tmp_path, monkeypatch):
    away = [True]
    ledger = Ledger(tmp_path / "e.sqlite")
    extend = ledger.store.extend

    def unreliable(chain, make):
        if away[0]:
            raise EvidenceError("away")
        return extend(chain, make)

    monkeypatch.setattr(ledger.store, "extend", unreliable)
    recorder = Recorder(ledger, batch=4, capacity=4, delay_s=600)
    monkeypatch.setattr(recorder_module, "RETRY_S", 600)
    serve = attached(recorder, Quick())
    for _ in range(10):
        serve(ENOUGH)
    assert not recorder.flush()
    away[0] = False
    first = bodies(recorder)
    lost = first[0]["context"]["lost"]
    assert lost == 10 - len(first) > 0
    serve(ENOUGH)
    assert bodies(recorder)[-1]["context"]["lost"] == 0
    recorder.close()


def test_a_verdict_that_cannot_be_put_in_words_is_dropped_alone_and_counted(recorder, caplog):
    desk = recorder.of(Long())
    recorder.put(lambda lost: 1 / 0)
    recorder.flush()
    assert "dropped: ZeroDivisionError" in caplog.text
    attached(recorder, Quick())(ENOUGH)
    assert bodies(recorder)[0]["context"]["lost"] == 1
    assert desk.recorder is recorder


def test_many_threads_lose_nothing(tmp_path):
    with Recorder(tmp_path / "e.sqlite", batch=20, delay_s=0.01) as recorder:
        serve = attached(recorder, Quick())
        threads = [threading.Thread(target=lambda: [serve(ENOUGH) for _ in range(100)]) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(bodies(recorder)) == 600


def test_a_locked_ledger_does_not_hold_up_the_calls(tmp_path):
    path = tmp_path / "e.sqlite"
    Ledger(path).store.own_chain()
    recorder = Recorder(path, batch=1, delay_s=0.01)
    serve = attached(recorder, Quick())
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        started = time.monotonic()
        for _ in range(200):
            serve(ENOUGH)
        assert time.monotonic() - started < 30, "sqlite itself would wait for a minute, at each of them"
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert len(bodies(recorder)) == 200
    recorder.close()


def calls_in_a_child(recorder, serve):
    serve(ENOUGH)
    recorder.flush()


def test_a_fork_does_not_write_what_waits_in_its_parent(recorder):
    serve = attached(recorder, Quick())
    serve(ENOUGH)
    child = multiprocessing.get_context("fork").Process(target=calls_in_a_child, args=(recorder, serve))
    child.start()
    child.join()
    assert child.exitcode == 0
    assert len(bodies(recorder)) == 2


def test_another_process_has_a_recorder_of_its_own(recorder):
    copy = pickle.loads(pickle.dumps(recorder))
    assert (copy.specification, copy.owner, copy.delay_s) == ("serving", "me", 60)


def test_nothing_that_was_judged_stands_in_the_records(recorder):
    attached(recorder, mode="MONITOR")(pd.DataFrame({"a": ["a secret value"]}))
    recorder.flush()
    assert not any("a secret value" in line for line in export_lines(Ledger.of(recorder.place)))


@pytest.mark.parametrize("wrong", [{"batch": 0}, {"delay_s": 0}, {"batch": 9, "capacity": 3}])
def test_options_that_make_no_sense_are_refused(tmp_path, wrong):
    with pytest.raises(InvalidParameter, match="a recorder needs"):
        Recorder(tmp_path / "e.sqlite", **wrong)
