"""What the code of a training function mentions that may come out different another time: read, not run."""

from __future__ import annotations

import dis
import functools
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

BUILDS_SETS = frozenset({"BUILD_SET", "SET_ADD", "SET_UPDATE"})
HASHED = frozenset({"set", "frozenset", "hash"})
SUSPECTS = {
    "now": "the clock, now(), is read",
    "utcnow": "the clock, utcnow(), is read",
    "today": "the clock, today(), is read",
    "getpid": "the number of the process is used",
    "id": "an address in memory, id(), is used",
    "mktemp": "a random file name is used",
    "mkdtemp": "a random folder name is used",
    "listdir": "the order of files, listdir(), is used",
    "scandir": "the order of files, scandir(), is used",
    "iterdir": "the order of files, iterdir(), is used",
    "glob": "the order of files, glob(), is used",
    "as_completed": "what is done first comes first, by as_completed()",
    "imap_unordered": "what is done first comes first, by imap_unordered()",
    "/dev/urandom": "the system's entropy, /dev/urandom, is read",
    "/dev/random": "the system's entropy, /dev/random, is read",
}
MOST_FUNCTIONS = 200


class Sources(NamedTuple):
    """What was read, with function and line.

    Attributes:
        hashed: sets and hash(), whose order PYTHONHASHSEED decides.
        suspected: clocks, entropy, the order of files or threads.
    """

    hashed: list[str]
    suspected: list[str]


def sources_of(training: Any) -> Sources:
    """Read a training function and those of the user's own functions that it calls; libraries are not read."""
    found = Sources([], [])
    for function in _functions(training):
        for code in _codes(function.__code__):
            _read(code, function, found)
    return found


def _read(code: CodeType, function: FunctionType, found: Sources) -> None:
    line, names = code.co_firstlineno, function.__globals__
    for step in dis.get_instructions(code):
        line = (step.positions.lineno if step.positions else None) or line
        named = step.argval if isinstance(step.argval, str) else ""
        at = f"in {function.__name__}(), {Path(code.co_filename).name} line {line}"
        held = isinstance(names.get(named), set | frozenset) if step.opname == "LOAD_GLOBAL" else False
        if step.opname in BUILDS_SETS or (step.opname == "LOAD_GLOBAL" and (named in HASHED or held)):
            _note(found.hashed, f"{'hash()' if named == 'hash' else 'the order of a set'} {at}")
        elif named in SUSPECTS and not step.opname.startswith(("STORE", "LOAD_FAST")):
            _note(found.suspected, f"{SUSPECTS[named]} {at}")


def _note(notes: list[str], entry: str) -> None:
    if entry not in notes:
        notes.append(entry)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _functions(training: Any) -> list[FunctionType]:
    """The function and those that it names, each once; breadth first."""
    waiting = [training]
    seen: dict[FunctionType, None] = {}
    while waiting and len(seen) < MOST_FUNCTIONS:
        value = waiting.pop(0)
        waiting += _held_by(value)
        function = _function(value)
        if function is None or function in seen or _library(function):
            continue
        seen[function] = None
        named = {name for code in _codes(function.__code__) for name in code.co_names}
        cells = [_content(cell) for cell in function.__closure__ or ()]
        held = [value for name, value in function.__globals__.items() if name in named] + cells
        waiting += held
        modules = [value for value in held if isinstance(value, ModuleType) and not _library(value)]
        waiting += [getattr(module, name) for module in modules for name in named if hasattr(module, name)]
    return list(seen)


def _function(value: Any) -> FunctionType | None:
    if isinstance(value, functools.partial):
        return _function(value.func)
    if isinstance(value, MethodType):
        return _function(value.__func__)
    if isinstance(value, FunctionType):
        return value
    own = vars(type(value)).get("__call__")
    return own if isinstance(own, FunctionType) else None


def _held_by(value: Any) -> list[Any]:
    """What a callable object may call: its attributes, and the training of a model that it wraps."""
    if isinstance(value, type | FunctionType | MethodType | ModuleType) or not callable(value):
        return []
    wrapped = getattr(getattr(value, "model", None), "fit", None)
    return [part for part in (wrapped, *getattr(value, "__dict__", {}).values()) if callable(part)]


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _library(value: FunctionType | ModuleType) -> bool:
    file = value.__code__.co_filename if isinstance(value, FunctionType) else getattr(value, "__file__", None) or ""
    name = value.__module__ if isinstance(value, FunctionType) else value.__name__
    package = (name or "").partition(".")[0]
    known = package == "rqml" or (package in sys.stdlib_module_names and package != "__main__")
    return known or "site-packages" in file or "dist-packages" in file
