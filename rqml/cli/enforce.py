"""`rqml enforce`: repair what fails, check again, and say what it cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rqml.cli.options import (
    Evidence,
    File,
    Hard,
    Jobs,
    Only,
    Output,
    PlainFormat,
    Seed,
    SystemSource,
    Timeout,
    chosen_run,
)

if TYPE_CHECKING:
    from rqml.verdict import EnforcementResult


def enforce(
    file: File,
    *,
    system: SystemSource = None,
    only: Only = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be changed.")] = False,
    max_cost: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="Most that all repairs may cost, as accuracy=0.02; above it all is undone."
        ),
    ] = None,
    format_: Annotated[PlainFormat, typer.Option("--format")] = PlainFormat.TEXT,
    output: Output = None,
    jobs: Jobs = 1,
    timeout: Timeout = None,
    hard: Hard = False,
    seed: Seed = 0,
    evidence: Evidence = None,
) -> None:
    """Enforce the specifications in FILE.

    Files are changed in their place. Tables and models are repaired in this process: a part that is
    derived(save, "model") writes them where they belong.
    """
    from rqml.cli.check import worst_code
    from rqml.cli.output import checked, emit
    from rqml.cli.user_files import specifications_and_module, subject_of

    checked(output)
    ceilings, run = costs(max_cost or ()), chosen_run(seed, timeout, hard)
    specifications, module = specifications_and_module(file, only)
    results = {
        name: specification.enforce(
            subject_of(specification, module, system),
            max_cost=ceilings,
            dry_run=dry_run,
            jobs=jobs,
            run=run,
            ledger=evidence,
        )
        for name, specification in specifications.items()
    }
    if format_ is PlainFormat.JSON:
        entries = [as_dict(name, result) for name, result in results.items()]
        emit(json.dumps(entries if len(entries) > 1 else entries[0], indent=2, ensure_ascii=False), output)
    else:
        emit("\n\n".join(told(name, result) for name, result in results.items()), output)
    raise typer.Exit(worst_code([exit_code(result) for result in results.values()]))


def costs(words: list[str] | tuple[str, ...]) -> dict[str, float]:
    """The ceilings from words like accuracy=0.02.

    Raises:
        InvalidParameter: a word is not of this form.
    """
    from rqml.errors import InvalidParameter

    found = {}
    for word in words:
        name, _, value = word.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise InvalidParameter(f"--max-cost {word!r}: write it as name=number, like accuracy=0.02") from None
    return found


def exit_code(result: EnforcementResult) -> int:
    """The exit code of the report on the state that was left: after the repairs, or before where there were none."""
    from rqml.report import Report
    from rqml.verdict import EnforcementStatus

    kept = result.status is not EnforcementStatus.FAILURE
    report = result.after if kept and result.after is not None else result.before
    return report.exit_code if isinstance(report, Report) else 1


def told(name: str, result: EnforcementResult) -> str:
    """An enforcement for people."""
    estimates = result.cost_estimates
    lines = [f"{name}: {result.status.value}: {result.message}", "", "Changes:"]
    lines += [f"  - {change}" for change in result.changes] or ["  none"]
    lines += ["", "Costs:"]
    lines += [f"  {cost}: {estimates.get(cost, f'{value:.4g}')}" for cost, value in result.cost.items()] or ["  none"]
    lines += ["", "Before:", str(result.before)]
    if result.after is not None and result.after is not result.before:
        lines += ["", "After:", str(result.after)]
    return "\n".join(lines)


def as_dict(name: str, result: EnforcementResult) -> dict[str, Any]:
    """An enforcement as what JSON knows; its reports are of the schema `rqml.report/1`."""
    from rqml.serialise import plain

    reports = {
        when: None if report is None else json.loads(report.to_json())
        for when, report in (("before", result.before), ("after", result.after))
    }
    return {
        "schema": "rqml.enforcement/1",
        "specification": name,
        "status": result.status.value,
        "message": result.message,
        "exit_code": exit_code(result),
        "changes": list(result.changes),
        "cost": plain(result.cost),
        "cost_estimates": plain(result.cost_estimates),
        **reports,
    }
