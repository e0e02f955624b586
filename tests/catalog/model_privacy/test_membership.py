"""The membership attacks: laws of the scores, of the counting, and what they find where there is something to find."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from rqml.errors import InsufficientEvidence
from rqml_catalog.model_privacy.membership import attacks, roc
from rqml_catalog.model_privacy.membership.comparison import compare, probability, soft_logit
from rqml_catalog.model_privacy.membership.crossfit import RMIA, Rehearsal, cross_fit, cross_fits
from rqml_catalog.model_privacy.membership.exchangeability import shift_p_value
from rqml_catalog.model_privacy.membership.suite import run_suite, score_all
from rqml_catalog.techniques.record_signals import Signals, record_signals
from rqml_catalog.techniques.shadow_models import Shadows, balanced_halves, train_shadows


def gaussian_world(n, leak, seed, n_shadows=16):
    """Signals drawn from the model that LiRA assumes: record effect + leak * inside + noise; half are members."""
    rng = np.random.default_rng(seed)
    record = rng.normal(size=n)
    inside = balanced_halves(np.zeros(n), n_shadows, seed)
    shadows = record + leak * inside + 0.5 * rng.normal(size=inside.shape)
    members = np.arange(n) < n // 2
    target = record + leak * members + 0.5 * rng.normal(size=n)
    return Signals(target, target > 0), Shadows(shadows, shadows > 0, inside), members


ALL_ATTACKS = sorted(score_all(*gaussian_world(40, 0.0, 0)[:2]))


@pytest.mark.parametrize("name", ALL_ATTACKS)
def test_each_attack_ranks_members_above_others(name):
    target, shadows, members = gaussian_world(600, 1.5, 1)
    score = score_all(target, shadows)[name]
    auc, _ = roc.auc_and_variance(score[members], score[~members])
    assert np.isfinite(score).all()
    assert auc > (0.55 if name == "label-only" else 0.75)


@pytest.mark.parametrize("name", ALL_ATTACKS)
def test_each_attack_is_blind_without_a_leak(name):
    aucs = []
    for seed in range(6):
        target, shadows, members = gaussian_world(500, 0.0, 100 + seed)
        score = score_all(target, shadows)[name]
        aucs.append(roc.auc_and_variance(score[members], score[~members])[0])
    assert abs(np.mean(aucs) - 0.5) < 0.04


@pytest.mark.parametrize("name", ALL_ATTACKS)
def test_scores_do_not_depend_on_the_order_of_records_or_shadows(name):
    target, shadows, _ = gaussian_world(80, 1.0, 2)
    rng = np.random.default_rng(0)
    records, models = rng.permutation(80), rng.permutation(16)
    straight = score_all(target, shadows)[name]
    shuffled = score_all(
        Signals(*(part[records] for part in target)), Shadows(*(part[models][:, records] for part in shadows))
    )[name]
    assert np.allclose(straight[records], shuffled)


@given(shift=st.floats(-3, 3), scale=st.floats(0.2, 5))
@settings(max_examples=25)
def test_gaussian_attacks_do_not_depend_on_origin_and_unit(shift, scale):
    target, shadows, _ = gaussian_world(60, 1.0, 3)
    before = compare(target.log_odds, shadows.log_odds, shadows.inside)
    after = compare(shift + scale * target.log_odds, shift + scale * shadows.log_odds, shadows.inside)
    for attack in (attacks.lira_online, attacks.lira_offline, attacks.bavaria):
        assert np.allclose(attack(before), attack(after), rtol=1e-5, atol=1e-6)


def test_lira_is_the_likelihood_ratio_of_scipy():
    target, shadows, _ = gaussian_world(50, 1.0, 4, n_shadows=64)
    pair = compare(target.log_odds, shadows.log_odds, shadows.inside)
    floor = attacks.VARIANCE_FLOOR
    densities = [
        stats.norm.logpdf(
            target.log_odds, side.mean, np.sqrt(side.variance + floor * (side.pooled_variance + attacks.TINY))
        )
        for side in (pair.inside, pair.outside)
    ]
    assert np.allclose(attacks.lira_online(pair), densities[0] - densities[1])


def test_offline_lira_tells_records_apart_far_in_the_tail():
    target, shadows, _ = gaussian_world(50, 1.0, 5)
    scores = [
        attacks.lira_offline(compare(target.log_odds + far, shadows.log_odds, shadows.inside))
        for far in (30.0, 31.0, 40.0)
    ]
    assert (scores[0] < scores[1]).all()
    assert (scores[1] < scores[2]).all()


@given(log_odds=st.floats(-28, 28), smoothing=st.sampled_from([1e-4, 0.02, 0.1]))
def test_soft_logit_is_odd_and_increasing(log_odds, smoothing):
    value = soft_logit(np.array([log_odds, -log_odds, log_odds + 1e-3]), smoothing)
    p = probability(np.array([log_odds]))[0]
    assert value[0] == pytest.approx(-value[1], abs=1e-9)
    assert value[2] >= value[0] - 1e-12
    if abs(log_odds) < 10:
        assert value[0] == pytest.approx(np.log((p + smoothing) / (1 - p + smoothing)), abs=1e-8)


@given(
    members=st.lists(st.integers(0, 6), min_size=2, max_size=25),
    others=st.lists(st.integers(0, 6), min_size=2, max_size=25),
)
def test_auc_is_the_share_of_pairs_in_order(members, others):
    m, k = np.array(members, float), np.array(others, float)
    brute = np.mean((m[:, None] > k) + 0.5 * (m[:, None] == k))
    assert roc.auc_and_variance(m, k)[0] == pytest.approx(brute)


def test_delong_variance_agrees_with_the_bootstrap():
    rng = np.random.default_rng(0)
    m, k = rng.normal(1, 1, 200), rng.normal(0, 1, 150)
    again = [roc.auc_and_variance(rng.choice(m, 200), rng.choice(k, 150))[0] for _ in range(400)]
    assert np.sqrt(roc.auc_and_variance(m, k)[1]) == pytest.approx(np.std(again), rel=0.15)


@given(n=st.integers(1, 300), fpr=st.sampled_from([0.01, 0.05, 0.1, 0.3]), seed=st.integers(0, 1000))
def test_threshold_is_passed_by_no_more_than_the_asked_share(n, fpr, seed):
    scores = np.random.default_rng(seed).integers(0, 20, n).astype(float)
    if fpr * (n + 1) < 1 - 1e-9:
        with pytest.raises(InsufficientEvidence, match="held-out records"):
            roc.threshold_at(scores, fpr)
    else:
        assert np.sum(scores > roc.threshold_at(scores, fpr)) <= fpr * (n + 1)


@pytest.mark.parametrize("fpr", [0.001, 0.01, 0.05, 0.1, 0.07, 0.5])
def test_records_needed_is_the_smallest_number_that_works(fpr):
    half = roc.records_needed(fpr) // 2
    roc.threshold_at(np.arange(float(half)), fpr)
    if half > 1:
        with pytest.raises(InsufficientEvidence):
            roc.threshold_at(np.arange(float(half - 1)), fpr)


def test_fresh_scores_pass_the_threshold_at_the_asked_rate():
    rng = np.random.default_rng(1)
    rates = [np.mean(rng.normal(size=2000) > roc.threshold_at(rng.normal(size=99), 0.05)) for _ in range(400)]
    assert np.mean(rates) == pytest.approx(0.05, abs=0.005)


@given(seed=st.integers(0, 200))
@settings(max_examples=20)
def test_counting_does_not_depend_on_a_monotone_transform(seed):
    rng = np.random.default_rng(seed)
    score, members = rng.normal(size=120), np.arange(120) < 60
    one = cross_fit(score, members, 0.1, np.random.default_rng(0))
    two = cross_fit(np.exp(score) * 3 - 1, members, 0.1, np.random.default_rng(0))
    assert one[:4] == two[:4]
    assert np.array_equal(one.flagged, two.flagged)
    assert one.caught == (one.flagged & members).sum()


def test_judging_the_strongest_attack_creates_no_leak():
    """Choosing on the half that fixes the threshold would: about .06 here instead of .05."""
    shares = []
    for seed in range(60):
        target, shadows, members = gaussian_world(240, 0.0, 500 + seed, n_shadows=8)
        shares.append(run_suite(target, shadows, members, at_fpr=0.05, seed=seed).tpr.value)
    assert np.mean(shares) < 0.05 + 2.5 * np.std(shares) / np.sqrt(60)


def test_a_shift_is_seen_in_the_answers_or_in_the_features_and_not_without():
    rng = np.random.default_rng(3)
    members = np.arange(800) < 400
    same, features = rng.normal(size=800), rng.normal(size=(800, 3))
    assert shift_p_value(same, members, features) > 0.001
    assert shift_p_value(same + 0.6 * members, members) < 0.001
    assert shift_p_value(same, members, features + 1.0 * members[:, None]) < 0.001


def test_the_suite_finds_what_the_gaussian_world_leaks():
    target, shadows, members = gaussian_world(1200, 1.5, 6, n_shadows=32)
    finding = run_suite(target, shadows, members, at_fpr=0.05)
    best = 1 - stats.norm.cdf(stats.norm.ppf(0.95), loc=1.5 / 0.5)  # a likelihood-ratio test that knows everything
    assert finding.on_target
    assert finding.tpr.low < best < finding.tpr.value + 0.15
    assert finding.fpr.low <= 0.05 <= finding.fpr.high
    assert finding.auc.low > 0.9
    assert finding.advantage.value == pytest.approx(2 * stats.norm.cdf(1.5) - 1, abs=0.08)
    assert finding.flagged.sum() == pytest.approx(600 * (finding.tpr.value + finding.fpr.value), abs=12)


def test_several_divisions_into_halves_make_the_count_depend_less_on_the_division():
    rng = np.random.default_rng(4)
    members = np.arange(600) < 300
    score = rng.normal(size=600) + members
    one = [cross_fit(score, members, 0.1, np.random.default_rng(seed)).caught for seed in range(30)]
    several = [
        np.mean([fit.caught for fit in cross_fits(score, members, 0.1, np.random.default_rng(100 + seed))])
        for seed in range(30)
    ]
    assert np.std(several) < 0.6 * np.std(one)
    assert np.mean(several) == pytest.approx(np.mean(one), abs=3 * np.std(one) / 30**0.5)


def test_of_equally_strong_attacks_rmia_is_judged_and_a_clearly_stronger_one_else():
    even = {RMIA: [0.30, 0.34, 0.32, 0.31], "lucky": [0.33, 0.31, 0.34, 0.31]}
    assert Rehearsal(even, {}).strongest() == RMIA
    assert Rehearsal(even | {"strong": [0.34, 0.39, 0.36, 0.36]}, {}).strongest() == "strong"


def test_too_few_records_or_shadows_say_how_many():
    target, shadows, members = gaussian_world(120, 1.0, 7)
    with pytest.raises(InsufficientEvidence, match="at least 198 are needed"):
        run_suite(target, shadows, members, at_fpr=0.01)
    with pytest.raises(InsufficientEvidence, match="at least 8"):
        run_suite(target, Shadows(*(part[:6] for part in shadows)), members, at_fpr=0.1)


def shifted_labels(n, seed, noise):
    """Three classes that depend on one feature; the labels of non-members are noisy."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    y = np.digitize(X[:, 0], [-0.4, 0.4])
    members = np.arange(n) % 2 == 0
    noisy = ~members & (rng.random(n) < noise)
    y[noisy] = rng.integers(0, 3, noisy.sum())
    return X, y, members


