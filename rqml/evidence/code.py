"""The code behind a requirement, as a digest: its class, its module, and the modules of its own package it imports."""

from __future__ import annotations

import ast
import functools
import hashlib
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any

from rqml.errors import InvalidSubject
from rqml.proposition import with_consulted
from rqml.syntax import parse

if TYPE_CHECKING:
    from rqml.proposition import Proposition

_SHARED_FOLDERS = ("site-packages", "dist-packages")
_KERNEL = "rqml."


def code_digest(cls: type) -> str | None:
    """The digest of the code that a requirement class measures with, or None where it has no sources.

    It covers the functions of the class as they are loaded, and the source files of its module, of its bases, and of
    whatever these import, at any depth, from their own top-level package (for a module without package: from its
    folder). The kernel and other packages count by their versions instead. Sources are read once a process, when
    first asked for: a process that goes on after its sources were edited should be started anew.

    Args:
        cls: a requirement class.
    """
    bases = _bases(cls)
    try:
        sources = [_sources(base.__module__) for base in bases]
        functions = [_digested(function) for base in bases for function in _functions(base)]
    except (OSError, InvalidSubject):
        return None
    text = "\n".join([*sources, *functions])
    return hashlib.sha256(text.encode()).hexdigest()


_digests: weakref.WeakKeyDictionary[FunctionType, tuple[Any, str]] = weakref.WeakKeyDictionary()


def _digested(function: FunctionType) -> str:
    """The digest of a function as it is loaded; made anew only if its code or its defaults were replaced."""
    from rqml.evidence.fingerprint import fingerprint_value

    closure = all(map(_holds_a_class, function.__closure__ or ()))
    changeable = not closure or bool(function.__defaults__ or function.__kwdefaults__)
    known = _digests.get(function)
    if known is not None and known[0] is function.__code__ and not changeable:
        return known[1]
    digest = fingerprint_value(function)
    _digests[function] = function.__code__, digest
    return digest


def _holds_a_class(cell: CellType) -> bool:
    """True for the cell of `super()` and the like, which is not replaced."""
    try:
        return isinstance(cell.cell_contents, type)
    except ValueError:  # it is empty
        return False


def codes_of(proposition: Proposition[Any], known: dict[type, str | None]) -> dict[str, str | None]:
    """The digest of the code of each requirement, also of those that it asks in turn, by id.

    Args:
        proposition: what judges.
        known: digests by class, which are not made again, and to which new ones are added.
    """
    asked = list(with_consulted(proposition))
    for requirement in asked:
        if type(requirement) not in known:
            known[type(requirement)] = code_digest(type(requirement))
    return {requirement.meta.id: known[type(requirement)] for requirement in asked}


def _bases(cls: type) -> list[type]:
    from rqml.requirement import Requirement

    return [base for base in cls.__mro__ if issubclass(base, Requirement) and not base.__module__.startswith(_KERNEL)]


def _functions(cls: type) -> Iterator[FunctionType]:
    for name, value in sorted(vars(cls).items()):
        plain = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        generated = name.startswith("__")  # by attrs, from fields that the sources tell of
        if isinstance(plain, FunctionType) and not generated:
            yield plain


def sources_of(cls: type) -> frozenset[Path]:
    """The source files that `code_digest` covers; empty where there are none."""
    try:
        return frozenset(path.resolve() for base in _bases(cls) for path in _files(base.__module__)[1])
    except OSError:
        return frozenset()


def module_digest(module: str) -> str | None:
    """The digest of a module's source files and of what they import from its own package, as in `code_digest`.

    Args:
        module: dotted name of a module that is loaded.

    Returns:
        None where it has no sources.
    """
    try:
        return hashlib.sha256(_sources(module).encode()).hexdigest()
    except (OSError, InvalidSubject):
        return None


def _sources(module: str) -> str:
    """Names and digests of the source files of a module and of what it imports from its own package."""
    root, files = _files(module)
    return "\n".join(sorted(f"{path.relative_to(root)} {digest}" for path, digest in files.items()))


def _files(module: str) -> tuple[Path, dict[Path, str]]:
    """The folder that imports are looked up in, and the digests of the source files."""
    file = getattr(sys.modules.get(module), "__file__", None)
    if not file:
        raise OSError(f"{module} has no file")
    return _closure(module, Path(file).absolute())


@functools.cache
def _closure(module: str, start: Path) -> tuple[Path, dict[Path, str]]:
    root, top = _root(module, start)
    waiting, found = [(start, module)], {}
    while waiting:
        path, name = waiting.pop()
        if path in found:
            continue
        source = path.read_bytes()
        found[path] = hashlib.sha256(source).hexdigest()
        waiting += [(other, dotted) for dotted, other in _imports(source, name, root, top) if other not in found]
    return root, found


def _root(module: str, file: Path) -> tuple[Path, str]:
    """The folder that imports are looked up in, and the package that they must be of (empty: any)."""
    depth = module.count(".") + (file.name == "__init__.py")
    if depth:
        return file.parents[depth], module.partition(".")[0]
    alone = file.parent.name in _SHARED_FOLDERS
    return file.parent, module if alone else ""


def _imports(source: bytes, module: str, root: Path, top: str) -> Iterator[tuple[str, Path]]:
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, module)
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            if name and (not top or name.partition(".")[0] == top):
                yield from _located(name, root)


def _absolute(node: ast.ImportFrom, module: str) -> str:
    if not node.level:
        return node.module or ""
    package = module.split(".")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def _located(name: str, root: Path) -> Iterator[tuple[str, Path]]:
    """The file of a module; a package counts by its own code only, not by all the families it may hold."""
    place = root.joinpath(*name.split("."))
    if place.with_suffix(".py").is_file():
        yield name, place.with_suffix(".py")
    elif (place / "__init__.py").is_file():
        yield f"{name}.__init__", place / "__init__.py"
