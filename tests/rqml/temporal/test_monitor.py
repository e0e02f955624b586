"""Streams: order, lateness, duplicates, clocks, restarts, memory."""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from typing import Any

import attrs
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml.errors import InvalidParameter, InvalidSubject
from rqml.temporal import (
    Absence,
    AfterUntil,
    Always,
    AlwaysFor,
    Eventually,
    MeanWithin,
    Monitor,
    QuantileWithin,
    RateAtLeast,
    RateAtMost,
    Responds,
    ResponseChain,
    ShareAtMost,
    Silence,
    Trace,
    Until,
)
from rqml.verdict import CheckStatus, Reason

PASS, FAIL, INCOMPLETE = CheckStatus.PASS, CheckStatus.FAIL, CheckStatus.INCOMPLETE
NOON = dt.datetime(2026, 5, 3, 12, tzinfo=dt.UTC)


class Hand:
    """A clock that is set by hand."""

    def __init__(self, time: Any = 0.0) -> None:
        self.time = time

    def __call__(self) -> Any:
        return self.time


def at(time: Any, **fields: Any) -> dict[str, Any]:
    return {"time": time, "a": False, "b": False, **fields}


def test_verdicts_come_as_soon_as_they_are_certain() -> None:
    monitor = Responds("a", "b", within=10).monitor()
    assert monitor.step(at(0)) is INCOMPLETE
    assert monitor.step(at(1, a=True)) is INCOMPLETE
    assert monitor.step(at(11)) is INCOMPLETE  # the deadline itself is in time
    assert monitor.step(at(11.000001)) is FAIL
    assert monitor.step(at(12, b=True)) is FAIL
    result = monitor.finish()
    assert (result.status, result.details["first_violation"]) == (FAIL, 11.0)
    until = Until("a", "b").monitor()
    assert [until.step(at(0, a=True)), until.step(at(1, b=True)), until.step(at(2))] == [INCOMPLETE, PASS, PASS]


def test_what_is_settled_stays_settled_by_unknown_events_and_is_not_judged_again() -> None:
    @attrs.frozen
    class Counted(Absence):
        def judge(self, measurement: Any) -> Any:
            judged.append(measurement)
            return Absence.judge(self, measurement)

    judged: list[Any] = []
    monitor = Counted("a", until="b").monitor()
    steps = [monitor.step(at(time, b=time > 0)) for time in range(50)]
    assert steps == [INCOMPLETE, *[PASS] * 49]
    assert monitor.step(at(50, b=None)) is PASS  # whether the scope closes again is not asked any more
    assert len(judged) < 5


def test_deadlines_pass_without_events_by_the_clock() -> None:
    clock = Hand(NOON)
    monitor = Responds("alarm", "stopped", within=dt.timedelta(hours=4)).monitor(now=clock)
    monitor.step({"alarm": True, "stopped": False})  # no time: it happened now
    clock.time += dt.timedelta(hours=4)
    assert monitor.status is INCOMPLETE
    clock.time += dt.timedelta(microseconds=1)
    assert monitor.status is FAIL
    assert monitor.result().details["first_violation"] == "2026-05-03T16:00:00+00:00"


def test_silence_is_noticed_while_it_lasts() -> None:
    clock = Hand(0)
    monitor = Silence(at_most=60).monitor(now=clock, start=0)
    clock.time = 61
    result = monitor.result()
    assert (result.status, result.estimates["evaluations"].value) == (FAIL, 0)


def test_a_stream_without_events_never_passes() -> None:
    for pattern in (Always("a"), Always("a", vacuous="pass"), Silence(at_most=60), AlwaysFor("a", duration=5)):
        monitor = pattern.monitor(start=0)
        result = monitor.finish(30)
        assert (result.status, result.reason) == (INCOMPLETE, Reason.INSUFFICIENT_EVIDENCE)
        assert "no event" in result.message
        assert pattern.monitor().finish().status is INCOMPLETE


def test_a_trigger_that_never_came_is_incomplete_unless_the_author_says_pass() -> None:
    for vacuous, expected in (("incomplete", INCOMPLETE), ("pass", PASS)):
        monitor = Responds("a", "b", vacuous=vacuous).monitor()
        monitor.step(at(0))
        assert monitor.finish().status is expected


def test_time_from_the_start_without_an_event_in_it_is_no_pass() -> None:
    monitor = AlwaysFor("a", duration=5).monitor(start=0)
    assert monitor.step(at(20)) is INCOMPLETE
    assert monitor.finish().status is INCOMPLETE


def test_events_out_of_order_are_sorted_if_they_are_not_too_late() -> None:
    events = [at(0), at(3, b=True), at(1, a=True), at(9), at(20)]
    monitor = Responds("a", "b", within=5).monitor(lateness=5)
    for event in events:
        monitor.step(event)
    assert monitor.finish().passed
    unsorted = Responds("a", "b", within=5).monitor()
    for event in events:
        unsorted.step(event)
    assert (unsorted.late, unsorted.finish().status) == (1, INCOMPLETE)


