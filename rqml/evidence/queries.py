"""Questions to the evidence: what held when, what changed between two moments, how a requirement fared over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from rqml.attachments import Place
from rqml.errors import InvalidParameter
from rqml.evidence.ledger import Ledger
from rqml.evidence.record import CHECK, Record, telling


@attrs.frozen(kw_only=True)
class Verdict:
    """A verdict on record.

    Attributes:
        key: key of the requirement.
        specification: name of the specification that it was judged in.
        system: what was judged.
        owner: who answers for it.
        status: the raw status.
        message: what was said of it.
        time: when the verification started, UTC.
        measured: when the numbers were measured; earlier than `time` if they were used again.
        waived: True if a waiver was in force.
        estimates: measured numbers by name, each with value, low and high.
        fingerprints: digests of what was judged, by part.
        references: ids of the threats and controls that it speaks to.
        places: where in the code it was attached.
        record: the record it stands in.
    """

    key: str
    specification: str
    system: str
    owner: str
    status: str
    message: str
    time: dt.datetime
    measured: dt.datetime
    waived: bool
    estimates: Mapping[str, Mapping[str, Any]]
    fingerprints: Mapping[str, str | None]
    references: tuple[str, ...]
    places: tuple[Place, ...]
    record: Record = attrs.field(repr=False)

    @classmethod
    def of(cls, record: Record) -> Verdict:
        """The verdict that a record of a check holds.

        Raises:
            EvidenceError: the record does not say what a check says.
        """
        with telling(record):
            return cls._told(record)

    @classmethod
    def _told(cls, record: Record) -> Verdict:
        body = record.body
        result, context = body["result"], body["context"]
        time = dt.datetime.fromisoformat(context["time"])
        return cls(
            key=body["key"],
            specification=context["specification"],
            system=context["system"],
            owner=context["owner"],
            status=result["status"],
            message=result["message"],
            time=time,
            measured=min((dt.datetime.fromisoformat(moment) for moment in _reused(result)), default=time),
            waived=body["waiver"] is not None,
            estimates=result["estimates"],
            fingerprints=body["fingerprints"],
            references=tuple(body["references"]),
            places=tuple(Place(**place) for place in body.get("places", ())),
            record=record,
        )


def verdicts(ledger: Ledger, *, key: str | None = None, subject: str | None = None) -> list[Verdict]:
    """All verdicts on record, the oldest first.

    Args:
        ledger: the evidence.
        key: only those of the requirement of this key.
        subject: only those on something whose fingerprint begins so.
    """
    return sorted(_recorded(ledger, key, subject), key=lambda v: v.time)


def held_at(
    ledger: Ledger, moment: dt.datetime | None = None, *, key: str | None = None, subject: str | None = None
) -> list[Verdict]:
    """What was known at a moment: the last verdict before it of each requirement on each system.

    Within a chain the last is what was recorded last, whatever the clock said; a time only decides what is looked at,
    and between chains, which know no other order. At the same time a FAIL counts.

    Args:
        ledger: the evidence.
        moment: with a time zone; default: all that is on record, even where a clock was ahead.
        key: only of the requirement of this key.
        subject: only on something whose fingerprint begins so.

    Raises:
        InvalidParameter: the moment has no time zone.
    """
    _zoned(moment)
    ends: dict[tuple[str, ...], Verdict] = {}
    for verdict in _recorded(ledger, key, subject):
        if moment is None or verdict.time <= moment:
            ends[*_name(verdict), verdict.record.chain] = verdict
    found = {_name(v): v for v in sorted(ends.values(), key=lambda v: (v.time, v.status == "FAIL"))}
    return [found[name] for name in sorted(found)]


@attrs.frozen
class Difference:
    """A requirement whose verdict, or whose subject, is another than before; None where there was none yet."""

    before: Verdict | None
    after: Verdict


def differences(ledger: Ledger, start: dt.datetime, end: dt.datetime | None = None) -> Iterator[Difference]:
    """What became another between two moments: verdicts, waivers, or the content that was judged.

    Args:
        ledger: the evidence.
        start: the earlier moment, with a time zone.
        end: the later one; default: now.

    Raises:
        InvalidParameter: the later one is before the earlier one, or one has no time zone.
    """
    _zoned(start, end)
    if end is not None and end < start:
        raise InvalidParameter("the second moment is before the first: give the earlier one first")
    known = {_name(verdict): verdict for verdict in held_at(ledger, start)}
    for verdict in held_at(ledger, end):
        before = known.get(_name(verdict))
        if before is None or _told(before) != _told(verdict):
            yield Difference(before, verdict)


def _recorded(ledger: Ledger, key: str | None, subject: str | None) -> Iterator[Verdict]:
    """The verdicts of all chains, chain by chain in their order."""
    records = ledger.records(key=key, kind=CHECK, subject=subject)
    return (Verdict.of(record) for record in records if "result" in record.body)


def _name(verdict: Verdict) -> tuple[str, str, str]:
    return verdict.specification, verdict.system, verdict.key


def _zoned(*moments: dt.datetime | None) -> None:
    if any(moment is not None and moment.utcoffset() is None for moment in moments):
        raise InvalidParameter("a moment needs a time zone: write datetime(2026, 5, 3, tzinfo=UTC)")


def _told(verdict: Verdict) -> tuple[Any, ...]:
    return verdict.status, verdict.waived, dict(verdict.fingerprints)


def _reused(result: Mapping[str, Any]) -> Iterator[str]:
    if result.get("reused"):
        yield result["reused"]
    for part in result["parts"]:
        yield from _reused(part)
