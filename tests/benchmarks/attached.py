"""What an attached requirement costs a call, beside the undecorated function, best of many rounds of one run.

Asked: mode OFF is the function itself; a cheap attached check stays under 5 us a call.
Run: python tests/benchmarks/attached.py
"""

from __future__ import annotations

import os
import timeit
from collections.abc import Callable
from typing import Any

import attrs

from rqml import (
    CheckStatus,
    Cost,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    Mode,
    Requirement,
    Run,
    Severity,
    Stage,
    Subject,
    at_least,
    limit,
    require,
)

CALLS, ROUNDS = 500, 600  # short rounds: on a busy machine some are undisturbed


@attrs.frozen
class Request(Subject):
    """What a serving function receives."""

    score: float = 1.0

    def fingerprint(self) -> str | None:
        return None


@attrs.frozen(kw_only=True)
class Bounded(Requirement[Request]):
    """The score is at least `low`."""

    meta = Meta(
        id="BEN-01",
        title="bounded",
        statement="The score is at least {low}.",
        remedy="refuse it",
        stage=Stage.SERVING,
        severity=Severity.LOW,
        cost=Cost.INLINE,
    )
    low: float = limit(default=0.5, stricter="higher")

    def measure(self, request: Request, run: Run) -> Measurement:
        return Measurement({"score": Estimate.exact(request.score)})

    def judge(self, measurement: Measurement) -> Judgement:
        return at_least(measurement.estimates["score"], self.low, "score")


HOLDS = Judgement(CheckStatus.PASS, "it holds")
NOTHING = Measurement()


@attrs.frozen(kw_only=True)
class Trivial(Bounded):
    """Measures nothing: what remains is the template itself."""

    def measure(self, request: Request, run: Run) -> Measurement:
        return NOTHING

    def judge(self, measurement: Measurement) -> Judgement:
        return HOLDS


def serve(request: Request) -> float:
    return request.score


def best(call: Callable[[], Any]) -> float:
    """Microseconds of the fastest round."""
    return min(timeit.repeat(call, number=CALLS, repeat=ROUNDS)) / CALLS * 1e6


def main() -> None:
    os.environ.pop("RQML_MODE", None)
    request, run = Request(), Run()
    off = require(Bounded(), of="request", mode=Mode.OFF)(serve)
    trivial = require(Trivial(), of="request")(serve)
    bounded = require(Bounded(), of="request")(serve)
    checked = Bounded()
    figures = {
        "undecorated call": best(lambda: serve(request)),
        "mode OFF": best(lambda: off(request)),
        "Trivial().check(request, run=run)": best(lambda check=Trivial().check: check(request, run=run)),
        "Bounded().check(request, run=run)": best(lambda: checked.check(request, run=run)),
        "attached Trivial": best(lambda: trivial(request)),
        "attached Bounded": best(lambda: bounded(request)),
    }
    for name, microseconds in figures.items():
        print(f"{name:36s} {microseconds:7.3f} us")
    print(f"mode OFF is the undecorated function: {off is serve}")
    for name in ("Trivial", "Bounded"):
        added = figures[f"attached {name}"] - figures["undecorated call"]
        print(f"added by an attached {name}: {added:.2f} us (asked: under 5)")


if __name__ == "__main__":
    main()
