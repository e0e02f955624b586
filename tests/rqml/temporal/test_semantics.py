"""Monitor, vectorised evaluation and definition agree on every trace.

The definitions are written straight from the text of the patterns, by quantifiers over the events of a trace, slow
and without any state. Times are whole seconds; `a`, `b`, `c` are truths and `x` is a number (multiples of 1/8, so
that sums are exact).
"""

from __future__ import annotations

import itertools
import json
import math
import random
from collections.abc import Callable, Container
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml.run import Run
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
    Trace,
    Until,
    WeakUntil,
)  # fmt: skip
from rqml.temporal.offline import observe
from rqml.temporal.tallies import judge
from rqml.verdict import CheckStatus

PASS, FAIL, INCOMPLETE = CheckStatus.PASS, CheckStatus.FAIL, CheckStatus.INCOMPLETE
Counts = tuple[int, int, int]  # triggers, violations, open


@attrs.frozen
class Seen:
    """A record as the definitions see it."""

    t: list[int]
    a: list[bool]
    b: list[bool]
    c: list[bool]
    x: list[float | None]
    start: int
    end: int
    closed: bool

    @property
    def n(self) -> range:
        return range(len(self.t))

    def due(self, deadline: float) -> bool:
        """An obligation not met by then is broken."""
        return deadline < self.end or (self.closed and (deadline == self.end or deadline == math.inf))

    def obligations(self, begun: list[tuple[float, bool]], within: float) -> Counts:
        """Of obligations (begin, met)."""
        unmet = [begin + within for begin, met in begun if not met]
        broken = sum(self.due(deadline) for deadline in unmet)
        return len(begun), broken, len(unmet) - broken


def no(truth: list[bool]) -> list[bool]:
    return [not value for value in truth]


def scoped(s: Seen, holds, opens, closes, within=math.inf, retrospective=False) -> Counts:
    """In scope at i: some opening at or before i, not too old, with no closing since."""
    closes = closes or [False for _ in s.n]
    openings = [(s.start, -1)] if opens is None else [(s.t[j], j) for j in s.n if opens[j] and not closes[j]]

    def alive(i: int, before: int) -> bool:
        return any(
            j <= before and s.t[i] - time <= within and not any(closes[max(j, 0) : i + 1]) for time, j in openings
        )

    def counts(i: int) -> bool:
        return not retrospective or any(closes[i + 1 :])

    inside = [i for i in s.n if alive(i, i) and counts(i)]
    begun = [i for i in inside if not (i - 1 in inside and alive(i, i - 1))]
    pending = within < math.inf and any(
        not any(closes[max(j, 0) :]) and not s.due(time + within) for time, j in openings
    )
    return len(begun), sum(not holds[i] for i in inside), int(pending)


def follows(s: Seen, i: int, within: float, *stages: list[bool]) -> bool:
    """Some events at or after i, in strict order, meet the stages in time."""
    return any(
        all(stage[j] for stage, j in zip(stages, chosen, strict=True)) and s.t[chosen[-1]] - s.t[i] <= within
        for chosen in itertools.combinations(range(i, len(s.t)), len(stages))
    )


def until(s: Seen, within: float) -> Counts:
    released = any(s.b[k] and s.t[k] - s.start <= within and all(s.a[:k]) for k in s.n)
    breached = any(not s.a[j] and not any(s.b[: j + 1]) and s.t[j] - s.start <= within for j in s.n)
    broken = not released and (breached or s.due(s.start + within))
    return 1, int(broken), int(not released and not broken)


def preceded(s: Seen, effect: list[bool], within: float, *causes: list[bool]) -> Counts:
    effects = [i for i in s.n if effect[i]]
    fine = [
        any(
            all(cause[j] for cause, j in zip(causes, chosen, strict=True)) and s.t[i] - s.t[chosen[0]] <= within
            for chosen in itertools.combinations(range(i + 1), len(causes))
        )
        for i in effects
    ]
    return len(effects), fine.count(False), 0


