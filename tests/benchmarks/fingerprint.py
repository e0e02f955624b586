"""Speed of fingerprints beside joblib.hash, in one run: `python tests/benchmarks/fingerprint.py [megabytes]`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from rqml.evidence.fingerprint import fingerprint_array, fingerprint_frame

COLUMNS = 20
ROUNDS = 3


def best(call: Callable[[], object]) -> float:
    """Seconds of the fastest of some rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def cases(size: int) -> Iterator[tuple[str, Any]]:
    """Tables and arrays of about `size` bytes."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((COLUMNS, size // 8 // COLUMNS))
    yield "array float64", values
    yield "polars float64", pl.DataFrame({str(i): column for i, column in enumerate(values)})
    yield "pandas float64, block by columns", pd.DataFrame(values.T, copy=False)
    yield "pandas float64, block by rows", pd.DataFrame(np.ascontiguousarray(values.T), copy=False)
    values[0, ::10] = np.nan
    yield "pandas float64, some missing", pd.DataFrame(values.T, copy=False)
    yield "pandas float64, one column", pd.DataFrame({"a": values.reshape(-1)}, copy=False)
    integers = (values.view("i8") >> 20).copy()
    yield "pandas int64 below 2**53", pd.DataFrame(integers.T, copy=False)
    yield "pyarrow int64 below 2**53", pa.table({str(i): column for i, column in enumerate(integers)})
    yield "pandas int64, all bits", pd.DataFrame(values.view("i8").T, copy=False)
    narrow = values.astype("f4")
    narrow = np.concatenate([narrow, narrow], axis=1)
    yield "pandas float32", pd.DataFrame(narrow.T, copy=False)
    words = pl.Series(rng.integers(0, 10**6, size // 80)).cast(pl.String)
    yield "polars text", pl.DataFrame({"a": words})
    yield "pandas text", pl.DataFrame({"a": words}).to_pandas()


def size_of(data: Any) -> int:
    """Bytes of the values."""
    if isinstance(data, pl.DataFrame):
        return int(data.estimated_size())
    return int(data.nbytes if hasattr(data, "nbytes") else data.memory_usage(index=False).sum())


def main(megabytes: int = 1000) -> None:
    """Print one line per case."""
    print(f"{'case':36}{'GB/s':>8}{'joblib GB/s':>14}{'ratio':>8}")
    for name, data in cases(megabytes * 10**6):
        call = fingerprint_array if isinstance(data, np.ndarray) else fingerprint_frame
        ours = best(lambda call=call, data=data: call(data))
        gigabytes = size_of(data) / 1e9
        # joblib hashes pandas and numpy; for other libraries there is nothing to compare with
        fits = isinstance(data, (np.ndarray, pd.DataFrame))
        theirs = best(lambda data=data: joblib.hash(data)) if fits else float("nan")
        print(f"{name:36}{gigabytes / ours:8.2f}{gigabytes / theirs:14.2f}{theirs / ours:8.1f}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
