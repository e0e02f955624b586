"""Privacy audits and extraction: what they prove, on mechanisms right and wrong, in one run.

python tests/benchmarks/privacy_audit.py mechanisms  [FIRST SEEDS]   verdicts and bounds of PrivacyAudit
python tests/benchmarks/privacy_audit.py level       [FIRST SEEDS]   how often a bound is above the true epsilon
python tests/benchmarks/privacy_audit.py diffprivlib [FIRST SEEDS]   its models as they are (needs rqml[dp])
python tests/benchmarks/privacy_audit.py extraction  [SEED]          copies of a digits model, by what it answers
"""

from __future__ import annotations

import math
import sys
import time
import warnings

import numpy as np

from rqml import Dataset, Run, TrainedModel
from rqml_catalog.model_protection import ExtractionResistance
from rqml_catalog.techniques.minimised import minimised
from rqml_catalog.training import PrivacyAudit
from rqml_catalog.training.audit.bounds import gaussian_sigma
from rqml_catalog.training.audit.events import epsilon_of_events
from rqml_catalog.training.mechanism import Mechanism

RECORDS = np.zeros(20)
NEIGHBOUR = np.r_[1.0, np.zeros(19)]
VOTES = np.repeat(np.arange(4), (5, 5, 4, 3))
MOVED = np.r_[1, VOTES[1:]]
SIGMA = gaussian_sigma(1.0, 1e-5)


class Answers:
    """Answers of queries on a data set."""

    def __init__(self, values):
        self.values = np.asarray(values, dtype=float)


def count(votes):
    return np.bincount(votes, minlength=5)


def laplace(scale):
    return lambda data, rng, n: data.sum() + rng.laplace(0.0, scale, n)


def normal(sigma):
    return lambda data, rng, n: data.sum() + rng.normal(0.0, sigma, n)


def geometric(epsilon):
    share = 1.0 - math.exp(-epsilon)
    return lambda data, rng, n: data.sum() + rng.geometric(share, n) - rng.geometric(share, n)


def truthful(epsilon):
    share = 1.0 / (1.0 + math.exp(-epsilon))
    return lambda data, rng, n: np.where(rng.random((n, len(data))) < share, data, 1 - data)


def exponential(exponent):
    def choose(votes, rng, n):
        chances = np.exp(exponent * count(votes))
        return rng.choice(5, size=n, p=chances / chances.sum())

    return choose


def noisy_max(scale):
    return lambda votes, rng, n: (count(votes) + rng.laplace(0.0, scale, (n, 5))).argmax(axis=1)


def noisy_max_itself(answers, rng, n):
    """The noise of the index, but the noisy count is released."""
    return (answers.values[:5] + rng.laplace(0.0, 2.0, (n, 5))).max(axis=1)


def histogram(scale):
    return lambda votes, rng, n: count(votes) + rng.laplace(0.0, scale, (n, 5))


def sparse_vector(threshold_noise, query_noise, most):
    """Which queries are above a noisy threshold, up to `most`; Lyu, Su and Li, arXiv 1603.01699."""

    def release(answers, rng, n):
        threshold = rng.laplace(0.0, threshold_noise, (n, 1))
        noisy = answers.values + (rng.laplace(0.0, query_noise, (n, 10)) if query_noise else 0.0)
        above = (noisy >= threshold).astype(float)
        return np.where(above.cumsum(axis=1) - above >= most, -1.0, above)

    return release


def sampled(rate, sigma, steps):
    return lambda data, rng, n: (rng.random((n, steps)) < rate) * data.sum() + rng.normal(0.0, sigma, (n, steps))


def dp_sgd(sigma, clip):
    """Ten steps on gradients of length 5 that should be clipped to 1."""

    def release(data, rng, n):
        steps = np.zeros(n)
        for _ in range(10):
            steps += np.minimum(5.0 * data, clip).sum() + rng.normal(0.0, sigma, n)
        return steps

    return release


TEN_STEPS = SIGMA * math.sqrt(10)
HALVES = Answers(np.r_[np.ones(5), np.zeros(5)]), Answers(np.r_[np.zeros(5), np.ones(5)])
UP = Answers(np.zeros(10)), Answers(np.ones(10))
REPLACED, VOTED = (RECORDS, NEIGHBOUR), (VOTES, MOVED)
CASES = {  # release, pair, delta, whether it keeps epsilon = 1
    "Laplace noise": (laplace(1.0), REPLACED, 0.0, True),
    "Laplace noise, a third": (laplace(1 / 3), REPLACED, 0.0, False),
    "normal noise": (normal(SIGMA), REPLACED, 1e-5, True),
    "normal noise, a third": (normal(SIGMA / 3), REPLACED, 1e-5, False),
    "normal noise, a half": (normal(SIGMA / 2), REPLACED, 1e-5, False),
    "randomised response": (truthful(1.0), REPLACED, 0.0, True),
    "randomised response, 1.5": (truthful(1.5), REPLACED, 0.0, False),
    "geometric noise": (geometric(1.0), REPLACED, 0.0, True),
    "geometric noise, a half": (geometric(2.0), REPLACED, 0.0, False),
    "exponential mechanism": (exponential(0.5), VOTED, 0.0, True),
    "exponential mechanism, 4 times": (exponential(2.0), VOTED, 0.0, False),
    "index of the noisy maximum": (noisy_max(2.0), VOTED, 0.0, True),
    "the noisy maximum itself": (noisy_max_itself, UP, 0.0, False),
    "histogram": (histogram(2.0), VOTED, 0.0, True),
    "histogram, noise of add or remove": (histogram(1.0), VOTED, 0.0, False),
    "sparse vector": (sparse_vector(2.0, 4.0, 1), HALVES, 0.0, True),
    "sparse vector, noise not times 5": (sparse_vector(4.0, 4 / 3, 5), HALVES, 0.0, False),
    "sparse vector, exact queries": (sparse_vector(2.0, 0.0, 10), HALVES, 0.0, False),
    "sparse vector, no limit": (sparse_vector(2.0, 2.0, 10), HALVES, 0.0, False),
    "sampled normal noise": (sampled(0.2, 4.0, 3), REPLACED, 1e-5, True),
    "normal noise, sampling forgotten": (sampled(1.0, 1.0, 10), REPLACED, 1e-5, False),
    "DP-SGD": (dp_sgd(TEN_STEPS, 1.0), REPLACED, 1e-5, True),
    "DP-SGD without clipping": (dp_sgd(TEN_STEPS, 9.0), REPLACED, 1e-5, False),
}


