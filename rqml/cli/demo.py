"""`rqml demo`: the case studies of the installed catalogs.

A case study is a module in the package `case_studies` of a catalog, with a docstring and
`main(folder: Path, console: rich.console.Console) -> int`, which gives the exit code.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
import sys
from pathlib import Path
from typing import Annotated

import typer

PACKAGE = "case_studies"
PIPE_WIDTH = 120


def demo(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Which one; default: list them.")] = None,
    folder: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where its files go; default: rqml-demo/NAME.")
    ] = None,
) -> None:
    """Run a case study from end to end, or list them."""
    from rqml.cli.output import table
    from rqml.errors import UnknownName
    from rqml.registry import suggestion

    found = case_studies()
    if name is None:
        table([(study, _first_line(path)) for study, (_, path) in found.items()], ("name", "what it shows"))
        return
    if name not in found:
        raise UnknownName(f"there is no demo {name!r}{suggestion(name, found)}")
    from rich.console import Console

    place = Path("rqml-demo") / name if folder is None else folder
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
    place.mkdir(parents=True, exist_ok=True)
    raise typer.Exit(importlib.import_module(found[name][0]).main(place, console))


def case_studies() -> dict[str, tuple[str, Path]]:
    """Module name and file of each case study, by its name; none of them is imported."""
    from rqml.registry import catalogs

    found = {}
    for catalog in catalogs():
        package = f"{catalog}.{PACKAGE}"
        spec = importlib.util.find_spec(package)
        for module in pkgutil.iter_modules(() if spec is None else spec.submodule_search_locations):
            study = importlib.util.find_spec(f"{package}.{module.name}")
            if not module.name.startswith("_") and study is not None and study.origin is not None:
                found[module.name.replace("_", "-")] = (study.name, Path(study.origin))
    return dict(sorted(found.items()))


def _first_line(path: Path) -> str:
    from rqml.syntax import parse

    text = ast.get_docstring(parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]
