"""Seeded lock files and advisories about invented and well-known packages."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from random import Random

from rqml import ModelFile

NAMES = ("numpy", "scipy", "pandas", "scikit-learn", "joblib", "xgboost", "requests", "pyyaml")
ADVISED = "9.9.0"


def _lines(seed: int) -> list[str]:
    rng = Random(seed)  # noqa: S311 (no secrets)
    names = rng.sample(NAMES, 5)
    return [f"{name}=={rng.randrange(1, 4)}.{rng.randrange(9)}.{rng.randrange(9)}" for name in names]


def _digest(line: str) -> str:
    return f"{line} \\\n    --hash=sha256:{hashlib.sha256(line.encode()).hexdigest()}"


def _lock(folder: Path, lines: list[str]) -> ModelFile:
    path = folder / "requirements.lock"
    (folder / "advisories.json").write_text(advisory())
    path.write_text("\n".join(lines) + "\n")
    return ModelFile(path)


def locked(seed: int, folder: Path) -> ModelFile:
    """Every requirement with an exact version and a digest."""
    return _lock(folder, [_digest(line) for line in _lines(seed)])


def pinned(seed: int, folder: Path) -> ModelFile:
    """Exact versions without digests."""
    return _lock(folder, _lines(seed))


def unpinned(seed: int, folder: Path) -> ModelFile:
    """One requirement with a range."""
    lines = _lines(seed)
    lines[seed % 5] = lines[seed % 5].replace("==", ">=")
    return _lock(folder, lines)


def look_alike(seed: int, folder: Path) -> ModelFile:
    """One name with its last letter doubled."""
    name = NAMES[seed % len(NAMES)]
    return _lock(folder, [line for line in _lines(seed) if not line.startswith(name)] + [f"{name}{name[-1]}==1.0.0"])


def vulnerable(seed: int, folder: Path) -> ModelFile:
    """A version that an advisory names."""
    return _lock(folder, [*_lines(seed), f"leaky-model=={1 + seed % 5}.0.0"])


def mended_version(seed: int, folder: Path) -> ModelFile:
    """The same package in the version that mended it."""
    return _lock(folder, [*_lines(seed), f"leaky-model=={ADVISED}"])


def advisory() -> str:
    """One invented advisory about `leaky-model`, as JSON of OSV."""
    events = [{"introduced": "0"}, {"fixed": ADVISED}]
    affected = {
        "package": {"ecosystem": "PyPI", "name": "leaky_model"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return json.dumps({"id": "INVENTED-1", "affected": [affected]})
