"""Options that several commands share."""

from __future__ import annotations

import enum
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rqml.run import Run


class Format(enum.StrEnum):
    """How a result is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class PlainFormat(enum.StrEnum):
    """How a result is written that has no Markdown form."""

    TEXT = "text"
    JSON = "json"


class Tier(enum.StrEnum):
    """When a requirement can be afforded; the names of `rqml.Cost`."""

    INLINE = "inline"
    COMMIT = "commit"
    RELEASE = "release"
    AUDIT = "audit"


class ScanFormat(enum.StrEnum):
    """How the verdicts of a scan are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


SUFFIXES = {".json": Format.JSON, ".md": Format.MARKDOWN}

File = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="FILE.py with a module-level Specification, or FILE.toml.", show_default=False),
]
SystemSource = Annotated[
    str | None,
    typer.Option(
        "--system",
        metavar="SOURCE",
        help="What to judge: FILE.py, FILE.py:name or module:name (a System, or a function that returns one). "
        "Default: the specification's own system, or what FILE.py calls `system`.",
    ),
]
Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="NAME", help="Only the specification that FILE.py calls so.")
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="PATH", help="Write the result here; default: standard output.")
]


def ledger_place(text: str) -> str:
    """The place of a ledger, as it is written; what is no place is refused before anything is judged."""
    if not text.strip() or Path(text).is_dir():
        raise typer.BadParameter(f"{text!r} is no ledger: write the path of a SQLite file, or a database URL")
    return text


Evidence = Annotated[
    str | None,
    typer.Option(
        "--evidence",
        parser=ledger_place,
        metavar="PLACE",
        help="Record the verdicts there and use measurements again that still hold: a SQLite file or a database URL.",
    ),
]
Jobs = Annotated[int, typer.Option(min=1, help="Requirements measured at a time.")]
Seed = Annotated[int, typer.Option(help="Root of all randomness; the same seed gives the same verdicts.")]
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str) -> float:
    """The seconds that "90", "90s", "1.5m" or "2h" stand for."""
    number = text.strip()
    unit = number[-1:] if number[-1:] in _UNITS else ""
    try:
        value = float(number.removesuffix(unit)) * _UNITS[unit]
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise typer.BadParameter(f"{text!r} is no length of time: write 90, 90s, 1.5m or 2h")
    return value


Timeout = Annotated[
    float | None,
    typer.Option(
        parser=seconds,
        metavar="TIME",
        help="Most that a single measurement may take; it stops at its next step.",
        show_default=False,
    ),
]
Budget = Annotated[
    float | None,
    typer.Option(
        parser=seconds, metavar="TIME", help="Most that all may take together: 90, 90s, 2m.", show_default=False
    ),
]


def days(text: str) -> float:
    """The days that a number stands for; at most a century."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 36_525:
        raise typer.BadParameter(f"{text!r} is no number of days: write one from 0 to 36525")
    return value


Hard = Annotated[bool, typer.Option("--hard", help="Measure in processes that are killed at the --timeout.")]


def chosen_run(seed: int, timeout: float | None, hard: bool) -> Run:
    """The Run that the options ask for.

    Raises:
        InvalidParameter: --hard without a --timeout.
    """
    from rqml.errors import InvalidParameter
    from rqml.run import Run

    if hard and timeout is None:
        raise InvalidParameter("--hard kills a measurement when its time is up: say when by --timeout SECONDS", "hard")
    return Run(seed=seed, timeout=timeout, hard=hard)
