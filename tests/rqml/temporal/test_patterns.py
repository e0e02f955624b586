"""Patterns as requirements: names, parameters, statements, and what RQCODE's six get wrong."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import attrs
import numpy as np
import pytest

import rqml.temporal as temporal
from rqml.errors import InvalidParameter
from rqml.meta import ID_PATTERN
from rqml.specification import Specification
from rqml.temporal import (
    Absence,
    AfterUntil,
    Always,
    AlwaysFor,
    BoundedExistence,
    Eventually,
    MeanWithin,
    Never,
    Pattern,
    PrecedenceChain,
    QuantileWithin,
    RateAtMost,
    Responds,
    RespondsUnless,
    ResponseChain,
    ShareAtMost,
    Silence,
    Trace,
    Until,
    watch,
)
from rqml.verdict import CheckResult, CheckStatus

PASS, FAIL, INCOMPLETE = CheckStatus.PASS, CheckStatus.FAIL, CheckStatus.INCOMPLETE
CLASSES = [value for value in vars(temporal).values() if isinstance(value, type)]
PATTERNS = [cls for cls in CLASSES if issubclass(cls, Pattern) and cls is not Pattern]


def trace(text: str, **settings: Any) -> Trace:
    """One event a second; the letters of a word are what is true in it: "a ab - b"."""
    events = [{"time": i, **{c: c in word for c in "abc"}} for i, word in enumerate(text.split())]
    return Trace(events, **settings)


def test_there_are_at_least_twenty_each_with_an_id_and_a_text() -> None:
    assert len(PATTERNS) >= 20
    assert len({cls.meta.id for cls in PATTERNS}) == len(PATTERNS)
    for cls in PATTERNS:
        assert ID_PATTERN.fullmatch(cls.meta.id)
        assert cls.__doc__ is not None
        own = [f.name for f in attrs.fields(cls) if f.name not in {"label", "needs", "vacuous", "reaction"}]
        for name in own:
            assert f"        {name}: " in cls.__doc__, f"{cls.__name__} does not explain {name}"


@pytest.mark.parametrize(
    ("pattern", "statement"),
    [
        (Responds("a", "b", within=dt.timedelta(hours=4)), "Each a is followed by b within 14400 s."),
        (Responds("a", "b"), "Each a is followed by b."),
        (ResponseChain("a", ["b", "c"]), "Each a is followed by b, then c."),
        (Absence("a", after="b", within=0.5), "Not after b within 0.5 s: a."),
        (BoundedExistence("a", at_most=2), "At least 0 and at most 2 times: a."),
        (Silence(at_most=60), "No silence longer than 60 s."),
    ],
)
def test_statements(pattern: Pattern, statement: str) -> None:
    assert pattern.statement == str(pattern) == statement


@pytest.mark.parametrize(
    "make",
    [
        lambda: Responds("a", "b", within=0),
        lambda: Responds("a", "b", within=dt.timedelta(-1)),
        lambda: Responds("a", "b", within="1h"),
        lambda: Responds("a", "b", within=True),
        lambda: Responds("a", "b", within=float("nan")),
        lambda: Responds("a", "b", within=9e13),
        lambda: RateAtMost("a", count=0, per=1),
        lambda: RateAtMost("a", count=1.5, per=1),
        lambda: BoundedExistence("a"),
        lambda: BoundedExistence("a", at_least=3, at_most=2),
        lambda: BoundedExistence("a", at_least=True),
        lambda: ShareAtMost("a", share=1.0, window=1),
        lambda: ShareAtMost("a", share="x", window=1),
        lambda: QuantileWithin("a", quantile=0.0, at_most=1, window=1),
        lambda: QuantileWithin("a", quantile=0.5, at_most=float("nan"), window=1),
        lambda: MeanWithin("a", window=1),
        lambda: MeanWithin("a", window=1, at_least=2, at_most=1),
        lambda: ResponseChain("a", ()),
        lambda: PrecedenceChain([], "a"),
        lambda: Always("a", vacuous="maybe"),
        lambda: Always("a", reaction=print),
    ],
)
def test_parameters_are_validated(make: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        make()


def test_a_share_is_taken_as_written() -> None:
    """0.07 is 7 in 100, although 0.07 * 100 is above 7 in floating point."""
    events = [{"time": i / 100, "a": i < 7} for i in range(100)]
    assert ShareAtMost("a", share=0.07, window=10, enough=100).check(Trace(events)).passed
    third = ShareAtMost("a", share=1 / 3, window=10, enough=3)
    assert third.check(trace("a - -")).passed


def test_verdicts_survive_json_and_pickle() -> None:
    result = Responds("a", "b", within=1).check(trace("a - b"))
    assert CheckResult.from_json(result.to_json()) == result
    assert pickle.loads(pickle.dumps(result)) == result
    assert json.loads(result.to_json())["parameters"]["within"] == 1.0


def test_patterns_combine_and_stand_in_specifications() -> None:
    both = Always("a or b") & Responds("a", "b")
    assert both.check(trace("a b")).passed
    report = Specification("s", [Never("c"), Responds("a", "b")]).check(trace("a b"))
    assert report.status is PASS
    assert (~Never("c")).check(trace("a b")).status is FAIL


# What RQCODE (the Java ancestor) gets wrong in its six temporal patterns.


def test_no_evaluation_is_no_pass() -> None:
    """RQCODE: GlobalUniversality and AfterUntil PASS with 0 evaluations: the loop runs from boundary 0 while i > 0."""
    for pattern in (Always("a"), AlwaysFor("a", duration=1), AfterUntil("a", "b", "c"), Eventually("a")):
        assert pattern.check(Trace([])).status is INCOMPLETE
    assert Always("a").check(trace("- - -")).status is FAIL
    assert AfterUntil("a", "b", "c").check(trace("- b c")).status is INCOMPLETE


def test_existence_looks_at_all_events() -> None:
    """RQCODE: Eventually(F, F, PASS) is FAIL after one evaluation."""
    result = Eventually("a").check(trace("- - a"))
    assert (result.status, result.estimates["evaluations"].value) == (PASS, 3)


def test_globally_means_every_trigger() -> None:
    """RQCODE: the response pattern looks at one trigger, then ends."""
    result = Responds("a", "b", within=1).check(trace("a b a - -"))
    assert (result.status, result.estimates["triggers"].value) == (FAIL, 2)


def test_a_trigger_that_never_comes_blocks_nobody() -> None:
    """RQCODE: it polls for ever, a second at a time."""
    before, started = threading.active_count(), time.perf_counter()
    monitor = Responds("a", "b", within=3600).monitor()
    for i in range(100):
        assert monitor.step({"time": i * 60, "a": False, "b": False}) is INCOMPLETE
    assert monitor.finish().status is INCOMPLETE
    assert time.perf_counter() - started < 1
    assert threading.active_count() == before


def test_response_unless() -> None:
    """RQCODE: GlobalResponseUntil, which never runs."""
    pattern = RespondsUnless("a", "b", "c")
    assert pattern.check(trace("a - b")).passed
    assert pattern.check(trace("a - c")).passed
    assert pattern.check(trace("a c a -")).status is FAIL


def test_timed_universality() -> None:
    """RQCODE: GlobalUniversalityTimed."""
    pattern = AlwaysFor("a", duration=2)
    assert pattern.check(trace("a a a -")).passed
    assert pattern.check(trace("a a -")).status is FAIL
    assert pattern.check(trace("a a", closed=True)).status is INCOMPLETE


def test_until_is_strong() -> None:
    assert Until("a", "b").check(trace("a a b -")).passed
    assert Until("a", "b").check(trace("a a a")).status is FAIL
    assert Until("a", "b").check(trace("a a a", closed=False)).status is INCOMPLETE
    assert Until("a", "b", within=5).check(trace("a a a")).status is INCOMPLETE


def test_patterns_load_no_array_library() -> None:
    code = (
        "import sys, rqml.temporal as t; m = t.Responds('a', 'b', within=3).monitor(); "
        "m.step({'time': 0, 'a': True, 'b': False}); m.step({'time': 9, 'a': True, 'b': False}); m.result(); "
        "print(sorted({'numpy', 'pandas', 'narwhals', 'scipy'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_watching_a_stream() -> None:
    async def stream(text: str) -> AsyncIterator[Any]:
        for event in trace(text).events:
            yield event

    async def verdicts(pattern: Any, text: str, **settings: Any) -> list[tuple[CheckStatus, float]]:
        seen = []
        async for result in watch(pattern, stream(text), **settings):
            seen.append((result.status, result.estimates["evaluations"].value))
        return seen

    assert asyncio.run(verdicts(Eventually("a"), "- a -")) == [(PASS, 2), (PASS, 3)]
    assert asyncio.run(verdicts(Never("a"), "- a - a")) == [(FAIL, 2), (FAIL, 4), (FAIL, 4)]
    assert asyncio.run(verdicts(Never("a"), "- -", start=0)) == [(PASS, 2)]
    monitor = Never("a").monitor()
    assert asyncio.run(verdicts(monitor, "- a")) == [(FAIL, 2), (FAIL, 2)]


def test_a_stream_that_breaks_off_can_be_taken_up_again() -> None:
    async def broken() -> AsyncIterator[Any]:
        for event in trace("- a").events:
            yield event
        raise ConnectionError("lost")

    async def rest() -> AsyncIterator[Any]:
        yield {"time": 5, "a": True}

    monitor, seen = Never("a").monitor(), []

    async def follow() -> None:
        with pytest.raises(ConnectionError, match="lost"):
            async for result in watch(monitor, broken()):
                seen.append(result)
        async for result in watch(monitor, rest()):
            seen.append(result)

    asyncio.run(follow())
    assert [result.estimates["violations"].value for result in seen] == [1, 2, 2]


def test_spans() -> None:
    assert Responds("a", "b", within=dt.timedelta(seconds=1)) == Responds("a", "b", within=1)
    with pytest.raises(InvalidParameter, match="microsecond"):
        Responds("a", "b", within=1e-9)


@pytest.mark.parametrize("seconds", [np.int64(3), np.float64(3), np.uint8(3), 3, 3.0])
def test_durations_are_numbers_of_any_kind(seconds: Any) -> None:
    assert Responds("a", "b", within=seconds).within == dt.timedelta(seconds=3)
