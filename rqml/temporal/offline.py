"""The verdict on a whole record: predicates as arrays, then the core over arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rqml.errors import InsufficientEvidence
from rqml.run import Run
from rqml.subjects.trace import Trace
from rqml.temporal.core import Record
from rqml.temporal.predicate import Polarity
from rqml.temporal.tallies import Observed

if TYPE_CHECKING:
    import numpy as np

    from rqml.temporal.pattern import Pattern


def observe(pattern: Pattern, trace: Trace, run: Run) -> Observed:
    """Evaluate a pattern on a trace.

    Raises:
        InsufficientEvidence: there is no event, and nothing says from when to when none was seen.
        InvalidSubject: the trace is no record (see Trace).
    """
    times, span = trace.times, trace.span
    if span is None:
        raise InsufficientEvidence("the trace has no event: there is nothing to judge; give it at least one")
    truths, unknowns, polarities = _asked(pattern, trace, run)
    seen = _blocked_from(unknowns, polarities, len(times))
    blocked = seen < len(times)
    end = int(times[seen]) if blocked else span[1]
    records = [
        Record(times[:seen], [truth[:seen] for truth in world], span[0], end, trace.closed and not blocked)
        for world in _worlds(truths, unknowns, polarities)
    ]
    tallies = [pattern.core().offline(record) for record in records]
    return Observed(
        best=tallies[0],
        worst=tallies[-1],
        evaluations=len(times),
        unknown=_number_unknown(unknowns, len(times)),
        blocked=blocked,
        duplicates=trace.duplicates,
        ended=trace.closed,
        instants=trace.instants,
    )


def _asked(pattern: Pattern, trace: Trace, run: Run) -> tuple[list[Any], list[Any], list[Polarity]]:
    """Of each predicate its truths (or numbers), where they are not known (None: nowhere), and its polarity."""
    import numpy as np

    truths: list[Any] = []
    unknowns: list[Any] = []
    asked = pattern.asked()
    for asks, polarity in asked:
        run.check_deadline()
        if polarity is Polarity.NUMBER:
            numbers = asks.values(trace)
            missing = np.isnan(numbers)
            truth, unknown = numbers, missing if missing.any() else None
        else:
            truth, unknown = asks.truths(trace)
        truths.append(truth)
        unknowns.append(unknown)
    return truths, unknowns, [polarity for _, polarity in asked]


def _blocked_from(unknowns: list[Any], polarities: list[Polarity], count: int) -> int:
    """Index of the first event whose unknown truth can mend as well as break."""
    first = [
        int(unknown.argmax())
        for unknown, polarity in zip(unknowns, polarities, strict=True)
        if unknown is not None and polarity is Polarity.EITHER
    ]
    return min(first, default=count)


def _worlds(truths: list[Any], unknowns: list[Any], polarities: list[Polarity]) -> list[list[np.ndarray]]:
    """The truths with what is unknown taken for the best and for the worst; one world if all is known."""
    decisive = [
        unknown is not None and polarity in (Polarity.HELPS, Polarity.HURTS)
        for unknown, polarity in zip(unknowns, polarities, strict=True)
    ]
    if not any(decisive):
        return [truths]
    worlds = []
    for optimist in (True, False):
        world = []
        for truth, unknown, polarity, matters in zip(truths, unknowns, polarities, decisive, strict=True):
            taken = truth
            if matters:
                taken = truth.copy()
                taken[unknown] = optimist is (polarity is Polarity.HELPS)
            world.append(taken)
        worlds.append(world)
    return worlds


def _number_unknown(unknowns: list[Any], count: int) -> int:
    import numpy as np

    anywhere = np.zeros(count, dtype=bool)
    for unknown in unknowns:
        if unknown is not None:
            anywhere |= unknown
    return int(anywhere.sum())
