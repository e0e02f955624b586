"""Membership inference: strength beside the plain threshold, and time beside shadow training, in one run.

Random forests of 50 trees on 4,000 records of 20 features, half of them members, 32 shadows. Run as a script:
`python tests/benchmarks/membership.py [first seed] [seeds]`.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

from rqml_catalog.model_privacy.membership.suite import run_suite
from rqml_catalog.techniques.record_signals import record_signals
from rqml_catalog.techniques.shadow_models import train_shadows


def scenario(leaf: int, seed: int) -> dict[str, float]:
    """TPR at 1 % FPR of the suite and of plain confidence, and seconds for shadows and suite."""
    X, y = make_classification(4000, 20, n_informative=10, n_redundant=2, flip_y=0.05, class_sep=0.5, random_state=seed)
    members = np.zeros(4000, dtype=bool)
    members[np.random.default_rng(seed).permutation(4000)[:2000]] = True

    def train_and_query(rows, fit_seed):
        forest = RandomForestClassifier(50, min_samples_leaf=leaf, random_state=fit_seed)
        return record_signals(forest.fit(X[rows], y[rows]), X, y)

    target = train_and_query(np.flatnonzero(members), 10_000 + seed)
    started = time.perf_counter()
    shadows = train_shadows(train_and_query, y, n_models=32, seed=seed, n_jobs=2)
    trained = time.perf_counter()
    finding = run_suite(target, shadows, members, at_fpr=0.01, seed=seed)
    ended = time.perf_counter()
    return {
        "tpr": finding.tpr.value,
        "fpr": finding.fpr.value,
        "plain": finding.plain.value,
        "auc": finding.auc.value,
        "shadows_s": trained - started,
        "suite_s": ended - trained,
    }


def main() -> None:
    """Print one line a scenario, and the means."""
    first, seeds = (int(argument) for argument in sys.argv[1:3]) if len(sys.argv) > 2 else (0, 3)
    scenario(1, 10**6)  # imports and first calls are not what is measured
    for leaf in (1, 5):
        rows = [scenario(leaf, seed) for seed in range(first, first + seeds)]
        means = {name: round(float(np.mean([row[name] for row in rows])), 3) for name in rows[0]}
        print(f"leaf {leaf}: {means}, suite / shadows = {means['suite_s'] / means['shadows_s']:.1%}")


if __name__ == "__main__":
    main()
