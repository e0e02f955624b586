"""SafeModelFile beside picklescan, modelscan and fickling: detection, honest files refused, time per file.

    python tests/benchmarks/supply_chain.py --rivals FOLDER/bin/python
    python tests/benchmarks/supply_chain.py --many 10000

FOLDER is a virtual environment with the three (fickling 0.1.12 needs typing_extensions besides). The corpora are those
of the tests: techniques that name harmless functions, and honest files over the estimators of scikit-learn. Nothing is
loaded by anybody. They were built by those who wrote SafeModelFile, so its own figures here are no evidence for files
of others; the rivals' are. `--many` copies the honest files until there are so many and times `rqml scan` on them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import ModuleType

TESTS = Path(__file__).parents[1] / "catalog" / "supply_chain" / "serialization"
RIVALS = ("picklescan", "modelscan", "fickling")
CLEAN, FLAGGED, NEITHER = "clean", "flagged", "neither"


def judged_by_rqml(path: str) -> str:
    """What SafeModelFile's scan says."""
    from rqml_catalog.supply_chain.serialization import scan_file

    return {"PASS": CLEAN, "FAIL": FLAGGED}.get(str(scan_file(path).status), NEITHER)


def judged_by_picklescan(path: str) -> str:
    """Infected is flagged; suspicious names and errors are neither."""
    from picklescan.scanner import SafetyLevel, scan_file_path

    result = scan_file_path(path)
    if result.issues_count:
        return FLAGGED
    doubtful = any(found.safety is not SafetyLevel.Innocuous for found in result.globals)
    return NEITHER if result.scan_err or doubtful or not result.scanned_files else CLEAN


def judged_by_modelscan(path: str) -> str:
    """Issues are flagged; errors and skipped files are neither."""
    from modelscan.modelscan import ModelScan

    found = ModelScan().scan(path)
    if found["summary"]["total_issues"]:
        return FLAGGED
    skipped = found["summary"]["skipped"]["total_skipped"]
    return NEITHER if found["errors"] or skipped else CLEAN


def judged_by_fickling(path: str) -> str:
    """Anything above "likely safe" is flagged; what it cannot read is neither."""
    from fickling.analysis import Severity, check_safety
    from fickling.fickle import StackedPickle

    with Path(path).open("rb") as file:
        stacked = StackedPickle.load(file)
    worst = max((check_safety(part).severity for part in stacked), default=None)
    if worst is None:
        return NEITHER
    return CLEAN if worst <= Severity.LIKELY_SAFE else FLAGGED


JUDGES = {
    "rqml": judged_by_rqml,
    "picklescan": judged_by_picklescan,
    "modelscan": judged_by_modelscan,
    "fickling": judged_by_fickling,
}


def run(tool: str, folder: Path) -> dict[str, object]:
    """How often the tool gives each answer, and the median and mean time per file in milliseconds."""
    judge = JUDGES[tool]
    paths = sorted(map(str, folder.iterdir()))
    _answer(judge, paths[0])  # imports are not its time
    answers: Counter[str] = Counter()
    times = []
    for path in paths:
        started = time.perf_counter()
        answers[_answer(judge, path)] += 1
        times.append((time.perf_counter() - started) * 1e3)
    times.sort()
    version = "this repository" if tool == "rqml" else metadata.version(tool)
    return {"version": version, **answers, "median ms": times[len(times) // 2], "mean ms": sum(times) / len(times)}


def _answer(judge: Callable[[str], str], path: str) -> str:
    """The answer on one file, a crash being neither."""
    try:
        return judge(path)
    except Exception:
        return NEITHER


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"corpus_{name}", TESTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_corpora(folder: Path) -> tuple[Path, Path]:
    """The corpora of the tests as files: techniques, and honest pickles and joblib files."""
    import joblib

    bad, good = folder / "bad", folder / "good"
    bad.mkdir()
    good.mkdir()
    for number, content in enumerate(_module("conftest").all_malicious().values()):
        (bad / f"{number:03}.pkl").write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, estimator in enumerate(_module("test_corpora")._estimators()):
            try:
                (good / f"{number:03}.pkl").write_bytes(pickle.dumps(estimator, protocol=number % 6))
            except Exception:
                continue
            joblib.dump(estimator, good / f"{number:03}.joblib", compress=3 * (number % 2))
    return bad, good


def scan_many(count: int) -> None:
    """Time `rqml scan` on so many honest files in one folder: by the clock, and in processor time of its processes."""
    with tempfile.TemporaryDirectory() as name:
        _, good = write_corpora(Path(name))
        originals = sorted(good.iterdir())
        for number in range(len(originals), count):
            source = originals[number % len(originals)]
            shutil.copy(source, good / f"{number:06}{source.suffix}")
        size = sum(path.stat().st_size for path in good.iterdir())
        before, started = os.times(), time.perf_counter()
        done = subprocess.run(["rqml", "scan", str(good)], capture_output=True, text=True, check=True, cwd=name)
        elapsed, after = time.perf_counter() - started, os.times()
    used = after.children_user - before.children_user + after.children_system - before.children_system
    print(f"{done.stdout.splitlines()[-1]}; {size / 1e6:.0f} MB, {elapsed:.1f} s, {used:.1f} s of processor time")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main() -> None:
    """Measure in this environment, and the rivals in theirs; print one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rivals", help="the Python of the environment that holds the other tools")
    parser.add_argument("--many", type=int, metavar="COUNT", help="time `rqml scan` on so many honest files instead")
    parser.add_argument("--tool", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.tool:
        print(json.dumps(run(options.tool, options.folder)))
        return
    if options.many:
        scan_many(options.many)
        return
    with tempfile.TemporaryDirectory() as name:
        for corpus in write_corpora(Path(name)):
            print(f"{corpus.name}: {sum(1 for _ in corpus.iterdir())} files")
            for tool in ("rqml", *(RIVALS if options.rivals else ())):
                python = sys.executable if tool == "rqml" else options.rivals
                command = [python, __file__, "--tool", tool, "--folder", str(corpus)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                print(f"  {tool:<11}{done.stdout.splitlines()[-1]}")


if __name__ == "__main__":
    main()
