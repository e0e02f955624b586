"""Recorder: verdicts of attached code, kept in memory and written to a ledger in batches, beside the calls."""

from __future__ import annotations

import atexit
import contextlib
import datetime as dt
import functools
import logging
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from os import PathLike
from types import TracebackType
from typing import Any, Self

import attrs

from rqml.attachments import Place
from rqml.errors import InvalidParameter, RqmlError
from rqml.evidence.bodies import enforcement_entry, verdict_body
from rqml.evidence.canonical import canonical
from rqml.evidence.code import codes_of
from rqml.evidence.environment import actor, environment
from rqml.evidence.ledger import Ledger
from rqml.evidence.record import CHECK, Entry
from rqml.meta import Cost
from rqml.proposition import Proposition
from rqml.subjects.subject import Subject
from rqml.subjects.system import System
from rqml.verdict import CheckResult, EnforcementResult

RETRY_S, CLOSE_S = 10.0, 5.0
AT_ONCE, FEW = 1000, 100
_log = logging.getLogger("rqml")


class Recorder:
    """Records what `require` and `ensure` judge, without holding up what they are attached to.

    A call leaves its verdict in memory; a thread writes the verdicts to the ledger, many at a time. A ledger that
    cannot be written raises nothing: the verdicts are kept, up to `capacity`, and tried again; what had to be dropped
    is counted in the next record (`lost` in its context) and logged by the logger "rqml". What waits when the
    process is killed is lost; when it ends as it should, everything is written.

    Args:
        place: a Ledger, the path of a SQLite file, or a database URL.
        specification: the name that the verdicts are filed under.
        owner: who answers for them.
        batch: number of verdicts that wake the thread.
        delay_s: longest that a verdict waits for others, seconds.
        capacity: most verdicts that wait.
    """

    def __init__(
        self,
        place: Ledger | str | PathLike[str],
        *,
        specification: str = "attached",
        owner: str = "",
        batch: int = 100,
        delay_s: float = 1.0,
        capacity: int = 10_000,
    ) -> None:
        if not (0 < batch <= capacity and delay_s > 0):
            raise InvalidParameter(
                f"a recorder needs 0 < batch <= capacity and delay_s > 0, got {batch}, {capacity} and {delay_s}"
            )
        self.place, self.specification, self.owner = place, specification, owner
        self.batch, self.delay_s, self.capacity = batch, delay_s, capacity
        self._begin()
        _all.add(self)
        atexit.register(self.close)

    def __reduce__(self) -> tuple[Callable[..., Recorder], tuple[Any, ...]]:
        """Another process has a recorder of its own."""
        same = functools.partial(
            Recorder, specification=self.specification, owner=self.owner, batch=self.batch, delay_s=self.delay_s
        )
        return same, (self.place,)

    def of(self, proposition: Proposition[Any], place: Place | None = None) -> Desk:
        """What takes the verdicts of one proposition; safe to call from several threads.

        Args:
            proposition: what is judged.
            place: where in the code; the records name it as their system.
        """
        at = place or Place("record", proposition.key)
        return Desk(self, proposition, at, at.told())

    def put(self, make: Callable[[int], Entry]) -> None:
        """Leave something to be recorded; `make` is called by the thread, with the number of verdicts lost before."""
        if self._thread is None:
            self._start()
        if len(self._waiting) + self._taken >= self.capacity:
            self._lose(1)
            return
        self._waiting.append(make)
        if len(self._waiting) >= self.batch:
            self._wake.set()

    def flush(self) -> bool:
        """Write all that waits now; False if the ledger could not be written."""
        with self._writing:
            for _ in range(0, len(self._waiting), AT_ONCE):
                self._taken = min(AT_ONCE, len(self._waiting))
                made = [self._waiting.popleft() for _ in range(self._taken)]
                written = self._written(made)
                if not written:
                    self._waiting.extendleft(reversed(made))
                self._taken = 0
                if not written:
                    return False
        return True

    def close(self) -> None:
        """Write all that waits, and let go of thread and ledger; the next verdict opens them again."""
        thread = self._thread
        if thread is None:
            return
        self._closed.set()
        self._wake.set()
        thread.join(CLOSE_S)
        if not self.flush():
            self._say(f"{len(self._waiting)} verdicts are lost")
        with contextlib.suppress(RqmlError):
            self._ledger().store.close()
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self) -> None:
        """Start empty: at first, and in a process that was forked, since what waits belongs to its parent."""
        self._waiting: deque[Callable[[int], Entry]] = deque()
        self._lost = 0
        self._taken = 0
        self._writing: threading.Lock = threading.Lock()
        self._changing = threading.Lock()
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self.codes: dict[type, str | None] = {}
        self._contexts: dict[tuple[str, int], str] = {}
        self._trouble = ""

    def _start(self) -> None:
        with self._changing:
            if self._thread is None:
                thread = threading.Thread(
                    target=self._write_on, args=(self._closed,), name="rqml recorder", daemon=True
                )
                thread.start()
                self._thread = thread

    def _write_on(self, closed: threading.Event) -> None:
        while not closed.is_set():
            self._wake.wait(self.delay_s)
            self._wake.clear()
            if not self.flush():
                closed.wait(RETRY_S)

    def _written(self, made: list[Callable[[int], Entry]]) -> bool:
        lost = self._lost
        try:
            self._ledger().append([make(lost) for make in made])
        except RqmlError as error:
            self._say(str(error))
            return False
        except Exception as error:  # what cannot be put in words must not hold up all that follows
            self._lose(len(made))
            self._say(f"{len(made)} verdicts are dropped: {type(error).__name__}")
            return True
        self._trouble = ""
        self._lose(-lost)
        return True

    def _lose(self, count: int) -> None:
        with self._changing:
            self._lost += count

    def _say(self, trouble: str) -> None:
        if trouble != self._trouble:
            _log.warning("verdicts of attached code are not on record: %s", trouble)
        self._trouble = trouble

    def context(self, system: str, lost: int) -> str:
        """What the records of a place share, in canonical JSON; "time", which comes last in it, is left out."""
        if (system, lost) not in self._contexts:
            content = {"actor": actor(), "alpha": None, "environment": self._environment, "lost": lost}
            content |= {"owner": self.owner, "specification": self.specification, "system": system}
            self._contexts = {
                **(self._contexts if len(self._contexts) < FEW else {}),
                (system, lost): canonical(content),
            }
        return self._contexts[system, lost]

    @functools.cached_property
    def _environment(self) -> dict[str, Any]:
        return environment()

    def _ledger(self) -> Ledger:
        self.place = Ledger.of(self.place)
        return self.place


