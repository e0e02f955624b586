"""Streams of very many opcodes: read in bulk, in little memory, and never with less care."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import pickle
import platform
import time
import tracemalloc
import types

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from rqml_catalog.supply_chain.serialization import Status, dense, machine, scan_bytes

N = 6_000
CONSTANT = (1, 2, 3, 4)
SHAPES = {
    "numbers": [i * i for i in range(N)],
    "floats": [i / 7 for i in range(N)],
    "texts": [f"text \u00e9 {i}" for i in range(N)],
    "bytes": [b"%d" % i for i in range(N)],
    "pairs": [(i, i / 3) for i in range(N)],
    "tuples of six": [(i, None, True, i, 2.5, "x") for i in range(N)],
    "dictionary": {f"key {i}": i for i in range(N)},
    "dictionary of tuples": {i: (i, i, 2.0, "x") for i in range(N)},
    "records": [{"name": f"n{i}", "age": i % 90, "score": i / 7, "tags": ["a", "b"]} for i in range(N)],
    "lists in tuples": [([i, i], "a", [1.5], CONSTANT) for i in range(N)],
    "sets": [{i, i + 1, i + 2} for i in range(N)],
    "repeated texts": [f"word {i % 200}" for i in range(3 * N)],
    "nested": [{"a": [(i, "x", None, 3, 4.0), {"b": {1, 2}}], "c": {"d": frozenset({i})}} for i in range(N)],
    "objects": [types.SimpleNamespace(a=i, b=2.5, c="x") for i in range(N)],
    "estimators": [LinearRegression() for _ in range(N // 4)],
    "moments": [datetime.datetime(2020, 1, 1) + datetime.timedelta(seconds=i) for i in range(N)],
    "numpy numbers": [np.float64(i) for i in range(N)],
    "moments of a zone": [datetime.datetime(2020, 1, 1, i % 24, tzinfo=datetime.UTC) for i in range(N)],
    "decimals": [decimal.Decimal(i) / 7 for i in range(N)],
    "fractions": [fractions.Fraction(i, 7) for i in range(N)],
    "complex numbers": [complex(i, 2) for i in range(N)],
    "small arrays": [np.array([i, 2.0, 3.0]) for i in range(N)],
    "small tables": [np.array([[i, 2], [3, 4]]) for i in range(N)],
    "counters": [collections.Counter({"a": i, "b": 2}) for i in range(N)],
    "lists by key": [collections.defaultdict(list, {"a": [i]}) for i in range(N)],
    "queues": [collections.deque([i, 2]) for i in range(N)],
    "byte arrays": [bytearray(b"x%d" % i) for i in range(N)],
    "slices": [slice(i, None) for i in range(N)],
    "one ordered": collections.OrderedDict((f"key {i}", i) for i in range(N)),
    "ordered": [collections.OrderedDict(a=i, b=2) for i in range(N)],
    "object column": pd.DataFrame({"a": np.array([f"v{i}" for i in range(N)], dtype=object), "b": range(N)}),
}


def steps(content: bytes, monkeypatch) -> int:
    """Opcodes that were handled one by one in a scan that passes."""
    count = 0
    kept = machine.TABLES

    def counted(handler):
        def call(m):
            nonlocal count
            count += 1
            return handler(m)

        return handler and call

    counting = [[counted(handler) for handler in table] for table in kept]
    with monkeypatch.context() as patched:
        patched.setattr(machine, "TABLES", counting)
        patched.setattr(dense, "TABLES", counting)
        assert scan_bytes(content).reasons == []
    return count


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("shape", SHAPES)
def test_few_opcodes_are_read_one_by_one(shape, protocol, monkeypatch):
    content = pickle.dumps(SHAPES[shape], protocol)
    assert steps(content, monkeypatch) < len(content) / 12


def test_memory_stays_small():
    content = pickle.dumps([(i, f"text {i}", [i / 3]) for i in range(60_000)])
    tracemalloc.start()
    try:
        assert scan_bytes(content).status is Status.PASS
        assert tracemalloc.get_traced_memory()[1] < len(content) + 10_000_000
    finally:
        tracemalloc.stop()


class Calls:
    def __reduce__(self):
        return platform.node, ()


@pytest.mark.parametrize("place", [0, 1000, N - 1])
def test_a_call_among_plain_data_is_found_where_it_is(place):
    values: list[object] = [(i, f"text {i}") for i in range(N)]
    values[place] = Calls()
    content = pickle.dumps(values)
    (finding,) = scan_bytes(content).findings
    assert (finding.technique, finding.name) == ("unlisted-global", "platform.node")
    assert content[: finding.offset + 1].endswith(b"\x8c\x04node\x94\x93")


def dense_then(tail: bytes) -> bytes:
    """Protocol 2: a list of much plain data, whose last batch is the given opcodes."""
    head = pickle.dumps([(i, f"text {i}") for i in range(N)], 2)
    return head[:-1] + b"(" + tail + b"e."


NAME = b"cnumpy\nndarray\n"
SPACE = b"ctypes\nSimpleNamespace\n"


@pytest.mark.parametrize(
    ("tail", "technique"),
    [
        (SPACE + b")\x81}X\x01\x00\x00\x00aK\x01sb}X\x01\x00\x00\x00aK\x01sb", "state-set-twice"),
        (SPACE + b")\x81}X\x09\x00\x00\x00__class__K\x01sb", "special-attribute"),
        (SPACE + b")\x81}(X\x01\x00\x00\x00aK\x01X\x09\x00\x00\x00__class__K\x01ub", "special-attribute"),
        (b"c__builtin__\nset\n](K\x01]e\x85R", "call-arguments"),
        (b"c__builtin__\nset\n](K\x01]e(K\x01K\x02e\x85R", "call-arguments"),
        (b"c__builtin__\nset\n]]a(K\x01K\x02e\x85R", "call-arguments"),
        (b"}]K\x01s", "unhashable-key"),
        (b"}(]K\x01u", "unhashable-key"),
        (b"}(K\x01u", "stack-underflow"),
        (b"K\x01(K\x01e", "items-on-foreign-object"),
        (b"X\x02\x00\x00\x00\xff\xff", "malformed-text"),
        (b"]q\x00", "memo-out-of-order"),
        (b"j\xff\xff\xff\x7f", "memo-unwritten"),
        (b"(\x86", "stack-underflow"),
        (b"\x94", "opcode-never-emitted"),
    ],
)
def test_what_is_refused_alone_is_refused_among_plain_data(tail, technique):
    for repeated in (1, 40):  # also where it is read in bulk itself
        scan = scan_bytes(dense_then(b"K\x01" * 3000 + tail * repeated + b"K\x01" * 3000))
        assert technique in {finding.technique for finding in scan.findings}


@pytest.mark.parametrize(
    ("held", "arguments"),
    [
        (NAME + b"\x85q\x02", b"h\x02"),
        (b"]q\x02" + NAME + b"a", b"h\x02\x85"),
        (NAME + b"\x85q\x02h\x02\x85q\x03", b"h\x03"),
        (b"}q\x02K\x01" + NAME + b"s", b"h\x02\x85"),
    ],
)
@pytest.mark.parametrize("before", [0, 6000])
def test_names_inside_shared_containers_do_not_become_arguments(held, arguments, before):
    numbers = b"K\x01" * 6000
    head = b"\x80\x02]q\x00(cdatetime\ntimedelta\nq\x01"
    calls = (b"h\x01" + arguments + b"R") * 6
    scan = scan_bytes(head + numbers[: 2 * before] + held + numbers + calls + numbers + b"e.")
    assert {finding.technique for finding in scan.findings} == {"call-arguments"}


def test_a_bomb_among_plain_data_is_found():
    head = pickle.dumps([(i, f"text {i}") for i in range(N)], 4)
    entries = 2 * N + 1  # a text and a tuple each, and the list
    tail = b")\x85\x94"
    for i in range(40):
        read = b"j" + (entries + i).to_bytes(4, "little")
        tail += read + read + b"\x86\x94"
    scan = scan_bytes(unframed(head[:-1]) + b"(" + b"K\x01" * 3000 + tail + b"K\x01" * 9000 + b"e.")
    assert [finding.technique for finding in scan.findings] == ["expansion-bomb"]


def unframed(content: bytes) -> bytes:
    """A pickle of protocol 4 without its frames."""
    out, position = bytearray(content[:2]), 2
    while position < len(content):
        size = int.from_bytes(content[position + 1 : position + 9], "little")
        assert content[position] == 0x95
        out += content[position + 9 : position + 9 + size]
        position += 9 + size
    return bytes(out)


@pytest.mark.parametrize("shared", [10, 10_000])
def test_shared_constants_are_no_bomb(shared):
    constant, place = (1, "a", None), [1, 2]
    values = [[constant, i] for i in range(N)] + [{"at": place, "i": i} for i in range(shared)]
    assert scan_bytes(pickle.dumps(values)).status is Status.PASS


def test_an_array_of_objects_has_as_many_as_it_says():
    content = pickle.dumps(np.array([f"text {i}" for i in range(N)], dtype=object), 4)
    assert scan_bytes(content).status is Status.PASS
    shape = b"M" + N.to_bytes(2, "little")
    assert content.count(shape) == 1
    for wrong in (N + 1, N - 1):
        scan = scan_bytes(content.replace(shape, b"M" + wrong.to_bytes(2, "little")))
        assert scan.findings[0].technique == "malformed-array"


def test_unreadable_streams_end_soon():
    """Where bulk reading never pays, it is tried less and less often."""
    content = b"\x80\x02" + b"]" + b"cmath\nsqrt\na" * 40_000 + b"."
    begin = time.process_time()
    assert scan_bytes(content).status is Status.PASS
    assert time.process_time() - begin < 20
