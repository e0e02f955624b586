"""Session: what one verification does with its ledger; a ledger that cannot be used never costs a verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import attrs

from rqml.errors import InvalidParameter, RqmlError

if TYPE_CHECKING:
    from rqml.evidence.ledger import Ledger
    from rqml.evidence.record import Entry
    from rqml.evidence.reuse import Reuse
    from rqml.proposition import Proposition
    from rqml.report.report import Report
    from rqml.specification import Specification
    from rqml.verdict import CheckResult, EnforcementResult

T = TypeVar("T")
FILES = "files.sqlite"
UNWRITTEN = "the evidence of this could not be written"


@attrs.frozen
class Session:
    """The ledger of one verification, if it has one.

    Attributes:
        ledger: where verdicts are recorded, None where they are not.
        reuse: where measurements are looked up, None where everything is measured.
        trouble: why the ledger cannot be used, empty if it can.
    """

    ledger: Ledger | None = None
    reuse: Reuse | None = None
    trouble: str = ""

    @classmethod
    def of(
        cls,
        place: Ledger | str | PathLike[str] | None,
        now: dt.datetime,
        *,
        reuse: bool,
        max_age: dt.timedelta | None,
        paranoid: bool,
    ) -> Self:
        """The session of a verification; see `Specification.check` for the arguments."""
        if max_age is not None and not (isinstance(max_age, dt.timedelta) and max_age >= dt.timedelta(0)):
            raise InvalidParameter(f"max_age is a timedelta that is not negative, got {max_age!r}", "max_age")
        if place is None:
            return cls()
        from rqml.evidence.file_digests import FileDigests
        from rqml.evidence.ledger import Ledger
        from rqml.evidence.reuse import MAX_AGE, Reuse

        try:
            ledger = Ledger.of(place)
        except RqmlError as error:
            return cls(trouble=str(error))
        if not reuse:
            return cls(ledger)
        files = None if paranoid else FileDigests(files_place(ledger))
        return cls(ledger, Reuse(ledger=ledger, max_age=MAX_AGE if max_age is None else max_age, now=now, files=files))

    def fingerprinted(self, make: Callable[[], T]) -> T:
        """What `make` gives, files whose digest is known not being read again."""
        if self.reuse is None:
            return make()
        from rqml.evidence.file_digests import remembering

        with remembering(self.reuse.files):
            return make()

    def recorded(self, report: Report, propositions: Sequence[Proposition[Any]]) -> Report:
        """The report, its verdicts and waivers written to the ledger; with a note on what could not be."""
        trouble, notes = self.trouble, report.notes
        if self.ledger is not None:
            from rqml.evidence.bodies import check_entries

            waivers, refused = _waivers(report, self.ledger)
            notes = (*notes, *refused)
            try:
                verdicts = check_entries(report, propositions, self.reuse.measured if self.reuse else None)
                self.ledger.append([*waivers, *verdicts])
            except RqmlError as error:
                trouble = str(error)
        return attrs.evolve(report, notes=(*notes, *([_unwritten(trouble)] if trouble else [])))


def _waivers(report: Report, ledger: Ledger) -> tuple[list[Entry], list[str]]:
    """What records the waivers in force that are not on record yet, and why others are not recorded."""
    from rqml.evidence.statements import configured_key, unrecorded, waiver_entry

    entries, refused = [], []
    for waiver in report.waivers.values():
        try:
            entry = waiver_entry(waiver, report.owner, report.specification, private=configured_key())
            entries += unrecorded(ledger, [entry])
        except RqmlError as error:
            refused.append(f"the waiver for {waiver.requirement} is not on record: {error}")
    return entries, refused


def recorded_enforcement(
    specification: Specification,
    propositions: Sequence[Proposition[Any]],
    result: EnforcementResult,
    place: Ledger | str | PathLike[str],
) -> EnforcementResult:
    """The result, written to a ledger with the verdicts after it; with a sentence if it could not be."""
    from rqml.evidence.bodies import check_entries, enforcement_entry
    from rqml.evidence.ledger import Ledger
    from rqml.report.report import Report
    from rqml.verdict import EnforcementStatus

    # What was measured last stands for the state that was left, unless the repairs were taken back.
    taken_back = result.status is EnforcementStatus.FAILURE
    report = result.before if taken_back or result.after is None else result.after
    entries = [enforcement_entry(specification.name, specification.owner, result)]
    try:
        if isinstance(report, Report):
            entries += check_entries(report, propositions)
        Ledger.of(place).append(entries)
    except RqmlError as error:
        return attrs.evolve(result, message=f"{result.message}; {_unwritten(str(error))}")
    return result


def remembered_fingerprints(subject: Any, files: Path | None = None) -> dict[str, str | None]:
    """The digests of what is there now, by part, as reports name them; derived parts are made.

    Args:
        subject: a System, or a single subject.
        files: where digests of files are kept; None reads all files.
    """
    from rqml.evidence.file_digests import FileDigests, remembering
    from rqml.subjects.system import System

    with remembering(None if files is None else FileDigests(files)):
        if not isinstance(subject, System):
            return {subject.describe(): subject.fingerprint()}
        for part in subject.parts:
            subject[part]
        return subject.fingerprints()


def files_place(ledger: Ledger) -> Path:
    """Where digests of files are kept: beside a SQLite ledger; on this machine, where the ledger lies elsewhere."""
    from rqml.evidence.sqlite_store import SqliteStore
    from rqml.evidence.store import DEFAULT_PLACE

    store = ledger.store
    return (store.path if isinstance(store, SqliteStore) else DEFAULT_PLACE).with_name(FILES)


def told_of_reuse(results: Sequence[CheckResult]) -> Iterator[str]:
    """The note on verdicts whose numbers were measured earlier, if there are any."""
    moments = [leaf.reused for result in results for leaf in _leaves(result) if leaf.reused]
    if moments:
        reused = sum(any(leaf.reused for leaf in _leaves(result)) for result in results)
        yield (
            f"{reused} of {len(results)} verdicts rest on measurements made earlier, the oldest on {min(moments)}: "
            "nothing that they depend on has changed since"
        )


def _leaves(result: CheckResult) -> Iterator[CheckResult]:
    if not result.parts:
        yield result
    for part in result.parts:
        yield from _leaves(part)


def _unwritten(trouble: str) -> str:
    return f"{UNWRITTEN}: {trouble}"
