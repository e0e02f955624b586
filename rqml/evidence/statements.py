"""Statements on record: waivers and attestations, with author, approver, scope and expiry, signed one by one."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from rqml.errors import EvidenceError, InvalidSpecification
from rqml.evidence.attestation import Attestation
from rqml.evidence.canonical import canonical, sha256
from rqml.evidence.chain import Fault
from rqml.evidence.environment import actor
from rqml.evidence.record import ATTESTATION, STATEMENT, WAIVER, Entry, Record, telling
from rqml.evidence.signing import PublicKeys, signature_of
from rqml.serialise import plain
from rqml.waiver import moment, same_person

if TYPE_CHECKING:
    from rqml.evidence.ledger import Ledger
    from rqml.waiver import Waiver

KEY_VARIABLE = "RQML_SIGNING_KEY"
SCHEMA = "rqml.statement/1"
IN_FORCE = "in force"
_SAID = {WAIVER: "justification", ATTESTATION: "statement"}


@attrs.frozen(kw_only=True)
class Statement:
    """A waiver or an attestation on record.

    Attributes:
        kind: "waiver" or "attestation".
        key: key (label or id) of the requirement it speaks of.
        text: the justification, or what is stated.
        author: who made it, empty where that is not known.
        approver: who approved it.
        start: from when on.
        expiry: until when; expired, it counts for nothing.
        specification: name of the specification it speaks of, empty for any.
        subject: fingerprint of what it is about, empty for any.
        digest: digest of kind, specification and content; the author does not count.
        signature: key and signature, empty where it is not signed.
        record: the record it stands in.
    """

    kind: str
    key: str
    text: str
    author: str
    approver: str
    start: dt.datetime
    expiry: dt.datetime
    specification: str
    subject: str
    digest: str
    signature: Mapping[str, str]
    record: Record = attrs.field(repr=False)

    @classmethod
    def of(cls, record: Record) -> Statement:
        """The statement that a record holds; all of it is read from what a signature covers.

        Raises:
            EvidenceError: the record does not say what such a statement says.
        """
        body = record.body
        with telling(record):
            content, specification = body[record.kind], body["specification"]
            return cls(
                kind=record.kind,
                key=content["requirement"],
                text=content[_SAID[record.kind]],
                author=_author(record.kind, body),
                approver=content["approver"],
                start=moment(content["start"]),
                expiry=moment(content["expiry"]),
                specification=specification,
                subject=content.get("subject", ""),
                digest=digest_of(record.kind, specification, content),
                signature=dict(body["signature"] or {}),
                record=record,
            )

    def state(self, now: dt.datetime) -> str:
        """Where it stands: "in force", "expired" or "not yet in force"."""
        return "expired" if self.expiry <= now else IN_FORCE if self.start <= now else "not yet in force"

    def signed_by(self, keys: PublicKeys) -> bool:
        """True if one of the keys signed it as it stands."""
        body = self.record.body
        content = _signed(self.kind, self.author, self.specification, body[self.kind])
        return bool(self.signature) and keys.accept(content, self.signature.get("key"), self.signature.get("signature"))

    def covers(self, key: str, specification: str, fingerprints: Mapping[str, str | None]) -> bool:
        """True if it speaks of this requirement, in this specification, on one of these contents."""
        return (
            self.key == key
            and self.specification in ("", specification)
            and (not self.subject or self.subject in fingerprints.values())
        )


def statements(ledger: Ledger, *, kind: str | None = None) -> list[Statement]:
    """The waivers and attestations on record, the last that says the same once, in their order.

    Args:
        ledger: the evidence.
        kind: only "waiver", or only "attestation".
    """
    kinds = (WAIVER, ATTESTATION) if kind is None else (kind,)
    found = {}
    for wanted in kinds:
        for record in ledger.records(kind=wanted):
            statement = Statement.of(record)
            found[statement.digest, statement.author, statement.signature.get("key")] = statement
    return list(found.values())


def waiver_entry(waiver: Waiver, author: str, specification: str = "", *, private: Path | None = None) -> Entry:
    """The entry of a waiver that somebody else than its author approved.

    Args:
        waiver: what is accepted.
        author: who asks for it; empty where that is not known.
        specification: name of the specification that it stands in; empty for any.
        private: PEM file of the Ed25519 key to sign it with.

    Raises:
        InvalidSpecification: its author approves it.
        EvidenceError: the key cannot be read.
    """
    if same_person(author, waiver.approver):
        raise InvalidSpecification(
            f"the waiver for {waiver.requirement} is approved by its own author: somebody else must approve it"
        )
    body = {"author": author, "specification": specification, "waiver": plain(waiver)}
    return _entry(WAIVER, waiver.requirement, body, private)


def attestation_entry(attestation: Attestation, *, private: Path | None = None) -> Entry:
    """The entry of an attestation.

    Args:
        attestation: what is stated, and approved by somebody else.
        private: PEM file of the Ed25519 key to sign it with.

    Raises:
        EvidenceError: the key cannot be read.
    """
    content = plain(attestation)
    specification = content.pop("specification")
    body = {
        "attestation": content,
        "fingerprints": {"scope": attestation.subject or None},
        "specification": specification,
    }
    return _entry(ATTESTATION, attestation.requirement, body, private)


def unrecorded(ledger: Ledger, entries: Iterable[Entry]) -> list[Entry]:
    """Those of the entries of statements that the ledger does not hold yet, or not signed by this key."""
    return [entry for entry in entries if not _is_known(ledger, entry)]


def digest_of(kind: str, specification: str, content: Mapping[str, Any]) -> str:
    """The digest of what is stated; who made the statement does not count."""
    return sha256(canonical({"kind": kind, "specification": specification, "content": dict(content)}))


def configured_key() -> Path | None:
    """The private key that the variable RQML_SIGNING_KEY names, if it is set."""
    path = os.environ.get(KEY_VARIABLE)
    return Path(path) if path else None


def statement_faults(chain: str, sound: Iterable[Record], keys: PublicKeys | None) -> Iterator[Fault]:
    """The statements of a chain that are filed as others than they are, or whose signature by one of the keys is false.

    Args:
        chain: name of the chain.
        sound: its records.
        keys: whose signatures count; without any, signatures are not looked at.
    """
    for record in sound:
        if record.kind in _SAID and (what := _wrong(record, keys)):
            yield Fault(chain, record.number, what)


def _wrong(record: Record, keys: PublicKeys | None) -> str:
    try:
        statement = Statement.of(record)
    except EvidenceError as error:
        return str(error)
    body = record.body
    if (body.get("key"), body.get(STATEMENT)) != (statement.key, statement.digest):
        return f"the {record.kind} is filed as another than it is"
    if keys is not None and statement.signature.get("key") in keys and not statement.signed_by(keys):
        return f"the signature of the {record.kind} by key {statement.signature.get('key')} is not valid"
    return ""


def _entry(kind: str, key: str, body: dict[str, Any], private: Path | None) -> Entry:
    content, specification = body[kind], body["specification"]
    signed = _signed(kind, _author(kind, body), specification, content)
    return Entry(
        kind,
        key,
        {
            **body,
            "key": key,
            "actor": actor(),
            STATEMENT: digest_of(kind, specification, content),
            "signature": None if private is None else signature_of(signed, private),
        },
    )


def _author(kind: str, body: Mapping[str, Any]) -> str:
    return str(body.get("author", "") if kind == WAIVER else body[kind]["author"])


def _signed(kind: str, author: str, specification: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"schema": SCHEMA, "kind": kind, "author": author, "specification": specification, "content": dict(content)}


def _is_known(ledger: Ledger, entry: Entry) -> bool:
    rows = ledger.store.tagged(STATEMENT, entry.body[STATEMENT])
    bodies = (Record.from_line(row.line).body for row in rows)
    key = (entry.body["signature"] or {}).get("key")
    return any(key in (None, (body.get("signature") or {}).get("key")) for body in bodies)
