"""Secrets in files: text line by line, notebooks cell by cell with their outputs, anything else by its strings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs

from rqml_catalog.supply_chain.secrets_search import shapes

LARGEST = 64 << 20  # bytes of a file that are read
_STRINGS = re.compile(rb"[\x20-\x7e\n]{12,}")


@attrs.frozen
class Place:
    """Where a secret is, and what kind; never the secret.

    Attributes:
        path: relative path of the file.
        where: line, or cell and part of a notebook, or byte offset.
        kind: as in `GitHub token`.
        removable: whether it can be taken out of the file without breaking its format.
    """

    path: str
    where: str
    kind: str
    removable: bool


def find_in(path: Path, shown: str) -> Iterator[Place]:
    """The places of secrets in one file."""
    content = path.read_bytes()[:LARGEST]
    notebook = _notebook(content)
    if notebook is not None:
        for where, part in _texts(notebook):
            yield from (Place(shown, where, kind, True) for kind, _, _ in shapes.find(part))
        return
    text = _text(content)
    if text is not None:
        for kind, begin, _ in shapes.find(text):
            yield Place(shown, f"line {text.count(chr(10), 0, begin) + 1}", kind, True)
        return
    for match in _STRINGS.finditer(content):
        for kind, begin, _ in shapes.find(match[0].decode("ascii")):
            yield Place(shown, f"byte {match.start() + begin}", kind, False)


def redacted(path: Path) -> bytes:
    """The content of a text file or notebook with every secret replaced by its kind."""
    content = path.read_bytes()
    notebook = _notebook(content)
    if notebook is not None:
        return json.dumps(_mapped(notebook, _clean), indent=1, ensure_ascii=False).encode() + b"\n"
    return _clean(_text(content) or "").encode()


def _clean(text: str) -> str:
    for kind, begin, end in sorted(shapes.find(text), key=lambda found: -found[1]):
        text = f"{text[:begin]}[removed {kind}]{text[end:]}"
    return text


def _text(content: bytes) -> str | None:
    if b"\0" in content[:8192]:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _notebook(content: bytes) -> Any:
    """The notebook in a file, or None. Only its cells make it one, not its name."""
    if content.lstrip()[:1] != b"{" or b'"cells"' not in content:
        return None
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and isinstance(value.get("cells"), list) else None


def _texts(notebook: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for number, cell in enumerate(notebook["cells"], 1):
        for part in cell if isinstance(cell, dict) else ():
            found: list[str] = []
            _mapped(cell[part], lambda text, found=found: found.append(text) or text)  # type: ignore[misc]
            for text in found:
                yield f"cell {number}, {part}", text
    found = []
    _mapped(notebook.get("metadata", {}), lambda text: found.append(text) or text)  # type: ignore[func-returns-value]
    yield from (("metadata", text) for text in found)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with every text in it changed; the lines of a source are changed as one text."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            return change("".join(value)).splitlines(keepends=True)
        return [_mapped(item, change) for item in value]
    if isinstance(value, dict):
        return {key: _entry(key, item, change) for key, item in value.items()}
    return value


def _entry(key: str, item: Any, change: Callable[[str], str]) -> Any:
    """A text under a key that names a secret is read together with that key."""
    if not isinstance(item, str):
        return _mapped(item, change)
    whole = change(f"{key}: {item}")
    return whole.removeprefix(f"{key}: ")
