"""PRV-03 and PRV-04: what reconstructions and meta-classifiers find, where there is nothing to find, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from rqml import CheckStatus, Dataset, EnforcementStatus, Reason, Run, TrainedModel
from rqml_catalog.model_privacy import InversionResistance, PropertyInferenceResistance
from rqml_catalog.model_privacy.inversion.attacks import invert
from rqml_catalog.model_privacy.property.distinguish import BalancedFit, in_group
from rqml_catalog.scenarios.clusters import trained_on_clusters
from rqml_catalog.scenarios.patients import patients


def test_a_model_that_ignores_records_gives_no_class_away():
    closeness = [
        invert(trained_on_clusters(DummyClassifier(), 200, seed, separation=2.0), 500, Run(seed=seed)).closeness
        for seed in range(20)
    ]
    assert np.mean([estimate.high < 0.1 for estimate in closeness]) >= 0.95


def test_closeness_does_not_depend_on_the_units_of_the_features():
    model = trained_on_clusters(make_pipeline(StandardScaler(), LogisticRegression()), 200, 0, separation=2.0)
    scale = np.logspace(-3, 3, 20)
    parts = []
    for data in (model.train, model.test):
        X, y = data.arrays()
        parts.append(Dataset.from_arrays(X.to_numpy() * scale + 5.0, y, target="cluster"))
    X, y = parts[0].arrays()
    scaled = TrainedModel(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y), *parts)
    first, second = (invert(m, 500, Run(seed=1)).closeness.value for m in (model, scaled))
    assert first == pytest.approx(second, abs=1e-3)
    assert first > 0.2


def test_models_without_probabilities_are_asked_for_labels():
    model = trained_on_clusters(SVC(), 200, 0, separation=2.0)
    assert 0.1 < invert(model, 500, Run()).closeness.value < 0.6


def test_classes_asked_about_together_are_reconstructed_as_each_by_itself(monkeypatch):
    model = trained_on_clusters(RandomForestClassifier(5), 200, 3, separation=2.0)
    together = invert(model, 200, Run(seed=4))
    monkeypatch.setattr("rqml_catalog.model_privacy.inversion.attacks.MOST_ROWS", 1)
    assert invert(model, 200, Run(seed=4)) == together


class WithoutClasses:
    """No scikit-learn: fit, predict and predict_proba are all it has."""

    def fit(self, X, y):
        self._model = LogisticRegression().fit(np.asarray(X), y)
        return self

    def predict(self, X):
        return self._model.predict(X)

    def predict_proba(self, X):
        return self._model.predict_proba(X)


def test_any_object_that_gives_probabilities_is_inverted_as_what_is_inside():
    plain = trained_on_clusters(LogisticRegression(), 200, 0, separation=2.0)
    own = TrainedModel(WithoutClasses().fit(*plain.arrays(plain.train)), plain.train, plain.test)
    assert invert(own, 300, Run()).closeness.value == pytest.approx(invert(plain, 300, Run()).closeness.value)


def test_labels_help_and_the_cost_is_nothing():
    enforced = InversionResistance(max_closeness=0.44).enforce(
        trained_on_clusters(RandomForestClassifier(20), 300, 77, separation=4.0, classes=12)
    )
    assert enforced.status is EnforcementStatus.SUCCESS
    assert enforced.cost["accuracy"] == 0.0


def broken(model):
    few = model.train.with_frame(model.train.frame.head(30))
    words = [data.with_frame(data.frame.assign(x0="word")) for data in (model.train, model.test)]
    constant = [
        data.with_frame(data.frame.assign(**{f"x{i}": 1.0 for i in range(20)})) for data in (model.train, model.test)
    ]
    yield TrainedModel(model.estimator, model.train), Reason.MISSING_SUBJECT
    yield TrainedModel(model.estimator, few, model.test), Reason.INSUFFICIENT_EVIDENCE
    yield TrainedModel(model.estimator, model.train, model.train), Reason.INSUFFICIENT_EVIDENCE
    yield TrainedModel(model.estimator, *words), Reason.UNSUPPORTED
    yield TrainedModel(model.estimator, *constant), Reason.INSUFFICIENT_EVIDENCE
    one = model.train.with_frame(model.train.frame.assign(cluster=1))
    yield TrainedModel(model.estimator, one, model.test), Reason.INSUFFICIENT_EVIDENCE


def test_bad_input_of_inversion_is_incomplete_and_says_why():
    for model, reason in broken(trained_on_clusters(LogisticRegression(), 100, 0, separation=1.0)):
        assert InversionResistance().check(model).reason is reason


JUDGED = PropertyInferenceResistance(column="illness", shares=(0.2, 0.8), shadows=60)


def test_shares_are_told_and_a_fixed_mixture_hides_them():
    model = patients(DecisionTreeClassifier(max_depth=2), 1100, 50, told=False)
    assert JUDGED.check(model).estimates["accuracy"].low > 0.7
    enforced = JUDGED.enforce(model)
    assert enforced.status is EnforcementStatus.SUCCESS
    assert enforced.cost["accuracy"] < 0.1


def test_shares_of_a_column_without_meaning_are_told_no_better_than_by_chance():
    accuracies = []
    for seed in range(6):
        model = patients(LogisticRegression(), 600, seed)
        coin = np.random.default_rng(seed).integers(0, 2, 600)
        train = model.train.with_frame(model.train.frame.assign(coin=coin))
        test = model.test.with_frame(model.test.frame.assign(coin=coin))
        asked = TrainedModel(model.estimator, train, test)
        found = PropertyInferenceResistance(column="coin", value=1, shadows=40).check(asked, run=Run(seed=seed))
        accuracies.append(found.estimates["accuracy"].value)
    assert 0.3 < np.mean(accuracies) < 0.7
    assert max(accuracies) < 0.9


def test_balanced_training_takes_as_many_of_each():
    model = patients(DecisionTreeClassifier(), 300, 0, share=0.3, told=False)
    seen = []
    counting = TrainedModel(
        model.estimator, model.train, model.test, fit=lambda train, seed: seen.append(train) or model.estimator
    )
    BalancedFit(counting, "illness", 1)(model.train, 0)
    inside = in_group(seen[0], "illness", 1)
    assert inside.sum() == (~inside).sum() == in_group(model.train, "illness", 1).sum()


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.7, 0.3), (0.0, 0.5), (0.5,), (0.5, 1.0)])
def test_shares_that_are_not_two_are_refused(shares):
    with pytest.raises(ValueError, match="two shares"):
        PropertyInferenceResistance(shares=shares)


def test_bad_input_of_property_inference_is_incomplete_and_says_why():
    model = patients(LogisticRegression(), 120, 0)
    assert PropertyInferenceResistance(column="wage").check(model).reason is Reason.MISSING_SUBJECT
    rare = PropertyInferenceResistance(column="illness", value=7).check(model)
    assert rare.reason is Reason.INSUFFICIENT_EVIDENCE
    few = patients(LogisticRegression(), 120, 0, share=0.05)
    assert "at least 20" in PropertyInferenceResistance(column="illness").check(few).message

    def fit(train, seed):
        raise ValueError("no")

    failing = TrainedModel(model.estimator, model.train, model.test, fit=fit)
    result = PropertyInferenceResistance(column="illness").check(failing)
    assert result.status is CheckStatus.INCOMPLETE
    assert result.reason is Reason.UNSUPPORTED
