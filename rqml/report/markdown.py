"""The report as a Markdown page that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rqml.report.words import heading, outcome, verdict
from rqml.verdict import CheckResult, CheckStatus

if TYPE_CHECKING:
    from rqml.report.report import Report


def to_markdown(report: Report) -> str:
    """The report as Markdown text."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"# {report.specification}: {report.status.value}"
    yield ""
    yield f"{outcome(report)}."
    yield ""
    facts = [
        ("System", report.system),
        ("Owner", report.owner or "none named"),
        ("Time", f"{report.time:%Y-%m-%d %H:%M:%S} UTC"),
        ("Duration", f"{report.duration_s:.3g} s"),
        ("Seed", str(report.seed)),
        ("Error budget", f"{report.alpha:g} for any false FAIL, the same for any false PASS"),
        ("rqml", report.version),
    ]
    yield from _table(("", ""), facts)
    yield ""
    yield "## Verdicts"
    yield ""
    rows = [
        (verdict(result, report), heading(result), result.statement, _measured(result), result.subject)
        for result in report.results
    ]
    yield from _table(("Verdict", "Requirement", "What must hold", "Measured", "Of"), rows)
    for result in report.results:
        if result.status is not CheckStatus.PASS:
            yield from _section(result, report)
    if report.notes:
        yield from ("", "## Notes", "")
        yield from (f"- {_escaped(note)}" for note in report.notes)
    if report.fingerprints:
        yield from ("", "## Fingerprints", "")
        digests = [(name, f"`{digest}`" if digest else "none") for name, digest in report.fingerprints.items()]
        yield from _table(("Part", "Digest of its content"), digests)


def _section(result: CheckResult, report: Report) -> Iterator[str]:
    yield from ("", f"### {_escaped(heading(result))}: {verdict(result, report)}", "", _escaped(result.message))
    waiver = report.waiver_of(result)
    if waiver is not None:
        yield ""
        yield (
            f"Waived by {_escaped(waiver.approver)} until {waiver.expiry:%Y-%m-%d %H:%M} UTC: "
            f"{_escaped(waiver.justification)}"
        )
    if result.details:
        yield ""
        yield from _table(("Detail", ""), [(name, str(value)) for name, value in result.details.items()])


def _measured(result: CheckResult) -> str:
    return "; ".join(f"{name} = {estimate}" for name, estimate in result.estimates.items()) or "nothing"


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(header) + " |"
    yield "|" + " --- |" * len(header)
    for row in rows:
        yield "| " + " | ".join(_escaped(cell) for cell in row) + " |"


def _escaped(text: str) -> str:
    flat = " ".join(text.split())
    return flat.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
