"""Advisories in the JSON format of OSV, read from a file, folder or zip: nothing is looked up over a network.

Fetch the advisories of the ecosystem PyPI as a zip from the OSV project, put it beside the lock file and refresh it
with each release; it is used as it is. Source of the evaluation: OSV Schema, "Evaluation" of affected versions.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from rqml.errors import InvalidParameter

_KINDS = ("introduced", "fixed", "last_affected")
Event = tuple[str, str]  # kind and version


@attrs.frozen
class Advisory:
    """What one advisory says of one package.

    Attributes:
        id: as in `PYSEC-2024-1`.
        name: canonical name of the package.
        versions: versions that are named one by one.
        ranges: the events of each range, in the order of their versions.
    """

    id: str
    name: str
    versions: frozenset[str]
    ranges: tuple[tuple[Event, ...], ...]

    def affects(self, version: str) -> bool:
        """Whether a version (PEP 440) is affected; one that cannot be compared counts as affected."""
        try:
            at = Version(version)
            named = version in self.versions or any(at == Version(other) for other in self.versions)
            return named or any(_inside(at, events) for events in self.ranges)
        except InvalidVersion:
            return True

    def fixes(self) -> Iterator[str]:
        """The versions that mend it, by what the advisory says."""
        return (version for events in self.ranges for kind, version in events if kind == "fixed")


def first_fix(version: str, advisories: Sequence[Advisory]) -> str:
    """The lowest version above one that some of the advisories name as fixed and none affects, or an empty string."""
    try:
        at = Version(version)
        above = sorted({Version(fix) for advisory in advisories for fix in advisory.fixes()})
    except InvalidVersion:
        return ""
    good = (str(fix) for fix in above if fix > at and not any(advisory.affects(str(fix)) for advisory in advisories))
    return next(good, "")


def advisories_in(path: Path) -> list[Advisory]:
    """The advisories in a JSON file, in the JSON files of a folder, or in those of a zip.

    A file holds one, a list, or an answer of OSV's service, which is a list named "vulns".

    Raises:
        InvalidParameter: there is no such file, it is not JSON, or not in the format of OSV.
    """
    found: list[Advisory] = []
    name = path.name
    try:
        for name, text in _texts(path):  # noqa: B007 (told when reading stops there)
            content = json.loads(text)
            listed = content.get("vulns", [content]) if isinstance(content, dict) else content
            for entry in listed:
                found.extend(_read(entry))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise InvalidParameter(f"{name} holds no advisories in the OSV format ({type(error).__name__})") from None
    return found


def _texts(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            yield from ((name, archive.read(name)) for name in sorted(archive.namelist()) if name.endswith(".json"))
        return
    for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
        if not file.is_file():  # a pipe would be waited for
            raise FileNotFoundError(file.name)
        yield file.name, file.read_bytes()


def _read(entry: dict[str, Any]) -> Iterator[Advisory]:
    name = entry["id"]
    if entry.get("withdrawn"):
        return
    for affected in entry.get("affected", ()):
        package = affected.get("package", {})
        if package.get("ecosystem") != "PyPI":
            continue
        ranges = [item["events"] for item in affected.get("ranges", ()) if item["type"] in ("ECOSYSTEM", "SEMVER")]
        versions = frozenset(affected.get("versions", ()))
        yield Advisory(name, canonicalize_name(package["name"]), versions, tuple(map(_sorted, ranges)))


def _sorted(events: Iterable[dict[str, str]]) -> tuple[Event, ...]:
    """Events come in any order; where one version is fixed and another range begins with it, the fix comes first."""
    listed = [(kind, event[kind]) for event in events for kind in _KINDS if kind in event]
    try:
        return tuple(sorted(listed, key=lambda event: (event[1] != "0", _version(event[1]), event[0])))
    except InvalidVersion:
        return tuple(listed)


def _version(text: str) -> Version:
    return Version("0.dev0" if text == "0" else text)


def _inside(at: Version, events: Iterable[Event]) -> bool:
    inside = False
    for kind, version in events:
        if kind == "introduced" and (version == "0" or at >= Version(version)):
            inside = True
        elif (kind == "fixed" and at >= Version(version)) or (kind == "last_affected" and at > Version(version)):
            inside = False
    return inside
