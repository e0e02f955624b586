"""A training in another process, where sets have another order."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

from rqml.errors import Unsupported
from rqml.run import Run
from rqml_catalog.training.recorded_training import RecordedTraining
from rqml_catalog.training.reproduction.randomness import pinned

PATIENCE_S = 600.0
_CHILD = "from rqml_catalog.training.reproduction.elsewhere import answer; answer()"


def digests_elsewhere(recorded: RecordedTraining, trainings: int, run: Run) -> list[str]:
    """Digests of models trained by processes with another PYTHONHASHSEED each, from the manifest's seed and data.

    Raises:
        Unsupported: another process cannot import, or cannot run, the training.
    """
    from joblib.externals.loky.backend.reduction import dumps  # lambdas, closures and functions of scripts by value

    try:
        job = bytes(dumps(recorded))
    except Exception as error:
        raise Unsupported(f"the training cannot be handed to another process ({type(error).__name__})") from error
    numbers = range(1, trainings + 1)
    hash_seeds = [run.derive("elsewhere", number).seed % 2**32 or 1 for number in numbers]
    return [_trained(job, hash_seed) for hash_seed in run.track(hash_seeds, trainings, "processes")]


def _trained(job: bytes, hash_seed: int) -> str:
    paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": paths}
    try:
        child = subprocess.run(  # noqa: S603 - this interpreter, and the line above
            [sys.executable, "-W", "ignore", "-c", _CHILD],
            input=job,
            capture_output=True,
            timeout=PATIENCE_S,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unsupported(f"the training cannot be done by another process ({type(error).__name__})") from error
    lines = child.stdout.decode(errors="replace").splitlines()
    if child.returncode or not lines:
        raise Unsupported("another process cannot import, or cannot do, the training: put its function into a module")
    return lines[-1]


def answer() -> None:
    """In the other process: train what comes in, and print the model's digest."""
    from rqml.evidence.fingerprint import fingerprint_estimator

    recorded: RecordedTraining = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own process wrote it
    with pinned(0, threads=recorded.manifest.threads):
        model: Any = recorded.model.refit(recorded.model.train, recorded.manifest.seed)
    print(fingerprint_estimator(model))
