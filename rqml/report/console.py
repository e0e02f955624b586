"""The report for consoles: a table and a sentence, in colours where there are colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rqml.report.words import heading, outcome, verdict
from rqml.verdict import CheckResult, CheckStatus

if TYPE_CHECKING:
    from rich.console import RenderableType

    from rqml.report.report import Report

STYLE = {
    CheckStatus.PASS: "bold green",
    CheckStatus.FAIL: "bold red",
    CheckStatus.INCOMPLETE: "bold yellow",
    CheckStatus.NOT_APPLICABLE: "dim",
}


def to_rich(report: Report) -> RenderableType:
    """The report as a rich renderable."""
    from rich.console import Group
    from rich.markup import escape
    from rich.padding import Padding
    from rich.table import Table

    table = Table(title=escape(f"{report.specification} on {report.system}"), title_justify="left", expand=False)
    for column in ("Verdict", "Requirement", "What must hold, and what was measured"):
        table.add_column(column, overflow="fold")
    for result in report.results:
        style = "bold cyan" if report.waiver_of(result) is not None else STYLE[result.status]
        measured = ", ".join(f"{name} = {estimate}" for name, estimate in result.estimates.items())
        told = escape(result.statement) + (f"\n[dim]{escape(measured)}[/dim]" if measured else "")
        table.add_row(f"[{style}]{verdict(result, report)}[/]", escape(heading(result)), told)
    messages = [Padding(escape(f"- {result.message}"), (0, 0, 0, 2)) for result in report.results if _tell(result)]
    notes = [Padding(escape(f"note: {note}"), (0, 0, 0, 2)) for note in report.notes]
    code = report.exit_code
    style = {0: "bold green", 1: "bold red"}.get(code, "bold yellow")
    return Group(table, *messages, *notes, f"[{style}]{escape(outcome(report))}[/] [dim](exit code {code})[/dim]")


def to_text(report: Report, width: int = 120) -> str:
    """The report as plain text."""
    import io

    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=width, color_system=None, highlight=False).print(to_rich(report))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _tell(result: CheckResult) -> bool:
    return result.status not in (CheckStatus.PASS, CheckStatus.NOT_APPLICABLE)
