"""What stands in the way of a release: verdicts missing, open, stale, or failed without a waiver that counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping

import attrs

from rqml.evidence.attestation import same_person
from rqml.evidence.queries import Verdict
from rqml.waiver import moment

FOR_EVER = dt.timedelta.max
HELD = ("PASS", "NOT_APPLICABLE")


def present(as_of: str) -> dt.datetime:
    """The moment that a text (ISO 8601, with a time zone) stands for; the present if it is empty."""
    return moment(as_of) if as_of else dt.datetime.now(dt.UTC)


def a_moment(_: object, __: object, value: str) -> None:
    """Refuse what is neither empty nor a moment with a time zone; an attrs validator."""
    present(value)


@attrs.frozen
class Obstacle:
    """Why a requirement stands in the way.

    Attributes:
        key: key of the requirement.
        reason: why, in words.
        failed: True if it is known not to hold, False if that is not known.
    """

    key: str
    reason: str
    failed: bool = False

    def __str__(self) -> str:
        return f"{self.key}: {self.reason}"


def stale(verdict: Verdict, current: Mapping[str, str | None], now: dt.datetime, max_age: dt.timedelta) -> str:
    """Why a verdict says nothing about the present any more; empty if it does.

    Args:
        verdict: a verdict on record.
        current: digests of the parts as they are now, by name.
        now: the present.
        max_age: how old the measurement behind a verdict may be.
    """
    if now - verdict.measured > max_age:
        return f"it was measured {(now - verdict.measured) / dt.timedelta(days=1):.1f} days ago"
    if verdict.measured > now + dt.timedelta(minutes=5):
        return "it was measured in the future: a clock is wrong"
    if not verdict.fingerprints:
        return "it is bound to no content"
    for part, digest in sorted(verdict.fingerprints.items()):
        if digest is None:
            return f"part {part!r} had no digest when it was judged"
        if current.get(part) != digest:
            return f"part {part!r} is not what was judged"
    return ""


def obstacles(
    verdicts: Iterable[Verdict],
    current: Mapping[str, str | None],
    *,
    obligatory: Collection[str] = (),
    author: str = "",
    now: dt.datetime,
    max_age: dt.timedelta,
) -> Iterator[Obstacle]:
    """What stands in the way of a release, requirement by requirement.

    Args:
        verdicts: the last verdict of each requirement.
        current: digests of the parts to be released, by name.
        obligatory: keys of the requirements that must hold; empty: all that have a verdict.
        author: who made what is released; a waiver by the same person counts for nothing.
        now: the present.
        max_age: how old the measurement behind a verdict may be.
    """
    last = {verdict.key: verdict for verdict in verdicts}
    for key in obligatory or last:
        if key not in last:
            yield Obstacle(key, "there is no verdict on record")
            continue
        verdict = last[key]
        why = stale(verdict, current, now, max_age)
        if why:
            yield Obstacle(key, f"its verdict is stale: {why}")
        elif verdict.status not in HELD:
            refused = _refused(verdict, author, now)
            if refused:
                yield Obstacle(key, f"{verdict.status}, {refused}", failed=verdict.status == "FAIL")


def _refused(verdict: Verdict, author: str, now: dt.datetime) -> str:
    """Why the waiver of a verdict does not cover it; empty if it does."""
    waiver = verdict.record.body["waiver"]
    if waiver is None:
        return "and not waived"
    if not moment(waiver["start"]) <= now < moment(waiver["expiry"]):
        return "and its waiver is not in force"
    if author and same_person(author, waiver["approver"]):
        return "and its waiver is approved by the author of what is released"
    return ""
