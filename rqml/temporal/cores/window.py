"""Windows: a share or a mean over the last while, looked at whenever there is an observation."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rqml.temporal.core import Core, Record, Tally

if TYPE_CHECKING:
    import numpy as np

_ROUNDING = 2.0**-51  # four times what one sum of doubles can err, relative to it


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
        if not self.chosen or truths[1]:
            self._take(time, 1 if truths[0] else 0)

    def _take(self, time: int, bad: int) -> None:
        recent, horizon = self.recent, time - self.window
        while recent and recent[0][0] <= horizon:
            self.bad -= recent.popleft()[1]
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
        return self._shares(record.times[kept], record.truths[0][kept])

    def _shares(self, times: np.ndarray, bad: np.ndarray) -> Tally:
        import numpy as np

        size, total = _sliding(times, bad.astype(np.int64), self.window)
        looked = size >= self.enough
        broken = np.flatnonzero(looked & (total * self.most[1] > self.most[0] * size))
        first = int(times[broken[0]]) if len(broken) else None
        return Tally(int(looked.sum()), len(broken), 0, False, first)


class QuantileCore(ShareCore):
    """Truths: [number or None]; a quantile is within `limit` if the share of the numbers above it is small enough."""

    __slots__ = ("limit",)

    def __init__(self, *, limit: float, most: tuple[int, int], window: int, enough: int) -> None:
        super().__init__(most=most, window=window, enough=enough, chosen=False)
        self.limit = limit

    def step(self, time: int, truths: Sequence[Any]) -> None:
        """A number is bad if it is above the limit; none is no observation."""
        number = truths[0]
        if number is not None:
            self._take(time, 1 if number > self.limit else 0)

    def offline(self, record: Record) -> Tally:
        """As for shares."""
        import numpy as np

        kept = ~np.isnan(record.truths[0])
        return self._shares(record.times[kept], record.truths[0][kept] > self.limit)


class MeanCore(Core):
    """Truths: [number or None]; the mean of the last `window` is in [low, high] wherever there are `enough`.

    What counts is the correctly rounded sum of the window (`math.fsum`). A running sum with a bound on its error
    decides all but close calls; those are summed anew.
    """

    __slots__ = ("enough", "error", "high", "low", "recent", "total", "window")
    STATE = ("error", "recent", "total")

    def __init__(self, *, low: float, high: float, window: int, enough: int) -> None:
        super().__init__()
        self.low, self.high, self.window, self.enough = low, high, window, enough
        self.recent: deque[list[Any]] = deque()
        self.total = 0.0
        self.error = 0.0

    def begin(self, time: int) -> None:
        """The window is empty."""

    def step(self, time: int, truths: Sequence[Any]) -> None:
        """Forget what has left the window, take the number in, look."""
        number = truths[0]
        if number is None:
            return
        recent, horizon = self.recent, time - self.window
        while recent and recent[0][0] <= horizon:
            self._add(-recent.popleft()[1])
        recent.append([time, number])
        self._add(number)
        if len(recent) >= self.enough:
            self.triggers += 1
            if self._is_outside(len(recent)):
                self.broken(time)

    def _add(self, number: float) -> None:
        self.total += number
        self.error += abs(self.total) * _ROUNDING

    def _is_outside(self, count: int) -> bool:
        least, most = (self.total - self.error) / count, (self.total + self.error) / count
        if self.low <= least and most <= self.high:
            return False
        if most < self.low or least > self.high:
            return True
        self.total = math.fsum(value for _, value in self.recent)
        self.error = abs(self.total) * _ROUNDING
        return not self.low <= self.total / count <= self.high

    def offline(self, record: Record) -> Tally:
        """By differences of cumulative sums, in the widest floating-point type there is."""
        import numpy as np

        kept = ~np.isnan(record.truths[0])
        times, numbers = record.times[kept], record.truths[0][kept]
        size, total = _sliding(times, numbers.astype(np.longdouble), self.window)
        sums = np.cumsum(numbers, dtype=np.longdouble)
        error = np.cumsum(np.abs(sums)) * (4 * np.finfo(np.longdouble).eps)
        count = np.maximum(size, 1)
        least, most = (total - error) / count, (total + error) / count
        outside = (most < self.low) | (least > self.high)
        looked = size >= self.enough
        close = looked & ~outside & ~((self.low <= least) & (most <= self.high))
        for last in np.flatnonzero(close).tolist():
            mean = math.fsum(numbers[last + 1 - size[last] : last + 1].tolist()) / int(size[last])
            outside[last] = not self.low <= mean <= self.high
        broken = np.flatnonzero(looked & outside)
        first = int(times[broken[0]]) if len(broken) else None
        return Tally(int(looked.sum()), len(broken), 0, False, first)


def _sliding(times: Any, values: Any, window: int) -> tuple[Any, Any]:
    """Number and sum of the values in (time - window, time], up to each event."""
    import numpy as np

    begin = np.searchsorted(times, times - window, side="right")
    sums = np.append(values[:0].sum(), np.cumsum(values))
    return np.arange(1, len(times) + 1) - begin, sums[1:] - sums[begin]
