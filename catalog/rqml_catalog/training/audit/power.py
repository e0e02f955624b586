"""What runs of a mechanism could have shown: a PASS of an audit without power would say nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from rqml_catalog.training.audit import bounds
from rqml_catalog.training.audit.one_run import guesses_tried

LEAST_EXCESS = 0.1
CEILING = 60.0  # no event is rarer than e to the minus this in any number of runs
UNLUCKY = 1.8  # standard deviations by which each count may fall short

Shown = Callable[[float, int, float, float], float]
"""(true epsilon, runs, alpha, delta) -> the lower bound that an audit gives nearly always."""


def tolerable(claim: float) -> float:
    """An epsilon that must not stay hidden: twice the claim, and .1 above it at least."""
    return claim + max(claim, LEAST_EXCESS)


def repeated_runs(epsilon: float, runs: int, alpha: float, delta: float) -> float:
    """For Laplace noise, whose most telling event has the probabilities 1/2 and e^-epsilon / 2."""
    likely, other = 0.5, 0.5 * math.exp(-epsilon)
    hits = max(0, math.floor(runs * likely - UNLUCKY * math.sqrt(runs * likely * (1.0 - likely))))
    false_hits = min(runs, math.ceil(runs * other + UNLUCKY * math.sqrt(runs * other * (1.0 - other)) - 1e-9))
    return bounds.clopper_pearson(hits, runs, false_hits, runs, alpha=alpha, delta=delta)


def one_run(epsilon: float, canaries: int, alpha: float, delta: float) -> float:
    """For randomised response on each canary, of which half are guessed: nobody knows how many are in."""
    right, guesses = 1.0 / (1.0 + math.exp(-epsilon)), canaries // 2
    correct = max(0, math.floor(guesses * right - UNLUCKY * math.sqrt(guesses * right * (1.0 - right))))
    return bounds.one_run(canaries, guesses, correct, alpha=alpha / len(guesses_tried(canaries)), delta=delta)


class _Evidence(NamedTuple):
    """What is counted; `paid` is how many are paid for each that is counted."""

    name: str
    paid: int
    shown: Shown
    most: int


REPEATED = _Evidence("runs on each data set", 2, repeated_runs, 10**9)
ONE_RUN = _Evidence("canaries", 1, one_run, 30_000)


def power_of(claim: float, counted: int, *, alpha: float, delta: float, canaries: bool) -> tuple[str, str]:
    """What the runs would have shown, in words, and what is missing: "" where that is enough.

    Args:
        claim: the epsilon in question.
        counted: runs on each data set that were counted (the other half chose the event), or canaries.
        alpha: allowed chance of a bound above the true epsilon.
        delta: of the claim.
        canaries: whether the evidence is one run with canaries.
    """
    kind = ONE_RUN if canaries else REPEATED
    least = smallest_shown(claim, counted, alpha=alpha, delta=delta, kind=kind)
    given = f"{kind.paid * counted:,} {kind.name}"
    shown = (
        f"{given} would have shown an epsilon of {least:.3g}"
        if math.isfinite(least)
        else f"{given} can refute no claim"
    )
    if least <= tolerable(claim):
        return shown, ""
    enough = runs_needed(claim, alpha=alpha, delta=delta, kind=kind)
    return shown, f"about {kind.paid * enough:,} are needed" if enough else f"no number of {kind.name} is enough"


def smallest_shown(claim: float, counted: int, *, alpha: float, delta: float, kind: _Evidence = REPEATED) -> float:
    """The smallest true epsilon with which the claim would nearly always have been refuted; infinite if none would."""
    low, high = claim, claim + CEILING
    if kind.shown(high, counted, alpha, delta) <= claim:
        return math.inf
    while high - low > 1e-2:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if kind.shown(middle, counted, alpha, delta) > claim else (middle, high)
    return high


def runs_needed(claim: float, *, alpha: float, delta: float, kind: _Evidence = REPEATED) -> int | None:
    """Fewest to count, to a tenth, that nearly always refute the claim where epsilon is `tolerable`; None if none."""
    counted = 10
    while kind.shown(tolerable(claim), counted, alpha, delta) <= claim:
        counted += max(1, counted // 10)
        if counted > kind.most:
            return None
    return counted
