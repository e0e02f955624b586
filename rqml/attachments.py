"""Where requirements are attached to code: what `require` and `ensure` decorated in this process."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import attrs

from rqml.proposition import Proposition


@attrs.frozen
class Attachment:
    """A place in code where a requirement is judged.

    Attributes:
        proposition: what is judged.
        door: "require" or "ensure".
        function: full name of the decorated function.
        file: its source file, empty where it has none.
        line: where it begins.
    """

    proposition: Proposition[Any]
    door: str
    function: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.door} at {self.function}" + (f" ({self.file}:{self.line})" if self.file else "")


_noted: dict[tuple[str, str, str], Attachment] = {}


def note(proposition: Proposition[Any], door: str, function: Callable[..., Any]) -> None:
    """Remember that a function was decorated; a function decorated again, as when reloaded, counts once."""
    plain = inspect.unwrap(function)
    code = getattr(plain, "__code__", None)
    name = f"{plain.__module__}.{plain.__qualname__}" if hasattr(plain, "__qualname__") else type(plain).__name__
    file, line = (code.co_filename, code.co_firstlineno) if code is not None else ("", 0)
    _noted[proposition.key, door, name] = Attachment(proposition, door, name, file, line)


def attachments() -> tuple[Attachment, ...]:
    """All that was attached so far, in order; modules that were not imported are not known."""
    return tuple(_noted.values())
