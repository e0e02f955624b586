"""Texts per second of one core, seconds for a frame of 1M rows x 20 columns, and precision and recall beside presidio.

Run as `python tests/benchmarks/identifiers.py [ROWS [PYTHON]]`, PYTHON being the interpreter of an environment with
presidio-analyzer; both tools then read the frozen texts of the tests in one run. With `rates` in the place of ROWS it
writes the table of precision and recall per kind into docs/benchmarks/identifiers.md.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd

from rqml_catalog.data_privacy.identifiers import KINDS, STRUCTURED, find_identifiers, identify_columns
from rqml_catalog.scenarios import personal_data
from rqml_catalog.scenarios.personal_tables import sentence

TEXTS, ROWS = 20_000, 1_000_000
TESTS = Path(__file__).parents[1] / "catalog/data_privacy/identifiers"
HELDOUT = TESTS / "heldout_texts.jsonl"
PAGE = Path(__file__).parents[2] / "docs/benchmarks/identifiers.md"
MARKS = re.compile(r"(<!-- rates -->\n).*?(<!-- end of rates -->)", re.DOTALL)
# What presidio can find without a model.
SHARED = frozenset({"EMAIL", "PHONE", "IBAN", "CREDIT_CARD", "IP_ADDRESS", "MAC_ADDRESS", "US_SSN", "CRYPTO"})


def texts(seed: int, count: int) -> list[str]:
    """Texts of some 80 characters, half of them with an identifier."""
    rng = Random(seed)
    kinds = sorted(STRUCTURED)
    made = []
    for index in range(count):
        kind = rng.choice(kinds)
        value = (
            personal_data.MAKERS[kind](rng, rng.choice(personal_data.LOCALES))
            if index % 2
            else f"order {rng.random():.8f}"
        )
        made.append(f"{sentence(rng, 6)} {value} {sentence(rng, 4)}"[:90])
    return made


def frame(rows: int) -> pd.DataFrame:
    """Floats, integers, categories, dates, hashes, comments, and columns of identifiers, all values distinct."""
    rng, numbers = Random(1), np.random.default_rng(1)
    columns = {f"float_{i}": numbers.normal(size=rows) for i in range(6)}
    columns |= {f"int_{i}": numbers.integers(0, 10 ** (i + 2), rows) for i in range(4)}
    columns |= {f"category_{i}": numbers.choice(["red", "green", "blue"], rows) for i in range(3)}
    columns["order_id"] = np.arange(10**9, 10**9 + rows)
    columns["uuid"] = [str(uuid.UUID(int=rng.getrandbits(128))) for _ in range(rows)]
    columns["mail"] = [f"user{i}@example.com" for i in range(rows)]
    columns["mobile"] = [f"+49 171 {i:07d}" for i in range(rows)]
    columns["who"] = [personal_data.person(rng, "de_DE") for _ in range(rows)]
    columns["created"] = pd.date_range("2020-01-01", periods=rows, freq="s").astype(str)
    columns["comment"] = [f"{sentence(rng, 9)} {i}" for i in range(rows)]
    return pd.DataFrame(columns)


def rates_per_kind() -> dict[str, list[tuple[int, float, float]]]:
    """Of each kind how many there are, precision and recall: on generated texts, on the frozen ones."""
    specification = importlib.util.spec_from_file_location("corpora", TESTS / "conftest.py")
    corpora = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(corpora)
    entries = [json.loads(line) for line in HELDOUT.read_text(encoding="utf-8").splitlines()]
    frozen = [(entry["text"], {tuple(span) for span in entry["spans"]}) for entry in entries]
    table: dict[str, list[tuple[int, float, float]]] = {kind: [] for kind in KINDS}
    for corpus in (corpora.held_out(), frozen):
        counts = corpora.count(find_identifiers([text for text, _ in corpus]), corpus)
        for kind, columns in table.items():
            hits, false_alarms, misses = (counts[kind, what] for what in ("hit", "false alarm", "miss"))
            columns.append((hits + misses, hits / max(hits + false_alarms, 1), hits / max(hits + misses, 1)))
    return table


def as_markdown(table: dict[str, list[tuple[int, float, float]]]) -> str:
    """The rates as a table of the page."""
    lines = [
        "| Kind | Generated | Precision | Recall | Frozen | Precision | Recall |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for kind, columns in table.items():
        cells = " | ".join(f"{number:,} | {precision:.3f} | {recall:.3f}" for number, precision, recall in columns)
        lines.append(f"| {kind} | {cells} |")
    return "\n".join(lines) + "\n"


def write_rates() -> None:
    """Put the table into the page."""
    table = as_markdown(rates_per_kind())
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(MARKS.sub(lambda marks: marks[1] + table + marks[2], page), encoding="utf-8")
    print(table)


def best(function, repeats: int = 5) -> float:
    """The shortest processor time of some runs, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def rates(entries, found, kinds) -> str:
    """Precision, recall and F1 over these kinds; a span hits when it overlaps one of the same kind."""
    hits = false_alarms = misses = 0
    for entry, spans in zip(entries, found, strict=True):
        left = [span for span in spans if span[2] in kinds]
        for start, end, kind in entry["spans"]:
            if kind not in kinds:
                continue
            hit = next((s for s in left if s[2] == kind and s[0] < end and start < s[1]), None)
            hits, misses = hits + (hit is not None), misses + (hit is None)
            left = [span for span in left if span is not hit]
        false_alarms += len(left)
    precision, recall = hits / (hits + false_alarms), hits / (hits + misses)
    return f"{precision:.3f} | {recall:.3f} | {2 * hits / (2 * hits + false_alarms + misses):.3f}"


