"""Shadow models: balanced halves, determinism, honest failures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from rqml.errors import Unsupported
from rqml_catalog.techniques.record_signals import Signals, record_signals
from rqml_catalog.techniques.shadow_models import (
    ShadowTrainingFailed,
    balanced_halves,
    train_shadows,
)


def pool(n: int = 120, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    return X, (X[:, 0] + rng.normal(size=n) > 0).astype(int)


def trainer(X, y):
    def train_and_query(rows, seed):
        return record_signals(DecisionTreeClassifier(max_features=2, random_state=seed).fit(X[rows], y[rows]), X, y)

    return train_and_query


@given(
    strata=st.lists(st.integers(0, 3), min_size=1, max_size=60),
    pairs=st.integers(1, 6),
    seed=st.integers(0, 2**32 - 1),
)
def test_halves_are_balanced_in_every_direction(strata, pairs, seed):
    inside = balanced_halves(strata, 2 * pairs, seed)
    assert inside.shape == (2 * pairs, len(strata))
    assert (inside.sum(axis=0) == pairs).all()
    assert (inside[0::2] == ~inside[1::2]).all()
    for label in set(strata):
        members = inside[:, np.asarray(strata) == label].sum(axis=1)
        assert members.max() - members.min() <= 1


def test_membership_of_a_record_is_a_fair_coin():
    inside = np.stack([balanced_halves(np.zeros(31), 2, seed)[0] for seed in range(600)])
    assert np.abs(inside.mean(axis=0) - 0.5).max() < 0.1
    assert np.abs(np.corrcoef(inside.T) - np.eye(31)).max() < 0.25


@pytest.mark.parametrize("n_models", [0, 1, 3, -2])
def test_odd_numbers_of_shadows_are_refused(n_models):
    with pytest.raises(ValueError, match="even"):
        balanced_halves([0, 1], n_models, 0)


def test_same_seed_same_shadows_whatever_the_jobs():
    X, y = pool()
    told = []
    one = train_shadows(trainer(X, y), y, n_models=8, seed=3, progress=lambda *done: told.append(done))
    two = train_shadows(trainer(X, y), y, n_models=8, seed=3, n_jobs=2)
    other = train_shadows(trainer(X, y), y, n_models=8, seed=4)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not np.array_equal(one.inside, other.inside)
    assert told == [(i, 8) for i in range(1, 9)]


def test_dropping_a_pair_hides_membership_counts():
    X, y = pool()
    shadows = train_shadows(trainer(X, y), y, n_models=8, seed=0)
    rest = shadows.without_pair(3)
    assert len(rest.inside) == 6
    assert (rest.inside.sum(axis=0) == 3).all()


def test_a_failing_shadow_is_named_and_its_text_withheld():
    def train_and_query(rows, seed):
        raise KeyError("patient 4711")

    with pytest.raises(ShadowTrainingFailed, match=r"shadow 1 of 8 .* KeyError") as caught:
        train_shadows(train_and_query, np.zeros(10), n_models=8)
    assert "4711" not in str(caught.value)


def test_signals_agree_with_the_probabilities():
    X, y = pool()
    model = LogisticRegression().fit(X, y)
    signals = record_signals(model, X, y)
    p = model.predict_proba(X)[np.arange(len(y)), y]
    assert np.allclose(signals.log_odds, np.log(p / (1 - p)))
    assert np.array_equal(signals.correct, model.predict(X) == y)


def test_margins_and_bare_labels_do_too():
    X, y = pool()
    model = LogisticRegression().fit(X, y)

    class Margins:
        classes_ = model.classes_
        decision_function = staticmethod(model.decision_function)

    class Labels:
        predict = staticmethod(model.predict)

    by_margin, by_label = record_signals(Margins(), X, y), record_signals(Labels(), X, y)
    assert np.allclose(by_margin.log_odds, record_signals(model, X, y).log_odds)
    assert np.array_equal(by_margin.correct, by_label.correct)


def test_a_class_the_model_never_saw_is_certain_to_be_wrong():
    X, y = pool()
    three = y.copy()
    three[0] = 7
    signals = record_signals(LogisticRegression().fit(X, y), X, three)
    assert signals.log_odds[0] < -20
    assert not signals.correct[0]


def test_nan_answers_and_mute_models_are_unsupported():
    class Broken:
        classes_ = np.array([0, 1])

        @staticmethod
        def predict_proba(X):
            return np.full((len(X), 2), np.nan)

    X, y = pool()
    with pytest.raises(Unsupported, match="NaN"):
        record_signals(Broken(), X, y)
    with pytest.raises(Unsupported, match="predict"):
        record_signals(object(), X, y)


def test_unpacking_order_of_signals():
    assert Signals._fields == ("log_odds", "correct")
