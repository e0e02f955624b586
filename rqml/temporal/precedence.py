"""What must have come before (Dwyer et al. 1999: precedence and its chain; real time: Konrad and Cheng 2005)."""

from __future__ import annotations

import datetime as dt

import attrs

from rqml.temporal.core import Core
from rqml.temporal.cores.precedence import PrecedenceCore
from rqml.temporal.pattern import HELPS, HURTS, Asked, Pattern, about, bound, maybe_span
from rqml.temporal.predicate import Predicate, predicate
from rqml.temporal.response import predicates


@attrs.frozen
class Precedes(Pattern):
    """Precedence: each `effect` has a `cause` at the same event or before it, at most `within` before.

    FAIL at the first effect without cause. Without bound it is settled once a cause has come.

    Attributes:
        cause: predicate.
        effect: predicate.
        within: bound (timedelta or seconds), inclusive; None for none.
    """

    meta = about(7, "precedence", "Before each {effect}[ by at most {within} s] comes {cause}.")
    cause: Predicate = attrs.field(converter=predicate)
    effect: Predicate = attrs.field(converter=predicate)
    within: dt.timedelta | None = attrs.field(default=None, converter=maybe_span, kw_only=True)

    def asked(self) -> Asked:
        """[cause, effect]."""
        return [(self.cause, HELPS), (self.effect, HURTS)]

    def core(self) -> Core:
        """One stage."""
        return PrecedenceCore(within=bound(self.within))


@attrs.frozen
class PrecedenceChain(Pattern):
    """Precedence chain: before each `effect` come `causes` in their order, the first at most `within` before.

    Causes are successive events; the last may be the event with the effect. Verdicts as for Precedes.

    Attributes:
        causes: predicates, in order.
        effect: predicate.
        within: bound on the whole chain (timedelta or seconds), inclusive; None for none.
    """

    meta = about(16, "precedence chain", "Before each {effect}[ by at most {within} s] come {causes}.")
    causes: tuple[Predicate, ...] = attrs.field(converter=predicates)
    effect: Predicate = attrs.field(converter=predicate)
    within: dt.timedelta | None = attrs.field(default=None, converter=maybe_span, kw_only=True)

    def asked(self) -> Asked:
        """[*causes, effect]."""
        return [*((cause, HELPS) for cause in self.causes), (self.effect, HURTS)]

    def core(self) -> Core:
        """One stage a cause."""
        return PrecedenceCore(stages=len(self.causes), within=bound(self.within))
