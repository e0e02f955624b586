"""Laws of limits: measure() never looks at one, and a stricter one never makes a verdict better."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from rqml.measured import Measured
from rqml.meta import limits_of
from rqml.requirement import Requirement
from rqml.serialise import dumps
from rqml.testing.case import Case, broken, measure, requirement_of
from rqml.verdict import CheckStatus, Measurement

_RANK = {CheckStatus.FAIL: 0, CheckStatus.INCOMPLETE: 1, CheckStatus.PASS: 2}
_POOL = (0, 1e-6, 1e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.75, 0.8, 0.9, 0.95, 0.99, 1)
_LARGE = (1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 50, 100, 200, 1000, 10_000, 10**6, 10**9)
_EXAMPLES = 40


def measurement_ignores_limits(case: Case) -> None:
    """With its limits as loose and as strict as they go, it measures the same numbers and details."""
    for scenario in (*case.satisfied[:1], *case.violated[:1]):
        requirement = requirement_of(scenario)
        expected = _numbers(case.measured(scenario))
        for variant in _extremes(requirement):
            if _numbers(measure(case.situation(scenario), variant)) != expected:
                broken(f"the measurement of scenario {scenario.name!r} changes with a limit: only judge() may read it")


def stricter_limits_never_pass_more(case: Case) -> None:
    """Tightening one limit, wherever the others stand (Hypothesis), never betters the verdict on the same numbers."""
    limits = tuple(limits_of(case.cls))
    measured = [case.measured(s) for s in case.scenarios if isinstance(case.measured(s).outcome, Measurement)]
    if not limits or not measured:
        return
    values = [{name: _values(m.requirement, name, m) for name in limits} for m in measured]
    for one, known in zip(measured, values, strict=True):
        for name in limits:
            _tighten(one, {}, name, known[name])
    _tighten_from_anywhere(measured, values)


def _tighten_from_anywhere(measured: list[Measured], values: list[dict[str, list[Any]]]) -> None:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(st.integers(0, len(measured) - 1), st.data())
    def holds(index: int, data: Any) -> None:
        known = values[index]
        name = data.draw(st.sampled_from(sorted(known)))
        others = {other: data.draw(st.sampled_from(known[other])) for other in known if other != name and known[other]}
        between = data.draw(st.lists(_between(known[name]), max_size=5)) if known[name] else []
        ordered = _in_order(measured[index].requirement, name, [*known[name], *between])
        _tighten(measured[index], others, name, ordered)

    holds()


def _between(values: list[Any]) -> Any:
    """Numbers within the range of the known values, of their type."""
    from hypothesis import strategies as st

    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if not numbers:
        return st.sampled_from(values)
    low, high = min(numbers), max(numbers)
    if all(isinstance(number, int) for number in numbers):
        return st.integers(int(low), int(high))
    return st.floats(float(low), float(high))


def _tighten(measured: Measured, others: Mapping[str, Any], name: str, values: list[Any]) -> None:
    """Judge with limit `name` at each of the values, loosest first; no step may better the verdict."""
    looser, before = None, None
    for value in values:
        variant = variant_of(measured.requirement, {**others, name: value})
        if variant is None:
            continue
        status = attrs.evolve(measured, requirement=variant).conclude().status
        if before is not None and _RANK.get(status, -1) > _RANK.get(before, len(_RANK)):
            broken(f"tightening {name} from {looser} to {value} turns {before.name} into {status.name}")
        looser, before = value, status


def variant_of(requirement: Requirement[Any], changes: Mapping[str, Any]) -> Requirement[Any] | None:
    """The requirement with other parameters, or None where it refuses them."""
    try:
        return attrs.evolve(requirement, **changes)
    except (ValueError, TypeError):
        return None


def _extremes(requirement: Requirement[Any]) -> Iterable[Requirement[Any]]:
    """All limits at their loosest, all at their strictest; one at a time where they do not go together."""
    ranges = {name: _values(requirement, name) for name in limits_of(type(requirement))}
    for end in (0, -1):
        ends = {name: values[end] for name, values in ranges.items() if values}
        together = variant_of(requirement, ends)
        singles = (variant_of(requirement, {name: value}) for name, value in ends.items())
        yield from [together] if together is not None else [v for v in singles if v is not None]


def _values(requirement: Requirement[Any], name: str, measured: Measured | None = None) -> list[Any]:
    """Values that the limit takes, loosest first, those next to what was measured among them."""
    current = getattr(requirement, name)
    candidates = [*_candidates(current), *(_around(measured) if measured is not None else ())]
    variants = (variant_of(requirement, {name: candidate}) for candidate in candidates)
    return _in_order(requirement, name, [getattr(variant, name) for variant in variants if variant is not None])


def _in_order(requirement: Requirement[Any], name: str, values: list[Any]) -> list[Any]:
    """The values without repetition, loosest first; None is no limit at all."""
    distinct = {repr(value): value for value in values}
    known = [value for value in distinct.values() if value is not None]
    known.sort(reverse=limits_of(type(requirement))[name] == "lower")
    return [None, *known] if "None" in distinct else known


def _candidates(current: Any) -> list[Any]:
    if isinstance(current, dt.timedelta):
        return [current * factor for factor in (0.1, 0.5, 1, 2, 10)]
    numbers = [*_POOL, *_LARGE, *(-n for n in _LARGE)]
    if isinstance(current, bool):
        return [False, True]
    if current is None or isinstance(current, int | float):
        return [None, current, *numbers, *(float(n) for n in numbers)]
    return [None, current]


def _around(measured: Measured) -> Iterable[Any]:
    if not isinstance(measured.outcome, Measurement):
        return
    for estimate in measured.outcome.estimates.values():
        for number in (estimate.low, estimate.value, estimate.high):
            if math.isfinite(number):
                step = max(abs(number) * 1e-6, 1e-9)
                yield from (number, number - step, number + step, math.floor(number), math.ceil(number))
                yield from (math.floor(number) - 1, math.ceil(number) + 1)


def _numbers(measured: Measured) -> str:
    outcome = measured.outcome
    if isinstance(outcome, Measurement):
        return dumps({"estimates": outcome.estimates, "details": outcome.details, "assurance": outcome.assurance})
    return type(outcome).__name__
