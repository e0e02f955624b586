"""What holds, or does not happen, at each event of a scope (Dwyer et al. 1999: universality and absence)."""

from __future__ import annotations

import datetime as dt

import attrs

from rqml.temporal.core import Core
from rqml.temporal.cores.scope import ScopeCore
from rqml.temporal.pattern import (
    EITHER,
    HELPS,
    HURTS,
    Asked,
    Pattern,
    about,
    as_span,
    bound,
    maybe_predicate,
    maybe_span,
)
from rqml.temporal.predicate import Predicate, predicate


@attrs.frozen
class Always(Pattern):
    """Universality, globally: `holds` at every event.

    FAIL at the first event where it does not; PASS when a closed record ends without one; INCOMPLETE before.

    Attributes:
        holds: predicate.
    """

    meta = about(1, "universality", "At every event: {holds}.")
    holds: Predicate = attrs.field(converter=predicate)

    def asked(self) -> Asked:
        """[holds]."""
        return [(self.holds, HELPS)]

    def core(self) -> Core:
        """One scope, never closed."""
        return ScopeCore(opener=False, closer=False)


@attrs.frozen
class Never(Pattern):
    """Absence, globally: `happens` at no event. Verdicts as for Always.

    Attributes:
        happens: predicate.
    """

    meta = about(2, "absence, globally", "At no event: {happens}.")
    happens: Predicate = attrs.field(converter=predicate)

    def asked(self) -> Asked:
        """[not happens]."""
        return [(~self.happens, HELPS)]

    def core(self) -> Core:
        """One scope, never closed."""
        return ScopeCore(opener=False, closer=False)


@attrs.frozen
class Absence(Pattern):
    """Absence in a scope: `happens` at no event from `after` until `until`, or for `within`.

    The scope opens at each event with `after` (included), or at the start where there is none; it is closed by the
    next event with `until` (not included) or `within` after its last opening. At the end of a closed record a scope
    that is still open has held; one whose `within` reaches beyond the end is INCOMPLETE. No scope: INCOMPLETE.

    Attributes:
        happens: predicate.
        after: opens the scope; None opens it at the start, once.
        until: closes it; None leaves it open.
        within: how long a scope lasts (timedelta or seconds); None for no bound.
    """

    meta = about(8, "absence", "Not[ after {after}][ until {until}][ within {within} s]: {happens}.")
    happens: Predicate = attrs.field(converter=predicate)
    after: Predicate | None = attrs.field(default=None, converter=maybe_predicate, kw_only=True)
    until: Predicate | None = attrs.field(default=None, converter=maybe_predicate, kw_only=True)
    within: dt.timedelta | None = attrs.field(default=None, converter=maybe_span, kw_only=True)

    def asked(self) -> Asked:
        """[not happens, after, until]."""
        return _scoped(~self.happens, self.after, self.until)

    def core(self) -> Core:
        """A scope."""
        return ScopeCore(opener=bool(self.after), closer=bool(self.until), within=bound(self.within))


@attrs.frozen
class After(Pattern):
    """Universality after: from the first event with `after` on (included), `holds` at every event.

    Attributes:
        after: predicate that opens the scope for good.
        holds: predicate.
    """

    meta = about(12, "universality after", "After {after}, at every event: {holds}.")
    after: Predicate = attrs.field(converter=predicate)
    holds: Predicate = attrs.field(converter=predicate)

    def asked(self) -> Asked:
        """[holds, after]."""
        return _scoped(self.holds, self.after, None)

    def core(self) -> Core:
        """A scope never closed."""
        return ScopeCore(opener=True, closer=False)


@attrs.frozen
class Before(Pattern):
    """Universality before: if `before` ever happens, `holds` at every event before its first.

    Nothing is broken until it happens; where it never does, nothing called for it (INCOMPLETE).

    Attributes:
        before: predicate that ends the scope.
        holds: predicate.
    """

    meta = about(13, "universality before", "Before the first {before}, at every event: {holds}.")
    before: Predicate = attrs.field(converter=predicate)
    holds: Predicate = attrs.field(converter=predicate)

    def asked(self) -> Asked:
        """[holds, before]: an unknown `before` may end the scope early or make it count."""
        return [(self.holds, HELPS), (self.before, EITHER)]

    def core(self) -> Core:
        """One scope that counts if it is closed."""
        return ScopeCore(opener=False, closer=True, retrospective=True)


@attrs.frozen
class Between(Pattern):
    """Universality between: from each `after` (included) to the next `until` (not included), `holds`.

    A stretch counts only once `until` has come: one still open at the end of the record asks nothing.

    Attributes:
        after: predicate that opens a stretch.
        holds: predicate.
        until: predicate that closes it.
    """

    meta = about(14, "universality between", "Between {after} and {until}, at every event: {holds}.")
    after: Predicate = attrs.field(converter=predicate)
    holds: Predicate = attrs.field(converter=predicate)
    until: Predicate = attrs.field(converter=predicate)

    def asked(self) -> Asked:
        """[holds, after, until]."""
        return [(self.holds, HELPS), (self.after, HURTS), (self.until, EITHER)]

    def core(self) -> Core:
        """Scopes that count if they are closed."""
        return ScopeCore(opener=True, closer=True, retrospective=True)


@attrs.frozen
class AfterUntil(Pattern):
    """Universality after-until: from each `after` (included) until `until` (not included), `holds` at every event,
    whether or not `until` comes.

    Attributes:
        after: predicate that opens a stretch.
        holds: predicate.
        until: predicate that closes it; an event with both opens none.
    """

    meta = about(6, "universality after-until", "After {after} until {until}, at every event: {holds}.")
    after: Predicate = attrs.field(converter=predicate)
    holds: Predicate = attrs.field(converter=predicate)
    until: Predicate = attrs.field(converter=predicate)

    def asked(self) -> Asked:
        """[holds, after, until]."""
        return _scoped(self.holds, self.after, self.until)

    def core(self) -> Core:
        """Scopes."""
        return ScopeCore(opener=True, closer=True)


@attrs.frozen
class AlwaysFor(Pattern):
    """Timed universality: for `duration` from the start, or from each `after`, `holds` at every event.

    PASS once the time from the start is over; INCOMPLETE if a record ends before that, or had no event in it.
    A further `after` begins the time anew.

    Attributes:
        holds: predicate.
        duration: how long (timedelta or seconds); an event exactly at its end is included.
        after: predicate that begins the time; None begins it at the start, once.
    """

    meta = about(18, "timed universality", "For {duration} s[ after {after}], at every event: {holds}.")
    holds: Predicate = attrs.field(converter=predicate)
    duration: dt.timedelta = attrs.field(converter=as_span, kw_only=True)
    after: Predicate | None = attrs.field(default=None, converter=maybe_predicate, kw_only=True)

    def asked(self) -> Asked:
        """[holds, after]."""
        return _scoped(self.holds, self.after, None)

    def core(self) -> Core:
        """A scope that time closes."""
        return ScopeCore(opener=bool(self.after), closer=False, within=bound(self.duration))


def _scoped(holds: Predicate, after: Predicate | None, until: Predicate | None) -> Asked:
    asked = [(holds, HELPS), (after, HURTS), (until, HELPS)]
    return [(predicate, polarity) for predicate, polarity in asked if predicate is not None]
