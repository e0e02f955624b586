"""Repairs of files: into quarantine, or rewritten as skops; nothing is touched before `apply`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rqml import ModelFile, Repair
from rqml.backup import Backups

if TYPE_CHECKING:
    from rqml_catalog.supply_chain.serialization import AllowList, Quarantined, Scan


def contain(file: ModelFile, scans: Sequence[Scan], allow: AllowList, *, convert: bool) -> Repair:
    """The repair of the files that were scanned.

    Args:
        file: the file or folder that was judged.
        scans: the verdicts on those of its files that have to go.
        allow: the names that files may ask for.
        convert: rewrite them as skops instead; only for files whose scan passed.

    Raises:
        UnsafeModelFile: a file to convert does not pass its scan.
        Unsupported: skops is not installed.
    """
    return _converted(file, scans, allow) if convert else _quarantined(file, scans)


def _quarantined(file: ModelFile, scans: Sequence[Scan]) -> Repair:
    from rqml_catalog.supply_chain.serialization import quarantine, quarantine_place

    kept: list[Quarantined] = []

    def apply() -> None:
        kept.extend(quarantine(scan.path, scan) for scan in scans)

    def undo() -> None:
        while kept:
            kept[-1].restore()
            kept.pop()

    places = [quarantine_place(Path(scan.path)) for scan in scans]
    changes = tuple(
        f"moves {Path(scan.path).name} to {place.parent.name}" for scan, place in zip(scans, places, strict=True)
    )
    contained = f"{len(scans)} files are in {places[0].parent.name}, where nothing loads them"
    return Repair(subject=file, changes=changes, apply=apply, undo=undo, contained=contained)


def _converted(file: ModelFile, scans: Sequence[Scan], allow: AllowList) -> Repair:
    from rqml_catalog.supply_chain.serialization import replace_content, skops_bytes

    rewritten = {Path(scan.path): skops_bytes(scan.path, allow) for scan in scans if scan.can_call}
    backups = Backups()

    def apply() -> None:
        for path, content in rewritten.items():
            backups.keep(path)
            replace_content(path, content)

    changes = tuple(f"rewrites {path.name} as skops" for path in rewritten)
    return Repair(subject=file, changes=changes, apply=apply, undo=backups.restore)