def existence(s: Seen, low: int, high: float, within: float) -> Counts:
    count = sum(s.a[i] and s.t[i] - s.start <= within for i in s.n)
    due = s.due(s.start + within)
    broken = max(0, count - high) if count > high else int(count < low and due)
    settled = high == math.inf and count >= low
    return 1, int(broken), int(within < math.inf and not due and not settled)


def rate_at_least(s: Seen, truth: list[bool], count: int, per: float) -> Counts:
    begins = [(s.start, -1)] + [(s.t[i], i) for i in s.n if truth[i]]
    full = [sum(truth[j] and s.t[j] - time <= per for j in s.n if j > i) >= count for time, i in begins]
    broken = [not enough and s.end - time > per for (time, _), enough in zip(begins, full, strict=True)]
    return sum(full) + sum(broken), sum(broken), 0


def stretches(s: Seen, duration: int, longest: bool) -> Counts:
    begins = [i for i in s.n if s.a[i] and not (i and s.a[i - 1])]
    broken = pending = 0
    for i in begins:
        fall = next((s.t[j] for j in s.n if j > i and not s.a[j]), None)
        if fall is not None:
            broken += fall - s.t[i] > duration if longest else fall - s.t[i] < duration
        elif longest:
            broken += s.due(s.t[i] + duration)
            pending += not s.due(s.t[i] + duration)
        else:
            pending += s.end - s.t[i] < duration
    return len(begins), broken, pending


def windows(s: Seen, chosen: list[int], window: int, enough: int, broken: Callable[[list[int]], bool]) -> Counts:
    looked = [
        [j for j in chosen if j <= i and s.t[i] - s.t[j] < window]
        for i in chosen
    ]  # fmt: skip
    looked = [group for group in looked if len(group) >= enough]
    return len(looked), sum(broken(group) for group in looked), 0


def quantile(values: list[float], share: Fraction) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]


