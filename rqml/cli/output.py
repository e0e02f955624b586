"""Writing results: to a file, or to standard output, with colours on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rqml.errors import RqmlError


class Unwritable(RqmlError):
    """A result cannot be written where it should be."""


def checked(output: Path | None) -> Path | None:
    """The path, if a file can be there; asked before anything is measured.

    Raises:
        Unwritable: it is a folder, or its folder does not exist.
    """
    if output is None:
        return None
    if output.is_dir():
        raise Unwritable(f"--output {output} is a folder: give the name of a file in it")
    if not output.absolute().parent.is_dir():
        raise Unwritable(f"--output {output} lies in a folder that does not exist: create it first")
    return output


def emit(text: str, output: Path | None) -> None:
    """Write text to the file, or to standard output."""
    if output is None:
        print(text.rstrip("\n"))
    else:
        output.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")


def show(renderable: object) -> None:
    """Print something that rich can draw: drawn on a terminal, as its plain text in a pipe."""
    if sys.stdout.isatty():
        from rich.console import Console

        Console(highlight=False).print(renderable)
    else:
        print(renderable)


def say(line: str) -> None:
    """Print one line of what others recorded: it cannot move the cursor, add lines or turn the text around."""
    print(printable(line))


def printable(text: str) -> str:
    """The text, with what is no visible character (controls, marks of direction, halves of pairs) by its code."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def table(rows: Sequence[tuple[str, ...]], headings: tuple[str, ...]) -> None:
    """Print rows: as a rich table on a terminal, as aligned columns without headings in a pipe."""
    rows = [tuple(map(printable, row)) for row in rows]
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Table

        drawn = Table(*headings)
        for row in rows:
            drawn.add_row(*map(escape, row))
        Console(highlight=False).print(drawn)
        return
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
