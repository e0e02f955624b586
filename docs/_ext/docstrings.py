"""What a requirement class says of itself in its docstring and its fields."""

from __future__ import annotations

import inspect
from typing import Any

import attrs

from rqml.docstring import HEADINGS, docstring_of
from rqml.meta import STRICTER

COMMON = ("label", "needs")
SECTIONS = HEADINGS[:-1]


def argument_texts(cls: type) -> dict[str, str]:
    """What the Args of the class, or of those it inherits from, say of each parameter."""
    texts: dict[str, str] = {}
    for base in reversed(inspect.getmro(cls)):
        texts |= docstring_of(base).arguments
    return texts


def parameter_rows(cls: type) -> list[tuple[str, str, str, str]]:
    """Name, default, direction of a limit, and meaning of each parameter."""
    texts = argument_texts(cls)
    return [
        (f"`{field.name}`", _default(field), field.metadata.get(STRICTER, ""), texts.get(field.name, ""))
        for field in attrs.fields(cls)
        if field.name not in COMMON
    ]


def _default(field: Any) -> str:
    if field.default is attrs.NOTHING:
        return "required"
    if isinstance(field.default, attrs.Factory):
        return "made anew" if field.default.takes_self else f"`{field.default.factory()!r}`"
    return f"`{field.default!r}`"
