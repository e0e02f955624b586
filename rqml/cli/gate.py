"""`rqml gate`: may this be released? Decided on evidence, nothing is measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from rqml.cli.evidence import DEFAULT, Anchor, FormatOption, Place, existing
from rqml.cli.options import File, Only, PlainFormat, SystemSource, days
from rqml.cli.output import say


def gate(
    file: File,
    *,
    system: SystemSource = None,
    only: Only = None,
    evidence: Place = DEFAULT,
    author: Annotated[
        str, typer.Option(metavar="NAME", help="Who made it, by default the owner; waivers by the same do not count.")
    ] = "",
    key: Annotated[
        list[Path] | None,
        typer.Option("--key", metavar="PEM", help="Public key: verdicts, waivers and attestations must be signed."),
    ] = None,
    anchor: Anchor = None,
    max_age: Annotated[float, typer.Option(parser=days, metavar="DAYS", help="How old evidence may be.")] = 30,
    format_: FormatOption = PlainFormat.TEXT,
) -> None:
    """Say whether the system in FILE may be released, and if not, why not.

    Every requirement, as it is written now, needs a verdict on record about exactly what is there now: PASS, or a FAIL
    that somebody else than the author waived; where nothing could be measured, an attestation counts. Exit code 0: yes;
    1: something fails, or the evidence was changed or is not signed as --key asks; 3: something is not known.
    """
    import datetime as dt

    from rqml.cli.user_files import specifications_and_module, subject_of
    from rqml.evidence.chain import parse_anchor
    from rqml.evidence.release import Approvals
    from rqml.evidence.signing import PublicKeys
    from rqml.evidence.statements import statements
    from rqml.release import standing_in_the_way

    ledger, keys = existing(evidence), PublicKeys(key) if key else None
    verification = ledger.verify(anchors=[parse_anchor(text) for text in anchor or ()], keys=keys)
    if not verification.intact:
        raise typer.Exit(_say({"ledger": [f"{verification.conclusion}: {verification.faults[0]}"]}, 1, format_))
    approvals = Approvals(
        statements=statements(ledger),
        author=author,
        keys=keys,
        signed=verification.signed,
        now=dt.datetime.now(dt.UTC),
    )
    age = dt.timedelta(days=max_age)
    specifications, module = specifications_and_module(file, only)
    found = {
        name: standing_in_the_way(
            ledger, specification, subject_of(specification, module, system), approvals=approvals, max_age=age
        )
        for name, specification in specifications.items()
    }
    answers = {name: [str(obstacle) for obstacle in obstacles] for name, obstacles in found.items()}
    all_found = [obstacle for obstacles in found.values() for obstacle in obstacles]
    code = 1 if any(obstacle.failed for obstacle in all_found) else 3 if all_found else 0
    raise typer.Exit(_say(answers, code, format_))


def _say(answers: dict[str, list[str]], code: int, format_: PlainFormat) -> int:
    """Print the answer and give the exit code."""
    if format_ is PlainFormat.JSON:
        print(json.dumps({"release": code == 0, "exit_code": code, "obstacles": answers}, indent=2, ensure_ascii=False))
        return code
    for name, reasons in answers.items():
        say(f"{name}: {'no' if reasons else 'yes'}")
        for reason in reasons:
            say(f"  {reason}")
    return code
