"""Membership inference: strength, time, and both beside others' attacks, in one run.

    python tests/benchmarks/membership.py forests [FIRST SEEDS]   the suite, on forests of the reference scenario
    python tests/benchmarks/membership.py digits  [FIRST SEEDS]   the same on scikit-learn's digits, forest and MLP
    python tests/benchmarks/membership.py kept    [SEED]          a check cold, warm, and without shadows
    python tests/benchmarks/membership.py beside  [SEED]          beside a plain LiRA, and ART where it is installed

`beside` wants an environment of its own with adversarial-robustness-toolbox.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
import tempfile
import time
import warnings

import numpy as np
from sklearn.datasets import load_digits, make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPClassifier

from rqml import Dataset, TrainedModel
from rqml_catalog.model_privacy import MembershipInferenceResistance
from rqml_catalog.model_privacy.membership.crossfit import cross_fit
from rqml_catalog.model_privacy.membership.suite import run_suite, score_all
from rqml_catalog.model_privacy.membership.without_shadows import calibrated_attack
from rqml_catalog.techniques.record_signals import record_signals
from rqml_catalog.techniques.shadow_models import train_shadows

AT_FPR = 0.01
JOBS = os.cpu_count() or 1


def forest_pool(seed):
    """4,000 records of 20 features, half of them members."""
    X, y = make_classification(4000, 20, n_informative=10, n_redundant=2, flip_y=0.05, class_sep=0.5, random_state=seed)
    return X, y, halves(4000, seed)


def halves(n, seed):
    members = np.zeros(n, dtype=bool)
    members[np.random.default_rng(seed).permutation(n)[: n // 2]] = True
    return members


class Attacked:
    """A target and its shadows, with the seconds that these took."""

    def __init__(self, make, X, y, members, seed, n_models=32):
        def train_and_query(rows, fit_seed):
            return record_signals(make(fit_seed).fit(X[rows], y[rows]), X, y)

        self.X, self.y, self.members, self.seed = X, y, members, seed
        self.model = make(10_000 + seed).fit(X[members], y[members])
        self.target = record_signals(self.model, X, y)
        wall, cpu = time.perf_counter(), time.process_time()
        self.shadows = train_shadows(train_and_query, y, n_models=n_models, seed=seed, n_jobs=JOBS)
        self.wall, self.cpu = time.perf_counter() - wall, time.process_time() - cpu

    def suite(self):
        return run_suite(
            self.target,
            self.shadows,
            self.members,
            at_fpr=AT_FPR,
            seed=self.seed,
            features=np.column_stack([self.X, self.y]),
        )

    def tpr(self, score, rows=slice(None)):
        """TPR at 1 % FPR, threshold on one half and counted on the other, mean of four ways to halve."""
        members = self.members[rows]
        ways = [cross_fit(score, members, AT_FPR, np.random.default_rng(way)) for way in range(4)]
        return float(np.mean([way.caught for way in ways])) / members.sum()


def row_of(attacked):
    wall, cpu = time.perf_counter(), time.process_time()
    finding = attacked.suite()
    return {
        "tpr": finding.tpr.value,
        "fpr": finding.fpr.value,
        "auc": finding.auc.value,
        "plain": finding.plain.value,
        **{name: attacked.tpr(score) for name, score in chosen(score_all(attacked.target, attacked.shadows)).items()},
        "suite / shadows, wall": (time.perf_counter() - wall) / attacked.wall,
        "suite / shadows, cpu": (time.process_time() - cpu) / attacked.cpu,
    }


def chosen(scores):
    return {name: scores[name] for name in ("RMIA", "LiRA online (smoothing 0.02)", "BaVarIA (smoothing 0.1)")}


def show(name, rows):
    means = {key: f"{np.mean([row[key] for row in rows]):.3f}" for key in rows[0]}
    print(f"{name}: {means}; tpr of each seed {[round(row['tpr'], 3) for row in rows]}", flush=True)


def forests(first=100, seeds=5):
    for leaf in (1, 5):
        rows = []
        for seed in range(int(first), int(first) + int(seeds)):
            make = lambda s, leaf=leaf: RandomForestClassifier(50, min_samples_leaf=leaf, random_state=s)  # noqa: E731
            rows.append(row_of(Attacked(make, *forest_pool(seed), seed)))
        show(f"forest, leaf {leaf}", rows)


def digits(first=100, seeds=3):
    X, y = load_digits(return_X_y=True)
    kinds = {
        "digits, forest": lambda s: RandomForestClassifier(50, random_state=s),
        "digits, MLP": lambda s: MLPClassifier((64,), max_iter=60, random_state=s),
    }
    for name, make in kinds.items():
        seeded = range(int(first), int(first) + int(seeds))
        show(name, [row_of(Attacked(make, X / 16.0, y, halves(len(y), seed), seed)) for seed in seeded])


def kept(seed=0):
    X, y, members = forest_pool(int(seed))
    train, test = (Dataset.from_arrays(X[side], y[side], target="y") for side in (members, ~members))
    model = TrainedModel(RandomForestClassifier(50, random_state=0).fit(*train.arrays()), train, test)
    os.environ["RQML_SHADOWS"] = tempfile.mkdtemp()
    for name, cost in (("cold", "release"), ("warm", "release"), ("without shadows", "commit")):
        wall, cpu = time.perf_counter(), time.process_time()
        result = MembershipInferenceResistance(cost=cost).check(model)
        told = f"{time.perf_counter() - wall:.2f} s wall, {time.process_time() - cpu:.2f} s cpu"
        print(f"{name}: {told}, tpr {result.estimates['tpr']}", flush=True)


def plain_lira(attacked):
    """The paper's online attack as it stands: a Gaussian on each side of each record, on clipped logits."""
    clip = 1e-5

    def logit(log_odds):
        return np.clip(log_odds, np.log(clip), -np.log(clip))

    target, shadows, inside = logit(attacked.target.log_odds), logit(attacked.shadows.log_odds), attacked.shadows.inside
    score = np.zeros(len(target))
    for side, sign in ((inside, 1), (~inside, -1)):
        mean = np.nanmean(np.where(side, shadows, np.nan), axis=0)
        spread = np.nanstd(np.where(side, shadows, np.nan), axis=0) + 1e-9
        score += sign * (-np.log(spread) - (target - mean) ** 2 / (2 * spread**2))
    return score


