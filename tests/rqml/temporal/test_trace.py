"""Trace: what is a record of events, and what is refused."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml.errors import InvalidSubject
from rqml.run import Run
from rqml.subjects.moment import micros, shown
from rqml.subjects.system import System
from rqml.temporal import Always, RateAtMost, Responds, Silence, Trace
from rqml.verdict import CheckStatus, Reason

NOON = dt.datetime(2026, 5, 3, 12, tzinfo=dt.UTC)
EVENTS = [{"time": i, "a": True, "id": i // 2} for i in range(4)]


def test_times_are_whole_microseconds() -> None:
    paris = dt.timezone(dt.timedelta(hours=2))
    assert micros(NOON) == micros(NOON.astimezone(paris)) == int(NOON.timestamp()) * 10**6
    assert micros(0.1) + micros(0.2) == micros(0.3)
    assert [micros(2), micros(-1.5)] == [2_000_000, -1_500_000]
    assert shown(micros(NOON), True) == "2026-05-03T12:00:00+00:00"
    assert (shown(1_500_000, False), shown(1 << 59, True)) == (1.5, (1 << 59) / 1e6)


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(-1e9, 1e9), st.floats(allow_nan=False, max_value=1e11, min_value=-1e11))))
def test_times_of_many_events_are_rounded_as_those_of_one(times: list[float]) -> None:
    trace = Trace([{"time": time, "n": number} for number, time in enumerate(times)])
    assert trace.times.tolist() == sorted(map(micros, times))
    assert trace.column("n") == sorted(range(len(times)), key=lambda number: micros(times[number]))


def test_dicts_pairs_and_objects_are_one_record() -> None:
    rows = [{"time": 3.5, "a": True}, {"time": 1, "a": None}, {"time": 2.25}]
    as_pairs = [(row["time"], row) for row in rows]
    as_objects = [SimpleNamespace(**row) for row in rows]
    for events in (rows, as_pairs, as_objects, [rows[0], as_objects[1], as_pairs[2]]):
        trace = Trace(events)
        assert trace.times.tolist() == [1_000_000, 2_250_000, 3_500_000]
        assert trace.column("a") == [None, None, True]


def test_sums_of_durations_do_not_miss_a_deadline() -> None:
    events = [{"time": 0.1, "a": True, "b": False}, {"time": 0.3, "a": False, "b": True}]
    assert Responds("a", "b", within=0.2).check(Trace(events)).passed  # 0.3 - 0.1 > 0.2 in floating point


def test_events_are_sorted_and_ties_keep_their_order() -> None:
    trace = Trace([(2, {"n": 1}), (1, {"n": 2}), (2, {"n": 3})])
    assert (trace.times // 10**6).tolist() == [1, 2, 2]
    assert trace.column("n") == [2, 1, 3]
    assert trace.records() == [{"n": 2}, {"n": 1}, {"n": 3}]
    assert len(trace) == 3


def test_of_events_with_one_identity_the_first_counts() -> None:
    trace = Trace([*EVENTS, {"time": 9, "a": True}], identity="id")
    assert (trace.duplicates, len(trace)) == (2, 3)
    result = RateAtMost("a", count=1, per=100).check(trace)
    assert result.details["duplicates"] == 2
    frame = Trace(pl.DataFrame(EVENTS), identity="id")
    assert len(frame) == 2
    odd = Trace([{"time": 0, "id": [1]}, {"time": 1, "id": [1]}, {"time": 2, "id": float("nan")}], identity="id")
    assert len(odd) == 2
    assert len(Trace([{"time": 0}, {"time": 1}], identity="id")) == 2


def frames(times: Any) -> list[Any]:
    data = {"time": times, "a": [True, True, False]}
    frame = pl.DataFrame(data)
    return [pd.DataFrame(data), frame, frame.lazy(), frame.to_arrow(), duckdb.from_arrow(frame.to_arrow())]


@pytest.mark.parametrize(
    "times", [[0, 1, 2], [0.0, 1.0, 2.0], [NOON, NOON + dt.timedelta(seconds=1), NOON + dt.timedelta(seconds=2)]]
)
def test_frames_are_the_same_record_as_events(times: list[Any]) -> None:
    events = [{"time": t, "a": a} for t, a in zip(times, [True, True, False], strict=True)]
    expected = Always("a").check(Trace(events))
    assert expected.status is CheckStatus.FAIL
    for frame in frames(times):
        for pattern in (Always("a"), Always(lambda event: event["a"])):
            found = pattern.check(Trace(frame))
            assert (found.status, found.estimates, found.details) == (
                expected.status, expected.estimates, expected.details,
            )  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (pl.DataFrame({"t": [1]}), "no column 'time'"),
        (pl.DataFrame({"time": [1, None]}), "1 rows have no time"),
        (pl.DataFrame({"time": [dt.datetime(2026, 1, 1)]}), "no time zone"),
        (pl.DataFrame({"time": [dt.date(2026, 1, 1)]}), "no time zone"),
        (pl.DataFrame({"time": ["noon"]}), "not datetimes or seconds"),
        (pl.DataFrame({"time": [1e300]}), "not finite"),
        (pl.DataFrame({"time": [float("nan")]}), "not finite"),
    ],
)
def test_frames_without_proper_times_are_refused(frame: Any, says: str) -> None:
    with pytest.raises(InvalidSubject, match=says):
        Trace(frame).times  # noqa: B018
    assert Always("a").check(Trace(frame)).status is CheckStatus.INCOMPLETE


def test_a_column_that_is_not_there_is_told() -> None:
    result = Always("misspelt").check(Trace(pl.DataFrame(EVENTS)))
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.ERROR)
    assert "no column 'misspelt'" in result.message


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ([{"a": 1}], "event 0 has no time"),
        ([{"time": dt.datetime(2026, 1, 1)}], "without time zone"),
        ([{"time": NOON}, {"time": 3}], "datetimes in some"),
        ([{"time": "x"}], "not a str"),
        ([{"time": pd.NaT}], "a time is missing"),
    ],
)
def test_events_without_proper_times_are_refused(events: list[Any], says: str) -> None:
    with pytest.raises(InvalidSubject, match=says):
        Trace(events).times  # noqa: B018
    assert says in Always("a").check(Trace(events)).message


@pytest.mark.parametrize("events", ["text", b"bytes", {"time": 1}, 5])
def test_what_is_no_record_is_refused(events: Any) -> None:
    with pytest.raises(InvalidSubject, match="needs an iterable"):
        Trace(events)


def test_the_bounds_of_the_observation() -> None:
    for bounds in ({"start": 1}, {"end": 2}):
        with pytest.raises(InvalidSubject, match="widen"):
            Trace(EVENTS, **bounds).span  # noqa: B018
    with pytest.raises(InvalidSubject, match="one kind"):
        Trace(EVENTS, start=NOON).span  # noqa: B018
    with pytest.raises(InvalidSubject, match="without time zone"):
        Trace(EVENTS, end=dt.datetime(2026, 1, 1))
    assert Trace(EVENTS, start=-1, end=9).span == (-1_000_000, 9_000_000)


def test_nothing_happened() -> None:
    empty = Always("a").check(Trace([]))
    assert (empty.status, empty.reason) == (CheckStatus.INCOMPLETE, Reason.INSUFFICIENT_EVIDENCE)
    assert Always("a", vacuous="pass").check(Trace([], start=0, end=9)).status is CheckStatus.INCOMPLETE
    assert Silence(at_most=5).check(Trace([], start=0, end=9)).status is CheckStatus.FAIL


def test_iterators_and_functions_are_read_once() -> None:
    assert Always("a").check(Trace(iter(EVENTS))).passed
    calls = []

    def read() -> Any:
        calls.append(1)
        return EVENTS

    trace = Trace(read)
    assert trace.describe() == "trace"
    assert Always("a").check(trace).passed
    assert (len(calls), len(trace)) == (1, 4)


def test_fingerprints_follow_the_content() -> None:
    one, same = Trace(EVENTS), Trace([dict(event) for event in EVENTS])
    assert one.fingerprint() == same.fingerprint()
    for other in (Trace(EVENTS[:3]), Trace(EVENTS, closed=False), Trace(EVENTS, end=9), Trace(EVENTS, identity="id")):
        assert other.fingerprint() != one.fingerprint()
    assert Trace(pl.DataFrame(EVENTS)).fingerprint() == Trace(pd.DataFrame(EVENTS)).fingerprint()
    assert Trace([(0, (x for x in ()))]).fingerprint() is None


def test_a_trace_is_a_part_of_a_system() -> None:
    result = Always("a").on("log").check(System("s", log=Trace(EVENTS)))
    assert (result.passed, result.subject) == (True, "log")
    assert Always("a").check(Trace(EVENTS)).subject == "trace of 4 events"
    assert Always("a").check(EVENTS).reason is Reason.UNSUPPORTED


def test_a_trace_is_judged_in_a_worker_process_too() -> None:
    run = Run(timeout=60, hard=True)
    assert Responds("a", "a and id == 1", within=9).check(Trace(EVENTS), run=run).status is CheckStatus.PASS
    assert Always("a").check(Trace(pl.DataFrame(EVENTS)), run=run).passed
