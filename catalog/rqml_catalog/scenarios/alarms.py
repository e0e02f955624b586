"""Seeded records of alarms and of what was done about them, in time or not."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rqml.subjects.trace import Trace

START = dt.datetime(2026, 5, 3, tzinfo=dt.UTC)
DAY_HOURS = 24.0


def day(seed: int, _folder: Path, *, slowest: float = 2.5, unanswered: int = 0, closed: bool = True) -> Trace:
    """A week of alarms, each answered within hours, one of them after `slowest`.

    Args:
        seed: decides when and how many.
        slowest: hours until the slowest response.
        unanswered: how many of the last alarms are never answered.
        closed: the record is finished.
    """
    rng = random.Random(seed)  # noqa: S311 - seeded events, no secret
    count = rng.randint(5, 9)
    slow = rng.randrange(count - unanswered)
    events: list[dict[str, Any]] = []
    for number in range(count):
        raised = START + dt.timedelta(hours=DAY_HOURS * number + rng.uniform(0, 2))
        hours = slowest if number == slow else rng.uniform(0.05, 0.6) * min(slowest, 2.5)
        events.append({"time": raised, "kind": "alarm"})
        events += [{"time": raised + dt.timedelta(minutes=minute), "kind": "request"} for minute in (1, 2)]
        if number < count - unanswered:
            events.append({"time": raised + dt.timedelta(hours=hours), "kind": "mitigation"})
    events.sort(key=lambda event: event["time"])
    return Trace(events, closed=closed, end=START + dt.timedelta(hours=DAY_HOURS * (count + 1)))


def answered(slowest: float, *, unanswered: int = 0) -> Callable[[int, Path], Trace]:
    """A builder of `day` with these hours."""
    return lambda seed, folder: day(seed, folder, slowest=slowest, unanswered=unanswered)
