"""Evidence as a subject: a ledger, or an export of one, that requirements judge."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import attrs

from rqml.errors import EvidenceError, MissingSubject
from rqml.evidence.ledger import Ledger
from rqml.subjects.subject import Subject
from rqml.subjects.system import System

EXPORT = ".jsonl"
_SUFFIXES = (EXPORT, ".sqlite")


@attrs.frozen
class Evidence(Subject):
    """A ledger in a SQLite file, or an export of one (`.jsonl`).

    Attributes:
        path: the file.
    """

    path: Path = attrs.field(converter=Path)

    @classmethod
    def coerce(cls, value: Any) -> Self | None:
        """A path that ends in .sqlite or .jsonl stands for the evidence in it."""
        if isinstance(value, cls):
            return value
        is_place = isinstance(value, os.PathLike) and Path(value).suffix in _SUFFIXES
        return cls(Path(value)) if is_place else None

    @property
    def is_export(self) -> bool:
        """True for a file of JSON Lines."""
        return self.path.suffix == EXPORT

    @contextlib.contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, closed afterwards; that of an export lives in memory only.

        Raises:
            MissingSubject: nothing is there.
            EvidenceError: an export is not sound.
        """
        if not self.path.exists():
            raise MissingSubject(f"there is no ledger {self.path.name}: record some verdicts by check(..., ledger=...)")
        if self.is_export:
            yield _imported(self.path)
            return
        ledger = Ledger(self.path)
        try:
            yield ledger
        finally:
            ledger.store.close()

    def fingerprint(self) -> str | None:
        """Digest of what an export holds, or would hold; of the file where that cannot be read."""
        from rqml.evidence.fingerprint import fingerprint_file, fingerprint_value
        from rqml.evidence.jsonl import export_lines

        if not self.path.exists():
            return None
        if not self.is_export:
            with contextlib.suppress(EvidenceError), self.ledger() as ledger:
                return fingerprint_value(list(export_lines(ledger)))
        return fingerprint_file(self.path)

    def native(self) -> Any:
        """The path."""
        return self.path

    def describe(self) -> str:
        """The name of the file."""
        return f"evidence {self.path.name}"


def released(system: System) -> tuple[Evidence, dict[str, str | None]]:
    """The evidence that a system holds, and the digests of its other parts as they are now; derived parts are made.

    Raises:
        MissingSubject: it holds no evidence.
        Unsupported: it holds several.
    """
    name, evidence = system.select(Evidence)
    for part in system.parts:
        system[part]
    digests = system.fingerprints()
    return evidence, {part: digest for part, digest in digests.items() if part != name}


def _imported(path: Path) -> Ledger:
    from rqml.evidence.jsonl import import_file
    from rqml.evidence.memory_store import MemoryStore

    ledger = Ledger(MemoryStore())
    import_file(ledger, path)
    return ledger
