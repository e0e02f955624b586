"""Windows: a share or a mean over the last while, looked at whenever there is an observation."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import Any

from rqml.temporal.core import Core, Record, Tally


class ShareCore(Core):
    """Truths: [bad], then [counts] if `chosen`; of what counts in the last `window`, at most `most[0] / most[1]`
    is bad, wherever there are `enough` to tell."""

    __slots__ = ("bad", "chosen", "enough", "most", "recent", "window")
    STATE = ("bad", "recent")

    def __init__(self, *, most: tuple[int, int], window: int, enough: int, chosen: bool) -> None:
        super().__init__()
        self.most, self.window, self.enough, self.chosen = most, window, enough, chosen
        self.recent: deque[list[int]] = deque()
        self.bad = 0

    def begin(self, time: int) -> None:
        """The window is empty."""

    def step(self, time: int, truths: Sequence[Any]) -> None:
        """Forget what has left the window, take the event in, look."""
        if self.chosen and not truths[1]:
            return
        recent, horizon = self.recent, time - self.window
        while recent and recent[0][0] <= horizon:
            self.bad -= recent.popleft()[1]
        bad = 1 if truths[0] else 0
        recent.append([time, bad])
        self.bad += bad
        if len(recent) >= self.enough:
            self.triggers += 1
            if self.bad * self.most[1] > self.most[0] * len(recent):
                self.broken(time)

    def offline(self, record: Record) -> Tally:
        """By differences of cumulative counts."""
        import numpy as np

        kept = record.truths[1] if self.chosen else np.ones(len(record.times), dtype=bool)
        times, bad = record.times[kept], record.truths[0][kept]
        size, total = _sliding(times, bad.astype(np.int64), self.window)
        looked = size >= self.enough
        broken = np.flatnonzero(looked & (total * self.most[1] > self.most[0] * size))
        first = int(times[broken[0]]) if len(broken) else None
        return Tally(int(looked.sum()), len(broken), 0, False, first)


class MeanCore(Core):
    """Truths: [number or None]; the mean of the last `window` is in [low, high] wherever there are `enough`."""

    __slots__ = ("enough", "forgotten", "high", "low", "recent", "total", "window")
    STATE = ("forgotten", "recent", "total")

    def __init__(self, *, low: float, high: float, window: int, enough: int) -> None:
        super().__init__()
        self.low, self.high, self.window, self.enough = low, high, window, enough
        self.recent: deque[list[Any]] = deque()
        self.total = 0.0
        self.forgotten = 0

    def begin(self, time: int) -> None:
        """The window is empty."""

    def step(self, time: int, truths: Sequence[Any]) -> None:
        """Forget what has left the window, take the number in, look."""
        number = truths[0]
        if number is None:
            return
        recent, horizon = self.recent, time - self.window
        while recent and recent[0][0] <= horizon:
            self.total -= recent.popleft()[1]
            self.forgotten += 1
        recent.append([time, number])
        self.total += number
        if self.forgotten > len(recent):  # a fresh sum now and then, so that rounding errors do not add up
            self.total, self.forgotten = math.fsum(value for _, value in recent), 0
        if len(recent) >= self.enough:
            self.triggers += 1
            if not self.low <= self.total / len(recent) <= self.high:
                self.broken(time)

    def offline(self, record: Record) -> Tally:
        """By differences of cumulative sums, in the widest floating-point type there is."""
        import numpy as np

        kept = ~np.isnan(record.truths[0])
        times, numbers = record.times[kept], record.truths[0][kept].astype(np.longdouble)
        size, total = _sliding(times, numbers, self.window)
        mean = (total / np.maximum(size, 1)).astype(np.float64)
        looked = size >= self.enough
        broken = np.flatnonzero(looked & ~((self.low <= mean) & (mean <= self.high)))
        first = int(times[broken[0]]) if len(broken) else None
        return Tally(int(looked.sum()), len(broken), 0, False, first)


def _sliding(times: Any, values: Any, window: int) -> tuple[Any, Any]:
    """Number and sum of the values in (time - window, time], up to each event."""
    import numpy as np

    begin = np.searchsorted(times, times - window, side="right")
    sums = np.append(values[:0].sum(), np.cumsum(values))
    return np.arange(1, len(times) + 1) - begin, sums[1:] - sums[begin]
