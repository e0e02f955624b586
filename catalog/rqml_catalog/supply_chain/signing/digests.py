"""Digests of a file, or of every file below a folder."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection
from pathlib import Path
from typing import Any

import attrs

from rqml.errors import Unsupported

ALGORITHMS = ("sha256", "blake2b", "blake3")


@attrs.frozen
class Contents:
    """What lies at a path.

    Attributes:
        digests: digest (hex) of each regular file, by its path below the folder, with `/`; for a single file by its
            name.
        others: links, pipes and whatever else is no regular file or folder: they have no content of their own.
    """

    digests: dict[str, str]
    others: tuple[str, ...] = ()


def contents_of(path: Path, algorithm: str = "sha256", *, left_out: Collection[str] = ()) -> Contents:
    """The digests of a file, or of all files below a folder. Links are not followed.

    Args:
        path: the file or folder.
        algorithm: one of `ALGORITHMS`.
        left_out: files and folders below the folder that do not count.

    Raises:
        Unsupported: a file cannot be read.
    """
    if not path.is_dir() or path.is_symlink():
        return _of([(path.name, path)], algorithm)
    found = []
    for folder, folders, files in os.walk(path):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        found += [Path(folder) / name for name in (*files, *links)]
    named = sorted((file.relative_to(path).as_posix(), file) for file in found)
    return _of([(name, file) for name, file in named if not is_below(name, left_out)], algorithm)


def is_below(name: str, folders: Collection[str]) -> bool:
    """Whether a path is one of some paths, or lies below one."""
    return any(name == folder or name.startswith(f"{folder}/") for folder in folders)


def _of(files: list[tuple[str, Path]], algorithm: str) -> Contents:
    digests = {}
    others = []
    for name, path in files:
        if stat.S_ISREG(path.lstat().st_mode):
            digests[name] = _digest(name, path, algorithm)
        else:
            others.append(name)
    return Contents(digests, tuple(others))


def _digest(name: str, path: Path, algorithm: str) -> str:
    import blake3

    maker: Any = {"blake3": blake3.blake3}.get(algorithm, algorithm)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, maker).hexdigest()
    except OSError as error:
        raise Unsupported(f"{name} cannot be read ({error.strerror}), so that nothing speaks for it") from None