def attack(make, X, y, members, seed, *, at_fpr, n_models=16):
    def train_and_query(rows, fit_seed):
        return record_signals(make(fit_seed).fit(X[rows], y[rows]), X, y)

    target = train_and_query(np.flatnonzero(members), seed + 1)
    shadows = train_shadows(train_and_query, y, n_models=n_models, seed=seed)
    return run_suite(target, shadows, members, at_fpr=at_fpr, seed=seed, features=np.column_stack([X, y]))


def test_noisier_non_members_are_no_leak_although_plain_confidence_says_so():
    def shallow(seed):
        return DecisionTreeClassifier(max_features=2, min_samples_leaf=60, max_depth=3, random_state=seed)

    findings = [attack(shallow, *shifted_labels(1000, seed, 0.9), seed, at_fpr=0.1) for seed in range(200, 206)]
    assert np.mean([f.tpr.high <= 0.25 for f in findings]) == 1.0
    assert not any(f.on_target for f in findings)


def test_a_forest_that_memorises_is_found_also_under_a_shift():
    def deep(seed):
        return RandomForestClassifier(20, random_state=seed)

    for noise in (0.0, 0.9):
        X, y, members = shifted_labels(800, 300, noise)
        flip = np.random.default_rng(0).random(800) < 0.3
        y[flip] = (y[flip] + 1) % 3
        assert attack(deep, X, y, members, 301, at_fpr=0.1).tpr.low > 0.4


def test_a_training_that_ignores_its_data_does_not_leak():
    rng = np.random.default_rng(8)
    X = rng.normal(size=(1000, 5))
    y = (X[:, 0] > 0).astype(int)
    passed = 0
    for seed in range(20):
        members = np.random.default_rng(seed).permutation(1000) < 500

        def train_and_query(rows, fit_seed):
            log_odds = X @ np.random.default_rng(fit_seed).normal(size=5) * (2 * y - 1)
            return Signals(log_odds, log_odds > 0)

        shadows = train_shadows(train_and_query, y, n_models=16, seed=seed)
        target = train_and_query(None, 10_000 + seed)
        passed += run_suite(target, shadows, members, at_fpr=0.01, seed=seed).tpr.high <= 0.05
    assert passed >= 19
