"""Seeded pickles to load in a sandbox. What the bad ones would do is harmless even where nothing stops it."""

from __future__ import annotations

import collections
import datetime
import fractions
import os
import pickle
import socket
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from rqml import ModelFile

PROGRAM = "true"


class Calls:
    """Pickles as a call."""

    def __init__(self, function: Callable[..., Any], *args: object) -> None:
        self._call = (function, args)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        return self._call


def _written(seed: int, folder: Path, *content: object) -> ModelFile:
    rng = Random(seed)  # noqa: S311 (no secrets)
    weights = {"weights": [rng.random() for _ in range(10 + seed)], "more": list(content)}
    (folder / "model.bin").write_bytes(pickle.dumps(weights, protocol=2 + seed % 4))
    return ModelFile(folder / "model.bin")


def parameters(seed: int, folder: Path) -> ModelFile:
    """Numbers only."""
    return _written(seed, folder)


def objects(seed: int, folder: Path) -> ModelFile:
    """Objects whose classes the child has to import."""
    day = datetime.date(2000, 1, 1 + seed % 28)
    return _written(seed, folder, collections.OrderedDict(a=seed), fractions.Fraction(seed, 7), day)


def cached(seed: int, folder: Path) -> ModelFile:
    """Opens a file for writing, where it may."""
    (folder / "cache").mkdir()
    (folder / "cache" / "made").touch()
    return _written(seed, folder, Calls(open, "cache/made", "r+"))


def starts_a_program(seed: int, folder: Path) -> ModelFile:
    """Starts a program that does nothing, in one of two ways."""
    call = Calls(os.system, PROGRAM) if seed % 2 else Calls(os.posix_spawn, f"/bin/{PROGRAM}", [PROGRAM], {})
    return _written(seed, folder, call)


def opens_a_socket(seed: int, folder: Path) -> ModelFile:
    """Opens a socket and sends nothing, or asks for the address of this machine."""
    return _written(seed, folder, Calls(socket.socket) if seed % 2 else Calls(socket.gethostbyname, "localhost"))


def writes_a_file(seed: int, folder: Path) -> ModelFile:
    """Writes, removes or links beside itself."""
    calls = (Calls(open, "written", "w"), Calls(os.mkdir, "written"), Calls(os.symlink, "nowhere", "written"))
    return _written(seed, folder, calls[seed % 3])


def runs_a_text(seed: int, folder: Path) -> ModelFile:
    """Computes a sum from a text."""
    text = f"{seed} + 1"
    return _written(seed, folder, Calls(eval, text) if seed % 2 else Calls(exec, text))


def takes_memory(seed: int, folder: Path) -> ModelFile:
    """Asks for a gibibyte of zeros, or more."""
    return _written(seed, folder, Calls(bytes, (1 << 30) + seed))
