"""DSSE envelopes signed with P-256 or Ed25519 keys.

Source: Dead Simple Signing Envelope, protocol v1.0.2 (secure-systems-lab): the signature covers the pre-authentication
encoding of type and payload, so that a payload cannot be passed off as one of another type.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from rqml.errors import InvalidParameter
from rqml.extras import optional

PAYLOAD_TYPE = "application/vnd.in-toto+json"
EXTRA = "supply-chain"


@attrs.frozen
class Verified:
    """A payload that one of the allowed keys signed, and the id of that key."""

    payload: bytes
    key: str


def sealed(payload: bytes, private_pem: bytes) -> bytes:
    """The envelope as JSON: the payload with one signature.

    Args:
        payload: the bytes of an in-toto Statement.
        private_pem: an unencrypted P-256 or Ed25519 private key in PEM form.

    Raises:
        InvalidParameter: it is no such key.
        Unsupported: cryptography is not installed.
    """
    serialization = optional("cryptography.hazmat.primitives.serialization", EXTRA)
    try:
        key = serialization.load_pem_private_key(private_pem, password=None)
    except (ValueError, TypeError):
        raise InvalidParameter("the signing key is no unencrypted private key in PEM form") from None
    signature = key.sign(_encoding(payload), *_scheme(key.public_key()))
    envelope = {
        "payload": base64.b64encode(payload).decode("ascii"),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": _id(key.public_key()), "sig": base64.b64encode(signature).decode("ascii")}],
    }
    return json.dumps(envelope, indent=1).encode("ascii")


def opened(envelope: bytes, allowed: Iterable[str]) -> Verified | None:
    """The payload, if any of its signatures was made by an allowed key; None for anything else.

    Args:
        envelope: the JSON; any bytes are borne.
        allowed: public keys in PEM form. The key ids in the envelope are hints, nothing is believed for them.

    Raises:
        InvalidParameter: an allowed key is no P-256 or Ed25519 public key.
        Unsupported: cryptography is not installed.
    """
    keys = [public_key(pem) for pem in allowed]
    parts = _parts(envelope)
    if parts is None:
        return None
    payload, signatures = parts
    signer = next((key for key in keys for signature in signatures if _made_by(key, signature, payload)), None)
    return Verified(payload, _id(signer)) if signer is not None else None


def is_envelope(content: bytes) -> bool:
    """Whether bytes have the form of an envelope with a Statement, whoever signed it."""
    return _parts(content) is not None


def _parts(envelope: bytes) -> tuple[bytes, list[bytes]] | None:
    """Payload and signatures."""
    try:
        value = json.loads(envelope)
        payload = base64.b64decode(value["payload"], validate=True)
        signatures = [base64.b64decode(entry["sig"], validate=True) for entry in value["signatures"]]
        return (payload, signatures) if value["payloadType"] == PAYLOAD_TYPE else None
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        return None


def public_key(pem: str) -> Any:
    """The public key in a PEM text.

    Raises:
        InvalidParameter: it is no P-256 or Ed25519 public key.
    """
    serialization = optional("cryptography.hazmat.primitives.serialization", EXTRA)
    unsupported = optional("cryptography.exceptions", EXTRA).UnsupportedAlgorithm
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, unsupported):
        raise InvalidParameter("an allowed key is no public key in PEM form") from None
    _scheme(key)
    return key


def key_id(pem: str) -> str:
    """SHA-256 (hex) of a public key's DER form: how reports name it."""
    return _id(public_key(pem))


def new_key_pair(private: Path, *, algorithm: str = "ed25519") -> str:
    """Write a new private key (PEM, readable by its owner only) and return the public key as PEM text.

    Args:
        private: where the private key goes; nothing may be there yet.
        algorithm: "ed25519" or "p256".
    """
    serialization = optional("cryptography.hazmat.primitives.serialization", EXTRA)
    asymmetric = "cryptography.hazmat.primitives.asymmetric"
    if algorithm == "ed25519":
        key = optional(f"{asymmetric}.ed25519", EXTRA).Ed25519PrivateKey.generate()
    elif algorithm == "p256":
        curves = optional(f"{asymmetric}.ec", EXTRA)
        key = curves.generate_private_key(curves.SECP256R1())
    else:
        raise InvalidParameter(f'there is no algorithm {algorithm!r}: "ed25519" and "p256" are known')
    plain = serialization.NoEncryption()
    content = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    shown = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return str(shown.decode("ascii"))


def _encoding(payload: bytes) -> bytes:
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def _scheme(key: Any) -> tuple[Any, ...]:
    """What sign() and verify() of a key take beyond the message."""
    curves = optional("cryptography.hazmat.primitives.asymmetric.ec", EXTRA)
    edwards = optional("cryptography.hazmat.primitives.asymmetric.ed25519", EXTRA)
    if isinstance(key, edwards.Ed25519PublicKey):
        return ()
    if isinstance(key, curves.EllipticCurvePublicKey) and isinstance(key.curve, curves.SECP256R1):
        return (curves.ECDSA(optional("cryptography.hazmat.primitives.hashes", EXTRA).SHA256()),)
    raise InvalidParameter("a key is neither P-256 nor Ed25519")


def _made_by(key: Any, signature: bytes, payload: bytes) -> bool:
    invalid = optional("cryptography.exceptions", EXTRA).InvalidSignature
    try:
        key.verify(signature, _encoding(payload), *_scheme(key))
    except invalid:
        return False
    return True


def _id(key: Any) -> str:
    serialization = optional("cryptography.hazmat.primitives.serialization", EXTRA)
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()
