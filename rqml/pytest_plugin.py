"""The pytest plugin: a module-level Specification in a test module becomes one item per requirement.

This module is imported by every pytest run of an environment that has rqml, so it imports nothing of rqml; the rest
lies in `rqml._pytest_items` and is imported when the first Specification is met.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

REPORTS: pytest.StashKey[dict[str, str]] = pytest.StashKey()
SUFFIXES = (".json", ".md")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the plugin."""
    group = parser.getgroup("rqml", "security requirements (rqml)")
    group.addoption(
        "--rqml-incomplete",
        choices=("fail", "skip"),
        default="fail",
        help="what becomes of a requirement that could not be decided (default: fail)",
    )
    group.addoption(
        "--rqml-report",
        metavar="PATH",
        help="write the reports of all specifications here at the end, as JSON or Markdown by suffix (.json, .md)",
    )
    group.addoption(
        "--rqml-evidence",
        metavar="PLACE",
        help="record the verdicts there and use measurements again that still hold: a SQLite file or a database URL",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a report that could not be written before anything is measured."""
    config.stash[REPORTS] = {}
    option = config.getoption("--rqml-report")
    if option is None:
        return
    path = Path(option)
    if path.suffix not in SUFFIXES:
        raise pytest.UsageError(f"--rqml-report={option}: the suffix must be one of {', '.join(SUFFIXES)}")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise pytest.UsageError(f"--rqml-report={option}: this is a folder, or lies in a folder that does not exist")


def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: object) -> list[pytest.Collector] | None:
    """Collect a Specification; everything else is left to others."""
    kernel = sys.modules.get("rqml.specification")  # where nobody imported it, nothing can be a Specification
    if kernel is None or not isinstance(obj, kernel.Specification) or not isinstance(collector, pytest.Module):
        return None
    from rqml._pytest_items import collect

    return collect(collector, name, obj)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over the reports that a pytest-xdist worker rendered."""
    for key, text in getattr(node, "workeroutput", {}).get("rqml_reports", {}).items():
        node.config.stash[REPORTS].setdefault(key, text)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the reports, or hand them to the process that does."""
    config = session.config
    option = config.getoption("--rqml-report")
    if option is None:
        return
    rendered = config.stash[REPORTS]
    worker_output = getattr(config, "workeroutput", None)
    if worker_output is not None:
        worker_output["rqml_reports"] = rendered
        return
    from rqml.loading import joined

    Path(option).write_text(joined(list(rendered.values()), Path(option).suffix), encoding="utf-8")