def test_after_a_late_event_nothing_passes_but_a_fail_stays() -> None:
    monitor = Always("a").monitor()
    monitor.step(at(5, a=True))
    monitor.step(at(4, a=True))
    result = monitor.finish()
    assert (result.status, result.estimates["late"].value) == (INCOMPLETE, 1)
    assert "lateness" in result.message
    failed = Always("a").monitor()
    failed.step(at(5))
    assert failed.step(at(4, a=True)) is FAIL
    settled = Eventually("a").monitor()
    assert settled.step(at(5, a=True)) is PASS
    assert settled.step(at(4)) is INCOMPLETE


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_shuffled_stream_is_judged_as_the_sorted_record(draw: random.Random) -> None:
    """Any order within the lateness, with duplicates, with a restart in between, is the sorted record."""
    times = sorted(draw.randrange(30) for _ in range(draw.randint(1, 15)))
    record = [{"time": t, "id": i, "a": draw.random() < 0.4, "b": draw.random() < 0.4} for i, t in enumerate(times)]
    arrival = sorted(record, key=lambda event: event["time"] + draw.uniform(0, 7.9))
    arrival = [event for event in arrival for _ in range(draw.choice([1, 1, 2]))]
    for pattern in (Responds("a", "b", within=4), AfterUntil("a", "not b", "b"), RateAtMost("a", count=1, per=3)):
        monitor = pattern.monitor(lateness=8, identity="id")
        for event in arrival:
            if draw.random() < 0.2:
                monitor = pattern.monitor(lateness=8, identity="id").restore(json.loads(json.dumps(monitor.state())))
            monitor.step(event)
        result = monitor.finish()
        # events of one time come in the order of their arrival
        order = sorted(dict.fromkeys(e["id"] for e in arrival), key=lambda i: record[i]["time"])
        expected = pattern.check(Trace([record[i] for i in order]))
        assert monitor.duplicates == len(arrival) - len(record)
        assert (result.status, result.estimates) == (expected.status, expected.estimates)


def test_an_id_is_remembered_as_long_as_events_may_be_late() -> None:
    monitor = RateAtMost("a", count=1, per=100).monitor(identity="id", lateness=5)
    for time, name in ((0, "x"), (4, "x"), (5, None), (5.5, None), (11, "x")):
        monitor.step(at(time, a=name == "x", id=name))
    result = monitor.finish()
    assert (monitor.duplicates, result.status, monitor.evaluations) == (1, FAIL, 4)
    assert len(monitor._seen.ids) == 1


def test_a_clock_that_goes_back_is_not_believed() -> None:
    monitor = Responds("a", "b", within=5).monitor()
    monitor.step(at(10, a=True))
    assert monitor.advance(3) is INCOMPLETE
    assert monitor.clock_back == 1
    assert monitor.advance(16) is FAIL  # a jump ahead is time that passed
    assert monitor.advance(2) is FAIL


def test_a_clock_that_leaps_and_comes_back_lets_nothing_pass() -> None:
    """The leap is time that passed; what comes with the right time afterwards is late, and that is told."""
    clock = Hand(0)
    monitor = Responds("a", "b", within=60).monitor(now=clock)
    monitor.step({"a": True, "b": True})
    clock.time = 86_400
    assert monitor.status is INCOMPLETE
    for clock.time in (1, 2):
        assert monitor.step({"a": True, "b": True}) is INCOMPLETE
    assert (monitor.late, monitor.evaluations) == (2, 1)
    assert monitor.status is INCOMPLETE
    assert monitor.clock_back == 1
    result = monitor.finish(86_500)
    assert (result.status, "came too late" in result.message) == (INCOMPLETE, True)


def test_the_clock_releases_what_waits() -> None:
    clock = Hand(0)
    monitor = Always("a").monitor(now=clock, lateness=10)
    monitor.step(at(0))
    assert monitor.evaluations == 0
    clock.time = 11
    assert monitor.status is FAIL
    assert monitor.evaluations == 1
    assert monitor.step(at(0.5)) is FAIL
    assert monitor.late == 1


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"a": True}, "has no time"),
        ({"time": dt.datetime(2026, 5, 3), "a": True}, "without time zone"),
        ({"time": float("nan"), "a": True}, "not a finite"),
        ({"time": pd.NaT, "a": True}, "a time is missing"),
        ({"time": 1e300, "a": True}, "36,000 years"),
        ({"time": "noon", "a": True}, "not a str"),
        ({"time": True, "a": True}, "not a bool"),
    ],
)
def test_bad_times_are_refused(event: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidSubject, match=says):
        Always("a").monitor().step(event)


def test_two_kinds_of_times_are_refused() -> None:
    monitor = Always("a").monitor(start=NOON)
    with pytest.raises(InvalidSubject, match="datetimes in some"):
        monitor.step(at(5))


def test_a_finished_monitor_takes_nothing_more() -> None:
    monitor = Always("a").monitor()
    monitor.step(at(0, a=True))
    assert monitor.finish().passed
    assert monitor.finish().passed
    assert monitor.status is PASS
    with pytest.raises(InvalidSubject, match="finished"):
        monitor.step(at(1))


