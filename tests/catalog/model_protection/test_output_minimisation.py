"""MDL-02: laws of the minimised interface."""

from __future__ import annotations

import functools
import json
import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from rqml import CheckStatus, Dataset, EnforcementStatus, Reason, TrainedModel
from rqml_catalog.model_protection import OutputMinimisation
from rqml_catalog.scenarios.classifiers import trained
from rqml_catalog.techniques.answers import scores_in
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


class Endpoint:
    """A logistic model behind a service that answers in a form of its own."""

    def __init__(self, inner, form):
        self.inner, self.form = inner, form

    def predict(self, X):
        return getattr(self, self.form)(self.inner.predict(X).tolist(), self.inner.predict_proba(X))

    def mappings(self, labels, scores):
        rows = [dict(zip("abc", row, strict=True)) for row in scores.tolist()]
        return [{"label": label, "scores": row} for label, row in zip(labels, rows, strict=True)]

    def named_scores(self, labels, scores):
        return [dict(zip(self.inner.classes_.tolist(), row, strict=True)) for row in scores.tolist()]

    def texts(self, labels, scores):
        return [json.dumps(answer) for answer in self.mappings(labels, scores)]

    def one_text(self, labels, scores):
        return json.dumps(self.mappings(labels, scores))

    def columns(self, labels, scores):
        return {"label": labels, "score": scores.max(axis=1)}

    def frame(self, labels, scores):
        return pd.DataFrame({"label": labels, "score": scores.max(axis=1)})


FORMS = ["mappings", "named_scores", "texts", "one_text", "columns", "frame"]


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("form", FORMS)
def test_scores_are_found_in_whatever_form_they_come_and_enforce_leaves_labels(form):
    model = trained(LogisticRegression(), 90, 4, classes=3)
    model = TrainedModel(Endpoint(model.estimator, form), model.train, model.test)
    result = OutputMinimisation().check(model)
    assert result.status is CheckStatus.FAIL, result.message
    assert result.estimates["decimals"].value > 2
    assert result.estimates["scores"].value == (1 if form in ("columns", "frame") else 3)
    enforced = OutputMinimisation().enforce(model)
    assert enforced.status is EnforcementStatus.SUCCESS, enforced.message
    X = model.arrays(model.test)[0]
    assert enforced.subject.predict(X).tolist() == model.estimator.inner.predict(X).tolist()


TELLING = {  # ways to say a score, all but the label's own
    "text": lambda p: f"{p.max():.9f}",
    "label and text": lambda p: f"{p.argmax()}:{p.max():.9f}",
    "words": lambda p: f"class {p.argmax()}, {p.max():.9f} sure",
    "text in a mapping": lambda p: {"label": int(p.argmax()), "score": f"{p.max():.9f}"},
    "decimal": lambda p: Decimal(str(p.max())),
    "fraction": lambda p: Fraction(float(p.max())),
    "complex": lambda p: complex(*p[:2]),
    "whole": lambda p: int(p.max() * 1e6),
    "whole in a mapping": lambda p: {"label": int(p.argmax()), "ppm": int(p.max() * 1e6)},
    "pair": lambda p: (int(p.argmax()), float(p.max())),
}
TOGETHER = {
    "sparse": csr_matrix,
    "whole array": lambda P: (P * 1e6).astype(int),
    "structured": lambda P: np.array([(p.argmax(), p.max()) for p in P], [("label", int), ("score", float)]),
    "labels and scores": lambda P: (P.argmax(axis=1), P),
    "generator": iter,
}


class Says:
    """A logistic model whose one method answers in a form of its own."""

    def __init__(self, inner, method, form):
        setattr(self, method, lambda X: form(inner.predict_proba(X)))


@functools.cache
def three_classes():
    return trained(LogisticRegression(), 90, 4, classes=3)