def beside(seed=100):
    make = lambda s: RandomForestClassifier(50, random_state=s)  # noqa: E731
    attacked = Attacked(make, *forest_pool(int(seed)), int(seed))
    print(f"shadow training: {attacked.wall:.1f} s wall, {attacked.cpu:.1f} s cpu")
    clocked("rqml, suite (after shadows)", lambda: operating_point(attacked.suite()))
    clocked("plain LiRA (after the same shadows)", lambda: (attacked.tpr(plain_lira(attacked)), AT_FPR))
    clocked("rqml, without shadows", lambda: without_shadows(attacked))
    clocked("confidence threshold", lambda: (attacked.tpr(attacked.target.log_odds), AT_FPR))
    try:
        print("adversarial-robustness-toolbox", importlib.metadata.version("adversarial-robustness-toolbox"))
    except importlib.metadata.PackageNotFoundError:
        print("ART is not installed here")
    else:
        beside_art(attacked)


def operating_point(finding):
    return finding.tpr.value, finding.fpr.value


def without_shadows(attacked):
    features = np.column_stack([attacked.X, attacked.y])
    return operating_point(
        calibrated_attack(attacked.target, features, attacked.y, attacked.members, at_fpr=AT_FPR, seed=attacked.seed)
    )


def clocked(name, attack):
    wall, cpu = time.perf_counter(), time.process_time()
    tpr, fpr = attack()
    told = f"{time.perf_counter() - wall:.2f} s wall, {time.process_time() - cpu:.2f} s cpu"
    print(f"{name}: tpr {tpr:.3f} at fpr {fpr:.3f}, {told}", flush=True)


def beside_art(attacked):
    from art.attacks.inference import membership_inference as art
    from art.estimators.classification import SklearnClassifier

    X, y, members = attacked.X.astype(np.float32), attacked.y, attacked.members
    classifier = SklearnClassifier(model=attacked.model)
    known = halves(len(y), 1)  # ART learns from half of the true members and non-members; it is judged on the rest
    rest = np.flatnonzero(~known)

    def black_box(kind):
        attack = art.MembershipInferenceBlackBox(classifier, attack_model_type=kind)
        attack.fit(X[known & members], y[known & members], X[known & ~members], y[known & ~members])
        score = np.asarray(attack.infer(X[rest], y[rest], probabilities=True), float).reshape(len(rest), -1)[:, -1]
        # Votes of a forest come in steps; the model's own confidence parts those that tie.
        return attacked.tpr(score + 1e-6 * np.tanh(attacked.target.log_odds[rest]), rest), AT_FPR

    for kind in ("rf", "gb", "lr"):
        clocked(f"ART BlackBox ({kind})", lambda kind=kind: black_box(kind))

    def rule_based():
        said = art.MembershipInferenceBlackBoxRuleBased(classifier).infer(X, y).ravel() == 1
        return said[members].mean(), said[~members].mean()

    clocked("ART RuleBased (its only operating point)", rule_based)
    few = np.concatenate([np.flatnonzero(members)[:200], np.flatnonzero(~members)[:200]])

    def label_only():
        attack = art.LabelOnlyDecisionBoundary(classifier, distance_threshold_tau=1e-9)
        effort = {"max_iter": 3, "max_eval": 50, "init_eval": 5, "init_size": 20, "verbose": False}
        return attacked.tpr(attack.infer(X[few], y[few], probabilities=True, **effort)[:, 1], few), AT_FPR

    clocked("ART LabelOnlyDecisionBoundary (400 records only)", label_only)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of iterations that end early
    print(f"load {os.getloadavg()[0]:.1f}, {JOBS} cores, scikit-learn {importlib.metadata.version('scikit-learn')}")
    {"forests": forests, "digits": digits, "kept": kept, "beside": beside}[sys.argv[1]](*sys.argv[2:])
