"""Canonical JSON, and digests of it: one value has one text, and one text one digest.

Keys are sorted, nothing is indented, everything beyond ASCII is escaped, numbers are written as Python writes them.
A text that differs from the canonical form of what it says is refused, so that no byte of it can change unseen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from rqml.errors import EvidenceError

DIGEST = "digest"

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical(value: Any) -> str:
    """The canonical JSON text of what JSON knows; see `rqml.serialise.plain` for anything else."""
    return _encode(value)


def sha256(text: str) -> str:
    """The digest of an ASCII text: `sha256:` and 64 hexadecimal digits."""
    return f"sha256:{hashlib.sha256(text.encode('ascii')).hexdigest()}"


def sealed(value: Mapping[str, Any]) -> dict[str, Any]:
    """The value with the digest of its canonical text in it."""
    return {**value, DIGEST: sha256(canonical(value))}


def opened(line: str) -> dict[str, Any]:
    """What a sealed line says.

    Raises:
        EvidenceError: it is no JSON object, not canonical, or its digest is not that of its content.
    """
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise EvidenceError("it is not JSON") from None
    if not isinstance(value, dict) or not isinstance(value.get(DIGEST), str):
        raise EvidenceError("it carries no digest")
    content = {name: item for name, item in value.items() if name != DIGEST}
    try:
        is_canonical = canonical(value) == line
    except ValueError:  # NaN, which JSON does not have
        is_canonical = False
    if not is_canonical:
        raise EvidenceError("its text is not in the canonical form in which it was written")
    if sha256(canonical(content)) != value[DIGEST]:
        raise EvidenceError("its content was changed: it does not have the digest that it carries")
    return value
