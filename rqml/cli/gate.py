"""`rqml gate`: may this be released? Decided on evidence, nothing is measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rqml.cli.options import File, Only, PlainFormat, SystemSource

if TYPE_CHECKING:
    from rqml.evidence.ledger import Ledger
    from rqml.evidence.release import Approvals, Obstacle
    from rqml.specification import Specification


def gate(
    file: File,
    *,
    system: SystemSource = None,
    only: Only = None,
    evidence: Annotated[str, typer.Option("--evidence", metavar="PLACE", help="The ledger.")] = ".rqml/evidence.sqlite",
    author: Annotated[
        str, typer.Option(metavar="NAME", help="Who made it, by default the owner; waivers by the same do not count.")
    ] = "",
    key: Annotated[
        list[Path] | None,
        typer.Option("--key", metavar="PEM", help="Public key: ledger, waivers and attestations must be signed."),
    ] = None,
    max_age: Annotated[float, typer.Option(metavar="DAYS", help="How old the evidence may be.")] = 30,
    format_: Annotated[PlainFormat, typer.Option("--format")] = PlainFormat.TEXT,
) -> None:
    """Say whether the system in FILE may be released, and if not, why not.

    Every requirement, as it is written now, needs a verdict on record about exactly what is there now: PASS, or a FAIL
    that somebody else than the author waived; where nothing could be measured, an attestation counts. Exit code 0: yes;
    1: something fails, or the evidence was changed; 3: something is not known.
    """
    import datetime as dt

    from rqml.cli.evidence import existing
    from rqml.cli.user_files import specifications_and_module, subject_of
    from rqml.evidence.release import Approvals
    from rqml.evidence.signing import PublicKeys
    from rqml.evidence.statements import statements

    ledger, keys = existing(evidence), PublicKeys(key) if key else None
    verification = ledger.verify(keys=keys)
    if not verification.intact:
        raise typer.Exit(_say({"ledger": [f"no: the evidence was changed: {verification.faults[0]}"]}, 1, format_))
    approvals = Approvals(statements=statements(ledger), author=author, keys=keys, now=dt.datetime.now(dt.UTC))
    specifications, module = specifications_and_module(file, only)
    found = {
        name: _obstacles(ledger, specification, subject_of(specification, module, system), approvals, max_age)
        for name, specification in specifications.items()
    }
    answers = {name: [str(obstacle) for obstacle in obstacles] for name, obstacles in found.items()}
    all_found = [obstacle for obstacles in found.values() for obstacle in obstacles]
    code = 1 if any(obstacle.failed for obstacle in all_found) else 3 if all_found else 0
    raise typer.Exit(_say(answers, code, format_))


def _obstacles(
    ledger: Ledger, specification: Specification, subject: Any, approvals: Approvals, max_age: float
) -> list[Obstacle]:
    import datetime as dt

    import attrs

    from rqml.evidence.queries import held_at
    from rqml.evidence.release import Obstacle, obstacles
    from rqml.evidence.session import files_place, remembered_fingerprints
    from rqml.subjects.system import System
    from rqml.tailoring import effective

    demanded = {proposition.key: proposition for proposition in effective(specification, approvals.now)[0]}
    if not demanded:
        return [Obstacle(specification.name, "the specification is empty")]
    subject = specification.system if subject is None else subject
    name = subject.name if isinstance(subject, System) else None
    held = [
        verdict
        for verdict in held_at(ledger)
        if verdict.specification == specification.name and name in (None, verdict.system)
    ]
    if held and all(verdict.status == "NOT_APPLICABLE" for verdict in held):
        return [Obstacle(specification.name, "nothing of the specification applies")]
    current = remembered_fingerprints(subject, files_place(ledger))
    days = dt.timedelta(days=max_age)
    counting = attrs.evolve(
        approvals,
        author=approvals.author or specification.owner,
        waivers={waiver.requirement: waiver for waiver in specification.all_waivers()},
    )
    name = specification.name
    return list(obstacles(held, current, obligatory=demanded, approvals=counting, max_age=days, specification=name))


def _say(answers: dict[str, list[str]], code: int, format_: PlainFormat) -> int:
    """Print the answer and give the exit code."""
    if format_ is PlainFormat.JSON:
        print(json.dumps({"release": code == 0, "exit_code": code, "obstacles": answers}, indent=2, ensure_ascii=False))
        return code
    for name, reasons in answers.items():
        print(f"{name}: {'no' if reasons else 'yes'}")
        for reason in reasons:
            print(f"  {reason}")
    return code
