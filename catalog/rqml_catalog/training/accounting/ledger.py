"""PrivacyLedger: a file that remembers what was released of each data set, and refuses what would be too much."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import attrs

from rqml.errors import EvidenceError, InvalidParameter, RqmlError
from rqml_catalog.training.accounting.budget import Budget
from rqml_catalog.training.accounting.charge import Charge
from rqml_catalog.training.accounting.composition import NO_BOUND, without_bound

PATIENCE_S = 60.0
CLOSED, BUDGET = "closed", "budget"
_TABLE = """
CREATE TABLE IF NOT EXISTS charge (number INTEGER PRIMARY KEY, dataset TEXT NOT NULL, kind TEXT NOT NULL,
    body TEXT NOT NULL, spent_at REAL NOT NULL)
"""


class BudgetExceeded(RqmlError):
    """A release would cost more than is left; nothing was recorded, and nothing may be released."""


class Account(NamedTuple):
    """What a ledger knows of a data set.

    Attributes:
        charges: oldest first.
        budgets: oldest first; the last one counts.
        closed: whether further charges are refused.
    """

    charges: tuple[Charge, ...] = ()
    budgets: tuple[Budget, ...] = ()
    closed: bool = False


@attrs.frozen
class PrivacyLedger:
    """Charges and budgets by data set in one SQLite file; they are added, never changed or removed.

    Not in WAL mode: a ledger is one file, and reading it leaves no trace.

    Attributes:
        path: the file; made, with its folder, at the first charge.
    """

    path: Path = attrs.field(converter=Path)

    def account(self, dataset: str) -> Account:
        """All that is known of a data set (its fingerprint or key).

        Raises:
            EvidenceError: the file is no ledger, or cannot be read.
        """
        return Account() if not self.path.exists() else self._read(dataset)

    def charges(self, dataset: str) -> tuple[Charge, ...]:
        """All charges on a data set, oldest first."""
        return self.account(dataset).charges

    def budget(self, dataset: str) -> Budget | None:
        """The budget on record; None before the first one."""
        return next(reversed(self.account(dataset).budgets), None)

    def is_closed(self, dataset: str) -> bool:
        """Whether further charges are refused."""
        return self.account(dataset).closed

    def set_budget(self, dataset: str, budget: Budget) -> None:
        """Write down a budget, which holds for every process from now on; the earlier ones stay on record.

        Raises:
            InvalidParameter: there is one already, and the new one gives no reason.
        """
        with self._writing() as connection:
            before = _account(connection, dataset).budgets
            if before and not budget.reason:
                raise InvalidParameter(
                    f"the budget on record is {before[-1]}: another one needs a reason, Budget(..., reason='...')"
                )
            _insert(connection, dataset, BUDGET, attrs.asdict(budget))

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

        The budget of the first charge is written down with it. A charge must fit the budget on record too: who comes
        with a larger one gets no more, until `set_budget` has raised it.

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
        asked = Budget(epsilon=epsilon, delta=delta, relation=charge.relation, method=method)
        with self._writing() as connection:
            account = _account(connection, dataset)
            if account.closed:
                raise BudgetExceeded("the ledger is closed for this data set: nothing more may be released of it")
            for budget, kind in [(asked, "budget"), *((each, "budget on record") for each in account.budgets[-1:])]:
                together = (*account.charges, charge)
                if budget.exceeded_by(together):
                    raise BudgetExceeded(
                        f"with this {charge.kind} epsilon would be {_in_words(budget, together)} at delta "
                        f"{budget.delta:g} under {budget.relation!r}, above the {kind} of {budget.epsilon:g}: "
                        "it is refused"
                    )
            if not account.budgets:
                _insert(connection, dataset, BUDGET, attrs.asdict(attrs.evolve(asked, reason="of the first charge")))
            _insert(connection, dataset, charge.kind, attrs.asdict(charge))
        return asked.spent_by((*account.charges, charge))

    def close(self, dataset: str) -> None:
        """Refuse all further charges on a data set."""
        with self._writing() as connection:
            if not _account(connection, dataset).closed:
                _insert(connection, dataset, CLOSED, {})

    def _read(self, dataset: str) -> Account:
        try:
            with contextlib.closing(
                sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)
            ) as connection:
                connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE_S * 1000)}")
                return _account(connection, dataset)
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
                connection.execute(_TABLE)  # by itself: where a charge is refused, the file stays a ledger
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise EvidenceError(f"the privacy ledger cannot be written ({error}): nothing may be released") from error


def _in_words(budget: Budget, charges: tuple[Charge, ...]) -> str:
    spent = budget.spent_by(charges)
    return without_bound(charges, budget.delta) if spent >= NO_BOUND else f"{spent:.4g}"


def _account(connection: sqlite3.Connection, dataset: str) -> Account:
    rows = connection.execute("SELECT kind, body FROM charge WHERE dataset = ? ORDER BY number", (dataset,)).fetchall()
    try:
        budgets = tuple(Budget(**json.loads(body)) for kind, body in rows if kind == BUDGET)
        charges = tuple(Charge(**json.loads(body)) for kind, body in rows if kind not in (CLOSED, BUDGET))
    except (TypeError, ValueError) as error:
        raise EvidenceError(
            "the privacy ledger holds an entry that is no charge: it was changed by others, or written by a newer rqml"
        ) from error
    return Account(charges, budgets, any(kind == CLOSED for kind, _ in rows))


def _insert(
    connection: sqlite3.Connection, dataset: str, kind: str, body: dict[str, object], at: float | None = None
) -> None:
    connection.execute(
        "INSERT INTO charge (dataset, kind, body, spent_at) VALUES (?, ?, ?, ?)",
        (dataset, kind, json.dumps(body), time.time() if at is None else at),
    )
