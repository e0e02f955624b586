"""Files by their bytes, directories by names, kinds and contents."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from rqml.errors import InvalidSubject
from rqml.evidence._encoding import digest, pack
from rqml.evidence.file_digests import remembered


def path_digest(path: Path) -> bytes:
    """The 32-byte digest of a file (plain blake3 of its bytes, as `b3sum` prints) or a directory tree.

    Raises:
        InvalidSubject: nothing is there, it cannot be read, or it is a device, pipe or socket.
    """
    try:
        return _visit(path, frozenset())
    except FileNotFoundError as error:
        raise InvalidSubject(f"there is no file or directory {path.name!r}; check the path") from error
    except OSError as error:
        raise InvalidSubject(f"{path.name!r} cannot be read ({error.strerror}); check its permissions") from error


def _visit(path: Path, above: frozenset[Path]) -> bytes:
    mode = path.stat().st_mode
    if stat.S_ISREG(mode):
        return _file(path)
    if stat.S_ISDIR(mode):
        return _directory(path, above)
    raise InvalidSubject(f"{path.name!r} is neither a file nor a directory; give the path of a stored model or table")


def _file(path: Path) -> bytes:
    return remembered(path, _read)


def _read(path: Path) -> bytes:
    from blake3 import blake3

    return blake3(max_threads=blake3.AUTO).update_mmap(path).digest()


def _directory(path: Path, above: frozenset[Path]) -> bytes:
    inside = above | {path.resolve()}
    entries = sorted((os.fsencode(entry.name), entry) for entry in path.iterdir())
    return digest("directory", pack(b"directory", (pack(name, _entry(entry, inside)) for name, entry in entries)))


def _entry(entry: Path, above: frozenset[Path]) -> list[bytes]:
    """Kind and content; a link counts by where it points and by what is found there."""
    if not entry.is_symlink():
        return [b"directory" if entry.is_dir() else b"file", _visit(entry, above)]
    target = os.fsencode(entry.readlink())
    if not entry.exists() or entry.resolve() in above:
        return [b"link", target]
    return [b"link", target, b"directory" if entry.is_dir() else b"file", _visit(entry, above)]
