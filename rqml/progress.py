"""Progress of long work: a bar on a terminal, silence in pipes."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

import attrs

from rqml.run import Run


@contextlib.contextmanager
def shown(run: Run, title: str) -> Iterator[Run]:
    """A run that shows its progress, if standard error is a terminal and the run has no progress of its own."""
    if run.progress is not None or not sys.stderr.isatty():
        yield run
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    lock = threading.Lock()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks = {title: progress.add_task(title, total=None)}

        def update(done: int, total: int, what: str) -> None:
            with lock:
                if what not in tasks:
                    tasks[what] = progress.add_task(what, total=total)
                progress.update(tasks[what], completed=done, total=total, visible=done < total)

        yield attrs.evolve(run, progress=update)
