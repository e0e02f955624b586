"""Reads requirements and lock files as pip does, continued lines and options included."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

_HASH = re.compile(r"\s--hash=(sha256|sha384|sha512):([0-9a-f]{64,128})\b")
_OPTIONS = re.compile(r"\s--\S.*$")
_EDITABLE = re.compile(r"\s*(?:-e|--editable)\b")
_INCLUDE = re.compile(r"^\s*(?:-r|--requirement)(?:\s|=|\b)", re.MULTILINE)
_ADDRESS = re.compile(r"[/\\]")
# pip takes the beginnings of its long options too.
_ELSEWHERE = re.compile(r"(?:^|\s)(?:--ex|--f|-f)")
_UNVERIFIED = re.compile(r"(?i)(?:^|\s)--t|http://(?!localhost\b|127\.0\.0\.1\b|\[::1\])")
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
        conditional: whether it holds on some platforms only, so that others may have another version.
    """

    line: int
    name: str
    version: str
    hashes: int
    direct: bool = False
    conditional: bool = False


@attrs.frozen
class Index:
    """A place that packages are taken from beyond the usual, as an option of pip names it.

    Attributes:
        line: its line in the file, from 1.
        verified: whether a certificate says who it is.
    """

    line: int
    verified: bool


def parse(text: str) -> list[Pin]:
    """The requirements of a file, in order; options of pip are left out, but for what is installed as editable."""
    pins = []
    for number, line in _lines(text):
        if _EDITABLE.match(line):
            pins.append(Pin(number, "", "", 0, direct=True))
        elif not line.startswith("-"):
            pins.append(_pin(line, number))
    return pins


def indexes(text: str) -> list[Index]:
    """The options of a requirements file by which another index may answer than the one that is meant."""
    options = [(number, line) for number, line in _lines(text) if line.startswith("-") and not _EDITABLE.match(line)]
    unverified = [Index(number, verified=False) for number, line in options if _UNVERIFIED.search(line)]
    others = [Index(number, verified=True) for number, line in options if _ELSEWHERE.search(line)]
    return sorted(unverified + others, key=lambda index: index.line)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their number, without comments, what is continued put together."""
    number, whole = 0, ""
    for index, raw in enumerate(text.splitlines(), 1):
        number = number or index
        whole += _COMMENT.sub("", raw).rstrip()
        if whole.endswith("\\"):
            whole = whole[:-1] + " "
            continue
        if whole.strip():
            yield number, whole.strip()
        number, whole = 0, ""


def includes_others(text: str) -> bool:
    """Whether a file takes requirements from other files."""
    return _INCLUDE.search(text) is not None


def _pin(line: str, number: int) -> Pin:
    hashes = len(_HASH.findall(line))
    try:
        requirement = Requirement(_OPTIONS.sub("", line).strip())
    except InvalidRequirement:
        return Pin(number, "", "", hashes, direct=_ADDRESS.search(_OPTIONS.sub("", line).strip()) is not None)
    exact = [spec for spec in requirement.specifier if spec.operator in ("==", "===") and "*" not in spec.version]
    version = exact[0].version if len(exact) == 1 and len(requirement.specifier) == 1 else ""
    return Pin(
        number, canonicalize_name(requirement.name), version, hashes, bool(requirement.url), bool(requirement.marker)
    )
