"""Times as whole microseconds, so that a deadline is met or missed exactly, never by a rounding error."""

from __future__ import annotations

import datetime as dt
import math
import numbers
from typing import Any

from rqml.errors import InvalidSubject

SECOND = 1_000_000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LARGEST = 1 << 60  # microseconds; beyond it sums of times would leave 64 bits
USUAL = 1e12
"""Seconds, within what is allowed by far."""


def micros(value: Any) -> int:
    """Microseconds since 1970 of an aware datetime, or of a number of seconds (from any origin).

    Raises:
        InvalidSubject: a datetime without time zone, a number that is not finite, or no time at all.
    """
    kind = type(value)
    if kind is float and -USUAL < value < USUAL:  # first, since most are
        nearest: int = round(value * SECOND)
        return nearest
    if kind is int:
        return _in_range(value * SECOND)
    if isinstance(value, dt.datetime):
        try:
            delta = value - _EPOCH
        except TypeError:
            raise InvalidSubject(
                "a time is a datetime without time zone, which names no instant: give it one, "
                "e.g. datetime.now(timezone.utc) or time.replace(tzinfo=timezone.utc)"
            ) from None
        if delta != delta:  # noqa: PLR0124 - NaT is a datetime
            raise InvalidSubject("a time is missing (NaT): give each event a time, or leave the event out")
        return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        seconds = float(value)
        if math.isfinite(seconds):
            return _in_range(round(seconds * SECOND))
        raise InvalidSubject("a time is not a finite number of seconds")
    raise InvalidSubject(f"a time is an aware datetime or a number of seconds, not a {kind.__name__}")


def is_instant(value: Any) -> bool:
    """True for a datetime, False for a number of seconds: the two are never mixed in one record."""
    return isinstance(value, dt.datetime)


def shown(time: int, instant: bool) -> str | float:
    """A time in microseconds as ISO 8601 text in UTC (instants), or as seconds."""
    if not instant:
        return time / SECOND
    try:
        return (_EPOCH + dt.timedelta(microseconds=time)).isoformat()
    except OverflowError:  # a deadline after the year 9999
        return time / SECOND


def _in_range(time: int) -> int:
    if -_LARGEST < time < _LARGEST:
        return time
    raise InvalidSubject("a time is more than 36,000 years from its origin: is it given in seconds?")
