"""Where a training takes randomness that no seed decides: watched while it runs, and named.

Watching replaces doors of numpy and Python for a while, in the whole process: one training at a time. Names that a
module imported from them are found by identity, and replaced with them.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rqml_catalog.training.reproduction.randomness import ONE_AT_A_TIME, replaced

_PASSED_THROUGH = frozenset({"random", "secrets", "numpy"})
"""Modules that ask for randomness on behalf of their caller."""

_LIBRARIES = _PASSED_THROUGH | {
    "sklearn", "scipy", "pandas", "narwhals", "rqml", "joblib", "tempfile", "multiprocessing", "concurrent",
    "threading", "threadpoolctl", "uuid", "logging", "asyncio", "contextlib",
}  # fmt: skip
_CLOCKS = ("time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns")

_MAKERS = ("RandomState", "SeedSequence", "MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


class Watch(NamedTuple):
    """What was seen.

    Attributes:
        found: uses of randomness that no seed decides, each once, with the function and line that asked for it.
        suspected: what may or may not have changed the model: a clock that was read, a thread that was started.
    """

    found: list[str]
    suspected: list[str]


@contextlib.contextmanager
def watched(watch: Watch, training: Any = None) -> Iterator[None]:
    """Write into `watch` what a training asks for.

    Found are generators made without a seed, the operating system's entropy, draws from the global generators of numpy
    and Python that nobody seeded during the training, and draws from generators that the training's module holds.

    Args:
        watch: is added to.
        training: the function that trains, whose globals are looked at.
    """
    seeded: set[str] = set()
    names = getattr(training, "__globals__", {})
    held = {name: _state(value) for name, value in list(names.items()) if _is_generator(value)}
    with ONE_AT_A_TIME, contextlib.ExitStack() as doors:
        global_draws = _GlobalDraws(watch.found, seeded)
        values = {}
        for holder, name, value in list(_doors(watch, seeded, global_draws)):
            values[id(getattr(holder, name))] = (getattr(holder, name), value)
            doors.enter_context(replaced(holder, name, value))
        for holder, name, value in _imported(values, names):
            doors.enter_context(replaced(holder, name, value))
        yield
        global_draws.settle()
    for name, before in held.items():
        if _state(names.get(name)) != before:
            _note(watch.found, f"a draw from the generator {name!r}, which was made before the training")


class _GlobalDraws:
    """Tells apart who takes numpy's global generator and draws from it, and who takes it and does not."""

    def __init__(self, found: list[str], seeded: set[str]) -> None:
        self._found, self._seeded = found, seeded
        self._taken_by, self._before = "", _state(np.random.mtrand._rand)

    def taken(self, by: str) -> None:
        """Somebody takes the generator to draw from it later, or not."""
        self.settle()
        self._taken_by, self._before = by, _state(np.random.mtrand._rand)

    def settle(self) -> None:
        """Name the last one who took it, if something was drawn since."""
        moved = _state(np.random.mtrand._rand) != self._before
        if moved and "numpy.random" not in self._seeded and (self._taken_by or not self._found):
            _note(self._found, self._taken_by or "a draw from numpy's global generator, which no seed decides")
        self._taken_by, self._before = "", _state(np.random.mtrand._rand)


def _doors(watch: Watch, seeded: set[str], draws: _GlobalDraws) -> Iterator[tuple[Any, str, Any]]:
    """(module or class, name, what stands there while watching)."""
    import sklearn.utils

    yield np.random, "default_rng", _telling_if_unseeded(np.random.default_rng, watch.found)
    for name in _MAKERS:
        yield np.random, name, _maker(getattr(np.random, name), watch.found)
    yield random.Random, "seed", _telling_if_reseeded(random.Random.seed, watch.found)
    for name in ("urandom", "getrandom"):  # not every system has the second one
        if hasattr(os, name):
            yield os, name, _telling(getattr(os, name), f"os.{name}()", watch.found)
    yield random, "_urandom", _telling(vars(random)["_urandom"], "random.SystemRandom or secrets", watch.found)
    for name in ("uuid1", "uuid4"):
        yield uuid, name, _telling(getattr(uuid, name), f"uuid.{name}()", watch.found)
    for name in _CLOCKS:
        yield time, name, _telling(getattr(time, name), f"the clock, time.{name}(), is read", watch.suspected)
    yield threading.Thread, "start", _telling(threading.Thread.start, "a thread is started", watch.suspected)
    yield sklearn.utils, "check_random_state", _taking(sklearn.utils.check_random_state, draws)
    for holder, own in ((random, random._inst), (np.random, np.random.mtrand._rand)):
        for name, value in list(vars(holder).items()):
            if name == "seed":
                yield holder, name, _seeding(value, holder.__name__, seeded)
            elif getattr(value, "__self__", None) is own and not name.endswith("state"):
                yield holder, name, _drawing(value, f"{holder.__name__}.{name}()", holder.__name__, seeded, watch.found)