INF = math.inf
CASES: dict[str, tuple[Any, Callable[[Seen], Counts]]] = {
    "Always": (Always("a"), lambda s: (int(bool(s.t)), no(s.a).count(True), 0)),
    "Never": (Never("a"), lambda s: (int(bool(s.t)), s.a.count(True), 0)),
    "Absence": (Absence("a", after="b", until="c"), lambda s: scoped(s, no(s.a), s.b, s.c)),
    "Absence within": (
        Absence("a", after="b", until="c", within=3), lambda s: scoped(s, no(s.a), s.b, s.c, 3),
    ),
    "Absence until": (Absence("a", until="c", within=5), lambda s: scoped(s, no(s.a), None, s.c, 5)),
    "After": (After("b", "a"), lambda s: scoped(s, s.a, s.b, None)),
    "Before": (Before("b", "a"), lambda s: scoped(s, s.a, None, s.b, retrospective=True)),
    "Between": (Between("b", "a", "c"), lambda s: scoped(s, s.a, s.b, s.c, retrospective=True)),
    "AfterUntil": (AfterUntil("b", "a", "c"), lambda s: scoped(s, s.a, s.b, s.c)),
    "AlwaysFor": (AlwaysFor("a", duration=4), lambda s: scoped(s, s.a, None, None, 4)),
    "AlwaysFor after": (AlwaysFor("a", duration=3, after="b"), lambda s: scoped(s, s.a, s.b, None, 3)),
    "Eventually": (
        Eventually("a"), lambda s: s.obligations([(s.start, any(s.a))], INF),
    ),
    "Eventually within": (
        Eventually("a", within=4),
        lambda s: s.obligations([(s.start, any(s.a[i] and s.t[i] - s.start <= 4 for i in s.n))], 4),
    ),
    "Responds": (
        Responds("a", "b"), lambda s: s.obligations([(s.t[i], follows(s, i, INF, s.b)) for i in s.n if s.a[i]], INF),
    ),
    "Responds within": (
        Responds("a", "b", within=3),
        lambda s: s.obligations([(s.t[i], follows(s, i, 3, s.b)) for i in s.n if s.a[i]], 3),
    ),
    "RespondsUnless": (
        RespondsUnless("a", "b", "c", within=3),
        lambda s: s.obligations(
            [(s.t[i], follows(s, i, 3, [b or c for b, c in zip(s.b, s.c, strict=True)])) for i in s.n if s.a[i]], 3
        ),
    ),
    "ResponseChain": (
        ResponseChain("a", ("b", "c")),
        lambda s: s.obligations([(s.t[i], follows(s, i, INF, s.b, s.c)) for i in s.n if s.a[i]], INF),
    ),
    "ResponseChain within": (
        ResponseChain("a", ("b", "c", "b"), within=8),
        lambda s: s.obligations([(s.t[i], follows(s, i, 8, s.b, s.c, s.b)) for i in s.n if s.a[i]], 8),
    ),
    "Until": (Until("a", "b"), lambda s: until(s, INF)),
    "Until within": (Until("a", "b", within=4), lambda s: until(s, 4)),
    "WeakUntil": (
        WeakUntil("a", "b"), lambda s: (1, int(any(not s.a[j] and not any(s.b[: j + 1]) for j in s.n)), 0),
    ),
    "Precedes": (Precedes("a", "b"), lambda s: preceded(s, s.b, INF, s.a)),
    "Precedes within": (Precedes("a", "b", within=2), lambda s: preceded(s, s.b, 2, s.a)),
    "PrecedenceChain": (PrecedenceChain(("a", "b"), "c"), lambda s: preceded(s, s.c, INF, s.a, s.b)),
    "PrecedenceChain within": (
        PrecedenceChain(("a", "b", "a"), "c", within=5), lambda s: preceded(s, s.c, 5, s.a, s.b, s.a),
    ),
    "BoundedExistence": (BoundedExistence("a", at_least=1, at_most=3), lambda s: existence(s, 1, 3, INF)),
    "BoundedExistence least": (BoundedExistence("a", at_least=2, within=5), lambda s: existence(s, 2, INF, 5)),
    "BoundedExistence most": (BoundedExistence("a", at_most=1, within=5), lambda s: existence(s, 0, 1, 5)),
    "RateAtMost": (
        RateAtMost("a", count=2, per=3),
        lambda s: (1, sum(s.a[i] and sum(s.a[j] and s.t[i] - s.t[j] < 3 for j in range(i + 1)) > 2 for i in s.n), 0),
    ),
    "RateAtLeast": (RateAtLeast("a", count=2, per=5), lambda s: rate_at_least(s, s.a, 2, 5)),
    "Recurrence": (Recurrence("a", every=4), lambda s: rate_at_least(s, s.a, 1, 4)),
    "Silence": (Silence(at_most=2), lambda s: rate_at_least(s, [True for _ in s.n], 1, 2)),
    "MinimumDuration": (MinimumDuration("a", duration=3), lambda s: stretches(s, 3, longest=False)),
    "MaximumDuration": (MaximumDuration("a", duration=3), lambda s: stretches(s, 3, longest=True)),
    "ShareAtMost": (
        ShareAtMost("a", share=0.4, window=4, among="b", enough=2),
        lambda s: windows(s, [i for i in s.n if s.b[i]], 4, 2, lambda g: 5 * sum(s.a[i] for i in g) > 2 * len(g)),
    ),
    "ShareAtMost all": (
        ShareAtMost("a", share=0.5, window=3),
        lambda s: windows(s, list(s.n), 3, 1, lambda g: 2 * sum(s.a[i] for i in g) > len(g)),
    ),
    "QuantileWithin": (
        QuantileWithin("x", quantile=0.7, at_most=1.0, window=4, enough=2),
        lambda s: windows(
            s, [i for i in s.n if s.x[i] is not None], 4, 2,
            lambda g: quantile([s.x[i] for i in g], Fraction(7, 10)) > 1,
        ),
    ),
    "MeanWithin": (
        MeanWithin("x", window=4, at_least=0.5, at_most=1.5),
        lambda s: windows(
            s, [i for i in s.n if s.x[i] is not None], 4, 1,
            lambda g: not Fraction(1, 2) <= sum(Fraction(s.x[i]) for i in g) / len(g) <= Fraction(3, 2),
        ),
    ),
}  # fmt: skip
NAMES = sorted(CASES)


