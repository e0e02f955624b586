"""What the docstring of a requirement class says, section by section, for `rqml catalog show` and the docs."""

from __future__ import annotations

import inspect
import re

import attrs

HEADINGS = ("Requires", "Why", "Measured", "Enforced", "False alarms", "Blind spots", "References", "Args")

_HEADING = re.compile(rf"^({'|'.join(HEADINGS)}):$", re.MULTILINE)
_ARGUMENT = re.compile(r"^(\w+):\s*", re.MULTILINE)


@attrs.frozen
class Docstring:
    """A docstring taken apart.

    Attributes:
        summary: what stands before the first section.
        sections: text of each section by its heading, without `Args`; paragraphs are joined to single lines.
        arguments: text for each parameter.
    """

    summary: str
    sections: dict[str, str]
    arguments: dict[str, str]


def docstring_of(cls: type) -> Docstring:
    """The docstring of a requirement class; empty parts where it says nothing."""
    summary, *rest = _HEADING.split(inspect.cleandoc(vars(cls).get("__doc__") or ""))
    found = dict(zip(rest[::2], map(inspect.cleandoc, rest[1::2]), strict=True))
    _, *arguments = _ARGUMENT.split(found.pop("Args", ""))
    return Docstring(
        _joined(summary),
        {heading: _joined(text) for heading, text in found.items()},
        {name: _joined(text) for name, text in zip(arguments[::2], arguments[1::2], strict=True)},
    )


def _joined(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
