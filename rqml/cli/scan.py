"""`rqml scan`: what would model files do when they are loaded? Nothing is loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from rqml.cli.options import Output, PlainFormat

SCANNER = "SafeModelFile"


def scan(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files and folders.", show_default=False)],
    format_: Annotated[PlainFormat, typer.Option("--format")] = PlainFormat.TEXT,
    output: Output = None,
    trust: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A class of your own, as package.module.ClassName.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="Files to leave out, as *.md or build/*.")
    ] = None,
) -> None:
    """Scan model files without loading them; every file below a folder."""
    from rqml.cli.output import checked, emit

    checked(output)
    scan_path = _scanner()
    scans = [
        found
        for path in paths
        for found in scan_path(_existing(path), trusted=tuple(trust or ()), ignored=tuple(ignore or ()))
    ]
    entries = [{"path": s.path, "status": str(s.status), "format": s.format, "reasons": s.reasons} for s in scans]
    emit(json.dumps(entries, indent=2) if format_ is PlainFormat.JSON else told(entries), output)
    statuses = {entry["status"] for entry in entries}
    raise typer.Exit(1 if "FAIL" in statuses else 3 if "INCOMPLETE" in statuses or not statuses else 0)


def told(entries: list[dict[str, Any]]) -> str:
    """The verdicts for people: what does not pass with its reasons, then how many of each."""
    lines = []
    for entry in entries:
        lines.append(f"{entry['status']:<10}  {_printable(entry['path'])}")
        lines += [f"            {_printable(reason)}" for reason in entry["reasons"]]
    counts = {status: sum(e["status"] == status for e in entries) for status in ("PASS", "FAIL", "INCOMPLETE")}
    told_counts = ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "nothing to judge"
    return "\n".join([*lines, f"{len(entries)} {'file' if len(entries) == 1 else 'files'}: {told_counts}"])


def _scanner() -> Any:
    """`scan_path` of the family that holds SafeModelFile, in whichever catalog that is installed."""
    import importlib

    from rqml.registry import find

    cls = find(SCANNER)
    return importlib.import_module(cls.__module__.rpartition(".")[0]).scan_path


def _existing(path: Path) -> Path:
    from rqml.cli.user_files import UnusableFile

    if not path.exists() and not path.is_symlink():
        raise UnusableFile(f"there is no file or folder {_printable(str(path))}")
    return path


def _printable(text: str) -> str:
    """Names come from strangers: control characters must not reach the terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
