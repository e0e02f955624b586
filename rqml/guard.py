"""Guard: refuses requests that break their schema or come too often, before a model sees them."""

from __future__ import annotations

import math
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, overload

import attrs

from rqml.attach import Mode, chosen_mode, taken_by
from rqml.attachments import Place, note_place
from rqml.doors import F, argument_of, wrapped_before
from rqml.errors import InvalidParameter, RequirementViolation
from rqml.schema import Schema
from rqml.temporal.occurrence import RateAtMost
from rqml.temporal.pattern import Pattern
from rqml.temporal.predicate import ANY_EVENT, named
from rqml.temporal.universality import Always
from rqml.verdict import Assurance, CheckResult, CheckStatus

if TYPE_CHECKING:
    from rqml.evidence.recorder import Recorder


def _positive(_: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < math.inf:
        raise InvalidParameter(f"{attribute.name} is a positive number of seconds, got {value!r}", attribute.name)


@attrs.frozen
class Rate:
    """At most `count` requests in any window of `per` seconds.

    Attributes:
        count: largest number of requests.
        per: length of the window (seconds).
        by: field that names the client, each of which has a rate of its own; None counts all together.
    """

    count: int = attrs.field(validator=[attrs.validators.instance_of(int), attrs.validators.ge(1)])
    per: float = attrs.field(validator=_positive, kw_only=True)
    by: str | None = attrs.field(default=None, kw_only=True)


class Guard:
    """Stands before a model: lets a request through that keeps its schema and its rate, and refuses it otherwise.

    What it demands are two requirements on the record of the requests, `Always(schema)` and `RateAtMost(...)`: check
    them on a log (for each client, where the rate has `by`), or let them stand in a specification. The guard keeps
    them by letting nothing through that would break them, so that only what was let through counts for the rate.

    Args:
        schema: fields, types and bounds of a request.
        rate: how often requests may come; None for any rate.
        mode: CHECK refuses (RequirementViolation); ENFORCE moves numbers to their bounds, drops unknown fields, and
            refuses what is wrong even so; MONITOR lets all through and records; overridden by the variable RQML_MODE.
        record: called with the verdict on what is wrong: a function, or a Recorder for a ledger; default: the logger.
        now: seconds of a clock that never goes back.

    Threads may share a guard. Memory is bounded by `rate.count` times the number of clients of the last `rate.per`.
    """

    def __init__(
        self,
        schema: Schema,
        rate: Rate | None = None,
        *,
        mode: Mode | str = Mode.CHECK,
        record: Callable[[CheckResult], None] | Recorder | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        if not isinstance(schema, Schema) or not isinstance(rate, Rate | None):
            raise InvalidParameter("a guard is made of a Schema and a Rate: Guard(Schema({...}), Rate(100, per=60))")
        if rate is not None and rate.by is not None and rate.by not in {*schema.rules, *schema.others}:
            raise InvalidParameter(f"the client field {rate.by!r} is not in the schema: name it in Schema(others=...)")
        self.schema, self.rate, self.mode = schema, rate, chosen_mode(mode)
        self.well_formed: Pattern = Always(named("the request keeps its schema", schema))
        self.in_rate = None if rate is None else RateAtMost(ANY_EVENT, count=rate.count, per=rate.per)
        self._windows = None if rate is None else _Windows(rate, now)
        place = _place_of_caller()
        self._takers = {type(one): taken_by(record, one, note_place(one, place))[0] for one in self.requirements}

    @property
    def requirements(self) -> tuple[Pattern, ...]:
        """What it demands, as requirements on a Trace of requests."""
        return (self.well_formed,) if self.in_rate is None else (self.well_formed, self.in_rate)

    def admit(self, request: Any) -> Any:
        """The request to go on with: itself, or in mode ENFORCE a copy that was put in order.

        Raises:
            RequirementViolation: it is refused; `result` says why, without its content.
        """
        if self.mode is Mode.OFF:
            return request
        fault = self.schema.fault(request)
        if fault and self.mode is Mode.ENFORCE and isinstance(request, Mapping):
            request = self.schema.clipped(request)
            fault = self.schema.fault(request)
        if fault:
            self._refuse(self.well_formed, fault)
        elif self._windows is not None and not self._windows.take(request):
            self._refuse(self.requirements[1], f"there were {self._windows.rate.count} requests just before")
        return request

    async def admit_later(self, request: Any) -> Any:
        """As `admit`, for functions that are async; it never waits."""
        return self.admit(request)

    @overload
    def protect(self, function: F) -> F: ...
    @overload
    def protect(self, *, of: str) -> Callable[[F], F]: ...
    def protect(self, function: Any = None, *, of: str | None = None) -> Any:
        """A decorator: the function, sync or async, gets only requests that were let through.

        Args:
            function: what takes a request, as its only argument or as that named by `of`.
            of: name of that argument, as in `@guard.protect(of="request")`.

        Raises:
            InvalidParameter: no argument or several could be meant.
        """

        def decorate(function: F) -> F:
            if self.mode is Mode.OFF:
                return function
            return wrapped_before(function, self, *argument_of(function, self.well_formed, of))

        return decorate if function is None else decorate(function)

    def _refuse(self, broken: Pattern, why: str) -> None:
        name, meta = type(broken).__name__, broken.meta
        result = CheckResult(
            CheckStatus.FAIL,
            f"{meta.id} {name} FAIL: {why}. What to do: send a request that keeps the contract of this service",
            assurance=Assurance.PROVEN,
            requirement=meta.id,
            name=name,
            label=broken.label,
            statement=broken.statement,
            parameters=broken.parameters,
            subject="request",
        )
        self._takers[type(broken)](result, None)
        if self.mode is not Mode.MONITOR:
            raise RequirementViolation(result)


class _Windows:
    """The times of the last requests of each client."""

    def __init__(self, rate: Rate, now: Callable[[], float]) -> None:
        self.rate = rate
        self._now = now
        self._times: OrderedDict[Any, deque[float]] = OrderedDict()  # the client heard of longest ago comes first
        self._lock = threading.Lock()

    def take(self, request: Mapping[str, Any]) -> bool:
        """True, and remembered, if the request is not one too many."""
        count, per, by = self.rate.count, self.rate.per, self.rate.by
        client = None if by is None else _as_key(request.get(by))
        with self._lock:
            now = self._now()
            times = self._times.get(client)
            if times is None:
                self._forget(now - per)
                times = self._times[client] = deque(maxlen=count)
            elif len(times) == count and now - times[0] < per:
                return False
            else:
                self._times.move_to_end(client)
            times.append(now)
            return True

    def _forget(self, horizon: float) -> None:
        """Drop clients that were silent for so long that nothing of theirs counts any more."""
        while self._times:
            client, times = next(iter(self._times.items()))
            if times[-1] > horizon:
                return
            del self._times[client]


def _as_key(value: Any) -> Any:
    """What names a client, as it can be looked up; what cannot be hashed is one client together."""
    return value if isinstance(value, str | int | None) else type(value).__name__


def _place_of_caller() -> Place:
    """Where the guard is made."""
    frame = sys._getframe(2)
    name, line = frame.f_globals.get("__name__", "?"), frame.f_lineno
    return Place("guard", f"{name}:{line}", frame.f_code.co_filename, line)