def mechanism_of(batch, pair):
    return Mechanism(lambda data, rng: batch(data, rng, 1)[0], *pair, batch=batch)


def mechanisms(first=0, seeds=20):
    """Verdicts at a claim of 1 with 20,000 runs on each data set."""
    print("| Mechanism, claimed 1 | keeps it | PASS | FAIL | lower bounds | CPU s |\n|---|---|---|---|---|---|")
    for name, (batch, pair, delta, keeps) in CASES.items():
        started = time.process_time()
        results = [
            PrivacyAudit(epsilon=1.0, delta=delta).check(mechanism_of(batch, pair), run=Run(seed=seed))
            for seed in range(first, first + seeds)
        ]
        used = (time.process_time() - started) / seeds
        lows = [result.estimates["epsilon"].low for result in results]
        verdicts = [result.status.name for result in results]
        told = " | ".join(str(verdicts.count(status)) for status in ("PASS", "FAIL"))
        print(f"| {name} | {'yes' if keeps else 'no'} | {told} | {min(lows):.2f} to {max(lows):.2f} | {used:.2f} |")


def level(first=0, seeds=200):
    """Shares of bounds above the true epsilon; .05 is allowed."""
    for name, batch, epsilon in (
        ("Laplace noise", laplace(1.0), 1.0),
        ("randomised response", truthful(1.0), 1.0),
        ("geometric noise", geometric(1.0), 1.0),
    ):
        lows = []
        for seed in range(first, first + seeds):
            rng = np.random.default_rng(seed)
            sides = [batch(data, rng, 2000).reshape(2000, -1) for data in REPLACED]
            lows.append(epsilon_of_events(*sides, alpha=0.05, delta=0.0).low)
        above = int((np.array(lows) > epsilon).sum())
        print(f"{name}: {above} of {seeds} bounds above the true epsilon, median {np.median(lows):.2f} of {epsilon:g}")


def diffprivlib(first=0, seeds=1):
    """Bounds on what it claims to be 1."""
    from diffprivlib import models
    from diffprivlib.models.linear_regression import _construct_regression_obj

    def seed_of(rng):
        return int(rng.integers(2**31))

    def objective(x, rng):
        box, ones = (np.array([1.0]), np.array([10.0])), np.ones((len(x), 1))
        return float(np.ravel(_construct_regression_obj(x[:, None], ones, box, box, 1.0, 0, seed_of(rng))[1][-1])[0])

    def bayes(records, rng):
        box = np.array([9.0]), np.array([10.0])
        fitted = models.GaussianNB(epsilon=1.0, bounds=box, random_state=seed_of(rng))
        fitted.fit(records[:, :1], records[:, 1])
        return [*fitted.theta_.ravel(), *fitted.class_count_]

    people = np.column_stack([[10.0] * 5 + [9.0] * 4, [0] * 5 + [1] * 4])
    other_value, other_label = people.copy(), people.copy()
    other_value[0, 0], other_label[0, 1] = 9.0, 1.0
    for name, subject, runs in (
        ("LinearRegression, objective", Mechanism(objective, np.ones(2), np.array([10.0, 1.0])), 20_000),
        ("GaussianNB, same label", Mechanism(bayes, people, other_value, relation="replace, same label"), 4000),
        ("GaussianNB, other label", Mechanism(bayes, people, other_label), 4000),
        ("GaussianNB, add or remove", Mechanism(bayes, people, people[1:], relation="add or remove"), 4000),
    ):
        for seed in range(first, first + seeds):
            started = time.process_time()
            result = PrivacyAudit(epsilon=1.0, runs=runs).check(subject, run=Run(seed=seed))
            used = time.process_time() - started
            low = result.estimates["epsilon"].low
            print(f"{name}: {result.status.name}, epsilon above {low:.2f}, {used:.0f} s of CPU")


def extraction(seed=0):
    """Fidelity of the best copy of a logistic model of digits, by what it answers."""
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression

    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(X))
    train, test = (Dataset.from_arrays(X[rows] / 16, y[rows]) for rows in (order[:900], order[900:]))
    model = TrainedModel(LogisticRegression(max_iter=500).fit(*train.arrays()), train, test)
    print("| Answers | 65 queries | 250 queries | 1,000 queries |\n|---|---|---|---|")
    for name, subject in (
        ("scores", model),
        ("scores of 2 decimals", minimised(model, decimals=2, scores=10)),
        ("labels", minimised(model, decimals=0, scores=1)),
    ):
        found = [
            ExtractionResistance(queries=queries).check(subject, run=Run(seed=seed)).estimates["fidelity"]
            for queries in (65, 250, 1000)
        ]
        print(f"| {name} | {' | '.join(f'{each.value:.3f} ({each.low:.3f} to {each.high:.3f})' for each in found)} |")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    commands = {each.__name__: each for each in (mechanisms, level, diffprivlib, extraction)}
    commands[sys.argv[1]](*map(int, sys.argv[2:]))
