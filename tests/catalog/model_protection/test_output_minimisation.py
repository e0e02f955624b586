"""MDL-02: laws of the minimised interface."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from rqml import CheckStatus, Dataset, EnforcementStatus, Reason, TrainedModel
from rqml_catalog.model_protection import OutputMinimisation
from rqml_catalog.scenarios.classifiers import trained
from rqml_catalog.techniques.minimised import (
    MinimisedClassifier,
    decimals_needed,
    minimised,
    open_channels,
)


class Answers:
    """A classifier that gives these probabilities, whatever it is asked."""

    def __init__(self, probabilities):
        self.probabilities = np.asarray(probabilities, float)
        self.classes_ = np.arange(self.probabilities.shape[1])

    def predict(self, X):
        return self.classes_[self.probabilities.argmax(axis=1)]

    def predict_proba(self, X):
        return self.probabilities


@given(
    rows=st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=1, max_size=8),
    decimals=st.integers(0, 4),
    scores=st.integers(1, 5),
)
def test_answers_keep_the_label_and_stay_within_the_limits(rows, decimals, scores):
    inner = Answers((np.array(rows) + 0.1) / (np.sum(rows, axis=1, keepdims=True) + 0.4))
    wrapped = MinimisedClassifier(inner, decimals, scores)
    answer = wrapped.predict_proba(None)
    assert np.array_equal(wrapped.predict(None), inner.predict(None))
    assert ((answer != 0).sum(axis=1) <= scores).all()
    assert decimals_needed(answer) <= decimals
    kept = (answer != 0) & (decimals > 0)
    assert np.abs(answer - inner.probabilities)[kept].max(initial=0.0) <= 0.5 * 10.0**-decimals + 1e-12


@pytest.mark.parametrize(
    ("value", "decimals"), [(0.0, 0), (1.0, 0), (0.5, 1), (0.25, 2), (0.123, 3), (1 / 3, 16), (1e-9, 9)]
)
def test_decimals_of_a_number(value, decimals):
    assert decimals_needed(np.array([0.0, value])) in (decimals, decimals - (decimals == 16))


def test_channels_of_known_models():
    X, y = np.eye(6), np.array([0, 1] * 3)
    assert "decision_function" in open_channels(SVC().fit(X, y))
    assert "kneighbors" in open_channels(KNeighborsClassifier(2).fit(X, y))
    assert {"apply", "decision_path"} <= set(open_channels(RandomForestClassifier(2).fit(X, y)))
    assert open_channels(MinimisedClassifier(LogisticRegression().fit(X, y), 1, 1)) == []


def test_a_forest_of_ten_trees_has_one_decimal_by_nature():
    result = OutputMinimisation(max_scores=2, max_channels=9).check(trained(RandomForestClassifier(10), 120, 0))
    assert result.estimates["decimals"].value == 1
    assert result.status is CheckStatus.PASS


def test_a_model_of_labels_has_nothing_to_minimise_but_its_channels():
    model = trained(SVC(), 120, 1)
    assert OutputMinimisation().check(model).status is CheckStatus.FAIL
    enforced = OutputMinimisation().enforce(model)
    assert enforced.status is EnforcementStatus.SUCCESS
    assert enforced.cost == {"accuracy": 0.0}


def test_what_is_trained_anew_stays_behind_the_interface():
    model = minimised(trained(LogisticRegression(), 120, 2), decimals=1, scores=1)
    again = model.refit(model.train, 7)
    assert isinstance(again, MinimisedClassifier)
    assert OutputMinimisation().check(TrainedModel(again, model.train, model.test)).passed


def test_no_records_is_incomplete():
    model = trained(LogisticRegression(), 120, 3)
    empty = Dataset(model.train.to_pandas()[:0], target="outcome")
    assert OutputMinimisation().check(TrainedModel(model.estimator, empty)).status is CheckStatus.INCOMPLETE


def test_a_target_that_is_a_number_is_unsupported():
    X = np.random.default_rng(0).normal(size=(60, 2))
    data = Dataset.from_arrays(X, X[:, 0] + 0.1 * X[:, 1])
    result = OutputMinimisation().check(TrainedModel(LinearRegression().fit(*data.arrays()), data))
    assert result.reason is Reason.UNSUPPORTED
