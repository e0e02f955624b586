"""What a temporal requirement costs: an event online, an event of a columnar trace offline; best of several rounds.

Asked: at most 2 us per event for a simple pattern online; a million events per second offline, expression included.
Run: python tests/benchmarks/temporal.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from rqml import Run, Trace
from rqml.temporal import (
    AfterUntil,
    Always,
    MeanWithin,
    Pattern,
    Precedes,
    QuantileWithin,
    RateAtMost,
    Responds,
    ShareAtMost,
)

EVENTS, ROUNDS, ROWS = 2_000, 60, 1_000_000

SIMPLE: dict[str, Pattern] = {
    "Always(callable)": Always(lambda event: event["latency"] < 90),
    "Always(expression)": Always("latency < 90"),
    "Always('status == .. and latency ..')": Always("status != 'FAIL' or latency < 90"),
    "Responds within": Responds("status == 'ALARM'", "status == 'OK'", within=60),
    "AfterUntil": AfterUntil("status == 'ALARM'", "latency < 90", "status == 'OK'"),
    "Precedes": Precedes("status == 'OK'", "status == 'ALARM'", within=60),
    "RateAtMost": RateAtMost("status == 'FAIL'", count=100, per=60),
    "ShareAtMost": ShareAtMost("status == 'FAIL'", share=0.5, window=60),
    "QuantileWithin": QuantileWithin("latency", quantile=0.99, at_most=90, window=60),
    "MeanWithin": MeanWithin("latency", at_most=90, window=60),
}


def events(count: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(5)
    status = rng.choice(["OK", "ALARM", "FAIL"], size=count, p=[0.9, 0.05, 0.05])
    latency = rng.exponential(10.0, size=count)
    return [
        {"time": i * 0.1, "status": str(s), "latency": float(x)}
        for i, (s, x) in enumerate(zip(status, latency, strict=True))
    ]


def online(pattern: Pattern, record: list[dict[str, Any]]) -> float:
    """Microseconds per event, the monitor's step with everything: time, predicates, automaton, status."""
    best = float("inf")
    for _ in range(ROUNDS):
        step = pattern.monitor().step
        started = time.perf_counter()
        for event in record:
            step(event)
        best = min(best, time.perf_counter() - started)
    return best / len(record) * 1e6


def automaton(pattern: Pattern, record: list[dict[str, Any]]) -> float:
    """Microseconds per event of the automaton alone, on prepared times and truths."""
    tests = [predicate.test() for predicate, _ in pattern.asked()]
    prepared = [(round(event["time"] * 1e6), [test(event) for test in tests]) for event in record]
    best = float("inf")
    for _ in range(ROUNDS):
        core = pattern.core()
        core.begin(0)
        started = time.perf_counter()
        for moment, truths in prepared:
            core.step(moment, truths)
        best = min(best, time.perf_counter() - started)
    return best / len(record) * 1e6


def seconds(call: Callable[[], Any]) -> float:
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - started)
    return best


def main() -> None:
    record = events(EVENTS)
    print(f"{'online, us per event (asked: 2)':42s}   step  automaton")
    for name, pattern in SIMPLE.items():
        alone = f"{automaton(pattern, record):6.2f}" if not isinstance(pattern, MeanWithin) else "     -"
        print(f"{name:42s} {online(pattern, record):6.2f}  {alone}")
    frame = pl.DataFrame(events(ROWS))
    print(f"{'offline, million events per second (asked: 1)':46s}")
    for name, pattern in SIMPLE.items():
        if "callable" not in name:
            took = seconds(lambda pattern=pattern: pattern.check(Trace(frame), run=Run()))
            print(f"{name:42s} {ROWS / took / 1e6:6.2f}")


if __name__ == "__main__":
    main()
