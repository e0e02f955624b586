"""The in-toto Statement (v1) that is signed, and what has changed since.

Two predicates are read: our own, with every file as a subject, and that of the tool model-signing (OpenSSF Model
Signing, predicate v1.0), with every file as a resource and one digest over their digests as the subject.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import attrs

from rqml.errors import Unsupported
from rqml_catalog.supply_chain.signing.digests import ALGORITHMS, Contents, is_below

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:rqml:signed-model:1"
MODEL_SIGNING = "https://model_signing/signature/v1.0"


@attrs.frozen
class Fault:
    """One reason why a signature does not speak for what lies there.

    Attributes:
        kind: unsigned, not-an-envelope, no-valid-signature, not-a-statement, changed, extra, missing, renamed,
            not-covered (left out by the signer) or not-a-file.
        name: the file, by its path below the model's folder; empty where the whole is meant.
    """

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}" if self.name else self.kind


@attrs.frozen
class Signed:
    """What a Statement speaks for.

    Attributes:
        digests: digest (hex) of each file by its path.
        algorithm: how they were computed.
        left_out: paths below the folder that the signer left out.
    """

    digests: dict[str, str]
    algorithm: str = "sha256"
    left_out: tuple[str, ...] = ()


def statement_of(contents: Contents, predicate: Mapping[str, Any] | None = None) -> bytes:
    """The bytes to sign: every file with its digest, in the order of the names."""
    subject = [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(contents.digests.items())]
    value = {"_type": STATEMENT, "subject": subject, "predicateType": PREDICATE, "predicate": dict(predicate or {})}
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def signed_in(statement: bytes, name: str) -> Signed | None:
    """What a Statement speaks for; None for bytes that are no Statement of either kind.

    Args:
        statement: the signed bytes, their signature already verified.
        name: what a model of one file is called; model-signing does not say it.

    Raises:
        Unsupported: model-signing signed shards of files.
    """
    try:
        value = json.loads(statement)
        if value["_type"] != STATEMENT:
            return None
        signed = {PREDICATE: _ours, MODEL_SIGNING: _model_signing}[value["predicateType"]](value, name)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return signed if signed.digests else None


def faults_of(signed: Signed, contents: Contents) -> list[Fault]:
    """How files differ from those that were signed; none if they are exactly these.

    Args:
        signed: what the Statement speaks for.
        contents: what lies there now, by the same algorithm.
    """
    then, now = signed.digests, contents.digests
    faults = [Fault("not-a-file", name) for name in contents.others]
    faults += [Fault("changed", name) for name in sorted(then.keys() & now) if then[name] != now[name]]
    missing = sorted(then.keys() - now)
    extra = sorted(now.keys() - then)
    for name in missing:
        new = next((other for other in extra if now[other] == then[name]), None)
        if new is None:
            faults.append(Fault("missing", name))
        else:
            extra.remove(new)
            faults.append(Fault("renamed", f"{name} to {new}"))
    return faults + [_unsigned(name, signed) for name in extra]


def _unsigned(name: str, signed: Signed) -> Fault:
    return Fault("not-covered" if is_below(name, signed.left_out) else "extra", name)


def _ours(value: Mapping[str, Any], _: str) -> Signed:
    return Signed(_once((entry["name"], entry["digest"]["sha256"]) for entry in value["subject"]))


def _model_signing(value: Mapping[str, Any], name: str) -> Signed:
    predicate = value["predicate"]
    if predicate["serialization"]["method"] != "files":
        raise Unsupported("the signature covers shards of files: sign with model-signing's default, file by file")
    resources = predicate["resources"]
    (algorithm,) = {entry["algorithm"] for entry in resources}
    (subject,) = value["subject"]
    whole = hashlib.sha256(b"".join(bytes.fromhex(entry["digest"]) for entry in resources)).hexdigest()
    left_out = tuple(str(PurePosixPath(path)) for path in predicate["serialization"].get("ignore_paths", ()))
    if algorithm not in ALGORITHMS or whole != subject["digest"]["sha256"]:
        raise ValueError("digests that do not belong together")
    named = ((name if entry["name"] == "." else entry["name"], entry["digest"]) for entry in resources)
    return Signed(_once(named), algorithm, left_out)


def _once(pairs: Any) -> dict[str, str]:
    """A name may stand there once only."""
    listed = list(pairs)
    digests = dict(listed)
    if len(digests) != len(listed) or not all(isinstance(part, str) for pair in listed for part in pair):
        raise ValueError("names that are not unique")
    return digests
