"""Anonymity against its rivals, measured side by side in one run.

    python tests/benchmarks/anonymity.py [ADULT_FOLDER] [--rows 1000000] [--quick] [--only PART ...]

Each rival runs in an environment of its own, which is made beside this run and removed afterwards. Without the folder
(or the variable RQML_ADULT) the Adult part is left out. Times are the best of three here, of one for the rivals.
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
from rqml_catalog.data_privacy.anonymity.local import cell_nodes
from rqml_catalog.data_privacy.anonymity.measures import distinct_diversity, k_anonymity
from rqml_catalog.data_privacy.anonymity.recode import describe, recode
from rqml_catalog.data_privacy.anonymity.release import Plan, anonymise
from rqml_catalog.data_privacy.anonymity.table import make_table
from rqml_catalog.data_privacy.anonymity.walk import absorb, walk

PYCANON, ANJANA = "pycanon==1.3.6", "anjana==1.2.3"
# Its package declares no dependencies; these are the newest that it works with.
TOOLKIT = "ai-privacy-toolkit==0.2.1"
TOOLKIT_NEEDS = [
    "scikit-learn==1.3.2",
    "numpy<2",
    "pandas<3",
    "matplotlib",
    "torch==2.13.0",
    "packaging",
    "tqdm",
    "scipy",
]
TOOLKIT_NEEDS += ["adversarial-robustness-toolbox==1.20.1"]
QUASI = ["sex", "age", "race", "marital-status", "education", "workclass"]
TABLES = 200
PARTS = ["recodings", "tables", "memory", "pycanon", "anjana", "toolkit"]
_MEASURE = """
import json, sys, time, pandas as pd
from pycanon import anonymity
quasi, secret = json.loads(sys.argv[2]), json.loads(sys.argv[3])
for path in json.loads(sys.argv[1]):
    frame = pd.read_csv(path, keep_default_na=False)
    start, busy = time.perf_counter(), time.process_time()
    answer = [anonymity.k_anonymity(frame, quasi), anonymity.l_diversity(frame, quasi, secret),
              anonymity.t_closeness(frame, quasi, secret)]
    print(json.dumps([time.perf_counter() - start, time.process_time() - busy, [float(x) for x in answer]]))
"""
_RECODE = """
import contextlib, io, json, sys, time, numpy as np, pandas as pd
from pathlib import Path
from anjana.anonymity import k_anonymity
folder, quasi, limit = Path(sys.argv[1]), json.loads(sys.argv[2]), float(sys.argv[3])
frame = pd.read_csv(folder / "adult.csv", sep=";", dtype=str)
trees = {c: pd.read_csv(folder / f"adult_hierarchy_{c}.csv", sep=";", header=None, dtype=str) for c in quasi}
steps = {c: {i: tree[i].to_numpy() for i in tree} for c, tree in trees.items()}
start, busy = time.perf_counter(), time.process_time()
with contextlib.redirect_stdout(io.StringIO()):
    released = k_anonymity(frame, [], list(quasi), 10, limit, steps)
took = [time.perf_counter() - start, time.process_time() - busy]
loss = len(frame) - len(released)
for c in quasi:
    leaves = {}
    for i in trees[c]:
        for label in trees[c][i].unique():
            leaves.setdefault(label, int((trees[c][i] == label).sum()))
    lost = released[c].astype(str).map(leaves).sub(1).div(len(trees[c]) - 1)
    loss += float(lost.sum()) / len(quasi)
print(json.dumps([*took, loss / len(frame), len(frame) - len(released)]))
"""
_TOOLKIT_RECODE = """
import json, sys, time, pandas as pd
from pathlib import Path
from sklearn.tree import DecisionTreeClassifier
from apt.anonymization import Anonymize
from apt.utils.datasets import ArrayDataset
folder, quasi = Path(sys.argv[1]), json.loads(sys.argv[2])
frame = pd.read_csv(folder / "adult.csv", sep=";").astype({"age": int})
words = [c for c in quasi if c != "age"]
encoded = pd.get_dummies(frame[quasi], columns=words)
model = DecisionTreeClassifier(random_state=0).fit(encoded, frame["salary-class"].str.contains(">"))
start, busy = time.perf_counter(), time.process_time()
done = Anonymize(10, quasi, categorical_features=words).anonymize(
    ArrayDataset(frame[quasi].astype(object), model.predict(encoded)))
