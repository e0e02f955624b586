"""What makes objects from a few values: times, numbers and patterns from their text, tensors from their storages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rqml_catalog.supply_chain.serialization.arrays import detailed
from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.values import Global, Instance

Judge = Callable[[Machine, Global, tuple[Any, ...]], Any]
LONGEST_TEXT = 10_000
DECIMAL = r"-?[0-9.]+(?:E[+-]?[0-9]{1,4})?|-?s?NaN[0-9]*|-?Infinity"
FRACTION = r"-?[0-9]+(?:/[0-9]+)?"
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,40}(?:/[A-Za-z0-9_+-]{1,40}){0,2}")


def not_with(m: Machine, function: Global) -> Exception:
    """The refusal of arguments that the pickler never writes for a function."""
    return m.refuse("call-arguments", f"{function.path} is called with arguments no pickler writes", function.path)


def text(pattern: str) -> Judge:
    """A judge for constructors of one text of a given form."""
    form = re.compile(pattern)

    def judge(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
        good = len(args) == 1 and isinstance(detailed(args[0]), str) and len(args[0]) <= LONGEST_TEXT
        if not good or form.fullmatch(args[0]) is None:
            raise not_with(m, function)
        return Instance(function, args, m.start)

    return judge


_RATIO = text(FRACTION)


def fraction(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """fractions.Fraction: of one text or, since Python 3.11, of two whole numbers, of which the second is no zero."""
    if len(args) == 2 and all(type(arg) is int for arg in args) and args[1]:
        return Instance(function, args, m.start)
    value: Instance = _RATIO(m, function, args)
    return value


def pattern(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """re._compile(pattern, flags)."""
    good = len(args) == 2 and isinstance(detailed(args[0]), str | memoryview) and type(args[1]) is int
    if not good or len(args[0]) > LONGEST_TEXT:
        raise not_with(m, function)
    return Instance(function, args, m.start)


def zone(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """pytz._p(name, ...), ZoneInfo._unpickle(name, 1): look a time zone up by its name, which is no path."""
    good = bool(args) and isinstance(detailed(args[0]), str) and _ZONE.fullmatch(args[0])
    if not good or not all(type(arg) in (int, str) for arg in args[1:]):
        raise not_with(m, function)
    return Instance(function, args, m.start)


def tensor(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """torch._utils._rebuild_*: what it is made of was judged when it was read, but for how it is laid out."""
    stored = args and isinstance(args[0], Instance) and args[0].cls.kind == "S"
    if stored and not _fits(*args[:4]):
        raise m.refuse("torch-storage", "a tensor reaches beyond its storage", function.path)
    return Instance(function, args, m.start)


def _fits(storage: Instance, offset: Any = None, size: Any = None, stride: Any = None) -> bool:
    """Whether the last element of a tensor lies in its storage, whose elements are counted in its first argument."""
    sizes, steps = detailed(size), detailed(stride)
    if not isinstance(sizes, tuple) or not isinstance(steps, tuple) or len(sizes) != len(steps):
        return False
    if not all(type(n) is int and n >= 0 for n in (offset, *sizes, *steps)):
        return False
    last = offset + sum((n - 1) * step for n, step in zip(sizes, steps, strict=True))
    return 0 in sizes or last < storage.args[0]
