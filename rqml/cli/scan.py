"""`rqml scan`: what would model files do when they are loaded? Nothing is loaded."""

from __future__ import annotations

import glob
import importlib
import os
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from rqml.cli.options import Output, ScanFormat

SCANNER = "SafeModelFile"


def scan(  # noqa: PLR0917 (typer reads the order of help from it)
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files, folders and patterns.", show_default=False)
    ],
    format_: Annotated[ScanFormat, typer.Option("--format")] = ScanFormat.TEXT,
    output: Output = None,
    trust: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A class of your own, as package.module.ClassName.")
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN", help="What to leave out of folders, as in a .gitignore; also read from .rqmlignore here."
        ),
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; default: one a core.", show_default=False)] = None,
) -> None:
    """Scan model files without loading them; every file below a folder."""
    from rqml.cli.output import checked, emit
    from rqml.progress import shown
    from rqml.run import Run

    checked(output)
    family, reports = _scanner()
    ignored = (*reports.ignored_patterns(Path.cwd()), *(ignore or ()))
    with shown(Run(), "scan") as run:
        scans = family.scan_paths(
            _existing(paths),
            trusted=tuple(trust or ()),
            ignored=ignored,
            base=Path.cwd(),
            jobs=jobs or os.cpu_count() or 1,
            progress=run.progress,
        )
    emit(getattr(reports, f"to_{format_.value}")(scans), output)
    raise typer.Exit(reports.exit_code(scans))


def _scanner() -> tuple[ModuleType, ModuleType]:
    """The family that holds SafeModelFile, in whichever catalog that is installed, and its reports of scans."""
    from rqml.registry import find

    package = find(SCANNER).__module__.rpartition(".")[0]
    return importlib.import_module(package), importlib.import_module(f"{package}.scan_reports")


def _existing(paths: Iterable[str]) -> list[str]:
    """The paths, patterns replaced by what they match; a file may have the name of a pattern."""
    from rqml.cli.user_files import UnusableFile

    found = []
    for path in paths:
        # Not Path.glob: it takes no absolute patterns.
        matches = [path] if os.path.lexists(path) else sorted(glob.glob(path, recursive=True))  # noqa: PTH207
        if not matches:
            name = path.encode("unicode_escape").decode() if not path.isprintable() else path
            raise UnusableFile(f"there is no file or folder {name}")
        found += matches
    return found