took = [time.perf_counter() - start, time.process_time() - busy]
classes = pd.DataFrame(done, columns=quasi).astype(str).groupby(quasi, sort=False).ngroup()
# Its classes hold representatives: here they are published as the lowest nodes that cover their records.
loss = 0.0
for c in quasi:
    tree = pd.read_csv(folder / f"adult_hierarchy_{c}.csv", sep=";", header=None, dtype=str)
    values = frame[c].astype(str)
    lost = pd.Series(1.0, classes.unique())
    for i in reversed(tree.columns):
        nodes = values.map(dict(zip(tree[0], tree[i])))
        single = nodes.groupby(classes).nunique() == 1
        leaves = nodes.map(tree[i].value_counts()).groupby(classes).first()
        lost = lost.where(~single, (leaves - 1) / (len(tree) - 1))
    loss += classes.map(lost).mean() / len(quasi)
print(json.dumps([*took, loss, int(classes.value_counts().min()), classes.nunique()]))
"""
_COUNT = """
import json, resource, sys, time, duckdb
from rqml import Dataset
from rqml_catalog.data_privacy import KAnonymity
connection = duckdb.connect()
connection.execute(f"set memory_limit='512MB'; set threads=2; set temp_directory='{sys.argv[2]}'")
connection.execute("set enable_progress_bar=false")
people = connection.read_parquet(sys.argv[1])
dataset = Dataset(people, quasi_identifiers=("age", "postcode", "sex", "job"))
start, busy = time.perf_counter(), time.process_time()
found = KAnonymity(k=5).check(dataset)
took = [time.perf_counter() - start, time.process_time() - busy]
print(json.dumps([*took, found.estimates["k"].value, found.details["classes"],
                  resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def best_of(call: Callable[[], Any], times: int = 3) -> tuple[float, float, Any]:
    """Seconds and processor seconds of the fastest of several calls, and what it gave."""
    wall, busy, answer = [], [], None
    for _ in range(times):
        start, used = time.perf_counter(), time.process_time()
        answer = call()
        wall.append(time.perf_counter() - start)
        busy.append(time.process_time() - used)
    return min(wall), min(busy), answer


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


def random_tables(count: int) -> list[pd.DataFrame]:
    """Small seeded tables of two to four quasi-identifiers, a sensitive word and a sensitive number."""
    tables = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        rows, width = int(rng.integers(5, 400)), int(rng.integers(2, 5))
        columns: dict[str, Any] = {QUASI[i]: rng.integers(0, rng.integers(1, 4), rows) for i in range(width)}
        columns = {name: [f"v{value}" for value in values] for name, values in columns.items()}
        columns.update({name: ["all"] * rows for name in QUASI[width:]})
        columns["occupation"] = [f"w{value}" for value in rng.geometric(0.4, rows)]
        columns["hours"] = rng.integers(0, rng.integers(2, 30), rows)
        tables.append(pd.DataFrame(columns))
    return tables


def environment(folder: Path, package: str, *others: str) -> Path:
    """The interpreter of a new environment with one package, and others that it does not ask for."""
    place = folder / package.split("=", maxsplit=1)[0]
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", package, *others], check=True)
    return python


def rival(python: Path, frames: list[pd.DataFrame], secret: list[str], folder: Path) -> list[tuple[float, float, Any]]:
    """Seconds, processor seconds and answers of pycanon, one per table."""
    paths = [str(folder / f"{i}.csv") for i in range(len(frames))]
    for path, frame in zip(paths, frames, strict=True):
        frame.to_csv(path, index=False)
    command = [str(python), "-c", _MEASURE, json.dumps(paths), json.dumps(QUASI), json.dumps(secret)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [tuple(json.loads(line)) for line in lines]


def against_pycanon(folder: Path, rows: int, adult: Path | None) -> None:
    """Print the ratios for k + l + t, and the largest difference on Adult and on random tables."""
    python = environment(folder, PYCANON)
    for name, frame in (("30k raw", table(30_000, False)), (f"{rows} generalised", table(rows, True))):
        wall, busy, answer = best_of(lambda frame=frame: measures(frame, ["occupation"]))
        ((their_wall, their_busy, expected),) = rival(python, [frame], ["occupation"], folder)
        apart = np.abs(np.subtract(answer, expected)).max()
        ratios = f"{their_wall / wall:.0f} x in time, {their_busy / busy:.0f} x in processor time"
        print(f"{name}: {PYCANON} {their_wall:.2f} s, rqml {wall:.4f} s: {ratios}; apart by {apart:.1e}")
    same(f"{TABLES} random tables", random_tables(TABLES), ["occupation", "hours"], python, folder)
    if adult:
        same("Adult recoded to k = 10", [recoded_adult(adult)], ["occupation", "salary-class"], python, folder)


def same(name: str, frames: list[pd.DataFrame], secret: list[str], python: Path, folder: Path) -> None:
    """Print the largest difference between pycanon's k, l and t and ours."""
    theirs = rival(python, frames, secret, folder)
    apart = [np.subtract(measures(f, secret), other[2]) for f, other in zip(frames, theirs, strict=True)]
    print(f"{name}: largest difference to {PYCANON} in k, l, t: {np.abs(apart).max(axis=0).tolist()}")


def recoded_adult(folder: Path) -> pd.DataFrame:
    """Adult with its quasi-identifiers recoded to k = 10."""
    frame = pd.read_csv(folder / "adult.csv", sep=";")
    trees = {name: Hierarchy.from_csv(folder / f"adult_hierarchy_{name}.csv") for name in QUASI}
    release = anonymise(frame, Plan(quasi_identifiers=QUASI, hierarchies=trees), lambda _: Goal(10))
    assert release is not None
    return release.frame[[*QUASI, "occupation", "salary-class"]].astype(str)


def against_anjana(folder: Path, adult: Path) -> None:
    """Print time and Loss of anjana's full-domain recoding of Adult, k = 10."""
    python = environment(folder, ANJANA)
    for percent in (0, 5, 10):
        command = [str(python), "-c", _RECODE, str(adult), json.dumps(QUASI), str(percent)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        wall, busy, loss, left_out = json.loads(done.stdout)
        print(
            f"{ANJANA} {percent}%: Loss {loss:.4f}, {left_out} rows left out, {wall:.2f} s, {busy:.2f} s of processor"
        )


def against_toolkit(folder: Path, adult: Path) -> None:
    """Print time and Loss of the ai-privacy-toolkit's recoding of Adult, k = 10, guided by a decision tree."""
    python = environment(folder, TOOLKIT, *TOOLKIT_NEEDS)
    command = [str(python), "-W", "ignore", "-c", _TOOLKIT_RECODE, str(adult), json.dumps(QUASI)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, busy, loss, k, classes = json.loads(done.stdout)
    print(f"{TOOLKIT}: Loss {loss:.4f}, k {k}, {classes} classes, {wall:.2f} s, {busy:.2f} s of processor")


def larger_than_memory(folder: Path, rows: int = 20_000_000) -> None:
    """Print time and peak memory of k-anonymity over a Parquet file, by DuckDB with a memory limit of 512 MB."""
    import duckdb

    path, groups = folder / "people.parquet", rows // 7
    with duckdb.connect() as connection:
        connection.execute("set memory_limit='512MB'; set threads=2")
        connection.execute(
            f"""copy (select (g % 80)::int as age, ((g // 80) % 900 + 10000)::varchar as postcode,
            case when (g // 72000) % 2 = 0 then 'f' else 'm' end as sex, (g // 144000)::int as job,
            hash(i)::varchar || hash(i + 1)::varchar || hash(i + 2) || hash(i + 3) as note
            from (select i // 7 as g, i from range({7 * groups}) r(i))) to '{path}' (format parquet)"""
        )
    command = [sys.executable, "-c", _COUNT, str(path), str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, busy, k, classes, peak = json.loads(done.stdout)
    size, took = path.stat().st_size / 1e6, f"{wall:.1f} s, {busy:.1f} s of processor"
    print(f"{7 * groups} rows in {size:.0f} MB: k {k}, {classes} classes, {took}, peak {peak:.0f} MB of the process")


def recodings(folder: Path) -> None:
    """Print Loss and time of the recodings of Adult, k = 10 (ARX: .5722 .1761 .1571, local .0363 in 1.57 s)."""
    frame = pd.read_csv(folder / "adult.csv", sep=";")
    columns = [encode(frame[name]) for name in QUASI]
    trees = [Hierarchy.from_csv(folder / f"adult_hierarchy_{name}.csv") for name in QUASI]
    records = make_table(columns, [ladder(c, h) for c, h in zip(columns, trees, strict=True)])
    for method, limit in (("global", 0.0), ("global", 0.05), ("global", 0.1), ("local", 0.0)):
        wall, busy, found = best_of(lambda method=method, limit=limit: recode(records, Goal(10), method, limit))
        classes, took = len(found.sizes), f"{wall:.2f} s, {busy:.2f} s of processor"
        print(f"{method} {limit:.0%}: Loss {found.loss:.6f}, {classes} classes, {took}")


def numbers_of_many_values(rng: np.random.Generator, rows: int) -> dict[str, Any]:
    """Four columns of numbers, hundreds to thousands of values in each."""
    return {
        "normal": rng.normal(0, 1, rows).round(3),
        "skewed": rng.gamma(2, 1, rows).round(2),
        "whole": rng.integers(0, 500, rows),
        "even": rng.uniform(0, 1, rows).round(3),
    }


def numbers_and_words(rng: np.random.Generator, rows: int) -> dict[str, Any]:
    """Three columns of numbers and two of words."""
    return {
        "age": rng.integers(18, 90, rows),
        "weight": rng.gamma(2, 10, rows).round(1),
        "visits": rng.integers(0, 50, rows),
        "town": np.char.add("t", rng.geometric(0.1, rows).astype(str)),
        "kind": np.char.add("k", rng.integers(0, 3, rows).astype(str)),
    }


def correlated_numbers(rng: np.random.Generator, rows: int) -> dict[str, Any]:
    """Six columns of numbers that two hidden ones explain."""
    hidden = rng.normal(0, 1, (rows, 2))
    return {f"x{j}": (hidden @ rng.normal(0, 1, 2) + rng.normal(0, 0.5, rows)).round(1) for j in range(6)}


def other_tables() -> None:
    """Print Loss and time of local recoding on generated tables, beside the greedy start of the search."""
    for make in (numbers_of_many_values, numbers_and_words, correlated_numbers):
        for rows, k, seed in ((2_000, 5, 0), (2_000, 5, 1), (20_000, 10, 0), (20_000, 10, 1), (1_000_000, 10, 0)):
            columns = [encode(values) for values in make(np.random.default_rng(seed), rows).values()]
            records, goal = make_table(columns, [ladder(column, None) for column in columns]), Goal(k)
            rest = walk(records, goal)
            absorb(records, goal, rest)
            start = describe(records, cell_nodes(records, rest)[records.cell_of_row], np.zeros(rows, dtype=bool))
            wall, busy, found = best_of(lambda r=records, g=goal: recode(r, g), 1)
            name, took = make.__name__.replace("_", " "), f"{wall:.2f} s, {busy:.2f} s of processor"
            print(f"{name}, {rows} rows, seed {seed}, k {k}: Loss {start.loss:.4f} greedy, {found.loss:.4f}; {took}")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("adult", nargs="?", type=Path, default=os.environ.get("RQML_ADULT"))
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="without the rivals")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=f"of {PARTS}")
    options = parser.parse_args()
    parts = {"recodings", "tables", "memory"} & set(options.only) if options.quick else set(options.only)
    print(sys.version.split()[0], "numpy", np.__version__, "pandas", pd.__version__, "load", *os.getloadavg())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.adult and "recodings" in parts:
            recodings(options.adult)
        if "tables" in parts:
            other_tables()
        if "memory" in parts:
            larger_than_memory(folder)
        if "pycanon" in parts:
            against_pycanon(folder, options.rows, options.adult)
        if options.adult and "anjana" in parts:
            against_anjana(folder, options.adult)
        if options.adult and "toolkit" in parts:
            against_toolkit(folder, options.adult)


if __name__ == "__main__":
    main()
