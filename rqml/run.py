"""Run: what one verification carries along: seed, confidence, deadline, jobs, progress and a memo."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from rqml.errors import InvalidParameter, TimedOut

if TYPE_CHECKING:
    import numpy as np

    from rqml.evidence.reuse import Shelf

T = TypeVar("T")


class Memo:
    """Values that several requirements of one run need, computed once. Safe to share among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cells: dict[Any, _Cell] = {}

    def __reduce__(self) -> tuple[type[Memo], tuple[()]]:
        """Another process starts with an empty memo."""
        return Memo, ()

    def get(self, subject: Any, key: Any, compute: Callable[[], T]) -> T:
        """The value of `key` for `subject` (compared by identity); computed by the first who asks."""
        with self._lock:
            cell = self._cells.setdefault((id(subject), key), _Cell(subject))
        with cell.lock:
            if not cell.filled:
                cell.value = compute()
                cell.filled = True
        value: T = cell.value
        return value


class _Cell:
    """One value, its lock, and the subject, held so that its identity is not given to another object."""

    __slots__ = ("filled", "lock", "subject", "value")

    def __init__(self, subject: Any) -> None:
        self.subject = subject
        self.lock = threading.Lock()
        self.filled = False
        self.value: Any = None


def _positive(_: object, attribute: Any, value: float | None) -> None:
    if value is not None and not value > 0:
        raise InvalidParameter(f"{attribute.name} must be positive, got {value}")


def _share(_: object, attribute: Any, value: float) -> None:
    if not 0 < value < 1:
        raise InvalidParameter(f"{attribute.name} is a share between 0 and 1 (both excluded), got {value}")


@attrs.frozen
class Run:
    """What a check or an enforcement carries along.

    Attributes:
        seed: root of all randomness; the same seed gives the same verdict.
        confidence: two-sided coverage of the intervals a measurement makes.
        timeout: seconds a single measurement may take; None for no limit.
        hard: carry a measurement with a time-out out in a worker process that is killed when time is up.
            Otherwise measurements stop at their own next `run.check_deadline()`.
        jobs: number of parallel jobs a measurement may use.
        dry_run: repairs only plan.
        progress: called with (done, total, what) by long work, or None.
        deadline: time.monotonic() at which the running measurement must stop; set by the template.
        memo: values shared by the requirements of one run.
        reuse: where measurements made earlier are looked up; set by the runner.
    """

    seed: int = 0
    confidence: float = attrs.field(default=0.95, validator=_share)
    timeout: float | None = attrs.field(default=None, validator=_positive)
    hard: bool = False
    jobs: int = 1
    dry_run: bool = False
    progress: Callable[[int, int, str], None] | None = attrs.field(default=None, repr=False)
    deadline: float | None = attrs.field(default=None, repr=False)
    memo: Memo = attrs.field(factory=Memo, repr=False, eq=False)
    reuse: Shelf | None = attrs.field(default=None, repr=False, eq=False)

    def derive(self, *names: str | int) -> Run:
        """A run whose seed follows from this one's and `names`; everything else is shared."""
        return attrs.evolve(self, seed=derive_seed(self.seed, *names))

    def rng(self, *names: str | int) -> np.random.Generator:
        """A numpy generator from the seed; other names give independent streams."""
        import numpy as np

        return np.random.default_rng(derive_seed(self.seed, "rng", *names))

    def once(self, subject: Any, key: Any, compute: Callable[[], T]) -> T:
        """`compute()`, or what it gave for the same subject and key earlier in this run.

        The key must name everything the value depends on, seeds included.
        """
        return self.memo.get(subject, key, compute)

    def started(self) -> Run:
        """This run with its clock started: `timeout` becomes a deadline, unless an earlier one is set."""
        if self.timeout is None:
            return self
        end = time.monotonic() + self.timeout
        return attrs.evolve(self, deadline=end if self.deadline is None else min(end, self.deadline))

    def check_deadline(self) -> None:
        """Stop here if time is up; long measurements call this in their loops.

        Raises:
            TimedOut: the deadline has passed.
        """
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise TimedOut("time ran out before the measurement was complete: allow more time")

    def track(self, items: Iterable[T], total: int, what: str) -> Iterator[T]:
        """The items, with the deadline checked before and progress told after each."""
        for done, item in enumerate(items, start=1):
            self.check_deadline()
            yield item
            if self.progress is not None:
                self.progress(done, total, what)


def derive_seed(seed: int, *names: str | int) -> int:
    """A seed below 2**32 that follows from `seed` and `names`, and from nothing else."""
    text = "\x1f".join([str(seed), *(f"{type(name).__name__}:{name}" for name in names)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")
