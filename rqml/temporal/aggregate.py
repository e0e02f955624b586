"""Aggregates over a sliding window (t - window, t], looked at whenever there is an observation."""

from __future__ import annotations

import datetime as dt
import math
from fractions import Fraction
from typing import Any

import attrs
from attrs import validators as v

from rqml.errors import InvalidParameter
from rqml.temporal.core import Core
from rqml.temporal.cores.window import MeanCore, QuantileCore, ShareCore
from rqml.temporal.pattern import EITHER, HURTS, NUMBER, Asked, Pattern, about, as_span, bound, maybe_predicate
from rqml.temporal.predicate import Predicate, predicate
from rqml.temporal.quantity import Quantity, quantity


def _share(_: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1:
        raise InvalidParameter(f"{attribute.name} is a share from 0 to below 1, got {value!r}")


def _finite(_: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise InvalidParameter(f"{attribute.name} is a finite number, got {value!r}")


def _exact(share: float) -> tuple[int, int]:
    """A share as written: 0.07 is 7 in 100, not the double next to it."""
    found = Fraction(repr(share))
    if found.denominator > 10**9:
        found = found.limit_denominator(10**9)  # products with counts of events stay below 64 bits
    return found.numerator, found.denominator


@attrs.frozen
class ShareAtMost(Pattern):
    """Share: of the events in the last `window` (of those with `among`), at most `share` have `bad`.

    Looked at after each event that counts, where the window holds at least `enough` of them; none so far: INCOMPLETE.

    Attributes:
        bad: predicate, e.g. "status == 'FAIL'".
        share: largest share, from 0 to below 1.
        window: length of the window (timedelta or seconds).
        among: the events that count; None for all.
        enough: smallest number of events to tell a share by.
    """

    meta = about(25, "share at most", "In any {window} s at most a share of {share}[ among {among}]: {bad}.")
    bad: Predicate = attrs.field(converter=predicate)
    share: float = attrs.field(kw_only=True, validator=_share)
    window: dt.timedelta = attrs.field(converter=as_span, kw_only=True)
    among: Predicate | None = attrs.field(default=None, converter=maybe_predicate, kw_only=True)
    enough: int = attrs.field(default=1, kw_only=True, validator=[v.instance_of(int), v.ge(1)])

    def asked(self) -> Asked:
        """[bad, among]."""
        return [(self.bad, HURTS)] if self.among is None else [(self.bad, HURTS), (self.among, EITHER)]

    def core(self) -> Core:
        """A sliding count."""
        most, window = _exact(self.share), bound(self.window)
        return ShareCore(most=most, window=window, enough=self.enough, chosen=self.among is not None)


@attrs.frozen
class QuantileWithin(Pattern):
    """Quantile: the `quantile` of `number` over the last `window` is at most `at_most`.

    The quantile is the smallest observed value that at least that share of the values does not exceed (the inverse
    of the empirical distribution). A missing number is no observation. Looked at as ShareAtMost.

    Attributes:
        number: field, text or function of the event.
        quantile: share, above 0 and below 1.
        at_most: largest value allowed.
        window: length of the window (timedelta or seconds).
        enough: smallest number of observations to tell a quantile by.
    """

    meta = about(24, "quantile within", "In any {window} s the {quantile} quantile is at most {at_most}: {number}.")
    number: Quantity = attrs.field(converter=quantity)
    quantile: float = attrs.field(kw_only=True, validator=[_share, v.gt(0)])
    at_most: float = attrs.field(kw_only=True, validator=_finite)
    window: dt.timedelta = attrs.field(converter=as_span, kw_only=True)
    enough: int = attrs.field(default=1, kw_only=True, validator=[v.instance_of(int), v.ge(1)])

    def asked(self) -> Asked:
        """[number]."""
        return [(self.number, NUMBER)]

    def core(self) -> Core:
        """A sliding count of what is above."""
        part, whole = _exact(self.quantile)
        most, window = (whole - part, whole), bound(self.window)
        return QuantileCore(limit=self.at_most, most=most, window=window, enough=self.enough)


@attrs.frozen
class MeanWithin(Pattern):
    """Mean: the mean of `number` over the last `window` is from `at_least` to `at_most`.

    A missing number is no observation. Looked at as ShareAtMost. The sum of the window is correctly rounded, however
    long the stream; means that stay next to a limit cost time, since the window is then summed anew at each event.

    Attributes:
        number: field, text or function of the event.
        window: length of the window (timedelta or seconds).
        at_least: smallest mean allowed; None for any.
        at_most: largest mean allowed; None for any.
        enough: smallest number of observations to tell a mean by.
    """

    meta = about(
        23, "mean within", "In any {window} s the mean is[ at least {at_least}][ at most {at_most}]: {number}."
    )
    number: Quantity = attrs.field(converter=quantity)
    window: dt.timedelta = attrs.field(converter=as_span, kw_only=True)
    at_least: float | None = attrs.field(default=None, kw_only=True, validator=v.optional(_finite))
    at_most: float | None = attrs.field(default=None, kw_only=True, validator=v.optional(_finite))
    enough: int = attrs.field(default=1, kw_only=True, validator=[v.instance_of(int), v.ge(1)])

    def __attrs_post_init__(self) -> None:
        """Refuse bounds that ask nothing, or the impossible."""
        if self.at_least is None and self.at_most is None:
            raise InvalidParameter("give at_least=, at_most= or both")
        if self.at_least is not None and self.at_most is not None and self.at_most < self.at_least:
            raise InvalidParameter(f"at_most = {self.at_most:g} is below at_least = {self.at_least:g}")

    def asked(self) -> Asked:
        """[number]."""
        return [(self.number, NUMBER)]

    def core(self) -> Core:
        """A sliding sum."""
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most
        return MeanCore(low=low, high=high, window=bound(self.window), enough=self.enough)
