"""Anonymity against its rivals, measured side by side in one run.

    python tests/benchmarks/anonymity.py [ADULT_FOLDER] [--rows 1000000] [--quick]

pycanon runs in an environment of its own, which is made beside this run and removed afterwards. Without the folder
(or the variable RQML_ADULT) the Adult part is left out. Times are the best of three here, of one for pycanon.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rqml.subjects.hierarchy import Hierarchy
from rqml_catalog.data_privacy.anonymity.closeness import distance_for
from rqml_catalog.data_privacy.anonymity.codes import encode
from rqml_catalog.data_privacy.anonymity.frames import contingency_of
from rqml_catalog.data_privacy.anonymity.goal import Goal
from rqml_catalog.data_privacy.anonymity.ladder import ladder
from rqml_catalog.data_privacy.anonymity.measures import distinct_diversity, k_anonymity
from rqml_catalog.data_privacy.anonymity.recode import recode
from rqml_catalog.data_privacy.anonymity.table import make_table

PYCANON = "pycanon==1.3.6"
QUASI = ["sex", "age", "race", "marital-status", "education", "workclass"]
_RIVAL = """
import json, sys, time, pandas as pd
from pycanon import anonymity
frame = pd.read_csv(sys.argv[1]); quasi, secret = json.loads(sys.argv[2]), json.loads(sys.argv[3])
start = time.perf_counter()
answer = [anonymity.k_anonymity(frame, quasi), anonymity.l_diversity(frame, quasi, secret),
          anonymity.t_closeness(frame, quasi, secret)]
print(json.dumps([time.perf_counter() - start, [float(x) for x in answer]]))
"""


def best_of(call: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    """Seconds of the fastest of several calls, and what it gave."""
    seconds, answer = [], None
    for _ in range(times):
        start = time.perf_counter()
        answer = call()
        seconds.append(time.perf_counter() - start)
    return min(seconds), answer


def measures(frame: pd.DataFrame, secret: list[str]) -> list[float]:
    """k, l and t of a frame."""
    counted = contingency_of(frame, QUASI, secret)
    least = min(int(distinct_diversity(pairs).min()) for pairs in counted.sensitive.values())
    farthest = max(float(distance_for(p.labels, None)(p, None).max()) for p in counted.sensitive.values())
    return [float(k_anonymity(counted.sizes)), float(least), farthest]


def table(rows: int, generalised: bool) -> pd.DataFrame:
    """A seeded table with the cardinalities of Adult; generalised ones have few, large classes."""
    rng = np.random.default_rng(0)
    sizes = dict(zip(QUASI, (2, 4, 2, 2, 3, 2) if generalised else (2, 73, 5, 7, 16, 8), strict=True))
    columns: dict[str, Any] = {name: rng.integers(0, size, rows).astype(str) for name, size in sizes.items()}
    columns["occupation"] = rng.integers(0, 14, rows).astype(str)
    return pd.DataFrame(columns).map(lambda value: f"v{value}")


def rival(python: Path, frame: pd.DataFrame, secret: list[str], folder: Path) -> tuple[float, list[float]]:
    """Seconds and answers of pycanon."""
    frame.to_csv(folder / "table.csv", index=False)
    command = [str(python), "-c", _RIVAL, str(folder / "table.csv"), json.dumps(QUASI), json.dumps(secret)]
    seconds, answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return seconds, answer


def against_pycanon(folder: Path, rows: int) -> None:
    """Print the ratios for k + l + t."""
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", PYCANON], check=True)
    for name, frame in (("30k raw", table(30_000, False)), (f"{rows} generalised", table(rows, True))):
        ours, answer = best_of(lambda frame=frame: measures(frame, ["occupation"]))
        theirs, expected = rival(python, frame, ["occupation"], folder)
        agree = np.allclose(answer, expected, atol=1e-9)
        print(f"{name}: {PYCANON} {theirs:.3f} s, rqml {ours:.4f} s, ratio {theirs / ours:.0f}, equal: {agree}")


def recodings(folder: Path) -> None:
    """Print Loss and time of the recodings of Adult, k = 10 (ARX: .5722 .1761 .1571, local .0363 in 1.57 s)."""
    frame = pd.read_csv(folder / "adult.csv", sep=";")
    columns = [encode(frame[name]) for name in QUASI]
    trees = [Hierarchy.from_csv(folder / f"adult_hierarchy_{name}.csv") for name in QUASI]
    records = make_table(columns, [ladder(c, h) for c, h in zip(columns, trees, strict=True)])
    for method, limit in (("global", 0.0), ("global", 0.05), ("global", 0.1), ("local", 0.0)):
        seconds, found = best_of(lambda method=method, limit=limit: recode(records, Goal(10), method, limit))
        print(f"{method} {limit:.0%}: Loss {found.loss:.6f}, {len(found.sizes)} classes, {seconds:.3f} s")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("adult", nargs="?", type=Path, default=os.environ.get("RQML_ADULT"))
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="without pycanon")
    options = parser.parse_args()
    print(sys.version.split()[0], "numpy", np.__version__, "pandas", pd.__version__)
    if options.adult:
        recodings(Path(options.adult))
    if not options.quick:
        with tempfile.TemporaryDirectory() as folder:
            against_pycanon(Path(folder), options.rows)


if __name__ == "__main__":
    main()
