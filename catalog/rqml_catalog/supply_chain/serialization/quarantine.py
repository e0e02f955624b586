"""Puts files where nothing loads them, and back."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import itertools
import json
import os
from pathlib import Path
from typing import Any

import attrs

from rqml.errors import InvalidSubject
from rqml_catalog.supply_chain.serialization.findings import Scan

FOLDER = ".rqml-quarantine"
SCHEMA = "rqml.quarantine/1"


@attrs.frozen
class Quarantined:
    """A file in quarantine: where it was, where it is, and the record beside it."""

    original: Path
    place: Path
    record: Path
    mode: int

    def restore(self) -> None:
        """Move the file back and remove the record. Does nothing when that was done already.

        Raises:
            InvalidSubject: another file has come to its place; nothing is overwritten.
        """
        if self.place.exists():
            if os.path.lexists(self.original):
                raise InvalidSubject(
                    f"{self.original.name} was delivered again and would be overwritten: move it away, then roll back"
                )
            self.place.chmod(self.mode)
            self.place.rename(self.original)
        self.record.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # others may still be in it
            self.place.parent.rmdir()


def quarantine_place(path: Path) -> Path:
    """Where a file would go: a folder beside it, so that the move stays on one file system and is atomic.

    Under a name that is free: a file that was put away and is delivered again must not stay where it is loaded from.
    """
    identity = hashlib.blake2b(os.fsencode(path.absolute()), digest_size=6).hexdigest()
    folder, name = path.absolute().parent / FOLDER, f"{path.name}.{identity}"
    names = itertools.chain([name], (f"{name}.{number}" for number in itertools.count(2)))
    return next(folder / one for one in names if not os.path.lexists(folder / one))


def quarantine(path: str | os.PathLike[str], scan: Scan) -> Quarantined:
    """Move a file away atomically, its record written first; the copy is readable by its owner only.

    Args:
        path: the file.
        scan: why; its reasons go into the record.

    Raises:
        InvalidSubject: the path is no file.
    """
    source = Path(path).absolute()
    if source.is_symlink() or not source.is_file():
        raise InvalidSubject(f"{source.name} is no regular file, so it cannot be put into quarantine")
    place = quarantine_place(source)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    kept = Quarantined(source, place, place.with_name(f"{place.name}.json"), source.stat().st_mode & 0o7777)
    _write_atomically(kept.record, _record(kept, scan))
    source.rename(place)
    place.chmod(0o400)
    return kept


def _record(kept: Quarantined, scan: Scan) -> dict[str, Any]:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return {
        "schema": SCHEMA,
        "name": kept.original.name,
        "quarantined": now,
        "size": scan.size,
        "format": scan.format,
        "mode": kept.mode,
        "status": str(scan.status),
        "reasons": scan.reasons,
    }


def _write_atomically(path: Path, value: dict[str, Any]) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(json.dumps(value, indent=1, ensure_ascii=True), encoding="ascii")
    draft.replace(path)
