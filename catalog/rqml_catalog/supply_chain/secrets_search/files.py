"""Secrets in files: text line by line, notebooks cell by cell with their outputs, anything else by its strings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs

from rqml_catalog.supply_chain.secrets_search.assigned import find_assigned
from rqml_catalog.supply_chain.secrets_search.packed import is_pickled_text, members, texts_between
from rqml_catalog.supply_chain.secrets_search.shapes import Found, find_shapes

LARGEST = 64 << 20  # bytes of a file that are read
DEEPEST = 3  # archives in archives
CODE = (
    *(".c", ".cc", ".cpp", ".cs", ".cu", ".go", ".h", ".hpp", ".java", ".jl", ".js", ".jsx", ".kt", ".php", ".py"),
    *(".pyi", ".pyx", ".rb", ".rs", ".scala", ".swift", ".ts", ".tsx"),
)


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
    """The places of secrets in one file: in its first 64 MiB, and in 64 MiB of what is packed in them.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        yield from _places(file.read(LARGEST), shown, removable=True, depth=0)


def _places(content: bytes, shown: str, *, removable: bool, depth: int) -> Iterator[Place]:
    notebook = _notebook(content)
    if notebook is not None:
        for where, part in _texts(notebook):
            yield from (Place(shown, where, kind, removable) for kind, _, _ in secrets_in(part))
        return
    text = _text(content)
    if text is not None:
        for kind, begin, _ in secrets_in(text, code=_is_code(shown)):
            yield Place(shown, f"line {text.count(chr(10), 0, begin) + 1}", kind, removable)
        return
    seen: set[int | str] = set()
    for offset, part in texts_between(content):
        for kind, begin, end in secrets_in(part):
            if seen.isdisjoint({offset + begin, part[begin:end]}):
                seen |= {offset + begin, part[begin:end]}
                yield Place(shown, f"byte {offset + begin}", kind, False)
    for name, inner in members(content, LARGEST) if depth < DEEPEST else ():
        yield from _places(inner, f"{shown}!{name}" if name else shown, removable=False, depth=depth + 1)


def secrets_in(text: str, *, code: bool = False) -> list[Found]:
    """The secrets of a text in the order of their places; where two overlap, the one that its shape tells.

    Args:
        text: what to search.
        code: whether it is a program.
    """
    found: list[Found] = []
    for kind, begin, end in (*find_shapes(text), *find_assigned(text, code=code)):
        if all(end <= other_begin or begin >= other_end for _, other_begin, other_end in found):
            found.append((kind, begin, end))
    return sorted(found, key=lambda place: place[1])


def redacted(path: Path) -> bytes:
    """The content of a text file or notebook with every secret replaced by its kind."""
    content = path.read_bytes()
    notebook = _notebook(content)
    if notebook is not None:
        return json.dumps(_mapped(notebook, _clean), indent=1, ensure_ascii=False).encode() + b"\n"
    return _clean(_text(content) or "", code=_is_code(path.name)).encode()


def _is_code(name: str) -> bool:
    return name.lower().endswith(CODE)


def _clean(text: str, *, code: bool = False) -> str:
    for kind, begin, end in reversed(secrets_in(text, code=code)):
        text = f"{text[:begin]}[removed {kind}]{text[end:]}"
    return text


def _text(content: bytes) -> str | None:
    if b"\0" in content[:8192] or is_pickled_text(content):
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
