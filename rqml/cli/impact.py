"""`rqml evidence impact`: what an update of the catalog or of a taxonomy means for the verdicts on record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from rqml.cli.evidence import DEFAULT, FormatOption, Place
from rqml.cli.options import PlainFormat
from rqml.cli.output import say


def impact(
    *,
    files: Annotated[
        list[Path] | None,
        typer.Option("--in", metavar="FILE.py", help="Where requirements of your own are specified."),
    ] = None,
    place: Place = DEFAULT,
    format_: FormatOption = PlainFormat.TEXT,
) -> None:
    """Say which verdicts must be renewed, since their requirement, or what it names, was updated.

    Exit code 0: none; 3: some.
    """
    from rqml import registry
    from rqml.cli.evidence import existing
    from rqml.cli.user_files import specifications_and_module
    from rqml.evidence.impact import impact as renewals
    from rqml.proposition import with_consulted

    classes = {cls.meta.id: cls for cls in registry.requirements()}
    for file in files or ():
        specified = specifications_and_module(file, None)[0].values()
        parts = (part for one in specified for proposition in one for part in with_consulted(proposition))
        classes |= {part.meta.id: type(part) for part in parts}
    found = renewals(existing(place), classes)
    if format_ is PlainFormat.JSON:
        entries = [
            {"requirement": r.verdict.key, "system": r.verdict.system, "reasons": list(r.reasons)} for r in found
        ]
        print(json.dumps(entries, indent=2, ensure_ascii=False))
    else:
        for renewal in found:
            say(f"{renewal.verdict.key} on {renewal.verdict.system}: {'; '.join(renewal.reasons)}")
        print(f"{len(found)} verdicts must be renewed" if found else "no verdict must be renewed")
    raise typer.Exit(3 if found else 0)
