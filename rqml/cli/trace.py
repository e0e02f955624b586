"""`rqml trace`: from a threat, a control, a requirement or a content to what meets it, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rqml.cli.evidence import DEFAULT, FormatOption, existing
from rqml.cli.options import PlainFormat, ledger_place
from rqml.cli.output import say

if TYPE_CHECKING:
    from rqml.trace import Link


def trace(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT", help="Id of a threat, control or requirement; a file; a part's name; or a fingerprint."
        ),
    ],
    *,
    files: Annotated[
        list[Path] | None,
        typer.Option("--in", metavar="FILE.py", help="Where requirements are specified, or attached to code."),
    ] = None,
    tests: Annotated[
        list[Path] | None,
        typer.Option("--tests", metavar="PATH", help="Tests whose specifications count, too; pytest collects them."),
    ] = None,
    evidence: Annotated[
        str | None,
        typer.Option(
            "--evidence", parser=ledger_place, metavar="PLACE", help=f"The ledger; default: {DEFAULT}, if it is there."
        ),
    ] = None,
    format_: FormatOption = PlainFormat.TEXT,
) -> None:
    """Say which requirements a threat, control, file, part or fingerprint touches: where, by which evidence, and whose.

    Exit code 0: something judges it; 3: nothing does.
    """
    from rqml.cli.user_files import collect_tests, load
    from rqml.loading import specifications_in
    from rqml.specification import Specification
    from rqml.trace import trace as traced

    specified: dict[Path, list[Specification]] = {}
    for file in files or ():
        is_toml = file.suffix == ".toml"
        specified[file] = [Specification.from_toml(file)] if is_toml else [*specifications_in(load(file)).values()]
    collect_tests(tests or ())
    place = DEFAULT if evidence is None and Path(DEFAULT).exists() else evidence
    kind, links = traced(what, files=specified, ledger=None if place is None else existing(place))
    if format_ is PlainFormat.JSON:
        entries = [_entry(link) for link in links]
        print(json.dumps({"what": what, "kind": kind, "requirements": entries}, indent=2, ensure_ascii=False))
    else:
        say(f"{what} ({kind}): {len(links) or 'no'} requirement{'s' if len(links) != 1 else ''}")
        for link in links:
            for line in _told(link):
                say(line)
    raise typer.Exit(0 if links else 3)


def _told(link: Link) -> list[str]:
    entry = _entry(link)
    lines = [f"{link.key}: {link.title}"]
    lines += [f"  names: {', '.join(link.references)}"] if link.references else []
    lines += [f"  judged at: {place}" for place in link.places] or ["  judged at: nowhere that is known here"]
    lines += [
        f"  evidence: {v['verdict']} on {v['system']}, {v['time']}, record {v['record']}" for v in entry["verdicts"]
    ]
    lines += [f"  owner: {', '.join(link.owners)}"] if link.owners else []
    return lines


def _entry(link: Link) -> dict[str, Any]:
    return {
        "key": link.key,
        "title": link.title,
        "references": list(link.references),
        "places": list(link.places),
        "owners": list(link.owners),
        "verdicts": [
            {
                "verdict": verdict.status,
                "system": verdict.system,
                "time": verdict.time.isoformat(timespec="seconds"),
                "record": f"{verdict.record.chain}:{verdict.record.number}",
            }
            for verdict in link.verdicts
        ],
    }