@attrs.frozen
class Desk:
    """What takes the verdicts of one proposition at one place in the code."""

    recorder: Recorder
    proposition: Proposition[Any]
    place: Place
    told: Mapping[str, Any]

    def __call__(self, result: CheckResult, subject: Any = None) -> None:
        """Leave a verdict to be recorded.

        Args:
            result: the verdict.
            subject: what was judged; its content is digested, unless the requirement is so cheap (INLINE) that the
                digest would cost more than the check.
        """
        digests = {} if subject is None else self._digests(result, subject)
        kept = result if result.cause is None else attrs.evolve(result, cause=None)  # its frames hold data
        time = dt.datetime.now(dt.UTC)
        self.recorder.put(lambda lost: self._entry(kept, digests, time, lost))

    def enforced(self, result: EnforcementResult) -> None:
        """Leave an enforcement to be recorded."""
        entry = enforcement_entry(self.recorder.specification, self.recorder.owner, result)
        self.recorder.put(lambda _: entry)

    def _entry(self, result: CheckResult, digests: dict[str, str | None], time: dt.datetime, lost: int) -> Entry:
        body = verdict_body(
            self.proposition,
            result,
            waiver=None,
            fingerprints=digests,
            measurements={},
            places=[self.told],
            sources=codes_of(self.proposition, self.recorder.codes),
        )
        shared = self.recorder.context(self.place.name, lost)
        return Entry(CHECK, self.proposition.key, body, f'{shared[:-1]},"time":"{time.isoformat()}"}}')

    def _digests(self, result: CheckResult, subject: Any) -> dict[str, str | None]:
        leaves = list(self.proposition.requirements())
        if all(leaf.meta.cost is Cost.INLINE for leaf in leaves):
            return {}
        try:
            if isinstance(subject, System):
                return subject.fingerprints()
            kinds = [leaf.subject_type() for leaf in leaves]
            found = subject if isinstance(subject, Subject) else next(filter(None, (k.coerce(subject) for k in kinds)))
            return {result.subject: found.fingerprint()}
        except Exception:  # what has no digest is recorded without
            return {}


_all: weakref.WeakSet[Recorder] = weakref.WeakSet()


def _forked() -> None:
    for recorder in _all:
        recorder._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
