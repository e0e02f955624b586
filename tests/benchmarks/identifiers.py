"""Texts per second of one core, and seconds for a frame of 1M rows x 20 columns; run this file as a script."""

from __future__ import annotations

import sys
import time
import uuid
from random import Random

import numpy as np
import pandas as pd

from rqml_catalog.data_privacy.identifiers import KINDS, STRUCTURED, find_identifiers, identify_columns
from rqml_catalog.scenarios import personal_data
from rqml_catalog.scenarios.personal_tables import sentence

TEXTS, ROWS = 20_000, 1_000_000


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


def best(function, repeats: int = 5) -> float:
    """The shortest processor time of some runs, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Print the figures."""
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


if __name__ == "__main__":
    main()
