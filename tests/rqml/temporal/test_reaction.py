"""enforce(): the bound reaction runs once, in time, and what it achieved is not overstated."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import numpy as np
import pytest

from rqml.errors import InvalidParameter
from rqml.temporal import Alert, Always, Reaction, Responds, Trace
from rqml.verdict import CheckStatus, EnforcementStatus

BAD = [{"time": 0, "ok": True}, {"time": 5, "ok": False}]
GOOD = [{"time": 9, "ok": True}]
SUCCESS, CONTAINED = EnforcementStatus.SUCCESS, EnforcementStatus.CONTAINED
FAILURE, INCOMPLETE = EnforcementStatus.FAILURE, EnforcementStatus.INCOMPLETE


class Ticking:
    """A clock that moves by a given time at each look."""

    def __init__(self, tick: float) -> None:
        self.tick, self.time = tick, 0.0

    def __call__(self) -> float:
        self.time += self.tick
        return self.time


def test_the_reaction_contains_what_cannot_be_undone() -> None:
    told: list[Alert] = []
    pattern = Always("ok").reacting(told.append, within=1, kind="page")
    result = pattern.enforce(Trace(BAD))
    assert result.status is CONTAINED
    assert "violations themselves stay" in result.message
    assert result.changes == ("reaction (page) to 1 violations",)
    assert told == [Alert("TMP-01", "At every event: ok.", 1, 5.0)]
    assert result.after is not None
    assert result.after.status is CheckStatus.FAIL  # type: ignore[union-attr]


def test_success_needs_a_look_at_what_happened_then() -> None:
    state = {"throttled": False}

    def throttle(_alert: Alert) -> None:
        state["throttled"] = True

    def observe() -> Any:
        return GOOD if state["throttled"] else BAD

    mended = Always("ok").reacting(throttle, kind="throttle", observe=observe).enforce(Trace(BAD))
    assert mended.status is SUCCESS
    assert Always("ok").check(mended.subject).passed
    as_trace = Always("ok").reacting(throttle, observe=lambda: Trace(observe()))
    assert as_trace.enforce(Trace(BAD, end=7)).status is SUCCESS
    useless = Always("ok").reacting(lambda _alert: None, observe=lambda: BAD).enforce(Trace(BAD))
    assert useless.status is FAILURE
    assert useless.subject.events == tuple(BAD)


def test_a_reaction_that_fails_or_is_slow_is_a_failure() -> None:
    def crash(_alert: Alert) -> None:
        raise ConnectionError("pager: user jane@example.org unknown")

    for call in (crash, lambda _alert: False):
        result = Always("ok").reacting(call).enforce(Trace(BAD))
        assert result.status is FAILURE
        assert "jane" not in result.message
    slow = Reaction(lambda _alert: None, within=dt.timedelta(seconds=1), clock=Ticking(2))
    result = Always("ok", reaction=slow).enforce(Trace(BAD))
    assert (result.status, "2 s, more than the 1 s" in result.message) == (FAILURE, True)
    quick = Reaction(lambda _alert: None, within=1, clock=Ticking(0.5))
    assert Always("ok", reaction=quick).enforce(Trace(BAD)).status is CONTAINED


def test_no_violation_no_reaction() -> None:
    told: list[Alert] = []
    pattern = Always("ok").reacting(told.append)
    assert pattern.enforce(Trace(GOOD)).status is SUCCESS
    assert pattern.enforce(Trace(BAD), dry_run=True).changes == ("reaction (call back) to 1 violations",)
    assert pattern.enforce(Trace([])).status is INCOMPLETE
    assert told == []


def test_without_a_reaction_there_is_nothing_to_enforce() -> None:
    result = Always("ok").enforce(Trace(BAD))
    assert (result.status, ".reacting(" in result.message) == (INCOMPLETE, True)


def test_a_rollback_takes_the_reaction_back() -> None:
    state = {"limit": 100}
    pattern = Always("ok").reacting(lambda _a: state.update(limit=1), undo=lambda: state.update(limit=100))
    result = pattern.enforce(Trace(BAD))
    assert state["limit"] == 1
    result.rollback()
    assert state["limit"] == 100


@pytest.mark.parametrize("bad", [{"call": 5}, {"call": print, "observe": 3}, {"call": print, "kind": "shout"}])
def test_bad_reactions_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"reaction|kind"):
        Reaction(bad.pop("call"), **bad)


class Hand:
    time = 0.0

    def __call__(self) -> float:
        return self.time


def violated(reaction: Reaction | None, clock: Hand) -> Any:
    monitor = Always("ok", reaction=reaction).monitor(now=clock)
    for event in BAD:
        clock.time = event["time"]
        monitor.step(event)
    return monitor


def test_a_monitor_reacts_in_time_counted_from_the_violation() -> None:
    told: list[Alert] = []
    reaction = Reaction(told.append, within=10)
    clock = Hand()
    monitor = violated(reaction, clock)
    clock.time = 15
    result = monitor.enforce()
    assert (result.status, told[0].first) == (CONTAINED, 5.0)
    clock.time = 15.5
    late = monitor.enforce()
    assert (late.status, "10.5 s after the violation" in late.message) == (FAILURE, True)


def test_a_monitor_without_cause_or_reaction() -> None:
    from rqml.run import Run

    monitor = Always("ok").monitor()
    monitor.step(GOOD[0])
    assert monitor.enforce().status is INCOMPLETE
    monitor.finish()
    assert monitor.enforce().status is SUCCESS
    assert "no reaction" in violated(None, Hand()).enforce().message
    planned = violated(Reaction(print), Hand()).enforce(Run(dry_run=True))
    assert (planned.status, planned.changes) == (INCOMPLETE, ("reaction (call back) to 1 violations",))

    def crash(_alert: Alert) -> None:
        raise ConnectionError("secret")

    for call in (crash, lambda _alert: False):
        failed = violated(Reaction(call), Hand()).enforce()
        assert failed.status is FAILURE
        assert "secret" not in failed.message

    def interrupted(_alert: Alert) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        violated(Reaction(interrupted), Hand()).enforce()
    undone: list[int] = []
    result = violated(Reaction(lambda _a: None, undo=lambda: undone.append(1)), Hand()).enforce()
    result.rollback()
    assert undone == [1]


async def asynchronous(_alert: Alert) -> None:
    raise AssertionError("never awaited")


class AsynchronousCall:
    async def __call__(self, _alert: Alert) -> None: ...


@pytest.mark.parametrize("call", [asynchronous, AsynchronousCall(), functools.partial(asynchronous)])
def test_an_asynchronous_reaction_is_refused(call: Any) -> None:
    with pytest.raises(InvalidParameter, match="asynchronous"):
        Always("ok").reacting(call)


@pytest.mark.parametrize("call", [lambda _a: np.False_, lambda alert: [asynchronous(alert)][0]])
@pytest.mark.filterwarnings("error")
def test_what_did_not_work_or_was_not_awaited_is_a_failure(call: Any) -> None:
    assert Always("ok").reacting(call).enforce(Trace(BAD)).status is FAILURE
    assert violated(Reaction(call), Hand()).enforce().status is FAILURE


ANSWERED = [{"time": 10, "a": True, "b": True}]
BROKEN = [{"time": 0, "a": True, "b": False}, {"time": 9, "a": False, "b": False}]
OBSERVED = [
    Trace(ANSWERED),
    Trace([{"time": 10, "a": True, "b": False}], end=100),
    Trace([{"time": 10, "a": True, "b": False}], closed=False),
    Trace([], start=10, end=20),
    Trace([{"ts": 10, "a": True, "b": True}], time="ts"),
    Trace([*ANSWERED, {"time": 10, "id": 1, "a": True, "b": False}, {"time": 11, "id": 1, "b": True}], identity="id"),
]


@pytest.mark.parametrize("then", OBSERVED)
def test_an_observed_trace_is_judged_as_it_is(then: Trace) -> None:
    pattern = Responds("a", "b", within=4)
    expected = pattern.check(then)
    bound = pattern.reacting(lambda _alert: None, observe=lambda: then)
    monitor = bound.monitor()
    for event in BROKEN:
        monitor.step(event)
    for result in (bound.enforce(Trace(BROKEN)), monitor.enforce()):
        assert result.status is (SUCCESS if expected.passed else FAILURE)
        after = result.after
        found = (expected.status, expected.estimates)
        assert after is None or (after.status, after.estimates) == found  # type: ignore[union-attr]


def test_a_monitor_without_a_clock_is_late_by_its_last_event() -> None:
    for last, status in ((6, CONTAINED), (50, FAILURE)):
        monitor = Responds("a", "b", within=4).reacting(lambda _alert: None, within=2).monitor()
        for time, a in ((0, True), (last, False)):
            monitor.step({"time": time, "a": a, "b": False})
        result = monitor.enforce()
        assert (result.status, "46 s after the violation" in result.message) == (status, status is FAILURE)
