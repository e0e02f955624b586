"""Where a training takes randomness that no seed decides: watched while it runs, named, and pinned.

Watching replaces doors of numpy and Python for a while, in the whole process: one training at a time.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

_ONE_AT_A_TIME = threading.RLock()
_LIBRARIES = (
    "numpy",
    "sklearn",
    "scipy",
    "joblib",
    "threadpoolctl",
    "pandas",
    "narwhals",
    "rqml",
    "concurrent",
    "threading",
    "contextlib",
    "random",
    "secrets",
    "uuid",
)


@contextlib.contextmanager
def watched(found: list[str]) -> Iterator[None]:
    """Write into `found` each use of unseeded randomness, once, with the function and line that asked for it.

    Found are generators made without a seed, the operating system's entropy, and draws from the global generators of
    numpy and Python that nobody seeded during the training.
    """

    def note(what: str) -> None:
        entry = f"{what} {_asker()}".rstrip()
        if entry not in found:
            found.append(entry)

    seeded: set[str] = set()
    with _ONE_AT_A_TIME, contextlib.ExitStack() as doors:
        for holder, name, title in _MAKERS:
            doors.enter_context(_replaced(holder, name, _telling(getattr(holder, name), title, note)))
        for holder, name in ((np.random, "seed"), (random, "seed")):
            original, of = getattr(holder, name), holder.__name__
            doors.enter_context(_replaced(holder, name, _seeding(original, of, seeded)))
        for name in _PYTHON_DRAWS + _NUMPY_DRAWS:
            for holder in (random, np.random):
                if name in (_PYTHON_DRAWS if holder is random else _NUMPY_DRAWS):
                    draw = _drawing(getattr(holder, name), holder.__name__, name, seeded, note)
                    doors.enter_context(_replaced(holder, name, draw))
        state: Any = np.random.get_state()
        yield
        after: Any = np.random.get_state()
        moved = state[2] != after[2] or not np.array_equal(state[1], after[1])
        if moved and "numpy.random" not in seeded and not found:
            found.append(
                "a draw from numpy's global generator, which no seed decides (an estimator with random_state=None)"
            )


@contextlib.contextmanager
def pinned(seed: int, threads: int = 1) -> Iterator[None]:
    """All randomness of numpy and Python follows from `seed`: global generators, and those made without a seed.

    The operating system's own entropy (os.urandom) cannot be pinned, and is left as it is.
    """
    from threadpoolctl import threadpool_limits

    count = iter(range(2**31))
    make = np.random.default_rng

    def default_rng(given: Any = None) -> np.random.Generator:
        return make([seed, next(count)] if given is None else given)

    with _ONE_AT_A_TIME, threadpool_limits(limits=threads), contextlib.ExitStack() as doors:
        numpy_state, python_state = np.random.get_state(), random.getstate()
        doors.callback(np.random.set_state, numpy_state)
        doors.callback(random.setstate, python_state)
        np.random.seed(seed % 2**32)
        random.seed(seed)
        doors.enter_context(_replaced(np.random, "default_rng", default_rng))
        yield


_MAKERS: tuple[tuple[Any, str, str], ...] = (
    (np.random, "default_rng", "numpy.random.default_rng() without a seed"),
    (np.random, "SeedSequence", "numpy.random.SeedSequence() without entropy"),
    (os, "urandom", "os.urandom()"),
    (uuid, "uuid4", "uuid.uuid4()"),
)
_PYTHON_DRAWS = ("random", "randint", "shuffle", "choice", "choices", "sample", "gauss", "uniform", "randrange")
_NUMPY_DRAWS = ("rand", "randn", "randint", "random", "shuffle", "permutation", "choice", "normal", "uniform")


@contextlib.contextmanager
def _replaced(holder: Any, name: str, value: Any) -> Iterator[None]:
    original = getattr(holder, name)
    setattr(holder, name, value)
    try:
        yield
    finally:
        setattr(holder, name, original)


def _telling(original: Callable[..., Any], title: str, note: Callable[[str], None]) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        given = [*args, *named.values()]
        if "without" not in title or not given or given[0] is None:
            note(title)
        return original(*args, **named)

    return call


def _seeding(original: Callable[..., Any], holder: str, seeded: set[str]) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        if any(value is not None for value in (*args, *named.values())):
            seeded.add(holder)
        return original(*args, **named)

    return call


def _drawing(
    original: Callable[..., Any], holder: str, name: str, seeded: set[str], note: Callable[[str], None]
) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        if holder not in seeded:
            note(f"{holder}.{name}() of the global generator that nobody seeded")
        return original(*args, **named)

    return call


def _asker() -> str:
    """The innermost function outside of the libraries: name, file and line, no path."""
    frame = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", "")).split(".")[0]
        if module not in _LIBRARIES and frame.f_code.co_filename != __file__:
            return f"in {frame.f_code.co_name}(), {Path(frame.f_code.co_filename).name} line {frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]
    return ""


def unseeded_steps(estimator: Any) -> list[str]:
    """Steps of a fitted estimator whose random_state is None."""
    if not callable(getattr(estimator, "get_params", None)):
        return []
    states = {name: value for name, value in estimator.get_params(deep=True).items() if name.endswith("random_state")}
    parts = [name.rpartition("__")[0] for name, value in states.items() if value is None]
    return [
        f"random_state=None in step {part!r}" if part else f"random_state=None of {type(estimator).__name__}"
        for part in parts
    ]
