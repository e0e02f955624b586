"""Specifications as TOML files, with errors that name file and line.

    name = "credit"
    owner = "risk@bank.example"
    extends = "base.toml"          # optional: a file beside this one, tailored by what follows

    [[require]]
    use = "KAnonymity"             # class name or id
    on = "training_data"           # optional: name of a part of the system
    label = "strict"               # optional, as is needs = ["PII-01"]
    k = 10                         # any parameter of the class

    [tailor.PII-01]                # with extends: other parameters for an inherited requirement, by its key
    max_rows = 0

    [[waive]]
    requirement = "strict"
    approver = "A. Person"
    justification = "..."
    start = 2026-01-01T00:00:00Z
    expiry = 2026-12-31T00:00:00Z

`remove = ["PII-03"]` leaves inherited requirements out, and needs a waiver.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from rqml.errors import InvalidParameter, InvalidSpecification, RqmlError
from rqml.proposition import Proposition
from rqml.registry import find
from rqml.requirement import Requirement
from rqml.specification import Specification
from rqml.waiver import Waiver

TOP = ("name", "owner", "extends", "require", "tailor", "remove", "waive")
EXTENDING = ("tailor", "remove")
_WORDS = ("name", "owner", "extends")


def load(path: Path, seen: tuple[Path, ...] = ()) -> Specification:
    """The specification that a TOML file describes.

    Raises:
        InvalidSpecification: with file, line and what to do.
    """
    source = _read(path)
    if path.resolve() in seen:
        raise source.error("extends", "specifications extend each other in a circle: take one extends out")
    for key in source.data:
        if key not in TOP:
            raise source.error(key, f"unknown entry {key!r}; known are {', '.join(TOP)}")
    for key in _WORDS:
        if not isinstance(source.data.get(key, ""), str):
            raise source.error(key, f'{key} is written as text: {key} = "..."')
    name = source.data.get("name", path.stem)
    waivers = [_waiver(source, index, entry) for index, entry in enumerate(source.tables("waive"))]
    added = [_requirement(source, index, entry) for index, entry in enumerate(source.tables("require"))]
    try:
        if "extends" in source.data:
            return _extended(source, name, added, waivers, (*seen, path.resolve()))
        for key in EXTENDING:
            if key in source.data:
                raise source.error(key, f"{key} needs extends: it speaks of inherited requirements")
        return Specification(name, added, owner=source.data.get("owner", ""), waivers=waivers)
    except _Located:
        raise
    except (RqmlError, TypeError, ValueError) as error:
        raise source.error(None, _words_of(error)) from error


def _words_of(error: Exception) -> str:
    """The sentence of an error; validators of attrs add objects to it that say nothing to users."""
    return str(error.args[0]) if error.args else str(error)


class _Located(InvalidSpecification):
    """An error that names its file and line already."""


@attrs.frozen
class _Source:
    """A parsed file and its text, to find the line of an entry."""

    path: Path
    text: str
    data: Mapping[str, Any]

    def tables(self, key: str) -> list[Mapping[str, Any]]:
        """The tables of an array of tables."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self.error(key, f"{key} is written as tables: [[{key}]]")
        return value

    def error(self, key: str | None, message: str, table: str | None = None, index: int = 0) -> InvalidSpecification:
        """The error at the line of `key`, in the `index`-th `[[table]]` where one is named."""
        return _Located(f"{self.path}:{self._line(key, table, index)}: {message}")

    def _line(self, key: str | None, table: str | None, index: int) -> int:
        lines = self.text.splitlines()
        start = 0
        if table is not None:
            heads = [n for n, line in enumerate(lines) if re.match(rf"\s*\[\[\s*{table}\s*\]\]", line)]
            start = heads[index] if index < len(heads) else 0
        if key is not None:
            pattern = rf"\s*\[*\s*(tailor\s*\.\s*)?[\"']?{re.escape(key)}[\"']?\s*[=.\]]"
            start = next((n for n in range(start, len(lines)) if re.match(pattern, lines[n])), start)
        return start + 1


def _read(path: Path) -> _Source:
    if path.is_dir():
        raise InvalidSpecification(f"{path} is a folder: name the TOML file in it")
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise InvalidSpecification(f"{path} does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSpecification(f"{path} cannot be read as text: {type(error).__name__}") from None
    try:
        return _Source(path, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidSpecification(f"{path}: this is not TOML: {error}") from None


def _requirement(source: _Source, index: int, entry: Mapping[str, Any]) -> Proposition[Any]:
    values = dict(entry)
    if not isinstance(values.get("use"), str):
        raise source.error(None, 'a requirement needs its class or id: use = "KAnonymity"', "require", index)
    try:
        cls = find(values.pop("use"))
    except RqmlError as error:
        raise source.error("use", str(error), "require", index) from None
    part = values.pop("on", None)
    return _built(source, index, cls, values, part)


def _built(
    source: _Source, index: int, cls: type[Requirement[Any]], values: dict[str, Any], part: Any
) -> Proposition[Any]:
    try:
        requirement = cls(**values)
    except InvalidParameter as error:
        raise source.error(error.parameter or None, str(error), "require", index) from error
    if part is None:
        return requirement
    if not isinstance(part, str) or not part:
        raise source.error("on", 'on is the name of a part of the system: on = "training_data"', "require", index)
    return requirement.on(part)


def _waiver(source: _Source, index: int, entry: Mapping[str, Any]) -> Waiver:
    known = [field.name for field in attrs.fields(Waiver)]
    for key in entry:
        if key not in known:
            raise source.error(key, f"a waiver has no {key!r}; it has {', '.join(known)}", "waive", index)
    for key in known:
        if key not in entry:
            raise source.error(None, f"a waiver needs its {key}", "waive", index)
    try:
        return Waiver(**entry)
    except (InvalidSpecification, TypeError) as error:
        raise source.error(None, str(error), "waive", index) from None


def _extended(
    source: _Source, name: str, added: list[Proposition[Any]], waivers: list[Waiver], seen: tuple[Path, ...]
) -> Specification:
    base = _base(source, seen)
    parameters, remove = source.data.get("tailor", {}), source.data.get("remove", [])
    if not isinstance(parameters, dict) or not all(isinstance(values, dict) for values in parameters.values()):
        raise source.error("tailor", "tailor is written as a table for each key: [tailor.PII-02]")
    if not isinstance(remove, list) or not all(isinstance(key, str) for key in remove):
        raise source.error("remove", 'remove is a list of keys: remove = ["PII-02"]')
    try:
        return base.tailor(
            name, parameters=parameters, add=added, remove=remove, waivers=waivers, owner=source.data.get("owner")
        )
    except (RqmlError, TypeError, ValueError) as error:
        text = _words_of(error)
        wrong = error.parameter if isinstance(error, InvalidParameter) else ""
        culprit = next((key for key in parameters if wrong in parameters[key] or _speaks_of(text, key)), None)
        raise source.error(culprit or ("remove" if remove else "extends"), text) from error


def _base(source: _Source, seen: tuple[Path, ...]) -> Specification:
    path = source.path.parent / source.data["extends"]
    if not path.is_file():
        raise source.error("extends", f"there is no file {path} to extend")
    return load(path, seen)


def _speaks_of(text: str, key: str) -> bool:
    """True if an error is about the tailoring of this key: it quotes it."""
    return repr(key) in text or f"({key} " in text