def beside_presidio(interpreter: str) -> None:
    """Both tools on the frozen texts."""
    lines = HELDOUT.read_text(encoding="utf-8")
    entries = [json.loads(line) for line in lines.splitlines()]
    held_out = [entry["text"] for entry in entries]
    script = str(Path(__file__).with_name("presidio_rates.py"))
    done = subprocess.run([interpreter, script], input=lines, capture_output=True, text=True, check=True)
    presidio = json.loads(done.stdout.splitlines()[-1])
    seconds = best(lambda: find_identifiers(held_out, kinds=STRUCTURED))
    print(f"| Tool on {len(entries)} frozen texts | Kinds | Precision | Recall | F1 | Texts/s |")
    print("| --- | --- | --- | --- | --- | --- |")
    found = find_identifiers(held_out)
    speed = f"{len(entries) / presidio['seconds']:,.0f}"
    for name, kinds in (("shared", SHARED), ("structured", STRUCTURED)):
        print(f"| presidio {presidio['version']} | {name} | {rates(entries, presidio['spans'], kinds)} | {speed} |")
        print(f"| rqml | {name} | {rates(entries, found, kinds)} | {len(entries) / seconds:,.0f} |")
    print(f"| rqml | all | {rates(entries, found, KINDS)} | |")


def main() -> None:
    """Print the figures."""
    if sys.argv[1:2] == ["rates"]:
        write_rates()
        return
    made = texts(0, TEXTS)
    length = sum(map(len, made)) / len(made)
    for name, kinds in (("structured", STRUCTURED), ("all", KINDS)):
        rate = TEXTS / best(lambda kinds=kinds: find_identifiers(made, kinds=kinds))
        print(f"{name} kinds: {rate:,.0f} texts/s of {length:.0f} characters")
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    table = frame(rows)
    seconds = best(lambda: identify_columns(table), 1)
    print(f"{rows:,} rows x {table.shape[1]} columns: {seconds:.1f} s")
    print({column: found.kind for column, found in identify_columns(table.head(1000)).items() if found})
    if len(sys.argv) > 2:
        beside_presidio(sys.argv[2])


if __name__ == "__main__":
    main()
