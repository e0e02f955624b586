"""What the pytest plugin costs: per trivial requirement beyond a custom item, and where it is not used.

Run: python tests/benchmarks/plugin.py
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ITEMS, ROUNDS = 1000, 5

FLOOR = """
import pytest
class Floor(pytest.File):
    def collect(self):
        for number in range({items}):
            yield Item.from_parent(self, name=f"item {{number}}")
class Item(pytest.Item):
    def runtest(self):
        pass
def pytest_collect_file(file_path, parent):
    if file_path.name == "test_floor.py":
        return Floor.from_parent(parent, path=file_path)
"""

TRIVIAL = """
import attrs, pytest
from rqml import (Dataset, Estimate, Measurement, Meta, Requirement, Severity, Specification, Stage, System, at_least,
                  limit)
@attrs.frozen(kw_only=True)
class Rows(Requirement[Dataset]):
    meta = Meta(id="TST-01", title="rows", statement="At least {{rows}} rows.", remedy="Add rows.",
                stage=Stage.INGESTION, severity=Severity.LOW)
    rows: int = limit(default=2, stricter="higher")
    def measure(self, dataset, run):
        return Measurement({{"rows": Estimate.exact(len(dataset))}})
    def judge(self, measurement):
        return at_least(measurement.estimates["rows"], self.rows, "rows")
many = Specification("many", [Rows(label=f"r{{i}}") for i in range({items})])
@pytest.fixture(scope="module")
def system():
    import pandas as pd
    return System("s", data=Dataset(pd.DataFrame({{"a": [1, 2, 3]}})))
"""


def run(folder: Path, *options: str) -> float:
    """Processor seconds of one pytest run in `folder`; unlike wall-clock time it bears other load on the machine."""
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in (0, 5), done.stdout + done.stderr
    return now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime


def project(root: Path, name: str, **files: str) -> Path:
    """A folder with these Python files."""
    folder = root / name
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\n")
    for stem, text in files.items():
        (folder / f"{stem}.py").write_text(text)
    return folder


def main() -> None:
    """Print the figures; best of several interleaved rounds."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        projects = {
            f"{kind} {items}": project(root, f"{kind}{items}", **files)
            for items in (1, ITEMS)
            for kind, files in {
                "floor": {"conftest": FLOOR.format(items=items), "test_floor": ""},
                "rqml": {"test_many": TRIVIAL.format(items=items)},
            }.items()
        }
        plain = project(root, "plain", test_plain="def test_nothing(): pass\n")
        best: dict[str, float] = {}
        for _ in range(ROUNDS):
            for kind, folder in projects.items():
                options = ("-p", "rqml.pytest_plugin") if kind.startswith("rqml") else ()
                best[kind] = min(best.get(kind, 1e9), run(folder, *options))
            for kind, options in {"without plugin": (), "with plugin": ("-p", "rqml.pytest_plugin")}.items():
                for _ in range(4):  # a small difference of large figures: more rounds
                    best[kind] = min(best.get(kind, 1e9), run(plain, *options))
    floor = (best[f"floor {ITEMS}"] - best["floor 1"]) / (ITEMS - 1) * 1000
    ours = (best[f"rqml {ITEMS}"] - best["rqml 1"]) / (ITEMS - 1) * 1000
    print(f"custom item (pytest's floor)        {floor:6.3f} ms")
    print(f"trivial requirement                 {ours:6.3f} ms")
    print(f"beyond the floor                    {ours - floor:6.3f} ms   (budget 1 ms)")
    unused = (best["with plugin"] - best["without plugin"]) * 1000
    print(f"plugin in a project without rqml    {unused:6.1f} ms   (budget 20 ms)")


if __name__ == "__main__":
    main()
