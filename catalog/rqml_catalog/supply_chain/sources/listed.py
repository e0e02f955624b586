"""The list of sources that lies beside files: reading it, judging it, pinning what it leaves open."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from rqml.errors import InvalidSubject
from rqml_catalog.supply_chain.sources.addresses import below

SCHEMA = "rqml.sources/1"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FIXED = re.compile(
    r"[0-9a-f]{40}|[0-9a-f]{64}|sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})|refs/tags/\S+"
)
_NUMBERED = re.compile(
    r"(?:[a-z]+[-_])*[vr]?\d+(?:\.\d+)*(?:(?:a|b|rc|post|dev)\d+)?(?:[-+._][a-z0-9]+)*"  # v1.2.0-fp16, 2024-05-01
)
_MOVING = frozenset(
    {"head", "latest", "main", "master", "nightly", "stable", "trunk", "dev", "develop", "development", "branch"}
    | {"edge", "next", "current", "snapshot", "feature", "fix", "bugfix", "hotfix", "x"}
)


@attrs.frozen
class Source:
    """One entry of the list: a file, and where it was got from.

    Attributes:
        file: path of the file, relative to the list.
        origin: address it was got from.
        revision: commit (all of its digits), digest or tag at that address; a tag without a number as `refs/tags/NAME`.
        sha256: digest it had then; empty where nobody wrote it down.
    """

    file: str
    origin: str
    revision: str = ""
    sha256: str = ""


@attrs.frozen
class Fault:
    """What is wrong with an entry: its kind, the file, a sentence, and whether pinning mends it."""

    kind: str
    file: str
    detail: str
    pinnable: bool = False


def read_sources(path: Path) -> list[Source]:
    """The entries of a list.

    Raises:
        InvalidSubject: it is not JSON of the schema rqml.sources/1.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        entries = [Source(**entry) for entry in value["sources"]]
        sound = value["schema"] == SCHEMA and all(isinstance(part, str) for e in entries for part in attrs.astuple(e))
    except (ValueError, KeyError, TypeError, RecursionError):
        sound = False
    if not sound:
        raise InvalidSubject(
            f'{path.name} is no list of sources: {{"schema": "{SCHEMA}", "sources": [{{"file": ..., "origin": ..., '
            '"revision": ..., "sha256": ...}]}'
        )
    return entries


def faults_of(sources: Sequence[Source], folder: Path, allowed: Sequence[str]) -> list[Fault]:
    """What is wrong with the entries, in their order.

    Args:
        sources: the entries.
        folder: what their files are relative to.
        allowed: addresses that files may come from, themselves or below.
    """
    digests: dict[tuple[str, str, str], str] = {}
    faults = []
    for source in sources:
        faults += _entry_faults(source, folder, allowed)
        key = (source.origin, source.revision, source.file)
        if source.sha256 and digests.setdefault(key, source.sha256) != source.sha256:
            faults.append(Fault("two-digests", source.file, "one origin and revision is listed with two digests"))
    return faults


def _entry_faults(source: Source, folder: Path, allowed: Sequence[str]) -> list[Fault]:
    faults = []
    if not any(below(source.origin, address) for address in allowed):
        faults.append(Fault("untrusted-origin", source.file, "its origin is not on the list of allowed ones"))
    if not _stays(source.revision.casefold()):
        detail = "its revision is no whole commit, digest or numbered tag (other tags: refs/tags/NAME), so it may move"
        faults.append(Fault("moving-revision", source.file, detail))
    place = folder / source.file
    if not place.resolve().is_relative_to(folder.resolve()):
        return [*faults, Fault("outside", source.file, "it lies outside the folder of the list")]
    if not place.is_file():
        return [*faults, Fault("missing", source.file, "it is listed and not there")]
    if not source.sha256:
        return [*faults, Fault("unpinned", source.file, "no digest was written down", pinnable=True)]
    if not _SHA256.fullmatch(source.sha256) or _digest(place) != source.sha256:
        faults.append(Fault("changed", source.file, "it is not what the same revision gave before"))
    return faults


def _stays(revision: str) -> bool:
    """Whether a revision is written as what is not meant to move; branches and shortened commits are."""
    moves = _MOVING & set(re.split(r"[-+._]", revision))
    return bool(_FIXED.fullmatch(revision) or (_NUMBERED.fullmatch(revision) and not moves))


def pinned(path: Path) -> bytes:
    """The list at a path with the digest of each file that had none."""
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for entry in value["sources"]:
        if not entry.get("sha256"):
            entry["sha256"] = _digest(path.parent / entry["file"])
    return json.dumps(value, indent=1).encode()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