def rows(draw: random.Random, length: int, unknown: float = 0.0) -> list[dict[str, Any]]:
    """Random events; small gaps, so that deadlines are met and missed by a second."""
    time, weight = draw.choice([-3, 0, 100]), [draw.choice([0.15, 0.5, 0.85]) for _ in "abc"]
    found = []
    for _ in range(length):
        time += draw.choice([0, 1, 1, 2, 4])
        row: dict[str, Any] = {name: draw.random() < w for name, w in zip("abc", weight, strict=True)}
        row["x"] = None if draw.random() < 0.15 else draw.randrange(17) / 8
        for name in "abc":
            if draw.random() < unknown:
                row[name] = None
        found.append({"time": time, **row})
    return found


def trace_of(draw: random.Random, events: list[dict[str, Any]]) -> Trace:
    start, end = events[0]["time"], events[-1]["time"]
    return Trace(
        events,
        closed=draw.random() < 0.6,
        start=draw.choice([None, start, start - 2]),
        end=draw.choice([None, end, end + 1, end + 6]),
    )


def seen_of(trace: Trace) -> Seen:
    columns = {name: [event[name] for event in trace.events] for name in "abcx"}
    start, end = (bound // 1_000_000 for bound in trace.span)
    return Seen([event["time"] for event in trace.events], **columns, start=start, end=end, closed=trace.closed)


def online(pattern: Any, trace: Trace, restarts: Container[int] = (), **settings: Any) -> Any:
    """What a monitor says that saw the same; before these events it is saved and restored."""
    monitor = pattern.monitor(start=trace.start, **settings)
    for number, event in enumerate(trace.events):
        if number in restarts:
            state = json.loads(json.dumps(monitor.state()))
            monitor = pattern.monitor(start=trace.start, **settings).restore(state)
        monitor.step(event)
    if trace.end is not None:
        monitor.advance(trace.end)
    if trace.closed:
        monitor.finish()
    return monitor.observed()


def counts(tally: Any) -> Counts:
    return tally.triggers, tally.violations, tally.open


def agree(name: str, seed: int, longest: int = 9) -> None:
    pattern, definition = CASES[name]
    draw = random.Random(f"{name} {seed}")
    trace = trace_of(draw, rows(draw, draw.randint(1, longest)))
    watched, computed = online(pattern, trace, [draw.randint(0, longest)]), observe(pattern, trace, Run())
    assert watched == computed
    assert counts(computed.best) == definition(seen_of(trace))


@pytest.mark.parametrize("name", NAMES)
def test_monitor_arrays_and_definition_agree(name: str) -> None:
    for seed in range(300):
        agree(name, seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_monitor_arrays_and_definition_agree_on_many_traces(name: str) -> None:
    for seed in range(1000, 11_000):
        agree(name, seed)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(NAMES))
def test_they_agree_on_whatever_hypothesis_finds(draw: random.Random, name: str) -> None:
    pattern, definition = CASES[name]
    trace = trace_of(draw, rows(draw, draw.randint(1, 12)))
    computed = observe(pattern, trace, Run())
    assert online(pattern, trace) == online(pattern, trace, restarts=range(12)) == computed
    assert counts(computed.best) == definition(seen_of(trace))


@pytest.mark.parametrize("name", NAMES)
def test_order_duplicates_and_restarts_change_nothing_within_the_lateness(name: str) -> None:
    """A monitor that gets the events shuffled and doubled, restarted before each, is the sorted record."""
    pattern = CASES[name][0]
    for seed in range(40):
        draw = random.Random(f"shuffled {name} {seed}")
        events = [{**row, "id": i} for i, row in enumerate(rows(draw, draw.randint(1, 9), unknown=0.05))]
        arrival = sorted(events, key=lambda event: event["time"] + draw.uniform(0, 7.9))
        arrival = [event for event in arrival for _ in range(draw.choice([1, 1, 2]))]
        trace = attrs.evolve(trace_of(draw, events), closed=True, identity="id")
        trace = attrs.evolve(trace, events=arrival)
        watched = online(pattern, trace, draw.choice([(), range(20)]), lateness=8, identity="id")
        assert watched == observe(pattern, trace, Run())


def statuses(pattern: Any, trace: Trace) -> list[CheckStatus]:
    """What each step says; it is what the verdict with all its numbers says."""
    monitor, found = pattern.monitor(start=trace.start), []
    for event in trace.events:
        found.append(monitor.step(event))
        assert found[-1] is monitor.result().status
    return [*found, monitor.finish(trace.end).status]


@pytest.mark.parametrize("name", NAMES)
def test_a_verdict_once_given_stays(name: str) -> None:
    """PASS and FAIL of a stream are certain: no continuation takes them back, known or unknown."""
    pattern = CASES[name][0]
    decided = 0
    for seed in range(60):
        draw = random.Random(f"stays {name} {seed}")
        found = statuses(pattern, trace_of(draw, rows(draw, draw.randint(1, 9), unknown=draw.choice([0, 0.1]))))
        for before, after in itertools.pairwise(found):
            assert before is INCOMPLETE or after is before
        decided += found[-1] is not INCOMPLETE
    assert decided > 5


@pytest.mark.parametrize("name", NAMES)
def test_what_is_unknown_is_never_guessed(name: str) -> None:
    """A PASS or FAIL holds for each way in which the unknown may have been; monitor and arrays still agree."""
    pattern = CASES[name][0]
    decided = doubtful = 0
    for seed in range(60):
        draw = random.Random(f"unknown {name} {seed}")
        trace = trace_of(draw, rows(draw, draw.randint(1, 6), unknown=0.12))
        found = observe(pattern, trace, Run())
        assert online(pattern, trace, [draw.randint(0, 6)]) == found
        places = [(i, key) for i, event in enumerate(trace.events) for key in "abc" if event[key] is None]
        verdict = judge(found.measurement(), "incomplete").status
        doubtful += bool(found.unknown)
        if verdict is INCOMPLETE or not places or len(places) > 6:
            continue
        decided += bool(found.unknown)
        for values in itertools.product([True, False], repeat=len(places)):
            events = [dict(event) for event in trace.events]
            for (i, key), value in zip(places, values, strict=True):
                events[i][key] = value
            known = pattern.check(attrs.evolve(trace, events=events))
            assert known.status is verdict
    assert not doubtful or decided


@pytest.mark.parametrize("name", NAMES)
def test_the_verdict_follows_from_the_definition(name: str) -> None:
    """On closed records: FAIL if one is broken, PASS if none is, none is open and there was one."""
    pattern, definition = CASES[name]
    found = set()
    for seed in range(120):
        draw = random.Random(f"verdict {name} {seed}")
        trace = attrs.evolve(trace_of(draw, rows(draw, draw.randint(1, 9))), closed=True)
        triggers, violations, open_ = definition(seen_of(trace))
        expected = FAIL if violations else INCOMPLETE if open_ or not triggers else PASS
        assert pattern.check(trace).status is expected
        found.add(expected)
    assert {PASS, FAIL} <= found


def test_a_mean_does_not_drift() -> None:
    """Sums of a long stream of any doubles stay those of the window: monitor and arrays see the same violations."""
    draw = random.Random(3)
    events = [{"time": i, "x": draw.choice([1e9, 1.0, 1e-3]) * draw.random()} for i in range(20_000)]
    events += [{"time": 20_000 + i, "x": 0.1} for i in range(200)]
    pattern = MeanWithin("x", window=50, at_least=0.1 - 1e-9, at_most=0.1 + 1e-9, enough=50)
    watched, computed = online(pattern, Trace(events)), observe(pattern, Trace(events), Run())
    assert watched.best.triggers == computed.best.triggers == 20_151
    assert watched.best.violations == computed.best.violations == 20_000
