"""Record: one entry of the evidence, chained to the one before by its digest."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from rqml.errors import EvidenceError
from rqml.evidence.canonical import canonical, opened, sha256

GENESIS = ""
CHECK, ENFORCEMENT, WAIVER, ATTESTATION = "check", "enforcement", "waiver", "attestation"
KINDS = (CHECK, ENFORCEMENT, WAIVER, ATTESTATION)
SUBJECT, INPUTS, STATEMENT = "subject", "inputs", "statement"


@attrs.frozen
class Head:
    """The end of a chain.

    Attributes:
        chain: name of the chain.
        number: number of its last record, 0 while it is empty.
        digest: digest of its last record, empty while it is empty.
    """

    chain: str
    number: int = 0
    digest: str = GENESIS


@attrs.frozen(slots=False)
class Record:
    """One entry of the evidence.

    Attributes:
        chain: name of the chain it belongs to.
        number: its place in the chain, from 1 on.
        time: when it was written, ISO 8601 in UTC.
        kind: "check", "enforcement", "waiver" or "attestation".
        previous: digest of the record before, empty for the first.
        digest: SHA-256 of everything else, in canonical form.
        line: the whole as one line of canonical JSON.
    """

    chain: str
    number: int
    time: str
    kind: str
    previous: str
    digest: str
    line: str = attrs.field(repr=False)

    @property
    def body(self) -> Mapping[str, Any]:
        """What it says; the fields of each kind are those that `rqml.evidence.bodies` writes."""
        body: dict[str, Any] = json.loads(self.line)["body"]
        return body

    @property
    def head(self) -> Head:
        """The end of the chain, if this is its last record."""
        return Head(self.chain, self.number, self.digest)

    @classmethod
    def after(cls, head: Head, kind: str, time: str, body: str) -> Record:
        """The record that continues a chain.

        Args:
            head: the end of the chain.
            kind: what kind of record.
            time: when it is written, ISO 8601 in UTC.
            body: what it says, in canonical JSON.
        """
        number = head.number + 1
        first = f'{{"body":{body},"chain":"{head.chain}"'
        rest = f'"kind":"{kind}","number":{number},"previous":"{head.digest}","time":"{time}"}}'
        digest = sha256(f"{first},{rest}")
        return cls(head.chain, number, time, kind, head.digest, digest, f'{first},"digest":"{digest}",{rest}')

    @classmethod
    def from_line(cls, line: str) -> Record:
        """The record that a line holds.

        Raises:
            EvidenceError: the line is not what was written.
        """
        value = opened(line)
        fields = [value.get(name) for name in ("chain", "number", "time", "kind", "previous", "digest")]
        kinds = (str, int, str, str, str, str)
        fitting = all(type(field) is kind for field, kind in zip(fields, kinds, strict=True))
        if not fitting or set(value) != {"body", "chain", "digest", "kind", "number", "previous", "time"}:
            raise EvidenceError("it is not a record")
        return cls(*fields, line)  # type: ignore[call-arg, arg-type]


@attrs.frozen(slots=False)
class Entry:
    """What is about to be recorded.

    Attributes:
        kind: what kind of record.
        key: key of the requirement it is about, or the name of a specification.
        body: what it says, JSON-safe.
        context: canonical JSON of what many entries share, made once for all; becomes the body's first key.
    """

    kind: str
    key: str
    body: Mapping[str, Any]
    context: str = ""

    def text(self) -> str:
        """The body in canonical JSON."""
        text = canonical(self.body)
        return f'{{"context":{self.context},{text[1:]}' if self.context else text


@contextlib.contextmanager
def telling(record: Record) -> Iterator[None]:
    """While this lasts, what is missing or misshapen in the body of a record is the record's fault, not a crash."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError):
        message = f"record {record.number} of chain {record.chain} does not say what records of its kind say"
        raise EvidenceError(f"{message} ({record.kind})") from None


def key_of(kind: str, body: Mapping[str, Any]) -> str:
    """What a record is filed under: the key of its requirement; for an enforcement, its specification."""
    return str(body.get("specification" if kind == ENFORCEMENT else "key", ""))


def tags_of(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a record is found by: fingerprints of its subjects, digests of the inputs it measured, what it states."""
    found = {fingerprint for fingerprint in (body.get("fingerprints") or {}).values() if fingerprint}
    yield from ((SUBJECT, fingerprint) for fingerprint in sorted(found))
    yield from ((INPUTS, inputs) for inputs in sorted(body.get("measurements") or {}))
    if body.get(STATEMENT):
        yield STATEMENT, body[STATEMENT]
