"""The randomness of a training, pinned; and the estimators that were given none."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

ONE_AT_A_TIME = threading.RLock()
"""Held while doors of numpy and Python are replaced, which the whole process sees."""


@contextlib.contextmanager
def pinned(seed: int, threads: int = 1) -> Iterator[None]:
    """All randomness of numpy and Python follows from `seed`: global generators, and those made without a seed.

    The operating system's own entropy (os.urandom, secrets) cannot be pinned, and is left as it is.
    """
    from numpy.random import bit_generator
    from threadpoolctl import threadpool_limits

    entropy, seed_of = random.Random(seed), random.Random.seed  # noqa: S311 - repeatable on purpose

    def seeded(self: random.Random, a: Any = None, version: int = 2) -> None:
        seed_of(self, entropy.getrandbits(64) if a is None else a, version)

    with ONE_AT_A_TIME, threadpool_limits(limits=threads), contextlib.ExitStack() as doors:
        numpy_state, python_state = np.random.get_state(), random.getstate()
        doors.callback(np.random.set_state, numpy_state)
        doors.callback(random.setstate, python_state)
        np.random.seed(seed % 2**32)
        random.seed(seed)
        doors.enter_context(replaced(bit_generator, "randbits", entropy.getrandbits))
        doors.enter_context(replaced(random.Random, "seed", seeded))
        yield


@contextlib.contextmanager
def replaced(holder: Any, name: str, value: Any) -> Iterator[None]:
    """Another value under a name of a module or class, for a while."""
    original = getattr(holder, name)
    setattr(holder, name, value)
    try:
        yield
    finally:
        setattr(holder, name, original)


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
