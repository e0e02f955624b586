"""Reads requirements and lock files as pip does, continued lines and options included."""

from __future__ import annotations

import re

import attrs
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

_HASH = re.compile(r"\s--hash=(sha256|sha384|sha512):([0-9a-f]{64,128})\b")
_OPTIONS = re.compile(r"\s--\S.*$")
_EDITABLE = re.compile(r"\s*(?:-e|--editable)\b")
_INCLUDE = re.compile(r"^\s*(?:-r|--requirement)(?:\s|=|\b)", re.MULTILINE)
_COMMENT = re.compile(r"(^|\s)#.*$")


@attrs.frozen
class Pin:
    """One requirement.

    Attributes:
        line: its first line in the file, from 1.
        name: canonical name; empty where the line could not be read.
        version: the exact version, or an empty string where it is not pinned.
        hashes: how many digests it is pinned to.
        direct: whether it names an address instead of a version.
    """

    line: int
    name: str
    version: str
    hashes: int
    direct: bool = False


def parse(text: str) -> list[Pin]:
    """The requirements of a file, in order; options of pip are left out, but for what is installed as editable."""
    pins, number, whole = [], 0, ""
    for index, raw in enumerate(text.splitlines(), 1):
        number = number or index
        whole += _COMMENT.sub("", raw).rstrip()
        if whole.endswith("\\"):
            whole = whole[:-1] + " "
            continue
        if _EDITABLE.match(whole):
            pins.append(Pin(number, "", "", 0, direct=True))
        elif whole.strip() and not whole.strip().startswith("-"):
            pins.append(_pin(whole.strip(), number))
        number, whole = 0, ""
    return pins


def includes_others(text: str) -> bool:
    """Whether a file takes requirements from other files."""
    return _INCLUDE.search(text) is not None


def _pin(line: str, number: int) -> Pin:
    hashes = len(_HASH.findall(line))
    try:
        requirement = Requirement(_OPTIONS.sub("", line).strip())
    except InvalidRequirement:
        return Pin(number, "", "", hashes, direct=True)
    exact = [spec for spec in requirement.specifier if spec.operator in ("==", "===") and "*" not in spec.version]
    version = exact[0].version if len(exact) == 1 and len(requirement.specifier) == 1 else ""
    return Pin(number, canonicalize_name(requirement.name), version, hashes, bool(requirement.url))
