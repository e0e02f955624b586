"""Seeded folders with invented secrets, and with look-alikes that are none. No key here was ever valid."""

from __future__ import annotations

import hashlib
import json
import pickle
import string
import uuid
from pathlib import Path
from random import Random

from rqml import ModelFile

_ALNUM = string.ascii_letters + string.digits


def _token(rng: Random, length: int, alphabet: str = _ALNUM) -> str:
    return "".join(rng.choice(alphabet) for _ in range(length))


def _secret(rng: Random) -> str:
    """A line of code with one invented secret."""
    return rng.choice(
        (
            f'aws = "AKIA{_token(rng, 16, string.ascii_uppercase + string.digits)}"',
            f'github = "ghp_{_token(rng, 36)}"',
            f'db = "postgresql://model:{_token(rng, 14)}9a@db.internal/scores"',
            f'API_KEY = "{_token(rng, 30)}4b"',
            f'client_secret: "{_token(rng, 24)}7c"',
            f'hub = "hf_{_token(rng, 34)}"',
        )
    )


def _harmless(rng: Random) -> str:
    """Lines that look like secrets and are none."""
    digest = hashlib.sha256(rng.randbytes(8)).hexdigest()
    lines = [
        f'CHECKSUM = "{digest}"',
        f'run_id = "{uuid.UUID(int=rng.getrandbits(128))}"',
        'password = os.environ["DB_PASSWORD"]',
        'api_key = "YOUR_API_KEY_HERE"',
        'key_id = "AKIAIOSFODNN7EXAMPLE"',
        "token = tokenizer.encode(text)",
        f'commit = "{digest[:40]}"',
        "secret_sharing_threshold = 3",
    ]
    rng.shuffle(lines)
    return "\n".join(lines)


def _project(folder: Path, name: str, content: str | bytes) -> ModelFile:
    """A folder of one file."""
    root = folder / "project"
    root.mkdir()
    (root / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return ModelFile(root)


def _random(seed: int) -> Random:
    return Random(seed)  # noqa: S311 (invented values, nothing is protected by them)


def _notebook(source: str, output: str) -> str:
    outputs = [{"output_type": "stream", "name": "stdout", "text": [output + "\n"]}]
    cells = [{"cell_type": "code", "metadata": {}, "source": source.splitlines(keepends=True), "outputs": outputs}]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def clean_source(seed: int, folder: Path) -> ModelFile:
    """A source file full of hashes, identifiers and placeholders."""
    return _project(folder, "train.py", _harmless(_random(seed)))


def clean_notebook(seed: int, folder: Path) -> ModelFile:
    """A notebook that prints digests."""
    rng = _random(seed)
    return _project(folder, "train.ipynb", _notebook(_harmless(rng), _harmless(rng)))


def clean_model(seed: int, folder: Path) -> ModelFile:
    """A pickled model without secrets in its texts."""
    rng = _random(seed)
    return _project(folder, "model.pkl", pickle.dumps({"notes": _harmless(rng), "weights": rng.randbytes(4096)}))


def secret_in_source(seed: int, folder: Path) -> ModelFile:
    """A secret among harmless lines."""
    rng = _random(seed)
    return _project(folder, "train.py", f"{_harmless(rng)}\n{_secret(rng)}\n")


def secret_in_output(seed: int, folder: Path) -> ModelFile:
    """A secret that a cell of a notebook printed."""
    rng = _random(seed)
    return _project(folder, "train.ipynb", _notebook(_harmless(rng), _secret(rng)))


def secret_in_environment(seed: int, folder: Path) -> ModelFile:
    """A file of environment variables with a password."""
    rng = _random(seed)
    return _project(folder, ".env", f"MODE=production\nDB_PASSWORD={_token(rng, 18)}5x\n")


def secret_in_model(seed: int, folder: Path) -> ModelFile:
    """A pickled model that carries a token in its notes."""
    rng = _random(seed)
    note = f"ghp_{_token(rng, 36)}"
    return _project(folder, "model.pkl", pickle.dumps({"notes": note, "weights": bytes(64)}, protocol=2 + seed % 4))