def test_time_cannot_be_asked_without_a_clock() -> None:
    with pytest.raises(InvalidParameter, match="now="):
        Always("a").monitor().advance()


def test_events_before_the_start_are_late() -> None:
    monitor = Always("a").monitor(start=10)
    monitor.step(at(9))
    assert (monitor.late, monitor.evaluations) == (1, 0)


def test_state_is_refused_by_what_it_was_not_made_for() -> None:
    state = Responds("a", "b", within=5).monitor().state()
    json.dumps(state)
    for other in (Responds("a", "b", within=6), Always("a")):
        with pytest.raises(InvalidParameter, match="another pattern"):
            other.monitor().restore(state)
    with pytest.raises(InvalidParameter, match="another pattern"):
        Responds("a", "b", within=5).monitor(lateness=3).restore(state)
    for no_state in ({}, [], None, {**state, "schema": "rqml.monitor/9"}):
        with pytest.raises(InvalidParameter, match="not the state of a monitor"):
            Responds("a", "b", within=5).monitor().restore(no_state)


def test_state_is_refused_by_another_function_of_the_same_name() -> None:
    state = Always(lambda event: event["a"]).monitor().state()
    Always(lambda event: event["a"]).reacting(print).monitor().restore(state)  # the reaction decides no verdict
    with pytest.raises(InvalidParameter, match="another pattern"):
        Always(lambda event: event["b"]).monitor().restore(state)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Each container in a JSON value, with each key or index in it."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_single_change_of_a_saved_state_is_refused(data: st.DataObject) -> None:
    def made() -> Monitor:
        return MeanWithin("x", at_most=2, window=5).monitor(lateness=2, identity="id")

    watched = made()
    for time in range(9):
        watched.step(at(time, x=time % 4 or None, id=str(time)))
    saved = json.dumps(watched.state())
    changed = json.loads(saved)
    container, key = data.draw(st.sampled_from(places(changed)))
    others = [None, True, 0, 1, -1, 0.5, 2**70, "", "9", [], {}]
    if data.draw(st.booleans()):
        del container[key]
    else:
        container[key] = data.draw(st.sampled_from(others).filter(lambda other: repr(other) != repr(container[key])))
    with pytest.raises(InvalidParameter, match="state"):
        made().restore(changed)
    assert made().restore(json.loads(saved)).state() == json.loads(saved)


BOUNDED = [
    Always("a"),
    Responds("a", "b", within=5),
    Responds("a", "c"),  # never answered, no deadline: only a count
    ResponseChain("a", ("b", "c"), within=5),
    RateAtMost("a", count=3, per=5),
    RateAtLeast("a", count=3, per=5),
    ShareAtMost("a", share=0.5, window=5),
    QuantileWithin("x", quantile=0.5, at_most=1, window=5),
    MeanWithin("x", at_most=1, window=5),
    Responds("u", "a"),  # unknown triggers: two automata
]


def footprint(value: Any) -> int:
    """Bytes of a JSON-like value."""
    if isinstance(value, dict):
        return sys.getsizeof(value) + sum(map(footprint, value.values()))
    return sys.getsizeof(value) + (sum(map(footprint, value)) if isinstance(value, list) else 0)


@pytest.mark.parametrize("pattern", BOUNDED, ids=lambda p: type(p).__name__)
def test_memory_is_bounded_by_the_window_not_by_the_stream(pattern: Any) -> None:
    draw = random.Random(1)
    monitor, largest = pattern.monitor(lateness=2, identity="id"), []
    for number in range(6000):
        event = at(number * 0.1, a=draw.random() < 0.5, b=draw.random() < 0.5, c=False, x=draw.random(), id=number)
        monitor.step(event)
        if number % 2000 > 1000 and number % 50 == 0:
            largest.append((number // 2000, footprint(monitor.state())))
    early, late = (max(size for third, size in largest if third == chosen) for chosen in (0, 2))
    assert late < 1.2 * early
    assert late < 40_000


def test_events_as_pairs_and_objects() -> None:
    @attrs.frozen
    class Request:
        time: dt.datetime
        latency: float

    objects = Always("latency < 3").monitor()
    objects.step(Request(NOON, 2.0))
    assert objects.step(Request(NOON, 4.0)) is FAIL
    pairs = Always("latency < 3").monitor()
    assert pairs.step((NOON, {"latency": 4.0})) is FAIL
    assert isinstance(pairs, Monitor)


def test_unknown_events_keep_two_automata_that_meet_in_the_verdict() -> None:
    monitor = Always("a").monitor()
    monitor.step(at(0, a=None))
    monitor.step(at(1, a=True))
    result = monitor.finish()
    assert (result.status, result.estimates["possible_violations"].value) == (INCOMPLETE, 1)
    assert "1 of 2 events do not say" in result.message
    sure = Always("a").monitor()
    sure.step(at(0, a=None))
    assert sure.step(at(1, a=False)) is FAIL
