"""Advisories in the JSON format of OSV, read from a file or folder: nothing is looked up over a network.

Fetch the advisories of the ecosystem PyPI as a zip from the OSV project, unpack them into a folder beside the
project and refresh them with each release; the files are used as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from rqml.errors import InvalidParameter


@attrs.frozen
class Advisory:
    """What one advisory says of one package.

    Attributes:
        id: as in `PYSEC-2024-1`.
        name: canonical name of the package.
        versions: versions that are named one by one.
        ranges: (introduced, fixed or last affected, whether the end is affected too); an empty end is open.
    """

    id: str
    name: str
    versions: frozenset[str]
    ranges: tuple[tuple[str, str, bool], ...]

    def affects(self, version: str) -> bool:
        """Whether a version is affected; one that cannot be compared counts as affected."""
        try:
            at = Version(version)
            return version in self.versions or any(self._inside(at, *span) for span in self.ranges)
        except InvalidVersion:
            return True

    @staticmethod
    def _inside(at: Version, begin: str, end: str, closed: bool) -> bool:
        if begin not in ("", "0") and at < Version(begin):
            return False
        return not end or at < Version(end) or (closed and at == Version(end))

    def fixed_after(self, version: str) -> str:
        """The lowest fixed version above one, or an empty string."""
        ends = [Version(end) for _, end, closed in self.ranges if end and not closed]
        above = sorted(end for end in ends if end > Version(version))
        return str(above[0]) if above else ""


def advisories_in(path: Path) -> list[Advisory]:
    """The advisories in a JSON file (one or a list) or in the JSON files of a folder.

    Raises:
        InvalidParameter: there is no such file, it is not JSON, or not in the format of OSV.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    found: list[Advisory] = []
    for file in files:
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            for entry in content if isinstance(content, list) else [content]:
                found.extend(_read(entry))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidParameter(
                f"{file.name} holds no advisories in the OSV format ({type(error).__name__})"
            ) from None
    return found


def _read(entry: dict[str, Any]) -> Iterator[Advisory]:
    if entry.get("withdrawn"):
        return
    for affected in entry.get("affected", ()):
        package = affected["package"]
        if package["ecosystem"] != "PyPI":
            continue
        spans = [
            span for item in affected.get("ranges", ()) if item["type"] != "GIT" for span in _spans(item["events"])
        ]
        versions = frozenset(affected.get("versions", ()))
        yield Advisory(entry["id"], canonicalize_name(package["name"]), versions, tuple(spans))


def _spans(events: list[dict[str, str]]) -> Iterator[tuple[str, str, bool]]:
    begin = ""
    for event in events:
        if "introduced" in event:
            begin = event["introduced"]
        if "fixed" in event or "last_affected" in event:
            yield begin, event.get("fixed") or event["last_affected"], "last_affected" in event
            begin = ""
    if begin:
        yield begin, "", False
