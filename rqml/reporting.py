"""The report on a specification that was checked: what was judged, for whom, and which waivers spoke."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rqml.evidence.session import told_of_reuse
from rqml.report.report import Report
from rqml.subjects.subject import Subject
from rqml.subjects.system import System
from rqml.tailoring import weakened_keys
from rqml.verdict import CheckResult, CheckStatus
from rqml.waiver import counting

if TYPE_CHECKING:
    from rqml.specification import Specification


def report_on(
    specification: Specification,
    subject: Any,
    results: Sequence[CheckResult],
    *,
    notes: Iterable[str],
    moment: dt.datetime,
    duration_s: float,
    seed: int,
    fingerprints: Mapping[str, str | None],
) -> Report:
    """The report on the verdicts, with the waivers in force at `moment` and notes on those that are not."""
    from rqml import __version__

    return Report(
        specification=specification.name,
        system=subject.name if isinstance(subject, System) else _described(subject),
        owner=specification.owner,
        results=tuple(results),
        waivers=counting(specification.all_waivers(), specification.owner, moment),
        notes=(*notes, *_notes(specification, results, moment), *told_of_reuse(results)),
        time=moment,
        duration_s=duration_s,
        seed=seed,
        alpha=specification.alpha,
        fingerprints=fingerprints,
        version=__version__,
    )


def fingerprints_of(subject: Any) -> dict[str, str | None]:
    """Digests of what was judged, by name of the part."""
    if isinstance(subject, System):
        return subject.fingerprints()
    return {subject.describe(): subject.fingerprint()} if isinstance(subject, Subject) else {}


def _described(subject: Any) -> str:
    return subject.describe() if isinstance(subject, Subject) else type(subject).__name__


def _notes(specification: Specification, results: Iterable[CheckResult], now: dt.datetime) -> Iterator[str]:
    weakened = weakened_keys(specification)
    by_key = {result.label or result.requirement: result for result in results}
    for waiver in specification.all_waivers():
        result = by_key.get(waiver.requirement)
        subject = f"the waiver for {waiver.requirement} (approved by {waiver.approver})"
        if result is None:
            if waiver.requirement not in weakened:
                yield f"{subject} covers nothing: the specification holds no such requirement"
        elif why := waiver.refusal(specification.owner, now):
            yield f"{subject} {why}, and covers nothing"
        elif result.status is CheckStatus.PASS and waiver.requirement not in weakened:
            yield f"{subject} is not needed: the requirement passes"
