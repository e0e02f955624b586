"""Speed and memory of the scan on pickles that are all opcodes, in many shapes.

    python tests/benchmarks/dense_pickles.py [--size 20] [--protocols 2,3,4,5] [--picklescan FOLDER/bin/python]

Each shape is written as a file of about `--size` MB for each protocol and scanned in a process of its own: MB/s of
processor time (the best of three), and how far the peak of resident memory rose above the size of the file. `--python`
writes the files with the pickler that is written in Python, `--optimized` takes out what is never read from the memo.
picklescan, in the environment of another Python, scans the same files when asked for.
"""

from __future__ import annotations

import argparse
import collections
import datetime
import decimal
import fractions
import functools
import io
import pickle
import pickletools
import re
import subprocess
import sys
import tempfile
import time
import types
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np

CONSTANT = (1, 2, 3, 4)
ROWS: dict[str, Callable[[int], object]] = {
    "integers": lambda i: i * i,
    "floats": lambda i: i / 7,
    "short texts": lambda i: f"text {i}",
    "bytes": lambda i: b"b%d" % i,
    "tuples of 2": lambda i: (i % 300, i / 3),
    "tuples of 3": lambda i: (i % 300, i, i / 3),
    "tuples of 4": lambda i: (i % 300, i, i / 3, f"a{i}"),
    "tuples of 6": lambda i: (i, i, None, True, 2.5, i),
    "records": lambda i: {"name": f"n{i}", "age": i % 90, "score": i / 7, "ok": i % 2 == 0, "none": None},
    "nested lists": lambda i: [[i, i + 1], [i]],
    "lists in tuples": lambda i: ([i, i], "a", [1.5], CONSTANT),
    "lists of floats": lambda i: [(i + k) / 7 for k in range(10)],
    "sets": lambda i: {i, i + 1, i + 2},
    "None and bool": lambda i: (None, True, False)[i * i % 3],
    "repeated texts": lambda i: f"word {i * i % 199}",
    "documents": lambda i: {"u": {"id": i, "tags": ["a", "b"], "geo": {"lat": 1.5, "lon": 2.5}}, "t": f"text {i}"},
    "mixed": lambda i: {"a": [(i, "x", None, 3, 4.0), {"b": {1, 2}}], "c": {"d": (i,)}},
    "objects": lambda i: types.SimpleNamespace(a=i, b=2.5, c="x"),
    "ordered": lambda i: collections.OrderedDict(a=i, b=2),
    "moments": lambda i: datetime.datetime(2020, 1, 1) + datetime.timedelta(seconds=i),
    "moments of a zone": lambda i: datetime.datetime(2020, 1, 1, i % 24, tzinfo=datetime.UTC),
    "dates": lambda i: datetime.date(2020, 1, 1 + i % 28),
    "durations": lambda i: datetime.timedelta(seconds=i),
    "identifiers": lambda i: uuid.UUID(int=i),
    "decimals": lambda i: decimal.Decimal(i) / 7,
    "fractions": lambda i: fractions.Fraction(i, 7),
    "complex numbers": lambda i: complex(i, 2),
    "long integers": lambda i: 1 << (70 + i % 50),
    "sets of tuples": lambda i: {(i, 1), (i, 2)},
    "frozensets": lambda i: frozenset({i, i + 1}),
    "counters": lambda i: collections.Counter({"a": i, "b": 2}),
    "lists by key": lambda i: collections.defaultdict(list, {"a": [i]}),
    "queues": lambda i: collections.deque([i, 2]),
    "byte arrays": lambda i: bytearray(b"b%d" % i),
    "numpy numbers": np.float64,
    "arrays of 3": lambda i: np.array([i, 2.0, 3.0]),
    "tables of 2 by 2": lambda i: np.array([[i, 2], [3, 4]]),
    "shared dictionary": lambda i: {"of": SHARED, "i": i},
    "decision trees": lambda i: fitted()[i % 300],
}
SHARED = {"a": 1, "b": [1, 2]}
KEYED = {"dict of numbers": lambda i: i, "dict of tuples": lambda i: (i, i + 1, 2.0, "x")}


@functools.cache
def fitted() -> list[object]:
    """Small trees, each on other data."""
    from sklearn.tree import DecisionTreeClassifier

    data = np.random.default_rng(0).normal(size=(300, 30, 4))
    return [DecisionTreeClassifier(max_depth=3).fit(rows[:, :3], rows[:, 3] > 0) for rows in data]


def dumped(value: object, protocol: int, options: argparse.Namespace) -> bytes:
    """A pickle by the pickler that was asked for."""
    if not options.python:
        content = pickle.dumps(value, protocol)
    else:
        out = io.BytesIO()
        pickle._Pickler(out, protocol).dump(value)
        content = out.getvalue()
    return pickletools.optimize(content) if options.optimized else content


def written(name: str, protocol: int, path: Path, options: argparse.Namespace) -> None:
    """A pickle of one shape of about so many megabytes."""
    row = ROWS.get(name) or KEYED[name]
    texts = {f"word {i}": f"word {i}" for i in range(199)}  # one object each, so that the memo is read

    def made(count: int) -> object:
        if name in KEYED:
            return {f"key {i}": row(i) for i in range(count)}
        values = [row(i) for i in range(count)]
        return [texts[str(value)] for value in values] if name == "repeated texts" else values

    each = len(dumped(made(20_000), protocol, options)) / 20_000
    path.write_bytes(dumped(made(int(options.size * 1e6 / each)), protocol, options))


def peak() -> float:
    """The most resident memory this process had, in MB. Not getrusage, which counts the parent's too."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024 / 1e6


def scanned(path: Path) -> str:
    """Speed, memory and verdict of one scan in this process."""
    from rqml_catalog.supply_chain.serialization import scan_bytes, scan_file

    scan_bytes(pickle.dumps([1]))
    before, seconds = peak(), []
    for _ in range(3):
        began = time.process_time()
        scan = scan_file(path)
        seconds.append(time.process_time() - began)
    size = path.stat().st_size / 1e6
    rise = peak() - before - size
    return f"{size:6.1f} MB {size / min(seconds):7.1f} MB/s  {rise:+7.0f} MB over the file  {scan.status}"


def picklescanned(path: Path) -> str:
    """Speed of picklescan in this process."""
    from picklescan.scanner import scan_file_path

    began = time.process_time()
    scan_file_path(str(path))
    return f"   picklescan {path.stat().st_size / 1e6 / (time.process_time() - began):.1f} MB/s"


def main() -> None:
    """Write, scan and print every shape."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=float, default=20)
    parser.add_argument("--protocols", default="4")
    parser.add_argument("--shapes", default="")
    parser.add_argument("--python", action="store_true", help="write with the pickler that is written in Python")
    parser.add_argument("--optimized", action="store_true", help="write no memo entry that is never read")
    parser.add_argument("--picklescan", help="the Python of an environment that holds picklescan")
    parser.add_argument("--scan", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--rival", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.scan or options.rival:
        print(scanned(options.scan) if options.scan else picklescanned(options.rival))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shape.pkl"
        for name in options.shapes.split(",") if options.shapes else (*ROWS, *KEYED):
            for protocol in map(int, options.protocols.split(",")):
                written(name, protocol, path, options)
                line = _child([sys.executable, __file__, "--scan", str(path)])
                if options.picklescan:
                    line += _child([options.picklescan, __file__, "--rival", str(path)])
                print(f"{name:<17} protocol {protocol} {line}", flush=True)


def _child(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.rstrip()


if __name__ == "__main__":
    main()
