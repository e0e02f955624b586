"""Seeded signed models, and four ways to tamper with one; the keys are made from public words and protect nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from random import Random
from typing import Any

from rqml import ModelFile

PUBLIC = (
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAlyV0fRxYXG5J7sLqa9QN4JJR/4Jr6OkeMOs0l47VgS4=\n"
    "-----END PUBLIC KEY-----\n",
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEgt+1xqT9rLAYiKgK8Y0VMzIK9Yau\n"
    "azNpxeuCbCcOLZi0RHw4jZCa37uGNcrOF3JtUzZOTKkPl6JsnZu2/XGYxQ==\n-----END PUBLIC KEY-----\n",
)
_TYPE = b"application/vnd.in-toto+json"


def _key(words: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    seed = hashlib.sha256(f"rqml scenario: {words}".encode()).digest()
    if words == "p256":
        return ec.derive_private_key(int.from_bytes(seed), ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed)


def _signature(key: Any, message: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    scheme = (
        (ec.ECDSA(hashes.SHA256(), deterministic_signing=True),) if isinstance(key, ec.EllipticCurvePrivateKey) else ()
    )
    return bytes(key.sign(message, *scheme))


def _sign(path: Path, words: str = "release") -> None:
    """What a trainer's tool writes; made here from the specification of DSSE, without the code under test."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    named = [(file.relative_to(path).as_posix() if path.is_dir() else file.name, file) for file in files]
    subject = [
        {"name": name, "digest": {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}}
        for name, file in named
        if file.is_file()
    ]
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subject,
        "predicateType": "urn:rqml:signed-model:1",
        "predicate": {},
    }
    payload = json.dumps(statement).encode()
    message = b" ".join([b"DSSEv1", str(len(_TYPE)).encode(), _TYPE, str(len(payload)).encode(), payload])
    signature = base64.b64encode(_signature(_key(words), message)).decode()
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": _TYPE.decode(),
        "signatures": [{"sig": signature}],
    }
    path.with_name(f"{path.name}.dsse.json").write_text(json.dumps(envelope))


def unsigned(seed: int, folder: Path) -> ModelFile:
    """A folder with weights, a nested file and an empty one; the trainer's key lies beside it as `key.pem`."""
    from cryptography.hazmat.primitives import serialization as s

    rng = Random(seed)  # noqa: S311 (no secrets)
    (folder / "model" / "parts").mkdir(parents=True)
    for number in range(2 + seed % 3):
        (folder / "model" / "parts" / f"{number}.bin").write_bytes(rng.randbytes(50 + seed))
    (folder / "model" / "weights.bin").write_bytes(rng.randbytes(500 + seed))
    (folder / "model" / "vocabulary.txt").touch()
    pem = _key("release").private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    (folder / "key.pem").write_bytes(pem)
    return ModelFile(folder / "model")


def signed_folder(seed: int, folder: Path) -> ModelFile:
    """The folder with its signature."""
    file = unsigned(seed, folder)
    _sign(file.path)
    return file


def signed_file(seed: int, folder: Path) -> ModelFile:
    """A single file with its signature."""
    path = folder / "model.bin"
    path.write_bytes(Random(seed).randbytes(300 + seed))  # noqa: S311
    _sign(path)
    return ModelFile(path)


def signed_with_p256(seed: int, folder: Path) -> ModelFile:
    """The folder, signed with the other allowed key."""
    file = unsigned(seed, folder)
    _sign(file.path, "p256")
    return file


def strange_key(seed: int, folder: Path) -> ModelFile:
    """The folder, signed with a key that nobody allowed."""
    file = unsigned(seed, folder)
    _sign(file.path, f"stranger {seed}")
    return file


def changed(seed: int, folder: Path) -> ModelFile:
    """One bit of the weights turned."""
    file = signed_folder(seed, folder)
    weights = file.path / "weights.bin"
    content = bytearray(weights.read_bytes())
    content[seed % len(content)] ^= 1 << seed % 8
    weights.write_bytes(content)
    return file


def extra(seed: int, folder: Path) -> ModelFile:
    """A file more, in a place that depends on the seed."""
    file = signed_folder(seed, folder)
    (file.path / ("loader.py", "parts/9.bin", ".hidden")[seed % 3]).touch()
    return file


def missing(seed: int, folder: Path) -> ModelFile:
    """A file less."""
    file = signed_folder(seed, folder)
    (file.path / ("parts/0.bin", "vocabulary.txt")[seed % 2]).unlink()
    return file


def renamed(seed: int, folder: Path) -> ModelFile:
    """Two files that have exchanged their names, or one with a new name."""
    file = signed_folder(seed, folder)
    first, second = file.path / "parts" / "0.bin", file.path / "parts" / "1.bin"
    if seed % 2:
        spare = file.path / "spare"
        first.rename(spare)
        second.rename(first)
        spare.rename(second)
    else:
        first.rename(file.path / "parts" / "zero.bin")
    return file
