"""PrivacyLedger: a file that remembers what was released of each data set, and refuses what would be too much."""

from __future__ import annotations

import contextlib
import json
import math
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import attrs

from rqml.errors import EvidenceError, InvalidParameter, RqmlError
from rqml_catalog.training.accounting.charge import Charge
from rqml_catalog.training.accounting.composition import epsilon_together

PATIENCE_S = 60.0
CLOSED = "closed"
_TABLE = """
CREATE TABLE IF NOT EXISTS charge (number INTEGER PRIMARY KEY, dataset TEXT NOT NULL, kind TEXT NOT NULL,
    body TEXT NOT NULL, spent_at REAL NOT NULL)
"""


class BudgetExceeded(RqmlError):
    """A release would cost more than is left; nothing was recorded, and nothing may be released."""


@attrs.frozen
class PrivacyLedger:
    """Charges by data set in one SQLite file; they are added, never changed or removed.

    Not in WAL mode: a ledger is one file, and reading it leaves no trace.

    Attributes:
        path: the file; made, with its folder, at the first charge.
    """

    path: Path = attrs.field(converter=Path)

    def charges(self, dataset: str) -> tuple[Charge, ...]:
        """All charges on a data set (its fingerprint or key), oldest first.

        Raises:
            EvidenceError: the file is no ledger, or cannot be read.
        """
        return () if not self.path.exists() else self._read(dataset)[0]

    def is_closed(self, dataset: str) -> bool:
        """Whether further charges are refused."""
        return self.path.exists() and self._read(dataset)[1]

    def record(self, dataset: str, charge: Charge, *, at: float | None = None) -> None:
        """Write down what was released already, whether or not there was budget for it.

        Args:
            dataset: fingerprint or key of the data set.
            charge: what it cost.
            at: when, in seconds since 1970 (UTC); default: now.
        """
        with self._writing() as connection:
            _insert(connection, dataset, charge.kind, attrs.asdict(charge), at)

    def spend(self, dataset: str, charge: Charge, *, epsilon: float, delta: float = 0.0, method: str = "rdp") -> float:
        """Charge before a release; the write lock is held from before the sum is read, so nobody overspends.

        Args:
            dataset: fingerprint or key of the data set.
            charge: what the release will cost; its relation is the one of the budget.
            epsilon: the budget.
            delta: of the budget.
            method: how charges are composed, see `epsilon_together`.

        Returns:
            epsilon spent so far, with this charge.

        Raises:
            BudgetExceeded: it would be too much, or the ledger is closed for the data set.
            InvalidParameter: the budget is no finite number, or delta no probability below 1.
        """
        if not 0 <= epsilon < math.inf or not 0 <= delta < 1:
            raise InvalidParameter(f"a budget is a finite epsilon and a delta below 1, got {epsilon:g} and {delta:g}")
        with self._writing() as connection:
            before, closed = _rows(connection, dataset)
            if closed:
                raise BudgetExceeded("the ledger is closed for this data set: nothing more may be released of it")
            under = [each.under(charge.relation) for each in (*before, charge)]
            covered = [each for each in under if each is not None]
            total = epsilon_together(covered, delta, method)
            if len(covered) < len(under) or total > epsilon:
                raise BudgetExceeded(
                    f"with this {charge.kind} epsilon would be {total:.4g} at delta {delta:g} under "
                    f"{charge.relation!r}, above the budget of {epsilon:g}: it is refused"
                )
            _insert(connection, dataset, charge.kind, attrs.asdict(charge))
        return total

    def close(self, dataset: str) -> None:
        """Refuse all further charges on a data set."""
        with self._writing() as connection:
            if not _rows(connection, dataset)[1]:
                _insert(connection, dataset, CLOSED, {})

    def _read(self, dataset: str) -> tuple[tuple[Charge, ...], bool]:
        try:
            with contextlib.closing(
                sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)
            ) as connection:
                connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE_S * 1000)}")
                return _rows(connection, dataset)
        except sqlite3.Error as error:
            raise EvidenceError(
                f"the privacy ledger cannot be read ({error}): give the file of a PrivacyLedger"
            ) from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self.path, timeout=PATIENCE_S, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = FULL")  # a charge that is lost is a promise that is broken
                connection.execute("BEGIN IMMEDIATE")
                try:
                    connection.execute(_TABLE)
                    yield connection
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise EvidenceError(f"the privacy ledger cannot be written ({error}): nothing may be released") from error


def _rows(connection: sqlite3.Connection, dataset: str) -> tuple[tuple[Charge, ...], bool]:
    rows = connection.execute("SELECT kind, body FROM charge WHERE dataset = ? ORDER BY number", (dataset,)).fetchall()
    try:
        charges = tuple(Charge(**json.loads(body)) for kind, body in rows if kind != CLOSED)
    except (TypeError, ValueError) as error:
        raise EvidenceError(
            "the privacy ledger holds an entry that is no charge: it was changed by others, or written by a newer rqml"
        ) from error
    return charges, any(kind == CLOSED for kind, _ in rows)


def _insert(
    connection: sqlite3.Connection, dataset: str, kind: str, body: dict[str, object], at: float | None = None
) -> None:
    connection.execute(
        "INSERT INTO charge (dataset, kind, body, spent_at) VALUES (?, ?, ?, ?)",
        (dataset, kind, json.dumps(body), time.time() if at is None else at),
    )
