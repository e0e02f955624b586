"""Waiver: a named person accepts, for a stated reason and time, that a requirement does not hold."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable
from typing import Any

import attrs

from rqml.errors import InvalidSpecification


def moment(value: Any) -> dt.datetime:
    """The moment, in UTC, that a datetime or an ISO 8601 text with a time zone stands for."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            raise InvalidSpecification(
                f"{value!r} is no moment: write it as ISO 8601 with a zone, like 2026-12-31T23:59:59Z"
            ) from None
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise InvalidSpecification(
            f"start and expiry of a waiver are moments with a time zone, like 2026-12-31T23:59:59Z; got {value}"
        )
    try:
        return value.astimezone(dt.UTC)
    except OverflowError:
        raise InvalidSpecification(
            f"{value} lies outside the years 1 to 9999 in UTC: write an earlier moment"
        ) from None


def said(_: Any, attribute: Any, value: Any) -> None:
    """Refuse an attribute that is not said in words."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidSpecification(f"a waiver needs its {attribute.name} in words, got {value!r}")


def same_person(one: str, other: str) -> bool:
    """True if two names are written alike, whatever their case, spaces, and characters that do not show."""
    return _written(one) == _written(other)


def _written(name: str) -> str:
    shown = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    return " ".join(shown.casefold().split())


@attrs.frozen(kw_only=True)
class Waiver:
    """An accepted violation. It never rewrites a status: it is shown beside it.

    It covers nothing before its start, from its expiry on, or where the same person approved it and asks for it.

    Attributes:
        requirement: id or label of the requirement it speaks of.
        approver: who accepts the risk.
        justification: why.
        start: from when on, a moment with a time zone (datetime or ISO 8601); kept in UTC.
        expiry: until when, later than start; an expired waiver covers nothing.

    Raises:
        InvalidSpecification: a field is empty, a moment has no time zone, or it ends before it starts.
    """

    requirement: str = attrs.field(validator=said)
    approver: str = attrs.field(validator=said)
    justification: str = attrs.field(validator=said)
    start: dt.datetime = attrs.field(converter=moment)
    expiry: dt.datetime = attrs.field(converter=moment)

    def __attrs_post_init__(self) -> None:
        """Refuse a waiver that never holds."""
        if self.expiry <= self.start:
            raise InvalidSpecification(
                f"the waiver for {self.requirement} expires ({self.expiry.isoformat()}) "
                f"before it starts ({self.start.isoformat()})"
            )

    def refusal(self, author: str, now: dt.datetime) -> str:
        """Why it covers nothing, to be read after "the waiver"; empty if it does cover.

        Args:
            author: who asks for it, that is the owner of what is judged; empty where that is not known.
            now: the moment it is asked for, with a time zone.
        """
        if self.expiry <= now:
            return f"expired on {self.expiry.isoformat()}"
        if self.start > now:
            return f"starts on {self.start.isoformat()} only"
        if same_person(author, self.approver):
            return "is approved by its own author"
        return ""


def counting(waivers: Iterable[Waiver], author: str, now: dt.datetime) -> dict[str, Waiver]:
    """Those that cover something, by the key of the requirement; of several for one, the first.

    Args:
        waivers: in the order in which they count.
        author: as for `Waiver.refusal`.
        now: as for `Waiver.refusal`.
    """
    found: dict[str, Waiver] = {}
    for waiver in waivers:
        if not waiver.refusal(author, now):
            found.setdefault(waiver.requirement, waiver)
    return found
