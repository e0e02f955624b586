"""PRV-02: what the model adds to a guess, whom it is compared with, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from rqml import CheckStatus, Dataset, EnforcementStatus, Reason, Run, TrainedModel
from rqml_catalog.model_privacy import AttributeInferenceResistance
from rqml_catalog.model_privacy.attribute.attacks import infer_attribute
from rqml_catalog.scenarios.patients import patients
from rqml_catalog.techniques.refits import trained_anew, without_feature
from rqml_catalog.techniques.regularisation import KINDS


def test_what_anybody_could_guess_is_no_leak():
    """The attribute follows from another feature: both sides guess it, and the gain is nothing."""
    model = patients(DecisionTreeClassifier(min_samples_leaf=40), 500, 0)
    frames = [
        data.frame.assign(age=data.frame["illness"] + 0.01 * data.frame["age"]) for data in (model.train, model.test)
    ]
    train, test = model.train.with_frame(frames[0]), model.test.with_frame(frames[1])
    X, y = train.arrays()
    found = infer_attribute(TrainedModel(model.estimator.fit(X, y), train, test), "illness", Run())
    assert found.without_model.value > 0.98
    assert abs(found.gain.value) < 0.02


def test_a_model_that_answers_with_the_attribute_is_found():
    class Telling:
        classes_ = np.array([0, 1])

        def fit(self, X, y):
            return self

        def predict(self, X):
            return (np.asarray(X)[:, 2] > 0.5).astype(int)

        def predict_proba(self, X):
            ill = np.asarray(X)[:, 2]
            return np.column_stack([1 - 0.9 * ill, 0.9 * ill])

    base = patients(LogisticRegression(), 500, 1)
    train = base.train.with_frame(base.train.frame.assign(outcome=base.train.frame["illness"].astype(int)))
    test = base.test.with_frame(base.test.frame.assign(outcome=base.test.frame["illness"].astype(int)))
    found = infer_attribute(TrainedModel(Telling(), train, test), "illness", Run())
    assert found.with_model.value == 1.0
    assert found.gain.value < 0.05  # the label tells as much


def test_fits_that_ignore_their_data_pass_in_19_of_20_seeds():
    class Constant:
        classes_ = np.array([0, 1])

        def predict(self, X):
            return np.zeros(len(X), dtype=int)

        def predict_proba(self, X):
            return np.tile([0.6, 0.4], (len(X), 1))

    passed = 0
    for seed in range(20):
        base = patients(LogisticRegression(), 300, 40 + seed)
        model = TrainedModel(Constant(), base.train, base.test)
        passed += AttributeInferenceResistance(max_gain=0.1).check(model, run=Run(seed=seed)).passed
    assert passed >= 19


def test_numbers_are_guessed_by_band_and_categories_by_value():
    model = patients(ExtraTreesClassifier(12), 400, 0)
    assert infer_attribute(model, "dose", Run()).gain.low > 0
    frames = [
        data.frame.assign(illness=data.frame["illness"].map({0: "none", 1: "asthma"}))
        for data in (model.train, model.test)
    ]
    train, test = (data.with_frame(frame) for data, frame in zip((model.train, model.test), frames, strict=True))

    class Coded:
        classes_ = np.array([0, 1])
        feature_names_in_ = np.array(["age", "dose", "illness"])

        def predict(self, X):
            return self.predict_proba(X).argmax(axis=1)

        def predict_proba(self, X):
            return model.estimator.predict_proba(X.assign(illness=(X["illness"] == "asthma").astype(float)))

    assert infer_attribute(TrainedModel(Coded(), train, test), "illness", Run()).gain.low > 0.1


def test_pipelines_and_named_columns_are_repaired():
    model = patients(make_pipeline(StandardScaler(), ExtraTreesClassifier(12)), 400, 3)
    enforced = AttributeInferenceResistance(max_gain=0.15).enforce(model)
    assert enforced.status is EnforcementStatus.SUCCESS
    assert enforced.cost["accuracy"] < 0.2


@pytest.mark.parametrize("column", ["illness", 2], ids=["named", "numbered"])
def test_an_attribute_that_a_column_transformer_asks_for_can_be_left_out(column):
    encoded = make_column_transformer((OneHotEncoder(), [column]), remainder="passthrough")
    model = patients(make_pipeline(encoded, ExtraTreesClassifier(12)), 400, 3)
    names = dict(enumerate(("none", "asthma")))
    train, test = (
        data.with_frame(data.frame.assign(illness=data.frame["illness"].map(names)))
        for data in (model.train, model.test)
    )
    X, y = train.arrays()
    named = TrainedModel(model.estimator.fit(X, y), train, test)
    assert AttributeInferenceResistance(max_gain=0.15).enforce(named).status is EnforcementStatus.SUCCESS
    left_out = trained_anew(named, without_feature(named, "illness"), Run())
    assert left_out.change == "trained again with 'illness' left out"
    swapped = X.assign(illness=X["illness"].to_numpy()[::-1])
    assert np.array_equal(left_out.model.predict_proba(X), left_out.model.predict_proba(swapped))


class ExtraTreesClassifierOfVariedFeatures(ExtraTreesClassifier):
    """Refuses features that are constant."""

    def fit(self, X, y):
        if np.ptp(np.asarray(X), axis=0).min() == 0.0:
            raise ValueError("a feature is constant")
        return super().fit(X, y)


def test_a_repair_that_cannot_be_trained_is_left_out_and_others_are_tried(monkeypatch):
    monkeypatch.setitem(KINDS, "ExtraTreesClassifierOfVariedFeatures", "forest")
    model = patients(ExtraTreesClassifierOfVariedFeatures(12), 400, 3)
    enforced = AttributeInferenceResistance(max_gain=0.15).enforce(model)
    assert enforced.status is EnforcementStatus.SUCCESS
    assert "min_samples_leaf" in enforced.changes[0]


def test_a_model_trained_by_its_own_function_gets_an_interface_or_nothing():
    base = patients(ExtraTreesClassifier(12), 400, 0)
    model = TrainedModel(base.estimator, base.train, base.test, fit=base.refit)
    enforced = AttributeInferenceResistance(max_gain=0.15).enforce(model)
    assert enforced.status is EnforcementStatus.FAILURE
    assert "interface" in enforced.changes[0]


def without(model, **changes):
    return TrainedModel(model.estimator, changes.get("train", model.train), changes.get("test", model.test))


def bad_subjects():
    model = patients(LogisticRegression(), 120, 0)
    few = model.train.with_frame(model.train.frame.head(30))
    blank = model.train.with_frame(model.train.frame.assign(illness=np.where(np.arange(120) < 3, np.nan, 1.0)))
    one = [data.with_frame(data.frame.assign(illness=1.0)) for data in (model.train, model.test)]
    X, _ = model.train.arrays()
    regression = TrainedModel(LinearRegression().fit(X, X["age"]), Dataset(model.train.frame, target="age"), None)
    yield "no held-out data", TrainedModel(model.estimator, model.train), Reason.MISSING_SUBJECT
    yield "test is train", without(model, test=model.train), Reason.INSUFFICIENT_EVIDENCE
    yield "fewer than 50 records", without(model, train=few), Reason.INSUFFICIENT_EVIDENCE
    yield "missing values", without(model, train=blank), Reason.INSUFFICIENT_EVIDENCE
    yield "one value only", without(model, train=one[0], test=one[1]), Reason.INSUFFICIENT_EVIDENCE
    yield "regression", regression, Reason.MISSING_SUBJECT


@pytest.mark.parametrize(("model", "reason"), [case[1:] for case in bad_subjects()], ids=[c[0] for c in bad_subjects()])
def test_bad_input_is_incomplete_and_says_why(model, reason):
    result = AttributeInferenceResistance(attribute="illness").check(model)
    assert result.status is CheckStatus.INCOMPLETE
    assert result.reason is reason


def test_attributes_that_are_not_there_or_are_the_target():
    model = patients(LogisticRegression(), 120, 0)
    assert AttributeInferenceResistance(attribute="wage").check(model).reason is Reason.MISSING_SUBJECT
    assert AttributeInferenceResistance(attribute="outcome").check(model).status is CheckStatus.NOT_APPLICABLE
    plain = TrainedModel(model.estimator, Dataset(model.train.frame, target="outcome"), model.test)
    assert "attribute=" in AttributeInferenceResistance().check(plain).message
