"""Markdown from values: tables, and text in which nothing is taken for markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table; cells are escaped, code spans kept."""
    yield "| " + " | ".join(header) + " |"
    yield "|" + " --- |" * len(header)
    for row in rows:
        yield "| " + " | ".join(cell(text) for text in row) + " |"


def cell(text: str) -> str:
    """Text on one line, safe in a table cell."""
    return prose(" ".join(text.split())).replace("|", "\\|")


def prose(text: str) -> str:
    """Text as Markdown, code spans kept: a bare < would open a tag, a bare * or _ emphasis."""
    parts = text.split("`")
    return "`".join(part if index % 2 else _plain(part) for index, part in enumerate(parts))


def _plain(text: str) -> str:
    for mark, safe in (("&", "&amp;"), ("<", "&lt;"), ("*", "\\*")):
        text = text.replace(mark, safe)
    return text
