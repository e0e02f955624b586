"""How long (Konrad and Cheng 2005: minimum and maximum duration)."""

from __future__ import annotations

import datetime as dt

import attrs

from rqml.temporal.core import Core
from rqml.temporal.cores.duration import DurationCore
from rqml.temporal.pattern import EITHER, HURTS, Asked, Pattern, about, as_span, bound
from rqml.temporal.predicate import Predicate, predicate


@attrs.frozen
class MinimumDuration(Pattern):
    """Minimum duration: whenever `holds` turns true it stays so for at least `duration`.

    It holds from an event until the next at which it does not. A stretch that the record cuts short: INCOMPLETE.

    Attributes:
        holds: predicate.
        duration: shortest stretch (timedelta or seconds), inclusive.
    """

    meta = about(19, "minimum duration", "Once true, for at least {duration} s: {holds}.")
    holds: Predicate = attrs.field(converter=predicate)
    duration: dt.timedelta = attrs.field(converter=as_span, kw_only=True)

    def asked(self) -> Asked:
        """[holds]: an unknown truth may cut a stretch or make it longer."""
        return [(self.holds, EITHER)]

    def core(self) -> Core:
        """Stretches."""
        return DurationCore(duration=bound(self.duration), longest=False)


@attrs.frozen
class MaximumDuration(Pattern):
    """Maximum duration: `holds` is never true for longer than `duration` without a break.

    It holds from an event until the next at which it does not. At the end of a closed record a stretch whose limit
    lies beyond the end is INCOMPLETE.

    Attributes:
        holds: predicate.
        duration: longest stretch (timedelta or seconds), inclusive.
    """

    meta = about(20, "maximum duration", "Never for longer than {duration} s: {holds}.")
    holds: Predicate = attrs.field(converter=predicate)
    duration: dt.timedelta = attrs.field(converter=as_span, kw_only=True)

    def asked(self) -> Asked:
        """[holds]."""
        return [(self.holds, HURTS)]

    def core(self) -> Core:
        """Stretches."""
        return DurationCore(duration=bound(self.duration), longest=True)
