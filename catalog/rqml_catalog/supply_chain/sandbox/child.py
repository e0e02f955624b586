"""The child of the sandbox: a program of its own, which imports nothing of rqml.

It reads its orders (JSON) from standard input, lowers its own limits, imports what honest loading needs, and only then
puts a hook on the interpreter's audit events (PEP 578). A forbidden event ends the process at once: an exception could
be caught by the very code that it should stop.
"""

from __future__ import annotations

import _thread
import importlib
import json
import os
import resource
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

STOPPED = 77
_IMPORTERS = ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>")
_STARTS = (
    "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.startfile", "os.kill",
    "os.killpg", "subprocess.Popen", "pty.spawn", "signal.pthread_kill", "webbrowser.open",
    "syslog.openlog", "syslog.syslog",
)  # fmt: skip
_WRITES = (
    "os.chmod", "os.chown", "os.link", "os.mkdir", "os.mkfifo", "os.mknod", "os.remove", "os.removexattr", "os.rename",
    "os.rmdir", "os.setxattr", "os.symlink", "os.truncate", "os.utime", "shutil.rmtree", "shutil.move",
    "sqlite3.connect", "tempfile.mkstemp",
)  # fmt: skip
_RUNS = (  # what imports do, and nothing else has to
    "exec", "compile", "ctypes.dlopen", "ctypes.dlsym", "code.__new__", "function.__new__", "marshal.loads",
    "os.putenv", "os.unsetenv", "sys._getframe", "sys._current_frames", "ctypes.call_function", "ctypes.PyObj_FromPtr",
)  # fmt: skip
# Functions that reach beyond the process without an event, as long as CPython raises none there.
_SILENT = {
    "posix": "mkfifo mknod memfd_create openpty chroot pidfd_open nice setpriority sched_setaffinity unshare setns",
    "_posixshmem": "shm_open shm_unlink",
    "_posixsubprocess": "fork_exec",
    "_signal": "pidfd_send_signal",
    "resource": "setrlimit prlimit",
}
# Modules that write files by themselves, or run code in an interpreter that has no hook.
_UNWATCHED = (
    "readline", "_gdbm", "_dbm", "nis", "_tkinter", "_xxsubinterpreters", "_interpreters", "_testcapi",
    "_testinternalcapi",
)  # fmt: skip
_MEDDLES = (
    "os.chdir", "os.fchdir", "sys.addaudithook", "sys.setprofile", "sys.settrace", "gc.get_objects", "gc.get_referrers",
    "gc.get_referents", "cpython.run_string", "fcntl.ioctl",
)  # fmt: skip
SILENT = "rqml.silent"
_ALIASES = {"posix": ("os",), "_signal": ("signal",)}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def main() -> None:
    """Follow the orders; the outcome is one line of JSON, which begins with the token that the orders hold."""
    orders = json.loads(_orders())
    tell = _teller(os.dup(1), orders.pop("token"))
    sys.path[:] = orders["path"]
    sys.dont_write_bytecode = True
    for module in orders["modules"]:
        importlib.import_module(module)
    load = _loader(orders["loader"])
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # what the file prints is not our report
        os.dup2(nothing, descriptor)
    _lower_limits(orders)
    _give_events(sys.audit)
    sys.addaudithook(_watch(tell, orders["folder"]))
    try:
        found = load(orders["file"])
    except MemoryError:
        tell("resources", "memory")
    except BaseException as error:
        tell("error", type(error).__name__)
    else:
        tell("loaded", type(found).__qualname__)
    os._exit(0)  # finalisers of the file do not run unwatched, nor at all


def _orders() -> bytes:
    """Standard input to its end, read without a buffer in which the token would stay."""
    parts = []
    while part := os.read(0, 1 << 16):
        parts.append(part)
    return b"".join(parts)


def _teller(report: int, token: str) -> Callable[[str, str], None]:
    """Writes reports; the file knows the descriptor, as it could guess it, but not the token."""
    write, dumps = os.write, json.dumps

    def tell(outcome: str, event: str) -> None:
        write(report, f"{token}{dumps({'outcome': outcome, 'event': event})}\n".encode())

    return tell


def _lower_limits(orders: dict[str, Any]) -> None:
    seconds = int(orders["seconds"])
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 (pathlib would cost a third of the start)
        memory = int(orders["memory"]) + int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _give_events(audit: Callable[..., None]) -> None:
    """Put functions that raise an event in place of those that would not."""
    for name, functions in _SILENT.items():
        try:
            module = importlib.import_module(name)
        except ImportError:  # not of this platform
            continue
        for function in functions.split():
            for place in (module, *(sys.modules[alias] for alias in _ALIASES.get(name, ()) if alias in sys.modules)):
                if hasattr(place, function):
                    setattr(place, function, _event(audit, f"{SILENT}.{function}"))


def _event(audit: Callable[..., None], name: str) -> Callable[..., None]:
    def stand_in(*_: object, **__: object) -> None:
        audit(name)

    return stand_in


def _watch(tell: Callable[[str, str], None], folder: str) -> Callable[[str, tuple[Any, ...]], None]:
    # Bound here, so that a file that exchanges functions of modules does not reach the hook.
    getframe, fsdecode, realpath, separator = sys._getframe, os.fsdecode, os.path.realpath, os.sep
    starts, writes, runs, meddles, unwatched = map(frozenset, (_STARTS, _WRITES, _RUNS, _MEDDLES, _UNWATCHED))
    leave, ident = os._exit, _thread.get_ident
    inside_hook: set[int] = set()  # threads whose own events, made by the hook itself, are not judged

    def is_inside(path: object) -> bool:
        if not folder or not isinstance(path, str | bytes):
            return False
        return realpath(fsdecode(path)).startswith(folder + separator)

    def importing() -> bool:
        frame: FrameType | None = getframe(1)
        while frame is not None:
            if frame.f_code.co_filename in _IMPORTERS:
                return True
            frame = frame.f_back
        return False

    def is_forbidden(event: str, args: tuple[Any, ...]) -> bool:
        if event == "open":
            # An integer is a descriptor that was opened, and judged, before.
            writing = args[2] & _WRITING if isinstance(args[2], int) else 0
            return bool(writing) and not isinstance(args[0], int) and not is_inside(args[0])
        if event.startswith(("socket.", SILENT)) or event in starts:
            return True
        if event == "import":
            return args[0] in unwatched
        if event in writes:
            return not all(is_inside(path) for path in args if isinstance(path, str | bytes))
        if event in runs:
            return not importing()
        return event in meddles

    def hook(event: str, args: tuple[Any, ...]) -> None:
        thread = ident()
        if thread in inside_hook:
            return
        inside_hook.add(thread)
        forbidden = is_forbidden(event, args)
        if forbidden:
            tell("forbidden", event)
            leave(STOPPED)
        inside_hook.discard(thread)

    return hook


def _loader(name: str) -> Callable[[str], Any]:
    if name == "pickle":
        return _load_pickle
    module, _, function = name.partition(":")
    found: Callable[[str], Any] = getattr(importlib.import_module(module), function)
    return found


def _load_pickle(path: str) -> Any:
    import pickle

    with open(path, "rb") as file:  # noqa: PTH123
        return pickle.load(file)  # noqa: S301 (this is what the sandbox is for)


if __name__ == "__main__":
    main()
