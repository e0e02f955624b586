"""The environment of a verdict: versions, commit, kind of host, and who acted."""

from __future__ import annotations

import functools
import getpass
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ACTOR_VARIABLE = "RQML_ACTOR"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def environment() -> dict[str, Any]:
    """What a verdict was made with: versions of Python, packages and taxonomy, commit of the working folder, host."""
    from rqml.taxonomy.shipped import ATLAS_RELEASE

    return {"packages": dict(package_versions()), "taxonomy": ATLAS_RELEASE, "commit": git_commit(), **_host()}


@functools.cache
def package_versions() -> Mapping[str, str]:
    """Versions of Python, of rqml and of those of its dependencies, optional ones included, that are installed."""
    from importlib.metadata import PackageNotFoundError, requires, version

    from rqml import __version__

    found = {"python": platform.python_version(), "rqml": __version__}
    try:
        wanted = requires("rqml") or []
    except PackageNotFoundError:  # used from its sources, not installed
        wanted = []
    for name in sorted({match[0] for line in wanted if (match := _NAME.match(line))} - {"rqml"}):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def git_commit() -> str:
    """The commit checked out in the working folder, empty outside of a repository."""
    here = Path.cwd()
    found = next((one / ".git" for one in (here, *here.parents) if (one / ".git").exists()), None)
    if found is None:
        return ""
    try:  # a process of git takes a hundred times as long, at each verification
        return _commit_of(_git_folder(found))
    except (OSError, ValueError):
        return _asked()


def _git_folder(found: Path) -> Path:
    """The folder of a work tree's own state; a linked work tree and a submodule have a file that says where it is."""
    if found.is_dir():
        return found
    said = found.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
    return found.parent / said


def _commit_of(folder: Path) -> str:
    """The commit that HEAD is at.

    Raises:
        ValueError: the repository keeps its references otherwise than in files.
    """
    head = (folder / "HEAD").read_text(encoding="utf-8").strip()
    if head.startswith("ref: "):
        shared = folder / "commondir"
        home = folder / shared.read_text(encoding="utf-8").strip() if shared.exists() else folder
        head = _reference(home, head.removeprefix("ref: "))
    if not _COMMIT.fullmatch(head):
        raise ValueError("HEAD is no commit")
    return head


def _reference(home: Path, name: str) -> str:
    if (home / name).is_file():
        return (home / name).read_text(encoding="utf-8").strip()
    lines = (home / "packed-refs").read_text(encoding="utf-8").splitlines()
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), "")


def _asked() -> str:
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - git is where the user has it
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def actor() -> str:
    """Who acts: the variable RQML_ACTOR, or the name of the account."""
    try:
        return os.environ.get(ACTOR_VARIABLE) or getpass.getuser()
    except (KeyError, OSError, ImportError):  # an account without a name, as in some containers
        return "unknown"


def _host() -> dict[str, str]:
    ci = "CI" if os.environ.get("CI") else "local"
    return {"host": f"{sys.platform}-{platform.machine()}, {os.cpu_count()} cores, {ci}"}
