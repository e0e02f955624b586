"""What users hand to the command line: files with specifications, and what to judge them on."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from rqml.errors import RqmlError
from rqml.loading import SYSTEM, only, specifications_in, system_in
from rqml.specification import Specification

# The texts of these speak of code, not of data.
_ABOUT_CODE = (RqmlError, ImportError, NameError, AttributeError, OSError)


class UnusableFile(RqmlError):
    """A file of the user is missing or broken."""


def specifications_and_module(
    path: Path, names: Sequence[str] | None
) -> tuple[dict[str, Specification], ModuleType | None]:
    """The specifications in a Python or TOML file, by name, and the module they stand in.

    Raises:
        UnusableFile: the file is missing, broken, or holds no specification.
        InvalidSpecification: a TOML file is not well formed, or a name is unknown.
    """
    if path.suffix == ".toml":
        with _told_for(_existing(path)):
            specification = Specification.from_toml(path)
        return only({specification.name: specification}, names or ()), None
    module = load(path)
    found = specifications_in(module)
    if not found:
        raise UnusableFile(f'{path} holds no specification: write one as credit = Specification("credit", [...])')
    return only(found, names or ()), module


def subject_of(specification: Specification, module: ModuleType | None, source: str | None) -> Any:
    """What to judge: `--system`, or the specification's own system (then None), or the `system` of its module.

    Raises:
        UnusableFile: there is none, or it is broken.
    """
    if source is not None:
        return _from_source(source)
    if specification.system is not None:
        return None
    found = None if module is None else _made(module, SYSTEM)
    if found is None:
        raise UnusableFile(
            f"there is nothing to judge specification {specification.name!r} on: let --system name a System "
            "(FILE.py:name or module:name), or define `system` beside the specification (a System, or a function "
            "that returns one)"
        )
    return found


def load(path: Path) -> ModuleType:
    """The module that a Python file makes, its folder being importable as for `python FILE.py`.

    Raises:
        UnusableFile: the file is missing, no Python file, or raises; the text gives file, line and reason.
    """
    if _existing(path).suffix != ".py":
        raise UnusableFile(f"{path} is neither a Python file (.py) nor a specification in TOML (.toml)")
    name = path.stem if path.stem not in sys.modules else f"rqml_user_file_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UnusableFile(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pickle and attrs look classes up by it
    sys.path.insert(0, str(path.resolve().parent))
    with _told_for(path):
        spec.loader.exec_module(module)
    return module


def collect_tests(paths: Sequence[Path]) -> None:
    """Have pytest import these tests, without running any, so that the specifications in them register themselves.

    Raises:
        UnusableFile: pytest is missing, or cannot collect them.
    """
    if not paths:
        return
    try:
        import pytest
    except ImportError:
        raise UnusableFile("--tests needs pytest, which is not installed: pip install pytest") from None
    told = io.StringIO()
    options = ["--collect-only", "-q", "-p", "no:cacheprovider", "--capture=no"]
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        code = pytest.main([*options, *(str(_at(path)) for path in paths)])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise UnusableFile(f"pytest cannot collect {paths[0]}: `pytest --collect-only {paths[0]}` says why")


def _at(path: Path) -> Path:
    if not path.exists():
        raise UnusableFile(f"there is no file or folder {path}")
    return path


def _existing(path: Path) -> Path:
    if path.is_dir():
        raise UnusableFile(f"{path} is a folder: give a file in it")
    if not path.exists():
        raise UnusableFile(f"there is no file {path}")
    return path


def _from_source(source: str) -> Any:
    whole = ":" not in source or source.endswith(".py")  # C:\shop.py has a colon, too
    place, _, name = (source, "", SYSTEM) if whole else source.rpartition(":")
    if place.endswith(".py"):
        module = load(Path(place))
    else:
        sys.path.insert(0, "")
        with _told_for(Path(place)):
            module = importlib.import_module(place)
    found = _made(module, name)
    if found is None:
        raise UnusableFile(f"{place} has no {name!r}: let --system name a System, or a function that returns one")
    return found


def _made(module: ModuleType, name: str) -> Any:
    with _told_for(Path(module.__file__ or module.__name__)):
        return system_in(module, name)


@contextlib.contextmanager
def _told_for(path: Path) -> Iterator[None]:
    """Turn what the user's code raises into one message with file, line and reason."""
    try:
        yield
    except UnusableFile:
        raise
    except SyntaxError as error:
        raise UnusableFile(f"{error.filename or path}:{error.lineno}: {type(error).__name__}: {error.msg}") from error
    except (Exception, SystemExit) as error:
        if isinstance(error, RqmlError) and _line(error, path) is None:
            raise
        known = isinstance(error, _ABOUT_CODE) or _stands_in_rqml(error)
        reason = str(error) if known else f"run it with python to see the whole error ({_ABOUT_DATA})"
        raise UnusableFile(f"{path}:{_line(error, path) or '?'}: {type(error).__name__}: {reason}") from error


_ABOUT_DATA = "its text is not shown, since it may quote data"


def _line(error: BaseException, path: Path) -> int | None:
    """The last line of the user's file on the way to the error."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).resolve() == path.resolve()]
    return lines[-1] if lines else None


def _stands_in_rqml(error: BaseException) -> bool:
    """True if a validator of a parameter, or another part of attrs or rqml, raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename).parent.name in ("attr", "rqml", "subjects")
