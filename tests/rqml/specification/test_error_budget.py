"""The error budget: Holm's procedure against its textbook form, and its guarantee by simulation."""

import itertools

import numpy as np
import pandas as pd
import pytest

from rqml import AllOf, CheckStatus, Dataset, Not, Run, Specification
from rqml.error_budget import holm
from rqml.estimate import Estimate


def sample(ones, n):
    return Dataset(pd.DataFrame({"a": [1] * ones + [0] * (n - ones)}))


def specification(toys, samples, share=0.5):
    bound = [toys.ShareAtMost(share=share, label=str(n)).on(data) for n, data in enumerate(samples)]
    return Specification("s", bound)


def textbook_holm(p_values, alpha):
    """Rejected hypotheses, straight from Holm (1979): the smallest p first, against alpha / (m - rank)."""
    rejected = set()
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[index] > alpha / (len(p_values) - rank):
            break
        rejected.add(index)
    return rejected


@pytest.mark.parametrize("seed", range(30))
def test_the_same_as_the_textbook(toys, seed):
    from scipy.stats import binomtest

    rng = np.random.default_rng(seed)
    samples = [
        sample(int(rng.binomial(n, share)), n) for n, share in zip(rng.integers(20, 400, 6), rng.random(6), strict=True)
    ]
    results = specification(toys, samples).check(fingerprints=False).results
    ones = [int(data.frame["a"].sum()) for data in samples]
    # The two-sided interval at confidence 1 - level clears the limit just when the one-sided p is at most level / 2.
    above = [2 * binomtest(k, len(d), 0.5, "greater").pvalue for k, d in zip(ones, samples, strict=True)]
    below = [2 * binomtest(k, len(d), 0.5, "less").pvalue for k, d in zip(ones, samples, strict=True)]
    assert {n for n, r in enumerate(results) if r.status is CheckStatus.FAIL} == textbook_holm(above, 0.05)
    assert {n for n, r in enumerate(results) if r.passed} == textbook_holm(below, 0.05)


def test_one_alone_is_judged_as_it_would_be_alone(toys):
    for ones in range(30, 71):
        data = sample(ones, 100)
        alone = toys.ShareAtMost().check(data)
        together = Specification("s", [toys.ShareAtMost()]).check(data, fingerprints=False).results[0]
        assert together.status is alone.status


def test_more_company_never_makes_a_verdict_bolder(toys):
    data = sample(61, 100)
    assert specification(toys, [data]).check(fingerprints=False).results[0].status is CheckStatus.FAIL
    crowd = specification(toys, [data, *[sample(50, 100)] * 9]).check(fingerprints=False).results[0]
    assert crowd.status is CheckStatus.INCOMPLETE


def test_clear_verdicts_leave_their_budget_to_the_rest(toys):
    borderline = sample(62, 100)
    with_clear = specification(toys, [borderline, *[sample(100, 100)] * 3]).check(fingerprints=False)
    with_open = specification(toys, [borderline, *[sample(50, 100)] * 3]).check(fingerprints=False)
    assert with_clear.results[0].status is CheckStatus.FAIL
    assert with_open.results[0].status is CheckStatus.INCOMPLETE


def test_exact_verdicts_spend_nothing(toys):
    data = sample(61, 100)
    exact = [toys.MinRows(label=f"r{n}", rows=1).on(data) for n in range(20)]
    results = Specification("s", [toys.ShareAtMost().on(data), *exact]).check(fingerprints=False).results
    assert results[0].status is CheckStatus.FAIL


def test_measurements_are_judged_again_not_made_again(toys):
    calls = []
    original = toys.ShareAtMost.measure
    try:
        toys.ShareAtMost.measure = lambda self, data, run: calls.append(1) or original(self, data, run)
        specification(toys, [sample(n, 100) for n in (10, 50, 61, 90)]).check(fingerprints=False)
    finally:
        toys.ShareAtMost.measure = original
    assert len(calls) == 4


@pytest.mark.parametrize("negated", [False, True])
def test_false_fails_stay_within_the_budget(toys, negated):
    """All hypotheses true at the very limit: the chance of any false FAIL is at most alpha."""
    rng = np.random.default_rng(7)
    trials, false_fails = 400, 0
    for _ in range(trials):
        parts = []
        for n in range(5):
            requirement = toys.ShareAtMost(label=str(n)).on(sample(int(rng.binomial(120, 0.5)), 120))
            parts.append(Not(requirement, label=f"not {n}") if negated else requirement)
        report = Specification("s", parts, alpha=0.2).check(fingerprints=False)
        false_fails += any(result.status is CheckStatus.FAIL for result in report.results)
    assert Estimate.proportion(false_fails, trials, confidence=0.999).low <= 0.2
    assert false_fails > 0, "a procedure that never rejects would hold any budget"


def test_leaves_of_composites_share_the_budget(toys):
    data = sample(61, 100)
    parts = [toys.ShareAtMost(label=str(n)).on(sample(50, 100)) for n in range(9)]
    whole = AllOf(toys.ShareAtMost(label="x").on(data), *parts, label="all")
    assert Specification("s", [whole]).check(fingerprints=False).results[0].status is CheckStatus.INCOMPLETE


def test_no_leaf_no_budget():
    judge = holm([], 0.05)
    assert callable(judge)
    assert Run().confidence == 0.95


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_order_does_not_matter(toys, order):
    samples = [sample(40, 100), sample(62, 100), sample(80, 100)]
    verdicts = {}
    for n, result in zip(order, specification(toys, [samples[n] for n in order]).check().results, strict=True):
        verdicts[n] = result.status
    assert verdicts == {0: CheckStatus.INCOMPLETE, 1: CheckStatus.FAIL, 2: CheckStatus.FAIL}