def _imported(values: dict[int, tuple[Any, Any]], names: dict[str, Any]) -> list[tuple[Any, str, Any]]:
    """(module, name, replacement) of each import of a replaced object; in libraries of `check_random_state` only."""
    held: list[tuple[Any, str, Any]] = []
    holders: list[tuple[Any, str, dict[str, Any]]] = [(_Globals(names), "", names)] if names else []
    holders += [(module, title, getattr(module, "__dict__", {})) for title, module in list(sys.modules.items())]
    for holder, title, contents in holders:
        library = title.partition(".")[0] in _LIBRARIES
        for name, present in list(contents.items()):
            original, value = values.get(id(present), (None, None))
            if original is present and value is not None and (not library or name == "check_random_state"):
                held.append((holder, name, value))
    return held


class _Globals:
    """The globals of a function that no module holds, with attributes for names."""

    def __init__(self, names: dict[str, Any]) -> None:
        object.__setattr__(self, "__dict__", names)


def _telling(original: Callable[..., Any], what: str, notes: list[str]) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        _tell(what, notes)
        return original(*args, **named)

    return call


def _telling_if_unseeded(original: Callable[..., Any], notes: list[str]) -> Callable[..., Any]:
    def default_rng(seed: Any = None) -> Any:
        if seed is None:
            _tell("numpy.random.default_rng() without a seed", notes)
        return original(seed)

    return default_rng


class _Doorway(type):
    """Stands for the class `behind`: makes its objects, and knows them, but tells if they got no seed."""

    behind: type
    notes: list[str]

    def __call__(cls, *args: Any, **named: Any) -> Any:
        if all(value is None for value in (*args, *named.values())):
            _tell(f"numpy.random.{cls.behind.__name__}() without a seed", cls.notes)
        return cls.behind(*args, **named)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.behind)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.behind)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.behind, name)


def _maker(behind: type, notes: list[str]) -> type:
    return _Doorway(behind.__name__, (), {"behind": behind, "notes": notes})


def _telling_if_reseeded(original: Callable[..., Any], notes: list[str]) -> Callable[..., Any]:
    def seed(self: Any, a: Any = None, version: int = 2) -> None:
        if a is None:
            _tell("random.Random() without a seed", notes)
        original(self, a, version)

    return seed


def _taking(original: Callable[..., Any], draws: _GlobalDraws) -> Callable[..., Any]:
    def check_random_state(seed: Any) -> Any:
        if seed is None or seed is np.random:
            draws.taken(f"random_state=None {_asker(sys._getframe(1))}".rstrip())
        return original(seed)

    return check_random_state


def _seeding(original: Callable[..., Any], holder: str, seeded: set[str]) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        if any(value is not None for value in (*args, *named.values())):
            seeded.add(holder)
        return original(*args, **named)

    return call


def _drawing(
    original: Callable[..., Any], what: str, holder: str, seeded: set[str], notes: list[str]
) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        if holder not in seeded:
            _note(notes, f"{what} of the global generator that nobody seeded {_asker(sys._getframe(1))}".rstrip())
        return original(*args, **named)

    return call


def _tell(what: str, notes: list[str]) -> None:
    """Write down who asked; libraries ask for names of files and the like, and take generators another way."""
    frame = sys._getframe(2)
    while frame is not None and _package(frame) in _PASSED_THROUGH:
        frame = frame.f_back  # type: ignore[assignment]
    if frame is None or _package(frame) not in _LIBRARIES:
        _note(notes, f"{what} {_asker(frame)}".rstrip())


def _note(notes: list[str], entry: str) -> None:
    if entry not in notes:
        notes.append(entry)


def _asker(frame: Any) -> str:
    """The innermost function outside of the libraries: name, file and line, no path."""
    while frame is not None:
        if _package(frame) not in _LIBRARIES and frame.f_code.co_filename != __file__:
            return f"in {frame.f_code.co_name}(), {Path(frame.f_code.co_filename).name} line {frame.f_lineno}"
        frame = frame.f_back
    return ""


def _package(frame: Any) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _is_generator(value: Any) -> bool:
    return isinstance(value, np.random.Generator | np.random.RandomState | random.Random)


def _state(generator: Any) -> str:
    if isinstance(generator, random.Random):
        return "" if isinstance(generator, random.SystemRandom) else repr(generator.getstate())
    if isinstance(generator, np.random.Generator):
        return repr(generator.bit_generator.state)
    if isinstance(generator, np.random.RandomState):
        _, key, position, *rest = generator.get_state(legacy=True)
        return repr((np.asarray(key).tobytes(), position, rest))
    return ""
