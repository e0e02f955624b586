"""The runner: measures the requirements of a specification in order, within a budget, in parallel."""

from __future__ import annotations

import graphlib
import heapq
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from rqml.bound import Bound
from rqml.error_budget import holm
from rqml.meta import Cost
from rqml.proposition import Examination, Proposition
from rqml.requirement import Requirement
from rqml.run import Run
from rqml.verdict import CheckResult, CheckStatus, Reason

if TYPE_CHECKING:
    from rqml.evidence.reuse import Reuse

HELD = (CheckStatus.PASS, CheckStatus.NOT_APPLICABLE)


@attrs.frozen
class Skipped(Examination):
    """A requirement that was not measured, and why."""

    proposition: Proposition[Any]
    reason: Reason
    why: str

    def leaves(self) -> Iterator[tuple[Examination, bool]]:
        """Nothing was measured."""
        return iter(())

    def conclude(self, judge: Callable[[Examination], CheckResult] | None = None) -> CheckResult:
        """INCOMPLETE, with the reason."""
        return not_measured(self.proposition, self.reason, self.why)


def not_measured(proposition: Proposition[Any], reason: Reason, why: str) -> CheckResult:
    """The verdict on a requirement that was not measured."""
    inner = proposition.proposition if isinstance(proposition, Bound) else proposition
    message = f"INCOMPLETE: {why}"
    if not isinstance(inner, Requirement):
        kind, key = type(inner).__name__, inner.key
        return CheckResult(
            CheckStatus.INCOMPLETE,
            f"{key} {message}",
            reason,
            requirement=kind,
            name=kind,
            label=key,
            statement=str(inner),
        )
    return CheckResult(
        CheckStatus.INCOMPLETE,
        f"{inner.meta.id} {type(inner).__name__} {message}",
        reason,
        requirement=inner.meta.id,
        name=type(inner).__name__,
        label=inner.label,
        statement=str(inner),
        parameters=inner.parameters,
    )


def cost_of(proposition: Proposition[Any]) -> Cost:
    """The declared cost: that of its dearest requirement, each at the tier it is asked for."""
    return max((_cost(requirement) for requirement in proposition.requirements()), default=Cost.INLINE)


def _cost(requirement: Requirement[Any]) -> Cost:
    """Of its class, unless the class leaves the tier to a parameter."""
    asked = getattr(requirement, "cost", None)
    return asked if isinstance(asked, Cost) else requirement.meta.cost


def _value_of(proposition: Proposition[Any]) -> tuple[int, Cost]:
    """What matters most comes first, and of that what costs least."""
    severity = max((requirement.meta.severity for requirement in proposition.requirements()), default=0)
    return -severity, cost_of(proposition)


def within(propositions: Sequence[Proposition[Any]], tier: Cost) -> tuple[Proposition[Any], ...]:
    """The propositions that cost at most `tier`, and those that they need."""
    by_key = {proposition.key: proposition for proposition in propositions}
    waiting = [proposition.key for proposition in propositions if cost_of(proposition) <= tier]
    wanted: set[str] = set()
    while waiting:
        key = waiting.pop()
        if key not in wanted:
            wanted.add(key)
            waiting.extend(needs_of(by_key[key]))
    return tuple(proposition for proposition in propositions if proposition.key in wanted)


def needs_of(proposition: Proposition[Any]) -> tuple[str, ...]:
    """Keys of what must hold first."""
    return tuple(need for requirement in proposition.requirements() for need in requirement.needs)


def run_checks(
    propositions: Sequence[Proposition[Any]],
    system: Any,
    run: Run,
    *,
    alpha: float,
    budget: float | None = None,
    reuse: Reuse | None = None,
) -> list[CheckResult]:
    """The verdicts of all propositions on the system, in their order.

    Cheap ones are measured first, with a budget those that matter most; none before what it needs; `run.jobs` of them
    at a time. What needs something that does not hold is BLOCKED; what would start after `budget` seconds is not
    measured (TIMEOUT), unless evidence of it still holds (`reuse`; else STALE).
    """
    end = None if budget is None else time.monotonic() + budget
    bounded = run if end is None else attrs.evolve(run, deadline=end)
    examined: dict[str, Examination] = {}
    ranked = sorted(propositions, key=cost_of if budget is None else _value_of)
    for batch in _batches(ranked, together=run.jobs > 1):
        for proposition, examination in zip(batch, _measure(batch, system, bounded, examined, reuse), strict=True):
            examined[proposition.key] = examination
        if run.progress is not None:
            run.progress(len(examined), len(propositions), "requirements")
    return _conclude(propositions, examined, alpha)


def _batches(ranked: Sequence[Proposition[Any]], *, together: bool) -> Iterator[list[Proposition[Any]]]:
    """The propositions by rank, none before what it needs: one at a time, or all that are ready `together`."""
    rank = {proposition.key: place for place, proposition in enumerate(ranked)}
    sorter = graphlib.TopologicalSorter({proposition.key: needs_of(proposition) for proposition in ranked})
    sorter.prepare()
    ready: list[int] = []
    while sorter.is_active():
        for key in sorter.get_ready():
            heapq.heappush(ready, rank[key])
        batch = [ranked[heapq.heappop(ready)] for _ in range(len(ready) if together else 1)]
        yield batch
        sorter.done(*(proposition.key for proposition in batch))


def _measure(
    batch: Sequence[Proposition[Any]],
    system: Any,
    run: Run,
    examined: Mapping[str, Examination],
    reuse: Reuse | None,
) -> list[Examination]:
    def measure(proposition: Proposition[Any]) -> Examination:
        lacking = [need for need in needs_of(proposition) if examined[need].conclude().status not in HELD]
        if lacking:
            return Skipped(proposition, Reason.BLOCKED, _blocked(lacking))
        own = run.derive(proposition.key)
        if reuse is not None:
            return proposition.examine(system, attrs.evolve(own, reuse=reuse.under(proposition.key)))
        if run.deadline is not None and time.monotonic() >= run.deadline:
            why = "the time budget of the verification was spent before its turn: allow more time"
            return Skipped(proposition, Reason.TIMEOUT, why)
        return proposition.examine(system, own)

    if len(batch) == 1:
        return [measure(batch[0])]
    from joblib import Parallel, delayed

    # Threads by default, since requirements of one run share what is expensive (run.once); a surrounding
    # joblib.parallel_config may choose another backend.
    jobs = Parallel(n_jobs=run.jobs, prefer="threads")
    examinations: list[Examination] = jobs(delayed(measure)(proposition) for proposition in batch)
    return examinations


def _conclude(
    propositions: Sequence[Proposition[Any]], examined: Mapping[str, Examination], alpha: float
) -> list[CheckResult]:
    judge = holm(examined.values(), alpha)
    by_key = {proposition.key: proposition for proposition in propositions}
    final: dict[str, CheckResult] = {}
    for key, examination in examined.items():  # in order of measuring, so what is needed comes first
        lacking = [need for need in needs_of(by_key[key]) if final[need].status not in HELD]
        blocked = Skipped(by_key[key], Reason.BLOCKED, _blocked(lacking)) if lacking else None
        final[key] = (blocked or examination).conclude(judge)
    return [final[proposition.key] for proposition in propositions]


def _blocked(lacking: Sequence[str]) -> str:
    return f"it needs {', '.join(lacking)} to hold first: mend that, then check again"
