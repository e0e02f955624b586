"""TRN-03: what differs is found and named, what is pinned stays pinned, and bad input."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rqml import CheckStatus, Dataset, EnforcementStatus, Reason, Run, TrainedModel
from rqml.errors import InvalidSubject
from rqml_catalog.scenarios.careless_training import carelessly_trained
from rqml_catalog.scenarios.classifiers import trained
from rqml_catalog.training import RecordedTraining, ReproducibleTraining, TrainingManifest
from rqml_catalog.training.reproduction.randomness import pinned, watched


@pytest.mark.parametrize(
    ("step", "named"),
    [
        ("generator", r"default_rng\(\) without a seed in shuffle_by_generator\(\), careless_training.py line"),
        ("global", r"numpy.random.permutation\(\) of the global generator .* in shuffle_by_numpy\(\)"),
        ("python", r"random.shuffle\(\) of the global generator .* in shuffle_by_python\(\)"),
        ("estimator", "random_state=None of RandomForestClassifier"),
    ],
)
def test_the_unseeded_step_is_named_and_pinned(step, named):
    recorded = RecordedTraining.record(carelessly_trained(step, 0), 0)
    requirement = ReproducibleTraining()
    result = requirement.check(recorded)
    assert result.status is CheckStatus.FAIL
    assert __import__("re").search(named, result.message), result.message
    enforced = requirement.enforce(recorded)
    assert enforced.status is EnforcementStatus.SUCCESS
    assert requirement.check(enforced.subject, run=Run(seed=99)).passed
    assert enforced.subject.manifest.threads == 1


def test_a_step_of_a_pipeline_that_differs_is_named():
    base = trained(RandomForestClassifier(3), 100, 0)

    def fit(train, seed):
        return make_pipeline(StandardScaler(), RandomForestClassifier(3)).fit(*train.arrays())

    model = TrainedModel(fit(base.train, 0), base.train, base.test, fit=fit)
    message = ReproducibleTraining().check(RecordedTraining.record(model, 0)).message
    assert "step 'randomforestclassifier' comes out different" in message
    assert "random_state=None in step 'randomforestclassifier'" in message
    assert "standardscaler" not in message


def test_the_systems_entropy_is_named_and_cannot_be_pinned():
    def fit(train, seed):
        noise = int.from_bytes(os.urandom(4), "little")
        return RandomForestClassifier(3, random_state=noise).fit(*train.arrays())

    base = trained(RandomForestClassifier(3), 100, 0)
    recorded = RecordedTraining.record(TrainedModel(base.estimator, base.train, base.test, fit=fit), 0)
    assert "os.urandom() in fit()" in ReproducibleTraining().check(recorded).message
    assert ReproducibleTraining().enforce(recorded).status is EnforcementStatus.FAILURE


def test_a_changed_order_of_rows_is_found_and_named():
    recorded = RecordedTraining.record(trained(RandomForestClassifier(3), 100, 0), 0)
    train = recorded.model.train
    turned = TrainedModel(recorded.model.estimator, train.with_frame(train.frame[::-1]), recorded.model.test)
    message = ReproducibleTraining().check(RecordedTraining(turned, recorded.manifest)).message
    assert "the order of their rows" in message


def test_changed_versions_are_told():
    manifest = TrainingManifest.of(0, "digest")
    older = TrainingManifest.from_json(manifest.to_json().replace(manifest.versions["numpy"], "1.0.1"))
    assert f"numpy was 1.0.1, is {manifest.versions['numpy']}" in older.changes("digest")
    assert manifest.changes("digest") == []
    assert TrainingManifest.from_json(manifest.to_json()) == manifest


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"seed": -1, "data": "", "threads": 1}'])
def test_texts_that_are_no_manifest_are_refused(text):
    with pytest.raises((InvalidSubject, ValueError), match=r"manifest|>= 0"):
        TrainingManifest.from_json(text)


def test_a_tolerance_is_judged_by_the_interval():
    """The training is unseeded on purpose, so the limits come from what was measured."""
    recorded = RecordedTraining.record(carelessly_trained("generator", 0), 0)
    measurement = ReproducibleTraining().measure(recorded, Run())
    difference = measurement.estimates["difference"]
    assert ReproducibleTraining(max_difference=difference.high).judge(measurement).status is CheckStatus.PASS
    inside = (max(difference.low, 0.0) + difference.high) / 2
    undecided = ReproducibleTraining(max_difference=inside).judge(measurement)
    assert undecided.status is CheckStatus.INCOMPLETE
    assert undecided.reason is Reason.INSUFFICIENT_EVIDENCE


def test_regressions_are_compared_by_squared_error():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    train = Dataset.from_arrays(X, X[:, 0] + rng.normal(size=200))

    def fit(train, seed):
        features, y = train.arrays()
        rows = np.random.default_rng().permutation(200)[:150]
        return LinearRegression().fit(features.iloc[rows], y[rows])

    model = TrainedModel(fit(train, 0), train, fit=fit)
    result = ReproducibleTraining(max_difference=0.2).check(RecordedTraining.record(model, 0))
    assert result.status is CheckStatus.PASS
    assert 0 < result.estimates["difference"].high < 0.2


def test_a_training_that_fails_the_second_time_is_unsupported():
    calls = []

    def fit(train, seed):
        calls.append(seed)
        if len(calls) > 1:
            raise ValueError("file is gone")
        return RandomForestClassifier(3, random_state=0).fit(*train.arrays())

    base = trained(RandomForestClassifier(3), 100, 0)
    recorded = RecordedTraining.record(TrainedModel(base.estimator, base.train, base.test, fit=fit), 0)
    assert ReproducibleTraining().check(recorded).reason is Reason.UNSUPPORTED


@given(seed=st.integers(0, 2**40))
@settings(max_examples=20)
def test_pinned_randomness_follows_from_the_seed_and_leaves_no_trace(seed):
    def draw():
        return random.random(), np.random.random(), np.random.default_rng().random(), np.random.default_rng().random()

    before, make = random.getstate(), np.random.default_rng
    with pinned(seed):
        first = draw()
    with pinned(seed):
        second = draw()
    assert first == second
    assert first[2] != first[3]
    assert random.getstate() == before
    assert np.random.default_rng is make


def test_seeded_randomness_is_not_accused():
    found = []
    with watched(found):
        np.random.default_rng(3).random()
        np.random.seed(0)
        np.random.permutation(4)
        random.seed(1)
        random.shuffle([1, 2])
    assert found == []
