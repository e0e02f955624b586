"""Sigstore bundles, as the tool model-signing writes them: a DSSE envelope beside what it is verified with."""

from __future__ import annotations

import json
from typing import Any

from rqml.errors import Unsupported

SIGSTORE = "application/vnd.dev.sigstore.bundle"
CERTIFICATES = {"certificate", "x509CertificateChain"}
GIT = (".git", ".gitignore", ".gitattributes", ".github")


def is_bundle(content: bytes) -> bool:
    """Whether bytes are a Sigstore bundle in JSON."""
    return _bundle(content) is not None


def envelope_in(content: bytes) -> bytes:
    """The DSSE envelope in a Sigstore bundle; anything else as it is.

    Raises:
        Unsupported: the bundle is bound to an identity by a certificate, not to a key.
    """
    bundle = _bundle(content)
    if bundle is None:
        return content
    material = bundle.get("verificationMaterial")
    if isinstance(material, dict) and material.keys() & CERTIFICATES:
        raise Unsupported(
            "the signature is bound to an identity by a certificate, and keys are what is verified here: sign with"
            " `model_signing sign key`, or verify it with model-signing, where its package imports"
        )
    return json.dumps(bundle.get("dsseEnvelope")).encode("ascii")


def _bundle(content: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    kind = str(value.get("mediaType", "")) if isinstance(value, dict) else ""
    return value if kind.startswith(SIGSTORE) else None
