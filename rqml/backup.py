"""Backups of files that an enforcement may overwrite, so that they can be put back."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path


class Backups:
    """Copies of files and folders as they were when first seen; `restore` puts them back."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._kept: dict[Path, Path | None] = {}

    def keep(self, path: Path) -> None:
        """Remember what is at `path` now, unless it is remembered already."""
        place = path.absolute()
        if place in self._kept:
            return
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="rqml-backup-"))
        copy = self._folder / str(len(self._kept))
        if place.is_dir():
            shutil.copytree(place, copy, symlinks=True)
        elif place.exists():
            shutil.copy2(place, copy)
        self._kept[place] = copy if place.exists() else None

    def restore(self) -> None:
        """Put everything back as it was; what was not there is removed. May be called again."""
        for place, copy in self._kept.items():
            _remove(place)
            if copy is None:
                continue
            if copy.is_dir():
                shutil.copytree(copy, place, symlinks=True)
            else:
                shutil.copy2(copy, place)


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
