"""Evidence in a SQLite file in WAL mode, which several processes may write at once."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rqml.errors import EvidenceError
from rqml.evidence.record import GENESIS, Head, Record
from rqml.evidence.store import SCHEMA_VERSION, Made, Row, Store, chain_in, chain_settings

PATIENCE_S = 60.0
_PAUSE_S = 0.01
_NO_ROOM, _FORBIDDEN = (errno.ENOSPC, errno.EDQUOT), (errno.EACCES, errno.EPERM, errno.EROFS)
_ANEW = "put it aside, and import the last export into a new one"
_TABLES = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE head (chain TEXT PRIMARY KEY, number INTEGER NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE record (chain TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
    line TEXT NOT NULL, PRIMARY KEY (chain, number));
CREATE INDEX record_key ON record (chain, key, number);
CREATE TABLE tag (name TEXT NOT NULL, value TEXT NOT NULL, chain TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (name, value, chain, number)) WITHOUT ROWID;
CREATE TABLE checkpoint (chain TEXT NOT NULL, number INTEGER NOT NULL, line TEXT NOT NULL);
"""
_SETTINGS = "SELECT name, value FROM setting"
_ROW = "SELECT chain, number, kind, key, line FROM record"


class SqliteStore(Store):
    """Evidence in one file, `.rqml/evidence.sqlite` by default.

    Args:
        path: the file; it and its folder are created when the first record is written.
        chain: name of the chain of a file made now; default: a random one, so that no two files have the same.
    """

    def __init__(self, path: Path, chain: str = "") -> None:
        self.path = path
        self.chain = chain
        self.place = str(path)
        self._lock = threading.RLock()
        self._open: tuple[int, sqlite3.Connection] | None = None

    def __reduce__(self) -> tuple[type[SqliteStore], tuple[Path, str]]:
        """Another process opens the file anew."""
        return SqliteStore, (self.path, self.chain)

    def own_chain(self) -> str:
        """Name of the chain that is written here."""
        with self._using(writing=True) as connection:
            return chain_in(dict(connection.execute(_SETTINGS).fetchall()))

    def settings(self) -> Mapping[str, Any] | None:
        """What the file keeps to know its own chain by."""
        return dict(self._all(_SETTINGS)) if self.path.exists() else None

    def extend(self, chain: str, make: Callable[[Head], Sequence[Made]]) -> list[Record]:
        """Append in one transaction, which holds the file's write lock from before the head is read."""
        with self._using(writing=True) as connection, _transaction(connection):
            row = connection.execute("SELECT number, digest FROM head WHERE chain = ?", (chain,)).fetchone()
            made = make(Head(chain, *(row or (0, GENESIS))))
            if not made:
                return []
            connection.executemany(
                "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
                [(r.chain, r.number, r.kind, key, r.line) for r, key, _ in made],
            )
            connection.executemany(
                "INSERT INTO tag VALUES (?, ?, ?, ?)",
                [(name, value, r.chain, r.number) for r, _, tags in made for name, value in tags],
            )
            last = made[-1][0]
            connection.execute("INSERT OR REPLACE INTO head VALUES (?, ?, ?)", (chain, last.number, last.digest))
        return [record for record, _, _ in made]

    def heads(self) -> list[Head]:
        """The ends of all chains, by name."""
        found = self._all("SELECT chain, number, digest FROM head ORDER BY chain")
        return [Head(_text(chain), _number(number), _text(digest)) for chain, number, digest in found]

    def chains(self) -> set[str]:
        """The names of all chains that have records or signatures."""
        return {name for (name,) in self._all("SELECT chain FROM record UNION SELECT chain FROM checkpoint")}

    def rows(self, chain: str, *, key: str | None = None) -> Iterator[Row]:
        """The rows of a chain by number."""
        where, values = ("chain = ?", [chain]) if key is None else ("chain = ? AND key = ?", [chain, key])
        return map(_row, self._all(f"{_ROW} WHERE {where} ORDER BY number", values))

    def tags(self, chain: str) -> Iterator[tuple[int, str, str]]:
        """Number, name and value of all tags of a chain."""
        found = self._all("SELECT number, name, value FROM tag WHERE chain = ? ORDER BY 1, 2, 3", [chain])
        return ((_number(number), _text(name), _text(value)) for number, name, value in found)

    def tagged(self, name: str, value: str) -> Iterator[Row]:
        """The rows that carry a tag, the newest of each chain first."""
        chosen = "SELECT chain, number FROM tag WHERE name = ? AND value >= ? AND value < ?"
        query = f"{_ROW} WHERE (chain, number) IN ({chosen}) ORDER BY chain, number DESC"
        return map(_row, self._all(query, [name, value, f"{value}\x7f"]))

    def add_checkpoint(self, chain: str, number: int, line: str) -> None:
        """Keep a signed checkpoint."""
        with self._using(writing=True) as connection, _transaction(connection):
            connection.execute("INSERT INTO checkpoint VALUES (?, ?, ?)", (chain, number, line))

    def checkpoints(self, chain: str) -> list[str]:
        """The lines of the checkpoints of a chain."""
        found = self._all("SELECT line FROM checkpoint WHERE chain = ? ORDER BY number", [chain])
        return [_text(line) for (line,) in found]

    def _all(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        if not self.path.exists():
            return []
        with self._using(writing=False) as connection:
            return connection.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _using(self, *, writing: bool) -> Iterator[sqlite3.Connection]:
        """The connection of this process, one user at a time, with sqlite's errors in words."""
        with self._lock:
            try:
                if self._open is None or self._open[0] != os.getpid():  # a connection does not survive a fork
                    self._open = os.getpid(), self._connect(writing=writing)
                yield self._open[1]
            except (sqlite3.Error, OSError, UnicodeDecodeError) as error:  # the last by sqlite's own messages
                self._forget()
                raise EvidenceError(self._told(error)) from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        if self._open is not None and self._open[0] == os.getpid():
            with contextlib.suppress(sqlite3.Error):
                self._open[1].close()
        self._open = None

    def _connect(self, *, writing: bool) -> sqlite3.Connection:
        if not self.path.exists():
            if not writing:
                raise FileNotFoundError
            self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = connect(self.path)
        try:
            _prepared(connection, self.chain)
        except (sqlite3.Error, EvidenceError) as error:
            connection.close()
            if writing or getattr(error, "sqlite_errorname", "") not in _READ_ONLY:
                raise
            place = f"{self.path.absolute().as_uri()}?immutable=1"
            return _told_apart(sqlite3.connect(place, uri=True, check_same_thread=False))
        return connection

    def _told(self, error: Exception) -> str:
        name, number = getattr(error, "sqlite_errorname", ""), getattr(error, "errno", None)
        if name.startswith(("SQLITE_FULL", "SQLITE_IOERR_WRITE")) or number in _NO_ROOM:
            what = "the disk is full, or its quota: make room"
        elif name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")) or number in _FORBIDDEN:
            what = "its file or folder is read-only: give another place, or the right to write"
        elif name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or isinstance(error, UnicodeDecodeError):
            what = f"the file is damaged or no ledger: {_ANEW}"
        elif name == "SQLITE_ERROR":
            what = f"its tables are not those of a ledger: {_ANEW}"
        elif name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            what = f"another process held it for {PATIENCE_S:g} s: try again"
        elif isinstance(error, FileNotFoundError):
            what = "there is no such file: check the path, or write some evidence first"
        else:
            what = f"{getattr(error, 'strerror', None) or type(error).__name__} {name}".strip()
        return f"the ledger {self.place} cannot be used: {what}"


_READ_ONLY = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_READONLY_DIRECTORY", "SQLITE_READONLY_CANTINIT")


def connect(path: Path) -> sqlite3.Connection:
    """A connection that waits for others; transactions are begun by hand."""
    return _told_apart(sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False))


