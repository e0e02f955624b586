"""Where requirements are attached to code: what decorators, tests and guards registered in this process."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from rqml.proposition import Proposition


@attrs.frozen
class Place:
    """A place in code.

    Attributes:
        door: what judges there: "require", "ensure", "test", ...
        name: full name of the function, or id of the test.
        file: its source file, empty where it has none.
        line: where it begins, 0 where that is not known.
    """

    door: str
    name: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        file = self.told()["file"]
        return f"{self.door} at {self.name}" + (f" ({file}:{self.line})" if file else "")

    def told(self) -> dict[str, Any]:
        """The place for a record: its file below the working folder, or the file's name, but no folder of this host."""
        path = Path(self.file)
        inside = path.is_absolute() and path.is_relative_to(Path.cwd())
        file = path.relative_to(Path.cwd()).as_posix() if inside else path.name if path.is_absolute() else self.file
        return {"door": self.door, "name": self.name, "file": file, "line": self.line}


@attrs.frozen
class Attachment:
    """A proposition, and a place in code where it is judged."""

    proposition: Proposition[Any]
    place: Place


_noted: dict[tuple[str, str, str], Attachment] = {}


def note_place(proposition: Proposition[Any], place: Place) -> Place:
    """Remember that something is judged at a place, and give it; noted again, as when reloaded, it counts once."""
    _noted[proposition.key, place.door, place.name] = Attachment(proposition, place)
    return place


def place_of(door: str, function: Callable[..., Any]) -> Place:
    """The place where a function stands."""
    plain = inspect.unwrap(function)
    code = getattr(plain, "__code__", None)
    name = f"{plain.__module__}.{plain.__qualname__}" if hasattr(plain, "__qualname__") else type(plain).__name__
    return Place(door, name) if code is None else Place(door, name, code.co_filename, code.co_firstlineno)


def attachments() -> tuple[Attachment, ...]:
    """All that was attached so far, in order; modules that were not imported are not known."""
    return tuple(_noted.values())


def places() -> Mapping[int, tuple[Place, ...]]:
    """The places of all that was attached so far, by the identity of the proposition, which they keep alive."""
    found: dict[int, tuple[Place, ...]] = {}
    for attachment in attachments():
        known = found.get(id(attachment.proposition), ())
        found[id(attachment.proposition)] = (*known, attachment.place)
    return found
