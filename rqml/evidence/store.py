"""Where evidence is kept: the interface of a store, and which store a place stands for."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import attrs

from rqml.errors import EvidenceError
from rqml.evidence.canonical import canonical, sha256
from rqml.evidence.record import Head, Record

SCHEMA_VERSION = 1
SCHEMA = f"rqml.evidence/{SCHEMA_VERSION}"
DEFAULT_PLACE = Path(".rqml") / "evidence.sqlite"

Made = tuple[Record, str, tuple[tuple[str, str], ...]]
"""A record, its key and its tags."""


@attrs.frozen
class Row:
    """A record as it lies in a store, unverified: its line, and the columns it is found by."""

    chain: str
    number: int
    kind: str
    key: str
    line: str


CHAIN, SEAL = "chain", "seal"


def chain_settings(chain: str) -> dict[str, str]:
    """What a store keeps to know its own chain by: the name, and a digest that shows a change of it."""
    return {CHAIN: chain, SEAL: sha256(canonical(chain))}


def chain_in(settings: Mapping[str, Any]) -> str:
    """The name of a store's own chain.

    Raises:
        EvidenceError: it is gone, or not what was kept.
    """
    chain = settings.get(CHAIN)
    if not isinstance(chain, str) or settings.get(SEAL) != sha256(canonical(chain)):
        raise EvidenceError(
            "the name of the ledger's own chain was changed: put it aside, and import its last export into a new one"
        )
    return chain


class Store(abc.ABC):
    """Chains of records, and the checkpoints that sign them. Every method raises EvidenceError where it cannot."""

    place: str

    def close(self) -> None:  # noqa: B027 - most stores hold nothing open
        """Let go of files and connections; the next use opens them again."""

    @abc.abstractmethod
    def own_chain(self) -> str:
        """Name of the chain that is written here, made with the store; others were imported."""

    @abc.abstractmethod
    def settings(self) -> Mapping[str, Any] | None:
        """What `chain_settings` made, as it is kept; None where nothing was written yet."""

    @abc.abstractmethod
    def extend(self, chain: str, make: Callable[[Head], Sequence[Made]]) -> list[Record]:
        """Append what `make` gives for the end of the chain, all or nothing; nobody else appends meanwhile."""

    @abc.abstractmethod
    def heads(self) -> list[Head]:
        """The ends of all chains, as the store remembers them."""

    @abc.abstractmethod
    def chains(self) -> set[str]:
        """The names of all chains that have records or signatures."""

    @abc.abstractmethod
    def rows(self, chain: str, *, key: str | None = None) -> Iterator[Row]:
        """The rows of a chain by number; only those of a key, if one is given."""

    @abc.abstractmethod
    def tags(self, chain: str) -> Iterator[tuple[int, str, str]]:
        """Number, name and value of all tags of a chain, in this order."""

    @abc.abstractmethod
    def tagged(self, name: str, value: str) -> Iterator[Row]:
        """The rows that carry a tag, the newest of each chain first; any value that begins with `value`."""

    @abc.abstractmethod
    def add_checkpoint(self, chain: str, number: int, line: str) -> None:
        """Keep a signed checkpoint of a chain."""

    @abc.abstractmethod
    def checkpoints(self, chain: str) -> list[str]:
        """The lines of the checkpoints of a chain, in the order of what they sign."""


def open_store(place: str | PathLike[str]) -> Store:
    """The store at a path (SQLite) or a database URL (PostgreSQL, by SQLAlchemy).

    Nothing is created before the first record is written.

    Raises:
        EvidenceError: it cannot be used; the message says why and what to do.
        Unsupported: a URL needs the extra `store`.
    """
    text = fspath(place)
    if not text.strip() or Path(text).is_dir():
        raise EvidenceError(f"{text!r} is no ledger: give the path of a SQLite file, or a database URL")
    if "://" in text:
        from rqml.evidence.sql_store import SqlStore

        return SqlStore(text)
    from rqml.evidence.sqlite_store import SqliteStore

    return SqliteStore(Path(text))
