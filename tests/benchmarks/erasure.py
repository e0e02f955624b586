"""Forgetting one record: a model in shards beside the same model trained on all records at once, in one run.

    python tests/benchmarks/erasure.py [RECORDS] [REPEATS]

Processor seconds are those of the whole process, the best of the repeats; another process on the machine does not
count, as long as it does not slow the memory down.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
import time

from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from rqml_catalog.scenarios.classifiers import noisy_classes
from rqml_catalog.techniques.sharded import ShardedClassifier

SHARDS = 10
MODELS = {
    "one tree": DecisionTreeClassifier(random_state=0),
    "forest of 20": RandomForestClassifier(20, random_state=0),
}


def clocked(work):
    """What the work gives, and the processor seconds it took."""
    began = time.process_time()
    return work(), time.process_time() - began


def row_of(base, X, y, repeats):
    """Best processor seconds of a fit on all records, a fit in shards, and forgetting the first record."""
    rounds = []
    for _ in range(repeats):
        _, whole = clocked(lambda: base.fit(X, y))
        sharded, fit = clocked(lambda: ShardedClassifier(base, SHARDS, random_state=0).fit(X, y))
        _, forget = clocked(lambda fitted=sharded: fitted.forget(X[1:], y[1:], fitted.shards_of(X[:1], y[:1])))
        rounds.append((whole, fit, forget))
    return tuple(map(min, zip(*rounds, strict=True)))


def main(records=20_000, repeats=3):
    X, y = noisy_classes(int(records), 0)
    version = importlib.metadata.version("scikit-learn")
    print(
        f"{len(X)} records, {SHARDS} shards, best of {repeats}, load {os.getloadavg()[0]:.1f}, scikit-learn {version}"
    )
    for name, base in MODELS.items():
        whole, fit, forget = row_of(base, X, y, int(repeats))
        print(f"{name}: whole fit {whole:.3f} s, fit in shards {fit:.3f} s, forget one record {forget:.4f} s")
        print(f"{name}: forgetting takes {forget / whole:.3f} of the whole fit, {forget / fit:.3f} of that in shards")


if __name__ == "__main__":
    main(*sys.argv[1:])
