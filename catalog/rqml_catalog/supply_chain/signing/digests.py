"""SHA-256 digests of a file, or of every file below a folder."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import attrs


@attrs.frozen
class Contents:
    """What lies at a path.

    Attributes:
        digests: SHA-256 (hex) of each regular file, by its path below the folder, with `/`; for a single file by its
            name.
        others: links, pipes and whatever else is no regular file or folder: they have no content of their own.
    """

    digests: dict[str, str]
    others: tuple[str, ...] = ()


def contents_of(path: Path) -> Contents:
    """The digests of a file, or of all files below a folder. Links are not followed.

    Raises:
        OSError: a file cannot be read.
    """
    if not path.is_dir() or path.is_symlink():
        return _of([(path.name, path)])
    found = []
    for folder, folders, files in os.walk(path):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        found += [Path(folder) / name for name in (*files, *links)]
    return _of(sorted((file.relative_to(path).as_posix(), file) for file in found))


def _of(files: list[tuple[str, Path]]) -> Contents:
    digests = {}
    others = []
    for name, path in files:
        if stat.S_ISREG(path.lstat().st_mode):
            with path.open("rb") as file:
                digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
        else:
            others.append(name)
    return Contents(digests, tuple(others))
