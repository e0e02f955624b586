"""Seeded files with a list of where they came from; all places are invented."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from random import Random

from rqml import ModelFile

ALLOWED = ("https://models.example.org/team", "s3://our-bucket/base")
LOOK_ALIKES = (
    "https://models.example.org.evil.example/team/net",
    "https://models.example.org@evil.example/team/net",
    "https://models.example.org/teamwork/net",
    "https://models.example.org/team/../other/net",
    "https://models.example.org/team/%2e%2e/other/net",
    "http://models.example.org/team/net",
    "https://models.example.org:8443/team/net",
    "https://evil.example/https://models.example.org/team",
    "s3://our-bucket/basement/net",
)


def _list(folder: Path, entries: list[dict[str, str]]) -> ModelFile:
    path = folder / "sources.json"
    path.write_text(json.dumps({"schema": "rqml.sources/1", "sources": entries}))
    return ModelFile(path)


def _entries(seed: int, folder: Path) -> list[dict[str, str]]:
    rng = Random(seed)  # noqa: S311 (no secrets)
    entries = []
    for number in range(2 + seed % 3):
        content = rng.randbytes(40 + seed)
        (folder / f"{number}.bin").write_bytes(content)
        origin = f"{ALLOWED[number % 2]}/net-{rng.randrange(99)}"
        digest = hashlib.sha256(content).hexdigest()
        entries.append({"file": f"{number}.bin", "origin": origin, "revision": f"v1.{number}", "sha256": digest})
    return entries


def in_order(seed: int, folder: Path) -> ModelFile:
    """Pinned files from allowed places."""
    return _list(folder, _entries(seed, folder))


def nested(seed: int, folder: Path) -> ModelFile:
    """One from deeper below an allowed address."""
    entries = _entries(seed, folder)
    entries[seed % 2]["origin"] += "/variants/small"
    return _list(folder, entries)


def spelt_otherwise(seed: int, folder: Path) -> ModelFile:
    """One with capitals in its host, the port written out and a slash too many."""
    entries = _entries(seed, folder)
    entries[0]["origin"] = f"HTTPS://Models.Example.Org:443//team/net-{seed}/"
    return _list(folder, entries)


def unpinned(seed: int, folder: Path) -> ModelFile:
    """One without a digest."""
    entries = _entries(seed, folder)
    entries[seed % 2]["sha256"] = ""
    return _list(folder, entries)


def look_alike(seed: int, folder: Path) -> ModelFile:
    """One from an address that resembles an allowed one."""
    entries = _entries(seed, folder)
    entries[seed % 2]["origin"] = LOOK_ALIKES[seed % len(LOOK_ALIKES)]
    return _list(folder, entries)


def moved_tag(seed: int, folder: Path) -> ModelFile:
    """One that was got again under the same tag, and differs."""
    entries = _entries(seed, folder)
    (folder / entries[seed % 2]["file"]).write_bytes(Random(seed + 1000).randbytes(40))  # noqa: S311
    return _list(folder, entries)


def branch(seed: int, folder: Path) -> ModelFile:
    """One whose revision moves."""
    entries = _entries(seed, folder)
    entries[seed % 2]["revision"] = ("main", "latest", "origin/develop", "")[seed % 4]
    return _list(folder, entries)
