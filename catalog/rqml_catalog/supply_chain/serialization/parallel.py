"""Scans many files in several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from rqml_catalog.supply_chain.serialization.allowlist import AllowList, allowed_names
from rqml_catalog.supply_chain.serialization.findings import Finding, Scan, Status
from rqml_catalog.supply_chain.serialization.scan import scan_file

Progress = Callable[[int, int, str], None]
_CHUNK = 50
WHAT = "files"


def scan_files(
    files: Sequence[str], *, trusted: Sequence[str] = (), jobs: int = 1, progress: Progress | None = None
) -> list[Scan]:
    """The verdicts on files, in their order.

    Args:
        files: paths; what cannot be opened or is no regular file is INCOMPLETE.
        trusted: the user's own classes, each as "package.module.ClassName".
        jobs: processes; few files are scanned in this one.
        progress: told (done, total, what) after each lot.
    """
    lots = [files[begin : begin + _CHUNK] for begin in range(0, len(files), _CHUNK)]
    found: dict[int, list[Scan]] = {}
    for place, scans in _alone(lots, trusted) if jobs == 1 or len(lots) < 2 else _together(lots, trusted, jobs):
        found[place] = scans
        if progress is not None:
            progress(sum(map(len, found.values())), len(files), WHAT)
    return [scan for place in sorted(found) for scan in found[place]]


def _alone(lots: Sequence[Sequence[str]], trusted: Sequence[str]) -> Iterator[tuple[int, list[Scan]]]:
    allow = allowed_names().extended(trusted)
    for place, lot in enumerate(lots):
        yield place, [scan_file(path, allow=allow) for path in lot]


def _together(lots: Sequence[Sequence[str]], trusted: Sequence[str], jobs: int) -> Iterator[tuple[int, list[Scan]]]:
    # Not fork: the caller may have threads, as that of a progress bar.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(lots)), context, _prepare, (tuple(trusted),)) as pool:
        places = {pool.submit(_scan_lot, list(lot)): place for place, lot in enumerate(lots)}
        for future in as_completed(places):
            yield places[future], _outcome(future, lots[places[future]])


def _outcome(future: Future[list[Scan]], lot: Sequence[str]) -> list[Scan]:
    try:
        return future.result()
    except BrokenProcessPool:
        lost = Finding("scanner-ended", "the process that read it, or one beside it, ended early", blocks=False)
        return [Scan(path, Status.INCOMPLETE, "unknown", (lost,)) for path in lot]


_allow: AllowList | None = None


def _prepare(trusted: tuple[str, ...]) -> None:
    """What each process needs once."""
    global _allow  # noqa: PLW0603 (how an executor hands things to its tasks)
    _allow = allowed_names().extended(trusted)


def _scan_lot(paths: list[str]) -> list[Scan]:
    return [scan_file(path, allow=_allow) for path in paths]
