"""Values to and from JSON: plain(), dumps() and loads()."""

from __future__ import annotations

import datetime as dt
import enum
import json
import math
import os
from collections.abc import Mapping
from typing import Any, TypeVar

import attrs

T = TypeVar("T")

_LEFT_OUT = frozenset({"cause", "witness", "apply", "undo"})


def plain(value: Any) -> Any:
    """The value as what JSON knows: dict, list, str, int, float, bool, None.

    Numbers that JSON lacks become "NaN", "Infinity" and "-Infinity"; enums their values; times ISO 8601;
    functions and classes their qualified names; anything else the name of its type, never its content.
    """
    if type(value) in _AS_IS:  # nearly everything, so asked first: a record is made of hundreds of these
        return value
    if isinstance(value, str | bool):
        return value
    if isinstance(value, enum.Enum):
        return value.name.lower() if isinstance(value, enum.IntEnum) else value.value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _NON_FINITE[repr(float(value))]
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=repr)
    return _plain_object(value)


_AS_IS = frozenset({str, int, bool, type(None)})
_NON_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _plain_object(value: Any) -> Any:
    if attrs.has(type(value)):
        return {name: plain(getattr(value, name)) for name in _shown(type(value))}
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        return plain(value.tolist())
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return type(value).__name__


_shown_of: dict[type, tuple[str, ...]] = {}


def _shown(cls: type) -> tuple[str, ...]:
    if cls not in _shown_of:
        names = [field.name for field in attrs.fields(cls)]
        _shown_of[cls] = tuple(name for name in names if not name.startswith("_") and name not in _LEFT_OUT)
    return _shown_of[cls]


def dumps(value: Any) -> str:
    """JSON text of a value, with sorted keys."""
    return json.dumps(plain(value), sort_keys=True, allow_nan=False, ensure_ascii=False)


def loads(text: str, cls: type[T]) -> T:
    """The value of class `cls` that `dumps` wrote."""
    return structure(json.loads(text), cls)


def structure(data: Any, cls: type[T]) -> T:
    """The value of class `cls` from what `plain` gave."""
    import cattrs

    converter = cattrs.Converter()
    converter.register_structure_hook(BaseException, lambda _value, _type: None)
    converter.register_structure_hook(float, lambda value, _type: float(value))
    return converter.structure(data, cls)
