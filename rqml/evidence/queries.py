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
    records = ledger.records(key=key, kind=CHECK, subject=subject)
    return sorted((Verdict.of(record) for record in records if "result" in record.body), key=lambda v: v.time)


def held_at(
    ledger: Ledger, moment: dt.datetime | None = None, *, key: str | None = None, subject: str | None = None
) -> list[Verdict]:
    """What was known at a moment: the last verdict before it of each requirement on each system.

    Args:
        ledger: the evidence.
        moment: with a time zone; default: now.
        key: only of the requirement of this key.
        subject: only on something whose fingerprint begins so.
    """
    last: dict[tuple[str, str, str], Verdict] = {}
    for verdict in verdicts(ledger, key=key, subject=subject):
        if moment is None or verdict.time <= moment:
            last[verdict.specification, verdict.system, verdict.key] = verdict
    return [last[name] for name in sorted(last)]


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
        InvalidParameter: the later one is before the earlier one.
    """
    if end is not None and end < start:
        raise InvalidParameter("the second moment is before the first: give the earlier one first")
    known = {(v.specification, v.system, v.key): v for v in held_at(ledger, start)}
    for verdict in held_at(ledger, end):
        before = known.get((verdict.specification, verdict.system, verdict.key))
        if before is None or _told(before) != _told(verdict):
            yield Difference(before, verdict)


def _told(verdict: Verdict) -> tuple[Any, ...]:
    return verdict.status, verdict.waived, dict(verdict.fingerprints)


def _reused(result: Mapping[str, Any]) -> Iterator[str]:
    if result.get("reused"):
        yield result["reused"]
    for part in result["parts"]:
        yield from _reused(part)
