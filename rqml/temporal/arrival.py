"""Arrival: when an event happened, and the buffer in which events wait until none before them can come any more."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from typing import Any

from rqml.errors import InvalidSubject
from rqml.subjects.moment import is_instant, micros
from rqml.subjects.trace import identity_of, split


class Clock:
    """Reads times of events; where an event has none, it happened now."""

    __slots__ = ("field", "instant", "now")

    def __init__(self, field: str, now: Callable[[], Any] | None) -> None:
        self.field = field
        self.now = now
        self.instant: bool | None = None  # known from the first time on

    def read(self, event: Any) -> tuple[int, Any]:
        """Microseconds, and the record without its time where they came as a pair.

        Raises:
            InvalidSubject: no time and no clock, a datetime without time zone, or times of two kinds.
        """
        time, record = split(event, self.field)
        if time is None:
            if self.now is None:
                raise InvalidSubject(
                    f"an event has no time: give it a field {self.field!r}, name the field by time=..., "
                    "or give the monitor a clock by now=..."
                )
            time = self.now()
        return self.micros(time), record

    def micros(self, time: Any) -> int:
        """Microseconds of a time, of the same kind as those before."""
        instant = is_instant(time)
        if instant is not self.instant:
            if self.instant is not None:
                raise InvalidSubject("times are datetimes in some events and numbers of seconds in others")
            found = micros(time)
            self.instant = instant
            return found
        return micros(time)


class Buffer:
    """Events that wait for earlier ones, at most `lateness` long; each as (time, number, answers)."""

    __slots__ = ("heap", "lateness", "number")

    def __init__(self, lateness: int) -> None:
        self.lateness = lateness
        self.heap: list[tuple[int, int, list[Any]]] = []
        self.number = 0

    def push(self, time: int, answers: list[Any]) -> None:
        """An event has come."""
        heapq.heappush(self.heap, (time, self.number, answers))
        self.number += 1

    def pop(self, watermark: int) -> tuple[int, list[Any]] | None:
        """The earliest event if it is before the watermark: nothing before it can come any more."""
        if not self.heap or self.heap[0][0] >= watermark:
            return None
        time, _, answers = heapq.heappop(self.heap)
        return time, answers


class Seen:
    """Ids of the events of the last while."""

    __slots__ = ("field", "ids", "order", "span")

    def __init__(self, field: str, span: int) -> None:
        self.field, self.span = field, span
        self.ids: set[str | int] = set()
        self.order: deque[list[Any]] = deque()

    def again(self, given: Any, time: int, latest: int) -> bool:
        """True if an event of this id was there; remembers it."""
        value = identity_of(given)
        while self.order and self.order[0][0] < latest - self.span:
            self.ids.discard(self.order.popleft()[1])
        if value is None:
            return False
        if value in self.ids:
            return True
        self.ids.add(value)
        self.order.append([max(time, latest), value])
        return False