def _told_apart(connection: sqlite3.Connection) -> sqlite3.Connection:
    """The connection, with text that is none read all the same: verification says where it stands."""
    connection.text_factory = functools.partial(str, encoding="utf-8", errors="replace")
    return connection


def _row(values: Sequence[Any]) -> Row:
    chain, number, kind, key, line = values
    return Row(_text(chain), _number(number), _text(kind), _text(key), _text(line))


def _text(value: Any) -> str:
    """The text; SQLite does not see to it that a column holds what it was declared to."""
    return value if isinstance(value, str) else repr(value)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _prepared(connection: sqlite3.Connection, chain: str) -> None:
    """Prepare a connection, again while others do: changing to WAL mode does not wait for them by itself."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return _prepare(connection, chain)
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE_S)


def _prepare(connection: sqlite3.Connection, chain: str) -> None:
    """Set the connection up, and the tables unless they are there."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise EvidenceError(
            f"this ledger has the schema {version}, and this rqml knows {SCHEMA_VERSION}: use a newer rqml"
        )
    if version == 0:
        connection.execute("PRAGMA journal_mode = WAL")
        with _transaction(connection):
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:  # nobody was quicker
                for statement in _TABLES.strip().split(";\n"):
                    connection.execute(statement.rstrip(";"))
                kept = chain_settings(chain or secrets.token_hex(8))
                connection.executemany("INSERT INTO setting VALUES (?, ?)", kept.items())
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("PRAGMA synchronous = NORMAL")


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # a full disk has rolled back already
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
