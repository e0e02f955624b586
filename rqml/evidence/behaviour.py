"""What functions in a value do: their code, and what they read and call, at any depth.

The digest of a function in `_objects` covers what it carries with it. Here the globals that it names count, too:
numbers and texts by value, functions by what they do in turn, modules by their sources and by what is read of them.
The standard library counts by name, rqml and installed packages by name and version.
"""

from __future__ import annotations

import dis
import functools
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any

from rqml.errors import InvalidSubject
from rqml.evidence._encoding import digest, pack, qualified_name, text_form, utf8
from rqml.evidence._objects import Walk, is_scalar
from rqml.evidence.code import code_digest, module_digest
from rqml.requirement import Requirement

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_READS = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})
_UNDER = ("__func__", "fget", "func")


def fingerprint_behaviour(value: object) -> str:
    """The fingerprint of a value and of what the functions and classes in it do.

    Not seen is what a function asks of the world when it runs: files, clocks, the environment, `getattr` by a name
    that it computes.

    Raises:
        InvalidSubject: something that is read (a lock, an open file, a generator) has no content that can be told.
    """
    try:
        return text_form(digest("behaviour", _Behaviour().visit(value)))
    except RecursionError as error:
        raise InvalidSubject("what a function reads is nested too deeply to be told") from error


class _Behaviour(Walk):
    """A traversal that follows functions into their globals, and objects into their classes."""

    def _node(self, obj: Any) -> bytes:
        if isinstance(obj, type):
            return self._class(obj)
        if isinstance(obj, MappingProxyType):
            return self._node(dict(obj))
        if isinstance(obj, FunctionType) and _is_own(obj.__module__):
            return pack(b"reading", [super()._node(obj), *self._named(_globals_of(obj))])
        fields = vars(type(obj)).get("__attrs_attrs__")
        if fields is None:
            return super()._node(obj)
        values = [self.visit(getattr(obj, field.name)) for field in fields]  # without what was computed and kept
        return pack(b"attrs", [self.visit(type(obj)), *values])

    def _named(self, values: dict[str, Any]) -> list[bytes]:
        return [pack(utf8(name), [self._value(value)]) for name, value in sorted(values.items())]

    def _value(self, value: Any) -> bytes:
        return _module(value) if isinstance(value, ModuleType) else self.visit(value)

    def _class(self, cls: type) -> bytes:
        name = utf8(qualified_name(cls))
        if issubclass(cls, Requirement):
            code = code_digest(cls)
            if code is None:
                raise InvalidSubject(f"{cls.__qualname__} has no sources")
            return pack(b"requirement", [name, utf8(code)])
        if not _is_own(cls.__module__):
            return pack(b"class", [name, _version(cls.__module__)])
        members = {f"{base.__qualname__}.{key}": found for base in cls.__mro__ for key, found in _members(base)}
        return pack(b"class", [name, *self._named(members)])


def _members(cls: type) -> Iterator[tuple[str, Any]]:
    """The functions and plain constants of a class of the user's."""
    for name, value in vars(cls).items() if _is_own(cls.__module__) else ():
        function = value if isinstance(value, FunctionType) else _under(value)
        if isinstance(function, FunctionType):
            if not function.__code__.co_filename.startswith("<attrs"):
                yield name, function
        elif not name.startswith("__") and (is_scalar(value) or type(value) in (list, tuple, set, frozenset, dict)):
            yield name, value


def _under(descriptor: Any) -> Any:
    """The function in a staticmethod, classmethod, property or cached_property."""
    return next((found for name in _UNDER if (found := getattr(descriptor, name, None)) is not None), None)


def _globals_of(function: FunctionType) -> dict[str, Any]:
    """The globals that a function names, and what it names of the user's modules among them, by dotted name."""
    codes = list(_codes(function.__code__))
    reads = {i.argval for code in codes for i in dis.get_instructions(code) if i.opname in _READS}
    found = {name: function.__globals__[name] for name in reads if name in function.__globals__}
    attributes = {name for code in codes for name in code.co_names}
    waiting = [(name, value) for name, value in found.items() if isinstance(value, ModuleType)]
    seen = set()
    while waiting:
        path, module = waiting.pop()
        if module.__name__ in seen or not _is_own(module.__name__):
            continue
        seen.add(module.__name__)
        inside = {f"{path}.{name}": vars(module)[name] for name in attributes if name in vars(module)}
        found |= inside
        waiting += [(name, value) for name, value in inside.items() if isinstance(value, ModuleType)]
    return found


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _module(module: ModuleType) -> bytes:
    name = module.__name__
    told = utf8(module_digest(name) or "") if _is_own(name) else _version(name)
    return pack(b"module", [utf8(name), told])


@functools.cache
def _is_own(module: str | None) -> bool:
    """True for the user's code: neither the standard library nor rqml nor an installed package."""
    top = (module or "").partition(".")[0]
    if top in sys.stdlib_module_names or top == "rqml":
        return False
    file = getattr(sys.modules.get(module or ""), "__file__", None)
    return file is None or not _INSTALLED.intersection(Path(file).parts)


def _version(module: str) -> bytes:
    top = sys.modules.get(module.partition(".")[0])
    return utf8(str(getattr(top, "__version__", "")))
