"""Addresses in one form, so that "is below an allowed one" cannot be talked round.

Source: RFC 3986, sections 3.2 (authority) and 6.2 (normalisation). What different readers read differently is refused:
user names, backslashes, dot segments, percent-encoded separators, names of hosts that are not plain ASCII.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_SCHEMES = {"https": 443, "s3": None, "gs": None, "oci": None, "hf": None}


def canonical(address: str) -> tuple[str, ...] | None:
    """Scheme, host with port, and the segments of the path; None for what has more than one reading.

    Only schemes that authenticate the other side count: https, s3, gs, oci and hf.
    """
    if not address.isascii() or not address.isprintable() or set(address) & set(' \\"<>^`{|}'):
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").removesuffix(".")
    if scheme not in _SCHEMES or not _HOST.fullmatch(host) or "@" in parts.netloc or ".." in host:
        return None
    raw = [segment for segment in parts.path.split("/") if segment]
    segments = [unquote(segment) for segment in raw]
    if parts.query or parts.fragment or any(_strange(segment) for segment in segments):
        return None
    place = host if port in (None, _SCHEMES[scheme]) else f"{host}:{port}"
    return (scheme, place, *segments)


def below(address: str, allowed: str) -> bool:
    """True if an address is the allowed one, or lies below it by whole segments of its path."""
    inner, outer = canonical(address), canonical(allowed)
    return inner is not None and outer is not None and inner[: len(outer)] == outer


def _strange(segment: str) -> bool:
    return segment in (".", "..") or not segment.isprintable() or bool(set(segment) & set("/\\%"))
