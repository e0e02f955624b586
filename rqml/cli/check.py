"""`rqml check`: judge specifications and report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rqml.cli.options import (
    SUFFIXES,
    Budget,
    Evidence,
    File,
    Format,
    Hard,
    Jobs,
    Only,
    Output,
    Seed,
    SystemSource,
    Tier,
    Timeout,
    chosen_run,
    days,
)

if TYPE_CHECKING:
    from rqml.report import Report


def check(
    file: File,
    *,
    system: SystemSource = None,
    only: Only = None,
    format_: Annotated[Format | None, typer.Option("--format", help="Default: by the suffix of --output.")] = None,
    output: Output = None,
    jobs: Jobs = 1,
    budget: Budget = None,
    timeout: Timeout = None,
    hard: Hard = False,
    seed: Seed = 0,
    tier: Annotated[Tier | None, typer.Option(help="Judge only what costs at most that.", show_default=False)] = None,
    evidence: Evidence = None,
    reuse: Annotated[bool, typer.Option(help="Use measurements on record again where nothing changed.")] = True,
    max_age: Annotated[
        float | None, typer.Option(parser=days, metavar="DAYS", help="How long they may be used again; default: 30.")
    ] = None,
    paranoid: Annotated[bool, typer.Option("--paranoid", help="Read all files, even if they look unchanged.")] = False,
) -> None:
    """Check the specifications in FILE and report; nothing is changed."""
    import datetime as dt

    from rqml.cli.output import checked
    from rqml.cli.user_files import specifications_and_module, subject_of
    from rqml.meta import Cost

    checked(output)
    run = chosen_run(seed, timeout, hard)
    specifications, module = specifications_and_module(file, only)
    reports = [
        specification.check(
            subject_of(specification, module, system),
            jobs=jobs,
            budget=budget,
            run=run,
            tier=None if tier is None else Cost[tier.name],
            ledger=evidence,
            reuse=reuse,
            max_age=None if max_age is None else dt.timedelta(days=max_age),
            paranoid=paranoid,
        )
        for specification in specifications.values()
    ]
    write_reports(reports, format_ or chosen_format(output), output)
    raise typer.Exit(worst_code([report.exit_code for report in reports]))


def chosen_format(output: Path | None) -> Format:
    """The format that the suffix of a file asks for; text otherwise."""
    return Format.TEXT if output is None else SUFFIXES.get(output.suffix, Format.TEXT)


def write_reports(reports: list[Report], format_: Format, output: Path | None) -> None:
    """Write reports in a format: to a file, with a line for each on standard output, or to standard output."""
    from rqml.cli.output import emit, show
    from rqml.loading import joined

    if format_ is Format.TEXT and output is None:
        for report in reports:
            show(report)
        return
    texts = {
        Format.TEXT: lambda: "\n\n".join(map(str, reports)),
        Format.JSON: lambda: joined([report.to_json() for report in reports], ".json"),
        Format.MARKDOWN: lambda: joined([report.to_markdown() for report in reports], ".md"),
    }
    emit(texts[format_](), output)
    if output is not None:
        for report in reports:
            print(f"{report.specification}: {report.status.value} (exit code {report.exit_code}), report in {output}")


def worst_code(codes: list[int]) -> int:
    """The exit code of several: a FAIL, then INCOMPLETE, then PASS."""
    return next((code for code in (1, 3) if code in codes), 0)
