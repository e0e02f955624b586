"""Seeded folders of data files with modes, links and markers, in order or not."""

from __future__ import annotations

from pathlib import Path

from rqml_catalog.scenarios.personal_tables import seeded


def folder(seed: int, place: Path, *, mode: int = 0o640, wide: int = 0, link: str = "", plain: int = 0) -> Path:
    """A folder `data` of encrypted-looking files.

    Args:
        seed: the seed; it decides how many files there are.
        place: where to make it.
        mode: permission bits of the files.
        wide: how many of the files everybody may read.
        link: name, beside the folder, of what a symbolic link in it leads to; empty for no link.
        plain: how many of the files are not encrypted.
    """
    rng = seeded(seed)
    top = place / "data"
    top.mkdir()
    count = rng.randint(3, 6)
    for index in range(count):
        file = top / f"part-{index}.csv"
        file.write_bytes((b"id,age\n" if index < plain else b"Salted__") + rng.randbytes(20))
        file.chmod(mode | (0o044 if index >= count - wide else 0))
    if link:
        (place / link).mkdir(exist_ok=True)
        (top / "latest").symlink_to(Path("..") / link)
    top.chmod(0o750)
    return top
