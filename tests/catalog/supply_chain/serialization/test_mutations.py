"""No bytes crash the scanner, and no stream that passes asks an unpickler for a name that is not listed."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import io
import os
import pickle
import random
import types
import uuid

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from rqml_catalog.supply_chain.serialization import Limits, Status, allowed_names, dense, machine, pickles, scan_bytes
from rqml_catalog.supply_chain.serialization.scan import FAULT
from rqml_catalog.supply_chain.serialization.values import NeedsDetail

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
        assert all(finding.technique != FAULT for finding in scan.findings), content
        if scan.status is Status.PASS and scan.format == "pickle":
            held += 1
            try:
                Restricted(io.BytesIO(content)).load()
            except Unlisted:
                raise
            except Exception:  # mutated data may fail to load in any way: the question is which names were asked for
                pass
    return held


def test_mutations(malicious):
    assert fuzz(malicious, seed=int(os.environ.get("RQML_FUZZ_SEED", "1")), count=4_000) > 100


@pytest.mark.slow
def test_a_million_mutations(malicious):
    assert fuzz(malicious, seed=2, count=1_000_000) > 10_000


def renamed_field() -> bytes:
    """A boosted tree whose nodes lack a field that is looked at."""
    X = np.random.default_rng(0).normal(size=(80, 3))
    fitted = HistGradientBoostingClassifier(max_iter=1).fit(X, X[:, 0] > 0)
    return pickle.dumps(fitted, 4).replace(b"is_leaf", b"iS_leaf")


FOREST = b"csklearn.ensemble._forest\nRandomForestClassifier\n)\x81}X\x0b\x00\x00\x00estimators_"
UNFILLED = b"csklearn.tree._classes\nDecisionTreeClassifier\n)\x81}X\x05\x00\x00\x00tree_"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (renamed_field(), Status.FAIL),
        (b"\x80\x02" + UNFILLED + b"csklearn.tree._tree\nTree\n)\x81sb.", Status.FAIL),
        (b"\x80\x02" + FOREST + b"]q\x00h\x00asb.", Status.PASS),  # a list that holds itself
    ],
)
def test_state_that_no_check_expects(content, status):
    scan = scan_bytes(content)
    assert (scan.status, [f.technique for f in scan.findings if f.technique == FAULT]) == (status, [])


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


def walked(content: bytes, bulk) -> tuple[list, list]:
    walking = machine.Machine(content, 0, len(content), ALLOWED, Limits())
    walking.joblib, walking.skip_bulk = True, bulk
    found = pickles._walk(walking, trailing=False)
    return list(found.findings), list(found.names)


OBJECTS = (
    lambda rng: types.SimpleNamespace(a=nested(rng, 3), b=2.5, c="x"),
    lambda rng: datetime.datetime(2020, 1, 1 + rng.randrange(28), tzinfo=rng.choice((None, datetime.UTC))),
    lambda rng: datetime.timedelta(seconds=rng.randrange(99)),
    lambda rng: collections.OrderedDict((f"k{i}", i) for i in range(rng.randrange(4))),
    lambda rng: collections.Counter("abc"[: rng.randrange(4)]),
    lambda rng: collections.defaultdict(rng.choice((list, set, int, None)), {"a": nested(rng, 3)}),
    lambda rng: collections.deque(range(rng.randrange(3)), rng.choice((None, 5))),
    lambda rng: LinearRegression(),
    lambda rng: LinearRegression().fit([[1.0], [rng.random()]], [1.0, 2.0]),
    lambda rng: np.float64(rng.random()),
    lambda rng: np.arange(rng.randrange(4)) / 3,
    lambda rng: np.zeros((2, rng.randrange(4)), dtype=rng.choice(("i8", "f4", "?"))),
    lambda rng: rng.randbytes(rng.choice((1, 2, 9, 300))),
    lambda rng: bytearray(rng.randbytes(rng.choice((0, 1, 2, 9)))),
    lambda rng: decimal.Decimal(rng.randrange(99)) / rng.choice((3, 1000, 7**30)),
    lambda rng: fractions.Fraction(rng.randrange(9), 1 + rng.randrange(9)),
    lambda rng: complex(rng.random(), 2),
    lambda rng: slice(rng.choice((None, 1)), rng.randrange(9)),
    lambda rng: uuid.UUID(int=rng.getrandbits(128)),
)


def objects(rng: random.Random) -> list[object]:
    """Values of one listed class, as many streams repeat them, and now and then something else."""
    made = rng.choice(OBJECTS)
    return [made(rng) if rng.random() < 0.9 else nested(rng) for _ in range(rng.randrange(2, 14))]


def dumped(value: object, protocol: int, frame: int) -> bytes:
    """A pickle; of protocol 4 by the pickler that is written in Python, in frames of about so many bytes."""
    if protocol != 4:  # the other pickler fails on two empty bytes
        return pickle.dumps(value, protocol)
    out = io.BytesIO()
    pickler = pickle._Pickler(out, protocol)
    pickler.framer._FRAME_SIZE_TARGET = frame
    pickler.dump(value)
    return out.getvalue()


@pytest.fixture
def always_in_bulk(monkeypatch):
    """Bulk reading from the first opcode on, in stretches of any length."""
    monkeypatch.setattr(machine, "DENSE_AFTER", 1)
    monkeypatch.setattr(machine, "DENSE_BYTES", 1 << 30)
    monkeypatch.setattr(machine, "DENSE_LEAST", 0)
    monkeypatch.setattr(dense, "LEAST", 1)
    monkeypatch.setattr(machine.Machine, "may_unfold", lambda _: False)  # only small streams here


def compare(malicious: dict[str, bytes], seed: int, count: int, chunk: int, monkeypatch) -> int:
    """Walk mutated streams both ways; return how often both said the same, and fail where they did not."""
    monkeypatch.setattr(dense, "CHUNK", chunk)
    rng, compared = random.Random(seed), 0
    bases = [content for content in malicious.values() if len(content) < 5_000]
    for _ in range(count):
        value = objects(rng) if rng.random() < 0.6 else [nested(rng) for _ in range(rng.randrange(1, 12))]
        content = dumped([*value, value[0]], rng.randrange(6), rng.choice((16, 100, 1 << 16)))
        content = mutated(rng, content, bases) if rng.random() < 0.5 else content
        expected = walked(content, None)
        try:
            found = walked(content, dense.skip_bulk)
        except NeedsDetail:
            continue
        certain = all(finding.technique in pickles._CERTAIN for finding in found[0])
        assert certain or expected[0] or found[0]
        if certain:  # a verdict that nothing confirms
            assert found == expected, (seed, content)
            compared += 1
    return compared


@pytest.mark.parametrize(("seed", "chunk"), [(1, 40), (2, 300), (3, 1 << 17)])
def test_bulk_reading_says_what_reading_each_opcode_says(malicious, always_in_bulk, monkeypatch, seed, chunk):
    assert compare(malicious, seed, 700, chunk, monkeypatch) > 150


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 20))
def test_bulk_reading_of_many(malicious, always_in_bulk, monkeypatch, seed):
    assert compare(malicious, seed, 20_000, 37 * seed, monkeypatch) > 4_000
