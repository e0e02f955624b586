"""What a guard costs a request: schema, bounds and rate, for requests of ten fields and for all ways of use.

Asked: under 5 us at the median, 15 us at the 99th percentile. CPU time of single calls would be as coarse as the clock,
so these are wall times of single calls; percentiles of the best of several rounds.
Run: python tests/benchmarks/guard.py
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from rqml import RequirementViolation
from rqml.guard import Guard, Rate
from rqml.schema import Number, OneOf, Schema, Text

CALLS, ROUNDS = 20_000, 7
NUMBERS = Schema({f"x{i}": Number(-10, 10) for i in range(10)}, others=["client"])
MIXED = Schema(
    {
        **{f"x{i}": Number(-10, 10) for i in range(7)},
        "region": OneOf(["north", "south"]),
        "note": Text(200),
        "visits": Number(0, 99, whole=True),
    },
    others=["client"],
)


def requests(mixed: bool) -> list[dict[str, Any]]:
    rng = np.random.default_rng(3)
    made = []
    for number in range(CALLS):
        request: dict[str, Any] = {f"x{i}": float(x) for i, x in enumerate(rng.uniform(-9, 9, 7 if mixed else 10))}
        if mixed:
            request |= {"region": "north", "note": "as before", "visits": 3}
        made.append({**request, "client": number % 50})
    return made


def percentiles(call: Callable[[Any], Any], given: list[dict[str, Any]]) -> tuple[float, float]:
    """Median and 99th percentile of microseconds of single calls; the round with the least median."""
    rounds = []
    for _ in range(ROUNDS):
        took = np.empty(len(given))
        for number, request in enumerate(given):
            started = time.perf_counter_ns()
            try:  # noqa: SIM105 - contextlib.suppress would cost as much as the guard
                call(request)
            except RequirementViolation:
                pass
            took[number] = time.perf_counter_ns() - started
        rounds.append((float(np.percentile(took, 50)) / 1e3, float(np.percentile(took, 99)) / 1e3))
    return min(rounds)


def main() -> None:
    much = Rate(10**6, per=60, by="client")

    @Guard(NUMBERS, much).protect
    def score(request: dict[str, Any]) -> None: ...

    def alone(request: dict[str, Any]) -> None: ...

    fields = [f"x{i}" for i in range(10)]
    window: deque[float] = deque(maxlen=10**6)

    def by_hand(request: dict[str, Any]) -> None:
        for name in fields:
            if not -10 <= request[name] <= 10:
                raise ValueError
        now = time.monotonic()
        if len(window) == 10**6 and now - window[0] < 60:
            raise ValueError
        window.append(now)

    cases: dict[str, tuple[Callable[[Any], Any], bool]] = {
        "no guard": (alone, False),
        "by hand: bounds of ten numbers, rate": (by_hand, False),
        "ten numbers": (Guard(NUMBERS).admit, False),
        "ten numbers, rate by client": (Guard(NUMBERS, much).admit, False),
        "the same as decorator": (score, False),
        "numbers, texts, choice, rate by client": (Guard(MIXED, much).admit, True),
        "refused: too often": (Guard(NUMBERS, Rate(1, per=3600), record=lambda _: None).admit, False),
    }
    print(f"{'us per request':42s} {'median':>8s} {'99 %':>8s}")
    for name, (call, mixed) in cases.items():
        median, high = percentiles(call, requests(mixed))
        print(f"{name:42s} {median:8.2f} {high:8.2f}")


if __name__ == "__main__":
    main()