def saying(method, form):
    model = three_classes()
    return TrainedModel(Says(model.estimator, method, form), model.train, model.test)


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize("form", [*TELLING, *TOGETHER])
def test_numbers_that_are_no_class_are_scores_however_they_are_written(form, method):
    together = TOGETHER.get(form) or (lambda P: [TELLING[form](p) for p in P])
    result = OutputMinimisation(max_scores=3).check(saying(method, together))
    assert result.status is CheckStatus.FAIL, result.message
    assert result.estimates["decimals"].value >= 5


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize(
    "form", [lambda v: v, lambda v: v.astype(float), lambda v: v.astype(str), list, lambda v: [{"label": x} for x in v]]
)
def test_labels_are_no_scores_however_they_are_written(form):
    result = OutputMinimisation().check(saying("predict", lambda P: form(P.argmax(axis=1))))
    assert result.status is CheckStatus.PASS, result.message
    assert result.estimates["scores"].value == 0


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize(
    ("form", "text"),
    [
        (lambda P: None, "the answer is a NoneType"),
        (lambda P: 1, "the answer is a int"),
        (lambda P: [None] * len(P), "holds a NoneType"),
        (lambda P: np.full(len(P), np.nan), "not finite"),
        (lambda P: [1], "1 answers came for"),
        (lambda P: "1", "1 answers came for"),
        (lambda P: {"labels": P.argmax(axis=1), "scores": P[:-1]}, "several lengths"),
        (lambda P: [object()] * len(P), "holds a object"),
    ],
)
def test_what_is_no_answer_for_each_record_is_no_evidence(method, form, text):
    result = OutputMinimisation().check(saying(method, form))
    assert result.status is CheckStatus.INCOMPLETE
    assert text in result.message


@pytest.mark.parametrize(
    ("classes", "text", "found"),
    [
        (["cluster 3", "b"], "cluster 3", []),
        (["cluster 3", "b"], "cluster 3: .25", [0.25]),
        ([0, 1], "0.1", [0.1]),
        (["a+"], "a+", []),
        ([], "1e-3 of 7", [1e-3, 7.0]),
    ],
)
def test_names_of_classes_in_texts_are_no_numbers(classes, text, found):
    assert scores_in(text, classes) == found


class Margins(Answers):
    def predict(self, X):
        return self.probabilities[:, 1]


def test_numbers_in_place_of_labels_are_scores_and_cannot_be_made_labels():
    data = Dataset.from_arrays(np.arange(12.0).reshape(6, 2), np.arange(6) % 2)
    model = TrainedModel(Margins(np.linspace(0.1, 0.9, 12).reshape(6, 2)), data)
    result = OutputMinimisation(max_scores=2).check(model)
    assert result.status is CheckStatus.FAIL
    enforced = OutputMinimisation(max_decimals=0).enforce(model)
    assert enforced.status is EnforcementStatus.INCOMPLETE
    assert "name no class" in enforced.message


class Frames(Answers):
    def predict_proba(self, X):
        return pd.DataFrame(self.probabilities[:, ::-1], columns=["1", "0"])

    def explain(self, X):
        return X


def test_frames_of_scores_are_rounded_in_the_order_of_the_classes_and_other_methods_closed():
    scores = np.array([[0.123, 0.877], [0.611, 0.389]] * 3)
    data = Dataset.from_arrays(np.zeros((6, 2)), np.arange(6) % 2)
    model = TrainedModel(Frames(scores), data)
    assert "explain" in OutputMinimisation().check(model).details["channels"]
    enforced = OutputMinimisation(max_decimals=1, max_scores=2).enforce(model)
    assert enforced.status is EnforcementStatus.SUCCESS
    assert np.array_equal(enforced.subject.predict_proba(np.zeros((6, 2))), np.round(scores, 1))


@pytest.mark.parametrize("decimals", [0, 1])
def test_what_is_wrapped_can_be_stored_and_answers_the_same(decimals):
    wrapped = minimised(trained(RandomForestClassifier(5), 90, 6, classes=3), decimals=decimals, scores=2)
    again = pickle.loads(pickle.dumps(wrapped.estimator))
    X = wrapped.arrays(wrapped.test)[0]
    assert np.array_equal(again.predict(X), wrapped.predict(X))
    assert np.array_equal(again.predict_proba(X), wrapped.predict_proba(X))
    assert again.classes_.tolist() == [0, 1, 2]
