"""DataFiles: the files and folders in which data lie, as a subject of their own."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, Self

import attrs

from rqml.subjects.subject import Subject

MAGIC_LENGTH = 64


@attrs.frozen
class DataFiles(Subject):
    """A file, or a folder with everything in it.

    Attributes:
        path: the file or folder.
        region: where its storage stands, in your own words ("eu-central-1"); empty if unknown.
    """

    path: Path = attrs.field(converter=Path)
    region: str = attrs.field(default="", kw_only=True)

    @classmethod
    def coerce(cls, value: Any) -> Self | None:
        """A path becomes its files; a str does not: it is always the name of a part."""
        if isinstance(value, cls):
            return value
        return cls(Path(value)) if isinstance(value, os.PathLike) else None

    def fingerprint(self) -> str | None:
        """Digest of names, modes, owners, sizes and beginnings of files; None if nothing is there."""
        if not self.path.exists():
            return None
        digest = hashlib.sha256(self.region.encode())
        for place in self.places():
            status = place.lstat()
            told = (os.path.relpath(place, self.path), status.st_mode, status.st_uid, status.st_gid)
            digest.update(repr((told, _beginning(place))).encode())
        return digest.hexdigest()

    def native(self) -> Any:
        """The path, unless a region is known too."""
        return self if self.region else self.path

    def describe(self) -> str:
        """The name of the file or folder."""
        return f"data in {self.path.name}"

    def places(self) -> list[Path]:
        """The path itself and everything below it, sorted; links below are named, not followed.

        Is the path itself a link, then what it leads to is what was meant: it follows the link.
        """
        top = self.path.resolve() if self.path.is_symlink() else self.path
        found = [self.path] if top == self.path else [self.path, top]
        return found + sorted(top.rglob("*")) if top.is_dir() else found


def _beginning(place: Path) -> tuple[str, int, bytes]:
    """Where a link leads, or the size of a file and how it begins: all that a verdict on access looks at."""
    if place.is_symlink():
        return str(place.readlink()), 0, b""
    if not place.is_file():
        return "", 0, b""
    with place.open("rb") as file:
        return "", place.stat().st_size, file.read(MAGIC_LENGTH)
