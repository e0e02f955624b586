"""How often: bounded existence (Dwyer et al. 1999), recurrence (Konrad and Cheng 2005), rates (Autili et al. 2015)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
from attrs import validators as v

from rqml.errors import InvalidParameter
from rqml.temporal.core import NEVER, Core
from rqml.temporal.cores.count import CountCore, RateCore, RecurrenceCore
from rqml.temporal.pattern import HELPS, HURTS, Asked, Pattern, about, as_span, bound, maybe_span
from rqml.temporal.predicate import ANY_EVENT, Predicate, predicate


def _whole(_: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidParameter(f"{attribute.name} is a whole number, got a {type(value).__name__}")


@attrs.frozen
class BoundedExistence(Pattern):
    """Bounded existence: `happens` at least `at_least` and at most `at_most` times, within `within` of the start.

    FAIL at the one too many; too few are known at the bound or at the end of a closed record. Later ones do not count.

    Attributes:
        happens: predicate.
        at_least: smallest number of events.
        at_most: largest number of events; None for any.
        within: bound (timedelta or seconds), inclusive; None for the whole record.
    """

    meta = about(
        9, "bounded existence", "At least {at_least}[ and at most {at_most}] times[ within {within} s]: {happens}."
    )
    happens: Predicate = attrs.field(converter=predicate)
    at_least: int = attrs.field(default=0, kw_only=True, validator=[_whole, v.ge(0)])
    at_most: int | None = attrs.field(default=None, kw_only=True, validator=v.optional([_whole, v.ge(0)]))
    within: dt.timedelta | None = attrs.field(default=None, converter=maybe_span, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse bounds that ask nothing, or the impossible."""
        if self.at_most is None and self.at_least == 0:
            raise InvalidParameter("give at_least=, at_most= or both")
        if self.at_most is not None and self.at_most < self.at_least:
            raise InvalidParameter(f"at_most = {self.at_most} is below at_least = {self.at_least}")

    def asked(self) -> Asked:
        """[happens], or twice: what is unknown may be one too many as well as one of too few."""
        too_many, too_few = (self.happens, HURTS), (self.happens, HELPS)
        if self.at_most is None:
            return [too_few]
        return [too_many, too_few] if self.at_least else [too_many]

    def core(self) -> Core:
        """A counter."""
        high = NEVER if self.at_most is None else self.at_most
        return CountCore(low=self.at_least, high=high, within=bound(self.within))


@attrs.frozen
class RateAtMost(Pattern):
    """Rate limit: `happens` at most `count` times in any window (t - per, t].

    FAIL at each event that is one too many.

    Attributes:
        happens: predicate.
        count: largest number of events.
        per: length of the window (timedelta or seconds).
    """

    meta = about(10, "rate at most", "At most {count} times in any {per} s: {happens}.")
    happens: Predicate = attrs.field(converter=predicate)
    count: int = attrs.field(kw_only=True, validator=[_whole, v.ge(1)])
    per: dt.timedelta = attrs.field(converter=as_span, kw_only=True)

    def asked(self) -> Asked:
        """[happens]."""
        return [(self.happens, HURTS)]

    def core(self) -> Core:
        """The times of the last `count`."""
        return RateCore(count=self.count, per=bound(self.per))


@attrs.frozen
class RateAtLeast(Pattern):
    """Least rate: `happens` at least `count` times in any window of `per` within the record.

    Windows (t, t + per], the first including the start. A window that the record does not complete asks nothing.

    Attributes:
        happens: predicate.
        count: smallest number of events.
        per: length of the window (timedelta or seconds).
    """

    meta = about(22, "rate at least", "At least {count} times in any {per} s: {happens}.")
    happens: Predicate = attrs.field(converter=predicate)
    count: int = attrs.field(kw_only=True, validator=[_whole, v.ge(1)])
    per: dt.timedelta = attrs.field(converter=as_span, kw_only=True)

    def asked(self) -> Asked:
        """[happens]."""
        return [(self.happens, HELPS)]

    def core(self) -> Core:
        """The windows not yet full."""
        return RecurrenceCore(count=self.count, per=bound(self.per))


@attrs.frozen
class Recurrence(Pattern):
    """Periodic recurrence: from the start, `happens` at least every `every`; the last wait ends with the record.

    Attributes:
        happens: predicate.
        every: longest wait (timedelta or seconds), inclusive.
    """

    meta = about(21, "recurrence", "At least every {every} s: {happens}.")
    happens: Predicate = attrs.field(converter=predicate)
    every: dt.timedelta = attrs.field(converter=as_span, kw_only=True)

    def asked(self) -> Asked:
        """[happens]."""
        return [(self.happens, HELPS)]

    def core(self) -> Core:
        """One at least in any window."""
        return RecurrenceCore(count=1, per=bound(self.every))


@attrs.frozen
class Silence(Pattern):
    """Heartbeat: no silence longer than `at_most`, between events and at both ends of the record.

    Attributes:
        at_most: longest silence (timedelta or seconds), inclusive.
    """

    meta = about(26, "heartbeat", "No silence longer than {at_most} s.")
    at_most: dt.timedelta = attrs.field(converter=as_span, kw_only=True)

    def asked(self) -> Asked:
        """[any event]."""
        return [(ANY_EVENT, HELPS)]

    def core(self) -> Core:
        """One event at least in any window."""
        return RecurrenceCore(count=1, per=bound(self.at_most))
