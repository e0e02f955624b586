"""What a temporal requirement costs: an event online, an event of a columnar trace offline; best of several rounds.

CPU time, so that other work on the machine does not count. Asked: at most 2 us per event online, the step with
everything (time, predicates, automaton, status); a million events per second offline, expressions included. Beside
four of them stands the same as a plain loop, which knows its fields and has no unknowns, late events or verdicts.
Run: python tests/benchmarks/temporal.py
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from rqml import Run, Trace
from rqml.temporal import (
    Absence,
    After,
    AfterUntil,
    Always,
    AlwaysFor,
    Before,
    Between,
    BoundedExistence,
    Eventually,
    MaximumDuration,
    MeanWithin,
    MinimumDuration,
    Never,
    Pattern,
    PrecedenceChain,
    Precedes,
    QuantileWithin,
    RateAtLeast,
    RateAtMost,
    Recurrence,
    Responds,
    RespondsUnless,
    ResponseChain,
    ShareAtMost,
    Silence,
    Until,
    WeakUntil,
)

EVENTS, ROUNDS, ROWS = 2_000, 40, 1_000_000
FAILED, FINE, ALARM, FAST = "status == 'FAIL'", "status == 'OK'", "status == 'ALARM'", "latency < 90"

PATTERNS: tuple[Pattern, ...] = (
    Always(FAST),
    Never(FAILED),
    Absence(FAILED, after=ALARM, until=FINE, within=60),
    After(ALARM, FAST),
    Before(FAILED, FAST),
    Between(ALARM, FAST, FINE),
    AfterUntil(ALARM, FAST, FINE),
    AlwaysFor(FAST, duration=60, after=ALARM),
    Eventually(FAILED, within=60),
    Responds(ALARM, FINE, within=60),
    RespondsUnless(ALARM, FINE, FAILED, within=60),
    ResponseChain(ALARM, (FAILED, FINE), within=60),
    Until(FAST, FAILED, within=60),
    WeakUntil(FAST, FAILED),
    Precedes(FINE, ALARM, within=60),
    PrecedenceChain((FINE, FAILED), ALARM, within=60),
    BoundedExistence(FAILED, at_least=1, at_most=10**6),
    RateAtMost(FAILED, count=100, per=60),
    RateAtLeast(FINE, count=10, per=60),
    Recurrence(FINE, every=60),
    Silence(at_most=60),
    MinimumDuration(FINE, duration=0.1),
    MaximumDuration(FINE, duration=60),
    MeanWithin("latency", at_most=90, window=60),
    QuantileWithin("latency", quantile=0.99, at_most=90, window=60),
    ShareAtMost(FAILED, share=0.5, window=60),
)


def events(count: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(5)
    status = rng.choice(["OK", "ALARM", "FAIL"], size=count, p=[0.9, 0.05, 0.05])
    latency = rng.exponential(10.0, size=count)
    return [
        {"time": i * 0.1, "status": str(s), "latency": float(x)}
        for i, (s, x) in enumerate(zip(status, latency, strict=True))
    ]


def best_of(rounds: int, call: Callable[[], Any]) -> float:
    """Seconds of CPU time of the quickest call."""
    took = []
    for _ in range(rounds):
        started = time.process_time()
        call()
        took.append(time.process_time() - started)
    return min(took)


def watch(pattern: Pattern, record: list[dict[str, Any]]) -> None:
    step = pattern.monitor().step
    for event in record:
        step(event)


def always_by_hand(record: list[dict[str, Any]]) -> int:
    return sum(not event["latency"] < 90 for event in record)


def responds_by_hand(record: list[dict[str, Any]]) -> int:
    waiting: deque[float] = deque()
    missed = 0
    for event in record:
        while waiting and event["time"] - waiting[0] > 60:
            waiting.popleft()
            missed += 1
        if event["status"] == "ALARM":
            waiting.append(event["time"])
        elif event["status"] == "OK":
            waiting.clear()
    return missed


def rate_by_hand(record: list[dict[str, Any]]) -> int:
    recent: deque[float] = deque(maxlen=100)
    above = 0
    for event in record:
        if event["status"] == "FAIL":
            above += len(recent) == 100 and event["time"] - recent[0] < 60
            recent.append(event["time"])
    return above


def share_by_hand(record: list[dict[str, Any]]) -> int:
    recent: deque[tuple[float, bool]] = deque()
    bad = above = 0
    for event in record:
        while recent and recent[0][0] <= event["time"] - 60:
            bad -= recent.popleft()[1]
        recent.append((event["time"], event["status"] == "FAIL"))
        bad += recent[-1][1]
        above += bad > 0.5 * len(recent)
    return above


BY_HAND: dict[type[Pattern], Callable[[list[dict[str, Any]]], int]] = {
    Always: always_by_hand,
    Responds: responds_by_hand,
    RateAtMost: rate_by_hand,
    ShareAtMost: share_by_hand,
}


def main() -> None:
    record, frame = events(EVENTS), pl.DataFrame(events(ROWS))
    print(f"{'pattern':20s} {'online, us per event':>22s} {'by hand, us':>12s} {'offline, million events/s':>28s}")
    for pattern in PATTERNS:
        online = best_of(ROUNDS, lambda pattern=pattern: watch(pattern, record)) / EVENTS * 1e6
        offline = ROWS / best_of(3, lambda pattern=pattern: pattern.check(Trace(frame), run=Run())) / 1e6
        loop = BY_HAND.get(type(pattern))
        by_hand = "" if loop is None else f"{best_of(ROUNDS, lambda loop=loop: loop(record)) / EVENTS * 1e6:.2f}"
        print(f"{type(pattern).__name__:20s} {online:22.2f} {by_hand:>12s} {offline:28.1f}")


if __name__ == "__main__":
    main()
