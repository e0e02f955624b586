"""Guard: lets through what its requirements hold for, refuses the rest, and says so."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml import CheckStatus, Mode, RequirementViolation, Trace
from rqml.attachments import attachments
from rqml.errors import InvalidParameter
from rqml.evidence.ledger import Ledger
from rqml.evidence.recorder import Recorder
from rqml.guard import Guard, Rate
from rqml.schema import Number, Schema, Text

SCHEMA = Schema({"age": Number(0, 120), "note": Text(5, optional=True)}, others=["client"])
FINE = {"age": 40}


class Hand:
    """A clock that is set by hand."""

    time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture(autouse=True)
def _no_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RQML_MODE", raising=False)


def is_admitted(guard: Guard, request: Any) -> bool:
    try:
        guard.admit(request)
    except RequirementViolation:
        return False
    return True


values = st.one_of(st.floats(), st.integers(-3, 130), st.text(max_size=7), st.none(), st.booleans())


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["age", "note", "client", "more"]), values))
def test_a_request_is_admitted_if_the_requirement_holds_for_it(request_: dict[str, Any]) -> None:
    guard = Guard(SCHEMA)
    holds = guard.well_formed.check(Trace([(0, request_)])).passed
    assert is_admitted(guard, request_) is holds


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 4), st.sampled_from([1, 2.5, 10]))
def test_what_is_admitted_keeps_the_rate_and_no_more_could_be(draw: random.Random, count: int, per: float) -> None:
    """Differential: the log of each client holds for the requirement; with any refused request it would not."""
    clock = Hand()
    guard = Guard(SCHEMA, Rate(count, per=per, by="client"), now=clock, record=lambda _: None)
    _, in_rate = guard.requirements
    logs: dict[str, list[tuple[float, Any]]] = {}
    for _ in range(40):
        clock.time += draw.choice([0, 0.25, 1, 2.5, 9])
        request = {"age": 1, "client": draw.choice("ab")}
        log = logs.setdefault(request["client"], [])
        with_it = in_rate.check(Trace([*log, (clock.time, request)])).passed
        assert is_admitted(guard, request) is with_it
        if with_it:
            log.append((clock.time, request))
    assert all(in_rate.check(Trace(log)).passed for log in logs.values())


def test_a_refusal_says_why_without_content() -> None:
    guard = Guard(SCHEMA)
    with pytest.raises(RequirementViolation) as caught:
        guard.admit({"age": 40, "note": "jane doe"})
    result = caught.value.result
    assert (result.status, result.requirement, result.name) == (CheckStatus.FAIL, "TMP-01", "Always")
    assert "'note' has more than 5 characters" in result.message
    assert "jane" not in result.to_json()


def test_enforcing_mends_what_it_can_and_refuses_the_rest() -> None:
    guard = Guard(SCHEMA, mode="ENFORCE")
    given_ = {"age": 130.0, "more": 1}
    assert guard.admit(given_) == {"age": 120}
    assert given_ == {"age": 130.0, "more": 1}
    assert guard.admit(FINE) is FINE
    for broken in ({"note": "x"}, {"age": "old"}, {"age": float("nan")}, {"age": 1, "note": "x" * 6}, [1]):
        assert not is_admitted(guard, broken)


def test_monitoring_records_and_lets_through(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Any] = []
    guard = Guard(SCHEMA, Rate(1, per=60), mode=Mode.MONITOR, record=seen.append, now=Hand())
    bad = {"age": -1}
    assert guard.admit(bad) is bad
    assert guard.admit(FINE) is FINE
    assert guard.admit(FINE) is FINE
    assert [result.name for result in seen] == ["Always", "RateAtMost"]
    with caplog.at_level(logging.WARNING, "rqml"):
        Guard(SCHEMA, mode="MONITOR").admit(bad)
    assert "TMP-01 Always FAIL" in caplog.text


def test_off_is_the_function_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def score(request: Any) -> Any:
        return request

    monkeypatch.setenv("RQML_MODE", "OFF")
    guard = Guard(SCHEMA)
    assert guard.protect(score) is score
    assert guard.admit({"bad": 1}) == {"bad": 1}


def test_functions_sync_and_async_get_only_what_was_admitted() -> None:
    guard = Guard(SCHEMA, mode="ENFORCE")

    @guard.protect
    def score(request: dict[str, Any]) -> Any:
        return request["age"]

    @guard.protect(of="request")
    async def protected(model: Any, request: dict[str, Any]) -> Any:
        return request["age"]

    assert score({"age": 500}) == score(request={"age": 500}) == asyncio.run(protected(None, {"age": 500})) == 120
    with pytest.raises(RequirementViolation):
        score({})
    with pytest.raises(RequirementViolation):
        asyncio.run(protected(None, {}))
    with pytest.raises(InvalidParameter, match="several arguments"):
        guard.protect(lambda model, request: None)


def test_the_rate_starts_anew_and_forgets_silent_clients() -> None:
    clock = Hand()
    guard = Guard(SCHEMA, Rate(2, per=10, by="client"), now=clock, record=lambda _: None)
    for number in range(1000):
        clock.time = number * 1.0
        assert guard.admit({"age": 1, "client": f"c{number}"})
    assert len(guard._windows._times) <= 11
    assert [is_admitted(guard, {"age": 1, "client": "c999"}) for _ in range(3)] == [True, False, False]
    clock.time += 10
    assert is_admitted(guard, {"age": 1, "client": "c999"})
    assert is_admitted(guard, {"age": 1, "client": ["no", "hash"]})
    assert is_admitted(guard, {"age": 1})


def test_malformed_requests_do_not_count_for_the_rate() -> None:
    guard = Guard(SCHEMA, Rate(1, per=60), now=Hand(), record=lambda _: None)
    assert not is_admitted(guard, {"age": -1})
    assert is_admitted(guard, FINE)
    assert not is_admitted(guard, FINE)


def test_threads_share_a_rate() -> None:
    guard, admitted = Guard(SCHEMA, Rate(100, per=3600), record=lambda _: None), []

    def send() -> None:
        admitted.extend(is_admitted(guard, FINE) for _ in range(50))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(admitted), sum(admitted)) == (300, 100)


def test_a_guard_is_known_where_it_was_made() -> None:
    guard = Guard(SCHEMA, Rate(3, per=1))
    mine = [one for one in attachments() if any(one.proposition is pattern for pattern in guard.requirements)]
    assert {one.place.door for one in mine} == {"guard"}
    assert all(one.place.file == __file__ for one in mine)
    assert len(mine) == 2


def test_refusals_are_evidence(tmp_path: Any) -> None:
    recorder = Recorder(tmp_path / "ledger.sqlite", specification="serving", owner="ops@example.org")
    guard = Guard(SCHEMA, record=recorder)
    assert not is_admitted(guard, {"age": 40, "note": "jane doe"})
    recorder.flush()
    recorder.close()
    (record,) = Ledger(tmp_path / "ledger.sqlite").records()
    assert record.body["places"][0]["door"] == "guard"
    assert record.body["result"]["status"] == "FAIL"
    assert "jane" not in str(record.body)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Guard({"age": Number()}),  # type: ignore[arg-type]
        lambda: Guard(SCHEMA, 100),  # type: ignore[arg-type]
        lambda: Guard(SCHEMA, Rate(1, per=1, by="user")),
        lambda: Guard(SCHEMA, mode="LOUD"),
        lambda: Rate(0, per=1),
        lambda: Rate(1, per=0),
        lambda: Rate(1, per=float("nan")),
        lambda: Rate("1", per=1),  # type: ignore[arg-type]
    ],
)
def test_guards_that_mean_nothing_are_refused(make: Any) -> None:
    with pytest.raises((InvalidParameter, TypeError, ValueError)):
        make()
