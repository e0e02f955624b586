"""Asks pip-audit, where it is installed: it looks versions up in the advisories of PyPI over a network."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import attrs

from rqml.errors import Unsupported
from rqml_catalog.supply_chain.dependencies.locks import Pin

EXTRA = "second-opinion"


@attrs.frozen
class Answer:
    """What pip-audit says of one version of a package: an advisory, and the versions that mend it."""

    name: str
    version: str
    id: str
    fixes: tuple[str, ...]


def audited(pins: Sequence[Pin], seconds: int) -> list[Answer]:
    """The known faults of exact versions. Names and versions leave this machine, nothing is installed.

    Args:
        pins: requirements; those without an exact version are left out.
        seconds: how long it may take.

    Raises:
        Unsupported: it is not installed, or gives no answer in time; without a network it gives none.
    """
    program = shutil.which("pip-audit")
    if program is None:
        raise Unsupported(f"pip-audit is not on the path: pip install 'rqml[{EXTRA}]', or give audit_seconds=0")
    lines = sorted({f"{pin.name}=={pin.version}" for pin in pins if pin.name and pin.version and not pin.direct})
    if not lines:
        return []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        options = ["--no-deps", "--disable-pip", "--format=json", "--progress-spinner=off", "--timeout=10"]
        try:
            done = subprocess.run(  # noqa: S603 (their own program; the file is ours)
                [program, *options, "-r", str(file)], capture_output=True, timeout=seconds, check=False, cwd=folder
            )
        except subprocess.TimeoutExpired:
            raise Unsupported(f"pip-audit gave no answer within {seconds} s: {_OTHERWISE}") from None
    return _answers(done.stdout)


_OTHERWISE = "it needs a network; without one give audit_seconds=0 and a file of `advisories`"


def _answers(output: bytes) -> list[Answer]:
    try:
        entries = json.loads(output)["dependencies"]
        skipped = [entry["name"] for entry in entries if "skip_reason" in entry]
        answers = [
            Answer(entry["name"], entry["version"], fault["id"], tuple(fault["fix_versions"]))
            for entry in entries
            for fault in entry.get("vulns", ())
        ]
    except (ValueError, KeyError, TypeError):
        raise Unsupported(f"pip-audit gave no answer: {_OTHERWISE}") from None
    if skipped:
        raise Unsupported(f"pip-audit knows nothing of {len(skipped)} packages, {skipped[0]} among them: {_OTHERWISE}")
    return answers
