"""Scans files and folders."""

from __future__ import annotations

import hashlib
import mmap
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from rqml_catalog.supply_chain.serialization.allowlist import AllowList, allowed_names
from rqml_catalog.supply_chain.serialization.content import Examination
from rqml_catalog.supply_chain.serialization.findings import Finding, Limits, RefusedStream, Scan, Status, verdict
from rqml_catalog.supply_chain.serialization.ignoring import is_ignored
from rqml_catalog.supply_chain.serialization.machine import Source

SMALL = 1 << 16
DEFAULT_LIMITS = Limits()
FAULT = "scanner-fault"


def scan_bytes(
    data: Source,
    *,
    path: str = "",
    allow: AllowList | None = None,
    limits: Limits = DEFAULT_LIMITS,
    digest: bool = False,
) -> Scan:
    """The verdict on bytes, as the content of a file. Nothing is imported, loaded or called.

    Args:
        data: the bytes, or a memory map of them.
        path: what to call them in the verdict.
        allow: the names that may be asked for; the shipped list by default.
        limits: bounds on what is followed.
        digest: whether to hash the bytes too.
    """
    examination = Examination(allow or allowed_names(), limits)
    try:
        kind = examination.examine(data)
    except (RecursionError, MemoryError) as error:
        kind = "unknown"
        reason = f"reading it needs more than there is ({type(error).__name__})"
        examination.report("", (Finding("resource-bound", reason),))
    except Exception as error:  # one file must not end the scan of the others, nor pass
        kind = "unknown"
        examination.report("", (Finding(FAULT, f"the scanner itself failed on it ({type(error).__name__})"),))
    findings = tuple(examination.findings)
    hashed = hashlib.blake2b(data, digest_size=32).hexdigest() if digest else ""
    return Scan(path, verdict(findings), kind, findings, examination.can_call, len(data), hashed)


def scan_file(
    path: str | os.PathLike[str],
    *,
    allow: AllowList | None = None,
    limits: Limits = DEFAULT_LIMITS,
    digest: bool = False,
) -> Scan:
    """The verdict on one file; what cannot be opened or is no regular file is INCOMPLETE with the reason."""
    shown = os.fspath(path)
    try:
        data = read_source(path)
    except RefusedStream as refused:
        return Scan(shown, verdict((refused.finding,)), "unknown", (refused.finding,))
    return scan_bytes(data, path=shown, allow=allow, limits=limits, digest=digest)


def read_source(path: str | os.PathLike[str]) -> Source:
    """The bytes of a regular file: small ones read, large ones mapped.

    Raises:
        RefusedStream: it is missing, unreadable, or no regular file. Pipes and devices are not opened for reading.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise RefusedStream("unreadable", f"cannot be opened: {reason}", blocks=False) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise RefusedStream("not-a-file", "is no regular file (a pipe, device or folder)", blocks=False)
        if status.st_size <= SMALL:
            return os.read(descriptor, SMALL + 1)
        if status.st_blocks * 512 < status.st_size // 64:
            raise RefusedStream("sparse-file", "is almost all holes; its size says nothing", blocks=True)
        return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise RefusedStream("unreadable", f"cannot be read: {error.strerror}", blocks=False) from None
    finally:
        os.close(descriptor)


def files_below(
    root: str | os.PathLike[str], ignored: tuple[str, ...] = (), *, base: str | os.PathLike[str] | None = None
) -> Iterator[Path]:
    """Every entry below a folder that is no folder, sorted, each real folder once (so that links cannot loop).

    Args:
        root: the folder.
        ignored: what to leave out, as the lines of a `.gitignore`.
        base: the folder that the patterns speak of, where the other lies below it; `root` itself otherwise.
    """
    inside = base is not None and Path(root).resolve().is_relative_to(Path(base).resolve())
    above = Path(root).resolve().relative_to(Path(base).resolve()) if base is not None and inside else Path()
    seen: set[tuple[int, int]] = set()
    pending = [Path(root)]
    while pending:
        folder = pending.pop()
        try:
            status = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name, reverse=True)
        except OSError:
            yield folder
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        folders = []
        for entry in reversed(entries):
            is_folder = _is_folder(entry)
            if ignored:
                relative = (above / Path(entry.path).relative_to(root)).as_posix()
                if is_ignored(relative, ignored, folder=is_folder):
                    continue
            if is_folder:
                folders.append(Path(entry.path))
            else:
                yield Path(entry.path)
        pending.extend(reversed(folders))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def scan_path(
    path: str | os.PathLike[str],
    *,
    allow: AllowList | None = None,
    limits: Limits = DEFAULT_LIMITS,
    ignored: tuple[str, ...] = (),
    digest: bool = False,
) -> list[Scan]:
    """The verdicts on a file, or on every file below a folder.

    Args:
        path: a file or folder.
        allow: the names that may be asked for; the shipped list by default.
        limits: bounds for each file.
        ignored: what to leave out, as the lines of a `.gitignore`.
        digest: whether to hash each file.

    Returns:
        One Scan a file in the order of the paths; for an empty folder one that is INCOMPLETE.
    """
    if not os.path.isdir(path):  # noqa: PTH112 (no error for paths that loop or hold a zero byte)
        return [scan_file(path, allow=allow, limits=limits, digest=digest)]
    scans = [scan_file(file, allow=allow, limits=limits, digest=digest) for file in files_below(path, ignored)]
    nothing = Finding("empty", "a folder without files", blocks=False)
    return scans or [Scan(os.fspath(path), Status.INCOMPLETE, "folder", (nothing,))]


def worst(scans: list[Scan]) -> Status:
    """The verdict on several files together."""
    return verdict(tuple(finding for scan in scans for finding in scan.findings))
