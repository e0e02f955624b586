"""The attack learnt on shadows: what it sees nearby, what it may not look at, and that it invents no leak."""

from __future__ import annotations

import numpy as np
import pytest

from rqml_catalog.model_privacy.membership import learnt
from rqml_catalog.model_privacy.membership.learnt import LEARNT, learn, nearby
from rqml_catalog.model_privacy.membership.suite import run_suite
from rqml_catalog.techniques.record_signals import Signals
from rqml_catalog.techniques.shadow_models import Shadows, balanced_halves


def regional_world(n, leak, seed, n_shadows=16, regions=40):
    """Every model errs by regions, which pushes the two classes apart in opposite ways; members gain `leak`."""
    rng = np.random.default_rng(seed)
    region, labels = np.arange(n) % regions, rng.integers(0, 2, n)
    features = np.column_stack([10.0 * region + rng.normal(size=n), labels])
    record, signs = rng.normal(size=n), np.where(labels == 1, 1.0, -1.0)
    inside = balanced_halves(labels, n_shadows, seed)
    members = rng.permutation(n) < n // 2

    def answers(where):
        errors = rng.normal(size=(len(where), regions))[:, region]
        return record + leak * where + signs * errors + 0.3 * rng.normal(size=where.shape)

    shadows, target = answers(inside), answers(members[None, :])[0]
    return Signals(target, target > 0), Shadows(shadows, shadows > 0, inside), members, features


def test_the_nearest_are_near_never_the_record_itself_and_signed_by_class():
    _, _, _, features = regional_world(400, 1.0, 0)
    near = nearby(features)
    assert near.rows.shape == (400, 30)
    assert not (near.rows == np.arange(400)[:, None]).any()
    gap = np.abs(features[near.rows[:, :3], 0] - features[:, :1])
    assert np.median(gap) < 1.0
    assert np.array_equal(near.signs > 0, features[near.rows, 1] == features[:, 1:])


def test_few_or_many_records_are_no_trouble(monkeypatch):
    features = np.random.default_rng(0).normal(size=(12, 3))
    assert nearby(features).rows.shape == (12, 11)
    monkeypatch.setattr(learnt, "MOST_CANDIDATES", 40)
    many = nearby(np.random.default_rng(1).normal(size=(300, 3)))
    assert many.rows.shape == (300, 30)
    assert len(np.unique(many.rows)) <= 40
    assert not (many.rows == np.arange(300)[:, None]).any()


def test_what_happens_nearby_makes_the_attack_stronger():
    target, shadows, members, features = regional_world(1200, 1.5, 2)
    alone = run_suite(target, shadows, members, at_fpr=0.05, seed=0)
    helped = run_suite(target, shadows, members, at_fpr=0.05, seed=0, features=features)
    assert helped.attack == LEARNT
    assert helped.tpr.value > alone.tpr.value + 0.1


def test_without_a_leak_it_finds_none():
    shares = []
    for seed in range(30):
        target, shadows, members, features = regional_world(240, 0.0, 700 + seed, n_shadows=8)
        score = run_suite(target, shadows, members, at_fpr=0.05, seed=seed, features=features)
        shares.append(score.tpr.value)
    assert np.mean(shares) < 0.05 + 2.5 * np.std(shares) / np.sqrt(30)


def test_weights_and_choice_do_not_depend_on_who_the_members_are():
    target, shadows, members, features = regional_world(400, 1.0, 3)
    one = run_suite(target, shadows, members, at_fpr=0.05, seed=0, features=features)
    other = run_suite(target, shadows, ~members, at_fpr=0.05, seed=0, features=features)
    assert one.rehearsed == other.rehearsed
    assert one.attack == other.attack
    assert np.array_equal(one.scores, other.scores)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9])
def test_learning_does_not_depend_on_the_unit_of_a_column(scale):
    rng = np.random.default_rng(4)
    inside = rng.random(500) < 0.5
    described = np.column_stack([rng.normal(size=500) + inside, rng.normal(size=500)])
    straight = learn([described], [inside])(described)
    scaled = described * [scale, 1.0]
    assert np.allclose(straight, learn([scaled], [inside])(scaled), atol=1e-4)


def test_a_column_that_never_varies_is_ignored():
    rng = np.random.default_rng(5)
    inside = rng.random(200) < 0.5
    described = np.column_stack([rng.normal(size=200) + inside, np.full(200, 3.0)])
    assert np.isfinite(learn([described], [inside])(described)).all()
