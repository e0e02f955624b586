"""Digests of files that need not be read again, since nothing about them changed."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from os import stat_result
from pathlib import Path

_SETTLED_NS = 2_000_000_000  # coarsest tick of common file systems: a later change may bear the same time
_TABLE = "CREATE TABLE IF NOT EXISTS file (path TEXT PRIMARY KEY, state TEXT NOT NULL, digest BLOB NOT NULL)"

_current: ContextVar[FileDigests | None] = ContextVar("rqml_file_digests", default=None)


class FileDigests:
    """Digests by path, believed while size, inode and the times of change are the same.

    Whoever can set the clock, or write to the file that keeps them, can deceive it: `paranoid` reads all files again.

    Args:
        path: the SQLite file that keeps them; None keeps them in this process only.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._known: dict[str, tuple[str, bytes]] | None = None
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[FileDigests], tuple[Path | None]]:
        """Another process reads what is kept."""
        return FileDigests, (self.path,)

    def digest(self, path: Path, read: Callable[[Path], bytes]) -> bytes:
        """The digest of a file: as remembered, or by reading it."""
        name, before = str(path.absolute()), path.stat()
        state = _state(before)
        known = self._load().get(name)
        if known is not None and known[0] == state:
            return known[1]
        digest = read(path)
        settled = time.time_ns() - max(before.st_mtime_ns, before.st_ctime_ns) > _SETTLED_NS
        if settled and _state(path.stat()) == state:  # not changed while it was read, nor just before
            self._keep(name, state, digest)
        return digest

    def last(self, path: Path) -> bytes | None:
        """The digest that a file had when it was read last, whether it changed since or not; None if never read."""
        known = self._load().get(str(path.absolute()))
        return None if known is None else known[1]

    def _load(self) -> dict[str, tuple[str, bytes]]:
        with self._lock:
            if self._known is None:
                self._known = {}
                if self.path is not None and self.path.exists():
                    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(self.path)) as database:
                        rows = database.execute("SELECT path, state, digest FROM file").fetchall()
                        self._known = {path: (state, digest) for path, state, digest in rows}
            return self._known

    def _keep(self, name: str, state: str, digest: bytes) -> None:
        with self._lock:
            assert self._known is not None  # noqa: S101
            self._known[name] = state, digest
            if self.path is None:
                return
            # What cannot be kept is read again next time.
            with contextlib.suppress(sqlite3.Error, OSError):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with contextlib.closing(sqlite3.connect(self.path)) as database, database:
                    database.execute(_TABLE)
                    database.execute("INSERT OR REPLACE INTO file VALUES (?, ?, ?)", (name, state, digest))


@contextlib.contextmanager
def remembering(digests: FileDigests | None) -> Iterator[None]:
    """While this lasts, files fingerprinted in this thread need not be read if their digest is known."""
    token = _current.set(digests)
    try:
        yield
    finally:
        _current.reset(token)


def remembered(path: Path, read: Callable[[Path], bytes]) -> bytes:
    """The digest of a file, by the digests in use, or by reading it."""
    digests = _current.get()
    return read(path) if digests is None else digests.digest(path, read)


def _state(stat: stat_result) -> str:
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino} {stat.st_dev}"
