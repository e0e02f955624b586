"""What must follow (Dwyer et al. 1999: existence, response and their chains; real time: Konrad and Cheng 2005)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs

from rqml.errors import InvalidParameter
from rqml.meta import Severity
from rqml.temporal.core import Core
from rqml.temporal.cores.obligation import ObligationCore, ReleasedCore
from rqml.temporal.cores.until import UntilCore
from rqml.temporal.pattern import HELPS, HURTS, Asked, Pattern, about, bound, maybe_span
from rqml.temporal.predicate import Predicate, predicate


def predicates(given: Any) -> tuple[Predicate, ...]:
    """The predicates of a chain, in the order in which they must come true."""
    several = given if isinstance(given, tuple | list) else (given,)
    if not several:
        raise InvalidParameter("a chain needs at least one predicate")
    return tuple(predicate(each) for each in several)


@attrs.frozen
class Eventually(Pattern):
    """Existence: `happens` at least once, within `within` of the start.

    PASS as soon as it does. FAIL once the bound has passed, or when a closed record ends without it; INCOMPLETE
    if the record ends before the bound.

    Attributes:
        happens: predicate.
        within: bound (timedelta or seconds), inclusive; None for none.
    """

    meta = about(3, "existence", "At some event[ within {within} s]: {happens}.")
    happens: Predicate = attrs.field(converter=predicate)
    within: dt.timedelta | None = attrs.field(default=None, converter=maybe_span, kw_only=True)

    def asked(self) -> Asked:
        """[happens]."""
        return [(self.happens, HELPS)]

    def core(self) -> Core:
        """One obligation from the start."""
        return ObligationCore(once=True, within=bound(self.within))


@attrs.frozen
class Responds(Pattern):
    """Response: each `trigger` is followed by a `response`, at the same event or later, within `within`.

    One response answers all triggers before it. An unanswered trigger is broken once its deadline has passed; at the
    end of a closed record also without deadline, but with a deadline beyond the end it is open: INCOMPLETE.

    Attributes:
        trigger: predicate.
        response: predicate.
        within: bound (timedelta or seconds), inclusive; None for none.
    """

    meta = about(4, "response", "Each {trigger} is followed by {response}[ within {within} s].", severity=Severity.HIGH)
    trigger: Predicate = attrs.field(converter=predicate)
    response: Predicate = attrs.field(converter=predicate)
    within: dt.timedelta | None = attrs.field(default=None, converter=maybe_span, kw_only=True)

    def asked(self) -> Asked:
        """[trigger, response]."""
        return [(self.trigger, HURTS), (self.response, HELPS)]

    def core(self) -> Core:
        """Obligations."""
        return ObligationCore(within=bound(self.within))


@attrs.frozen
class RespondsUnless(Pattern):
    """Response unless released: each `trigger` is followed by a `response`, unless `unless` comes first (RQCODE's
    GlobalResponseUntil). Verdicts as for Responds.

    Attributes:
        trigger: predicate.
        response: predicate.
        unless: predicate that takes the obligation away; at the same event or later.
        within: bound (timedelta or seconds), inclusive; None for none.
    """

    meta = about(
        17, "response unless", "Each {trigger} is followed by {response}[ within {within} s], unless {unless}."
    )
    trigger: Predicate = attrs.field(converter=predicate)
    response: Predicate = attrs.field(converter=predicate)
    unless: Predicate = attrs.field(converter=predicate)
    within: dt.timedelta | None = attrs.field(default=None, converter=maybe_span, kw_only=True)

    def asked(self) -> Asked:
        """[trigger, response, unless]."""
        return [(self.trigger, HURTS), (self.response, HELPS), (self.unless, HELPS)]

    def core(self) -> Core:
        """Obligations that may be taken away."""
        return ReleasedCore(within=bound(self.within))


@attrs.frozen
class ResponseChain(Pattern):
    """Response chain: each `trigger` is followed by `responses` in their order, the last within `within`.

    The first response may be the triggering event, each further one is a later event. Verdicts as for Responds.

    Attributes:
        trigger: predicate.
        responses: predicates, in order.
        within: bound on the whole chain (timedelta or seconds), inclusive; None for none.
    """

    meta = about(15, "response chain", "Each {trigger} is followed by {responses}[ within {within} s].")
    trigger: Predicate = attrs.field(converter=predicate)
    responses: tuple[Predicate, ...] = attrs.field(converter=predicates)
    within: dt.timedelta | None = attrs.field(default=None, converter=maybe_span, kw_only=True)

    def asked(self) -> Asked:
        """[trigger, *responses]."""
        return [(self.trigger, HURTS), *((response, HELPS) for response in self.responses)]

    def core(self) -> Core:
        """Obligations in stages."""
        return ObligationCore(stages=len(self.responses), within=bound(self.within))


@attrs.frozen
class Until(Pattern):
    """Until: `release` happens (within `within` of the start), and `holds` at every event before it.

    PASS at the release. FAIL where `holds` does not before it, at the bound, or when a closed record ends without
    release; INCOMPLETE if the record ends before the bound.

    Attributes:
        holds: predicate.
        release: predicate.
        within: bound (timedelta or seconds), inclusive; None for none.
    """

    meta = about(5, "until", "At every event until {release}, which comes[ within {within} s]: {holds}.")
    holds: Predicate = attrs.field(converter=predicate)
    release: Predicate = attrs.field(converter=predicate)
    within: dt.timedelta | None = attrs.field(default=None, converter=maybe_span, kw_only=True)

    def asked(self) -> Asked:
        """[holds, release]."""
        return [(self.holds, HELPS), (self.release, HELPS)]

    def core(self) -> Core:
        """A release that must come."""
        return UntilCore(strong=True, within=bound(self.within))


@attrs.frozen
class WeakUntil(Pattern):
    """Weak until: `holds` at every event before the first `release`, which need not come.

    Attributes:
        holds: predicate.
        release: predicate.
    """

    meta = about(11, "weak until", "At every event, unless {release} came before: {holds}.")
    holds: Predicate = attrs.field(converter=predicate)
    release: Predicate = attrs.field(converter=predicate)

    def asked(self) -> Asked:
        """[holds, release]."""
        return [(self.holds, HELPS), (self.release, HELPS)]

    def core(self) -> Core:
        """A release that may come."""
        return UntilCore(strong=False)
