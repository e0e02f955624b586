"""Core: the automaton behind a pattern, once event by event and once over arrays.

Times are whole microseconds. Truths come in the order in which the pattern declares its predicates. All deadlines
are inclusive: what happens exactly at a deadline is in time, and a deadline has passed only when a later time is
known. At the end of a closed record nothing more can happen, so an obligation whose deadline is not after the end
is missed; one whose deadline lies beyond the end stays open.
"""

from __future__ import annotations

import abc
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

if TYPE_CHECKING:
    import numpy as np

NEVER = 1 << 62
"""A deadline that never comes."""
LONG_AGO = -NEVER


@attrs.frozen
class Tally:
    """What became of the obligations of a pattern.

    Attributes:
        triggers: obligations that arose.
        violations: those that were broken; once broken, for ever.
        open: those that may still be met or broken.
        settled: nothing that comes can change the verdict.
        first: microsecond at which the first was broken, None if none was.
    """

    triggers: int
    violations: int
    open: int
    settled: bool
    first: int | None


@attrs.frozen
class Record:
    """A record as arrays.

    Attributes:
        times: ascending microseconds: int64 array of shape (events,).
        truths: per predicate an array of shape (events,).
        start: microsecond at which the observation began.
        end: microsecond until which it was observed.
        closed: nothing comes after the end.
    """

    times: np.ndarray
    truths: Sequence[np.ndarray]
    start: int
    end: int
    closed: bool

    def missed(self, deadlines: np.ndarray) -> np.ndarray:
        """Where a deadline has passed without remedy."""
        passed: np.ndarray = deadlines < self.end
        return passed | (deadlines == self.end) | (deadlines == NEVER) if self.closed else passed


class Core(abc.ABC):
    """An incremental automaton; its parameters are fixed, its state is in `STATE` (numbers, lists, deques)."""

    __slots__ = ("first", "open", "settled", "triggers", "violations")
    COMMON: ClassVar[tuple[str, ...]] = ("triggers", "violations", "open", "settled", "first")
    STATE: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        self.triggers = 0
        self.violations = 0
        self.open = 0
        self.settled = False
        self.first: int | None = None

    @abc.abstractmethod
    def begin(self, time: int) -> None:
        """The observation begins."""

    @abc.abstractmethod
    def step(self, time: int, truths: Sequence[Any]) -> None:
        """An event; times never go back."""

    def advance(self, time: int) -> None:  # noqa: B027 - most patterns without deadlines need nothing
        """Time has come to `time` without an event; more may happen at `time`."""

    def close(self, time: int) -> None:  # noqa: B027
        """The record ends at `time`: nothing more will happen. Called after `advance(time)`."""

    @abc.abstractmethod
    def offline(self, record: Record) -> Tally:
        """The same over a whole record."""

    def broken(self, time: int, count: int = 1) -> None:
        """Count broken obligations."""
        self.violations += count
        if self.first is None:
            self.first = time

    def tally(self) -> Tally:
        """What became of the obligations so far."""
        return Tally(self.triggers, self.violations, self.open, self.settled, self.first)

    def state(self) -> dict[str, Any]:
        """The state, JSON-safe."""
        return {name: _listed(getattr(self, name)) for name in (*self.COMMON, *self.STATE)}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` gave."""
        for name in (*self.COMMON, *self.STATE):
            value, mine = state[name], getattr(self, name)
            if isinstance(mine, deque):
                value = deque(map(_copied, value), maxlen=mine.maxlen)
            elif isinstance(mine, list):
                old = mine
                value = [deque(map(_copied, v)) if old and isinstance(old[0], deque) else v for v in value]
            setattr(self, name, value)


def _copied(value: Any) -> Any:
    return list(value) if isinstance(value, list | tuple) else value


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, deque | list | tuple) else value
