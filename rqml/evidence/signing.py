"""Ed25519 signatures (extra `sign`): of checkpoints, over all records of a chain so far, and of single statements."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rqml.errors import EvidenceError
from rqml.evidence.canonical import canonical, opened, sealed, sha256
from rqml.evidence.chain import Fault
from rqml.evidence.record import Head
from rqml.extras import optional

EXTRA = "sign"
CHECKPOINT = "rqml.checkpoint/1"
_FIELDS = {"chain", "digest", "key", "number", "record", "signature", "time"}


def new_keys(private: Path, public: Path) -> None:
    """Write a new pair of Ed25519 keys as PEM files; the private one is readable by its owner only.

    Raises:
        EvidenceError: a file is there already, or cannot be written.
    """
    ed25519, serialization = _libraries()
    key = ed25519.Ed25519PrivateKey.generate()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    shown = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for path, content, mode in ((private, secret, 0o600), (public, shown, 0o644)):
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(content)
        except OSError as error:
            raise EvidenceError(f"the key {path} cannot be written: {error.strerror}") from error


def checkpoint(head: Head, time: str, private: Path) -> str:
    """The line of a signed checkpoint.

    Args:
        head: the end of a chain, which was verified.
        time: when it is signed, ISO 8601 in UTC.
        private: PEM file of an Ed25519 private key.
    """
    content = {"chain": head.chain, "number": head.number, "record": head.digest, "time": time}
    return canonical(sealed({**content, **signature_of({**content, "schema": CHECKPOINT}, private)}))


def signature_of(content: Mapping[str, Any], private: Path) -> dict[str, str]:
    """The signature over the canonical JSON of a content, and the id of the key that made it.

    Args:
        content: what is signed; JSON-safe, and with a "schema" that tells what it is.
        private: PEM file of an Ed25519 private key.

    Raises:
        EvidenceError: the key cannot be read.
    """
    key = _private(private)
    signature = base64.b64encode(key.sign(canonical(content).encode("ascii"))).decode("ascii")
    return {"key": _key_id(key.public_key()), "signature": signature}


def id_of(private: Path) -> str:
    """The id of a key, as it stands beside the signatures that it makes.

    Raises:
        EvidenceError: the key cannot be read.
    """
    return _key_id(_private(private).public_key())


def read_checkpoint(line: str) -> Mapping[str, Any]:
    """What the line of a checkpoint says; its signature is not looked at.

    Raises:
        EvidenceError: the line is not what was written.
    """
    value = opened(line)
    if set(value) != _FIELDS or type(value["number"]) is not int:
        raise EvidenceError("it is not a checkpoint")
    return value


class PublicKeys:
    """The keys whose signatures count.

    Args:
        paths: PEM files of Ed25519 public keys.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        ed25519, serialization = _libraries()
        self._keys: dict[str, Any] = {}
        for path in paths:
            try:
                key = serialization.load_pem_public_key(path.read_bytes())
            except (OSError, ValueError):
                key = None
            if not isinstance(key, ed25519.Ed25519PublicKey):
                raise EvidenceError(f"{path} is no Ed25519 public key in PEM form")
            self._keys[_key_id(key)] = key

    def __contains__(self, key: object) -> bool:
        """True if a key has this id."""
        return key in self._keys

    def accept(self, content: Mapping[str, Any], key: Any, signature: Any) -> bool:
        """True if the key of this id is one of them and made this signature over the content."""
        from cryptography.exceptions import InvalidSignature

        known = self._keys.get(key) if isinstance(key, str) else None
        if known is None:
            return False
        try:
            known.verify(base64.b64decode(signature, validate=True), canonical(content).encode("ascii"))
        except (InvalidSignature, binascii.Error, ValueError, TypeError):
            return False
        return True


def check_points(
    chain: str, lines: Sequence[str], digests: Mapping[int, str], keys: PublicKeys | None
) -> Iterator[Fault | int]:
    """The faults of a chain's checkpoints, and the number of each that is validly signed.

    Args:
        chain: name of the chain.
        lines: its checkpoints.
        digests: digest of each sound record by number.
        keys: whose signatures count, beside those of other keys; without any, signatures are not looked at.
    """
    for line in lines:
        try:
            point = read_checkpoint(line)
        except EvidenceError as error:
            yield Fault(chain, 0, f"a checkpoint was changed: {error}")
            continue
        number = point["number"]
        if point["chain"] != chain or digests.get(number) != point["record"]:
            yield Fault(chain, number, "a signed checkpoint knows another record here: the chain was rewritten or cut")
        elif keys is not None and point["key"] not in keys:
            continue  # another key's signature shows nothing, and is no sign of a change
        elif keys is not None and not keys.accept(_signed(point), point["key"], point["signature"]):
            yield Fault(chain, number, f"the signature of the checkpoint by key {point['key']} is not valid")
        elif keys is not None:
            yield number


def _signed(point: Mapping[str, Any]) -> dict[str, Any]:
    return {"schema": CHECKPOINT, **{name: point[name] for name in ("chain", "number", "record", "time")}}


def _private(path: Path) -> Any:
    ed25519, serialization = _libraries()
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise EvidenceError(f"{path} is no Ed25519 private key in PEM form: make one by `rqml evidence keys`")
    return key


def _key_id(key: Any) -> str:
    _, serialization = _libraries()
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return sha256(raw.hex())


def _libraries() -> tuple[Any, Any]:
    ed25519 = optional("cryptography.hazmat.primitives.asymmetric.ed25519", EXTRA)
    return ed25519, optional("cryptography.hazmat.primitives.serialization", EXTRA)
