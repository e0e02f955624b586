"""Starts the child of the sandbox and reads what it says."""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import attrs

from rqml.errors import Unsupported
from rqml_catalog.supply_chain.sandbox import child

_GRACE_S = 10.0


@attrs.frozen
class Bounds:
    """What a child may use.

    Attributes:
        memory_mb: memory beyond that of the interpreter and the libraries that it begins with, in MiB.
        seconds: seconds of processor time, and at most ten more of waiting.
    """

    memory_mb: int
    seconds: int


@attrs.frozen
class Observed:
    """What a child did.

    Attributes:
        outcome: loaded, forbidden, resources, error (the loader raised) or ended (it was gone without a word).
        event: the forbidden audit event, the resource that ran out, or the class that was loaded or raised.
    """

    outcome: str
    event: str = ""


def load_watched(
    file: Path, *, loader: str, bounds: Bounds, folder: Path | None = None, modules: tuple[str, ...] = ()
) -> Observed:
    """Load a file in a child process of its own and forget what was loaded.

    The child has no environment and no open files of ours; it runs in the file's folder, from which it imports nothing.
    It ends at the first audit event (PEP 578) that starts a process, opens a socket, changes files outside `folder`,
    runs code that no import asked for, or removes the watch.

    Args:
        file: what to load.
        loader: "pickle", or a function of the path as "package.module:function".
        bounds: what it may use.
        folder: where it may write; nowhere by default.
        modules: modules to import before the watch begins.

    Raises:
        Unsupported: this is not Linux, or the child does not start.
    """
    if sys.platform != "linux":
        raise Unsupported("the sandbox sets resource limits as Linux has them: run the check there")
    token = secrets.token_hex(16)
    orders = {
        "file": str(file.resolve()),
        "folder": str(folder.resolve()) if folder else "",
        "loader": loader,
        "memory": bounds.memory_mb << 20,
        "modules": list(modules),
        "path": [str(Path(entry).resolve()) for entry in sys.path if entry],
        "seconds": bounds.seconds,
        "token": token,
    }
    command = [sys.executable, "-I", "-S", "-B", child.__file__]
    try:
        done = subprocess.run(  # noqa: S603 (our own program; the orders go through its standard input)
            command,
            input=json.dumps(orders).encode(),
            capture_output=True,
            timeout=bounds.seconds + _GRACE_S,
            env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            cwd=file.resolve().parent,
            start_new_session=True,  # without our terminal, into which it could type
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Observed("resources", "time")
    return _read(done, token)


def _read(done: subprocess.CompletedProcess[bytes], token: str) -> Observed:
    """The first report that bears the token; bytes that the file wrote itself do not."""
    for line in done.stdout.split(b"\n"):
        _, found, report = line.partition(token.encode())
        if found:
            value = json.loads(report)
            return Observed(value["outcome"], value["event"])
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return Observed("resources", "time")
    if done.stderr:  # it is closed before the file is loaded: the child did not come so far
        raise Unsupported("the sandbox did not start: check that the loader and its modules can be imported")
    return Observed("ended", f"status {done.returncode}")
