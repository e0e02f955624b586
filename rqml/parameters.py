"""What is said where a requirement is given wrong parameters: one error that names class and parameter."""

from __future__ import annotations

import difflib
import functools
import inspect
import reprlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from rqml.errors import InvalidParameter

COMMON = frozenset({"label", "needs"})
"""The fields that every requirement has."""
_SEVERAL: tuple[Any, ...] = (tuple, frozenset)
_ARGUMENTS_OF_ATTRS = 4  # text, attribute, what is accepted, value


def explaining(cls: type, init: Callable[..., None]) -> Callable[..., None]:
    """The `__init__` that attrs wrote for a class; what it raises becomes an InvalidParameter in plain words."""

    @functools.wraps(init)
    def make(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            init(self, *args, **kwargs)
        except (TypeError, ValueError) as error:
            if type(self) is not cls:  # a subclass calls up: it will explain
                raise
            raise _explained(cls, self, args, kwargs, error) from None

    return make


def _explained(cls: type, unfinished: Any, args: Any, kwargs: Mapping[str, Any], error: Exception) -> InvalidParameter:
    fields = {field.alias: field for field in attrs.fields(cls) if field.init}
    known = f"Its parameters are {', '.join(sorted(fields, key=COMMON.__contains__))}"
    unknown = next((name for name in kwargs if name not in fields), None)
    if unknown is not None:
        meant = difflib.get_close_matches(unknown, fields, n=1, cutoff=0.5)
        hint = f"; did you mean {meant[0]!r}?" if meant else "."
        return InvalidParameter(f"{cls.__name__} has no parameter {unknown!r}{hint} {known}", unknown)
    try:
        given = inspect.signature(cls).bind(*args, **kwargs).arguments
    except TypeError as misfit:
        return InvalidParameter(f"{cls.__name__}: {misfit}. {known}")
    for name, value in given.items():
        refusal = _refusal(fields[name], unfinished, value)
        if refusal is not None:
            return InvalidParameter(f"{cls.__name__}: {_sentence(name, value, refusal)}", name)
    return InvalidParameter(f"{cls.__name__}: {_text(error)}")  # parameters that do not fit together


def _refusal(field: attrs.Attribute[Any], unfinished: Any, value: Any) -> Exception | None:
    """What the field itself raises for a value."""
    if field.converter in _SEVERAL and not isinstance(value, Iterable):
        return InvalidParameter(f"{field.alias} takes several values, such as a list, got {_shown(value)}")
    try:
        converted = field.converter(value) if callable(field.converter) else value
        if field.validator is not None:
            field.validator(unfinished, field, converted)
    except (TypeError, ValueError) as error:
        return error
    return None


def _sentence(name: str, value: Any, refusal: Exception) -> str:
    text, quoted = _text(refusal), f"'{name}' "
    if isinstance(refusal, TypeError) and "not supported between instances" in text:  # a bound of another type
        return f"{name} must be {_kind_of_bound(text)}, got {_shown(value)}"
    if isinstance(refusal, InvalidParameter) or not text.startswith(quoted):  # written by an author
        told = text if "got " in text else f"{text}, got {_shown(value)}"
        return told if text.startswith((name, quoted)) else f"{name}: {told}"
    if len(refusal.args) == _ARGUMENTS_OF_ATTRS and (accepted := _types(refusal.args[2])):
        return f"{name} must be {' or '.join(accepted)}, got {_shown(refusal.args[3])}"
    text = text.removesuffix(f": {value}").removesuffix(f" (got {value!r})").removeprefix(quoted)
    return f"{name} {text}, got {_shown(value)}"


def _text(error: Exception) -> str:
    """The sentence of an error; validators of attrs add objects to it that say nothing to users."""
    return str(error.args[0]) if error.args else str(error)


def _kind_of_bound(text: str) -> str:
    """What can be compared with a bound, from Python's own words: its type is the last one they quote."""
    kind = text.rsplit("'", 2)[1]
    return "a number" if kind in ("int", "float") else kind


def _types(accepted: Any) -> list[str]:
    """Names of the types that `instance_of` accepts; none where this is not what was asked."""
    each = accepted if isinstance(accepted, tuple) else (accepted,)
    return [kind.__name__ for kind in each] if all(isinstance(kind, type) for kind in each) else []


def _shown(value: Any) -> str:
    return f"{reprlib.repr(value)} ({type(value).__name__})"
