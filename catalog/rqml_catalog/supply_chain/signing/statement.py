"""The in-toto Statement (v1) that is signed, and what has changed since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs

from rqml_catalog.supply_chain.signing.digests import Contents

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:rqml:signed-model:1"


@attrs.frozen
class Fault:
    """One reason why a signature does not speak for what lies there.

    Attributes:
        kind: unsigned, no-valid-signature, not-a-statement, changed, extra, missing, renamed or not-a-file.
        name: the file, by its path below the model's folder; empty where the whole is meant.
    """

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}" if self.name else self.kind


def statement_of(contents: Contents, predicate: Mapping[str, Any] | None = None) -> bytes:
    """The bytes to sign: every file with its digest, in the order of the names."""
    subject = [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(contents.digests.items())]
    value = {"_type": STATEMENT, "subject": subject, "predicateType": PREDICATE, "predicate": dict(predicate or {})}
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def faults_of(statement: bytes, contents: Contents) -> list[Fault]:
    """How files differ from a signed Statement; none if they are exactly what was signed.

    Args:
        statement: the signed bytes, their signature already verified.
        contents: what lies there now.
    """
    signed = _digests(statement)
    if signed is None:
        return [Fault("not-a-statement")]
    found = contents.digests
    faults = [Fault("not-a-file", name) for name in contents.others]
    faults += [Fault("changed", name) for name in sorted(signed.keys() & found) if signed[name] != found[name]]
    missing = sorted(signed.keys() - found)
    extra = sorted(found.keys() - signed)
    for name in missing:
        new = next((other for other in extra if found[other] == signed[name]), None)
        if new is None:
            faults.append(Fault("missing", name))
        else:
            extra.remove(new)
            faults.append(Fault("renamed", f"{name} to {new}"))
    return faults + [Fault("extra", name) for name in extra]


def _digests(statement: bytes) -> dict[str, str] | None:
    """The digests by name, or None where the bytes are no Statement of ours; a name may stand there once only."""
    try:
        value = json.loads(statement)
        pairs = [(entry["name"], entry["digest"]["sha256"]) for entry in value["subject"]]
        typed = value["_type"] == STATEMENT and value["predicateType"] == PREDICATE
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    digests = dict(pairs)
    wellformed = typed and pairs and len(digests) == len(pairs)
    return digests if wellformed and all(isinstance(part, str) for pair in pairs for part in pair) else None
