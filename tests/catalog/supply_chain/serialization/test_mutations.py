"""No bytes crash the scanner, and no stream that passes asks an unpickler for a name that is not listed."""

from __future__ import annotations

import io
import os
import pickle
import random

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from rqml_catalog.supply_chain.serialization import Limits, Status, allowed_names, composites, pickles, runs, scan_bytes
from rqml_catalog.supply_chain.serialization.dense import skip_bulk
from rqml_catalog.supply_chain.serialization.machine import Machine, NeedsDetail

OPCODES = b"(.012FIJKLMNPQRSTUVX]abcdeghijlopqrstu}" + bytes(range(0x80, 0x99))
ALLOWED = allowed_names()


class Unlisted(Exception):
    """The restricted unpickler was asked for a name that is not on the list."""


class Anything:
    """Stands for every listed name, so that nothing real is built from mutated bytes."""

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return Anything()

    def __setstate__(self, state):
        pass

    def append(self, item):
        pass

    extend = add = append

    def __setitem__(self, key, item):
        pass


class Restricted(pickle._Unpickler):
    def find_class(self, module, name):
        if not ALLOWED.allows(module, name):
            raise Unlisted(module, name)
        return Anything


def mutated(rng: random.Random, content: bytes, others: list[bytes]) -> bytes:
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        if not data:
            break
        at, kind = rng.randrange(len(data)), rng.randrange(7)
        if kind == 0:
            data[at] = rng.randrange(256)
        elif kind == 1:
            data[at] = rng.choice(OPCODES)
        elif kind == 2:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 3:
            del data[at : at + rng.choice((1, 2, 8, 40))]
        elif kind == 4:
            data[at:at] = bytes([rng.choice(OPCODES)])
        elif kind == 5:
            begin = rng.randrange(len(data))
            data[at:at] = data[begin : begin + rng.choice((1, 4, 20, 60))]
        else:
            other = rng.choice(others)
            begin = rng.randrange(max(1, len(other)))
            data[at:at] = other[begin : begin + rng.choice((8, 30, 200))]
    return bytes(data)


def honest() -> list[bytes]:
    X = np.random.default_rng(0).normal(size=(20, 3))
    y = X[:, 0] > 0
    values = [
        LogisticRegression().fit(X, y),
        DecisionTreeClassifier(max_depth=2).fit(X, y),
        {"a": [1, 2.5, None], "b": ("x", b"y"), "c": {1, 2}},
        [np.array(["a", None], dtype=object), np.float64(1)],
    ]
    return [pickle.dumps(value, protocol) for value in values for protocol in range(6)]


def fuzz(malicious: dict[str, bytes], seed: int, count: int) -> int:
    """Scan mutated files; return how many passed as pickles and were held against the oracle."""
    rng, held = random.Random(seed), 0
    bases = [content for content in malicious.values() if len(content) < 20_000]
    clean = honest()
    for _ in range(count):
        content = mutated(rng, rng.choice(bases if rng.random() < 0.4 else clean), bases)
        scan = scan_bytes(content)
        if scan.status is Status.PASS and scan.format == "pickle":
            held += 1
            try:
                Restricted(io.BytesIO(content)).load()
            except Unlisted:
                raise
            except Exception:
                pass
    return held


def test_mutations(malicious):
    assert fuzz(malicious, seed=int(os.environ.get("RQML_FUZZ_SEED", "1")), count=4_000) > 100


@pytest.mark.slow
def test_a_million_mutations(malicious):
    assert fuzz(malicious, seed=2, count=1_000_000) > 10_000


@pytest.mark.parametrize("content", [bytes([code]) * size for code in range(256) for size in (1, 2, 30)])
def test_repeated_bytes(content):
    assert scan_bytes(content).status in (Status.FAIL, Status.INCOMPLETE, Status.PASS)


def nested(rng: random.Random, depth: int = 0):
    """Plain data of every kind that bulk reading knows."""
    if depth > 3 or rng.random() < 0.45:
        leaves = [
            1,
            300,
            70_000,
            -5,
            1.5,
            "a",
            f"key{rng.randrange(50)}",
            None,
            True,
            b"xy",
            1 << 80,
            "é" * rng.randrange(99),
        ]
        return rng.choice(leaves)
    size, kind = rng.choice((0, 1, 2, 3, 5, 12)), rng.randrange(5)
    if kind == 0:
        return [nested(rng, depth + 1) for _ in range(size)]
    if kind == 1:
        return tuple(nested(rng, depth + 1) for _ in range(size))
    if kind == 2:
        return {key: nested(rng, depth + 1) for key in range(size)}
    return {i * 7 for i in range(size)} if kind == 3 else frozenset(range(size))


def walked(content: bytes, bulk) -> tuple[bool, tuple]:
    machine = Machine(content, 0, len(content), ALLOWED, Limits())
    machine.joblib, machine.skip_bulk = True, bulk
    found = pickles._walk(machine, trailing=False)
    harmless = {"malformed-text", "unhashable-key", "expansion-bomb"}
    return bool({finding.technique for finding in found.findings} - harmless), found.names


@pytest.mark.parametrize("least", [2, 24])
def test_bulk_reading_never_passes_what_reading_each_opcode_refuses(monkeypatch, malicious, least):
    from rqml_catalog.supply_chain.serialization import dense

    monkeypatch.setattr(composites, "DENSE_AFTER", -1)
    monkeypatch.setattr(composites, "DENSE_LEAST", 0)
    monkeypatch.setattr(dense, "LEAST", least)
    monkeypatch.setattr(runs, "LEAST", least)
    rng, compared = random.Random(least), 0
    bases = [content for content in malicious.values() if len(content) < 5_000]
    for _ in range(800):
        value = [nested(rng) for _ in range(rng.randrange(1, 9))]
        content = pickle.dumps([*value, value[0]], rng.randrange(1, 6))
        content = mutated(rng, content, bases) if rng.random() < 0.6 else content
        try:
            refused, names = walked(content, None)
            refused_in_bulk, names_in_bulk = walked(content, skip_bulk)
        except NeedsDetail:
            continue
        compared += 1
        assert refused_in_bulk or not refused
        assert refused or refused_in_bulk or names == names_in_bulk
    assert compared > 300
