"""MDL-01: what the attacks reach on known victims, the budget, and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from rqml import CheckStatus, Dataset, EnforcementStatus, Reason, Run, TrainedModel
from rqml_catalog.model_protection import ExtractionResistance
from rqml_catalog.model_protection.extraction.attacks import ATTACKS
from rqml_catalog.model_protection.extraction.victim import BudgetSpent, Victim
from rqml_catalog.scenarios.classifiers import noisy_classes, trained
from rqml_catalog.techniques.minimised import minimised


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    train, test = Dataset.from_arrays(X[:900] / 16, y[:900]), Dataset.from_arrays(X[900:] / 16, y[900:])
    return TrainedModel(LogisticRegression(max_iter=500).fit(X[:900] / 16, y[:900]), train, test)


def fidelity(model, queries):
    return ExtractionResistance(queries=queries).check(model).estimates["fidelity"].value


def test_features_plus_one_answers_with_scores_are_a_logistic_model(digits):
    assert fidelity(digits, 65) > 0.99


def test_labels_give_a_copy_away_more_slowly_and_rounding_is_no_defence(digits):
    labels, rounded = minimised(digits, decimals=0, scores=1), minimised(digits, decimals=2, scores=10)
    assert fidelity(labels, 65) < 0.93
    assert fidelity(labels, 250) > 0.85
    assert fidelity(rounded, 250) > 0.85


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("budget", [4, 17, 60])
def test_no_attack_asks_for_more_than_its_budget(name, budget):
    X, y = noisy_classes(200, 0)
    victim = Victim(LogisticRegression().fit(X, y), np.array([0, 1]), None, budget)
    surrogates = ATTACKS[name](victim, X[:50], budget, np.random.default_rng(0))
    assert victim.left >= 0
    for surrogate in surrogates:
        assert surrogate(X).shape == (200,)
        assert set(surrogate(X)) <= {0, 1}


def test_a_spent_budget_answers_no_more():
    X, y = noisy_classes(100, 1)
    victim = Victim(LogisticRegression().fit(X, y), np.array([0, 1]), None, 10)
    victim.labels(X[:10])
    with pytest.raises(BudgetSpent):
        victim.scores(X[:1])


def test_more_queries_do_not_make_worse_copies():
    model = minimised(trained(LogisticRegression(), 600, 2), decimals=0, scores=1)
    assert fidelity(model, 300) >= fidelity(model, 6)


def test_a_constant_model_is_copied_and_the_baseline_says_why():
    model = trained(DummyClassifier(), 200, 3)
    result = ExtractionResistance().check(model)
    assert result.status is CheckStatus.FAIL
    assert result.estimates["baseline"].value == 1.0


def test_labels_only_is_the_repair_and_is_judged_again():
    model = trained(LogisticRegression(), 900, 4, classes=4)
    requirement = ExtractionResistance(max_fidelity=0.95, queries=8)
    enforced = requirement.enforce(model)
    assert enforced.status is EnforcementStatus.SUCCESS
    assert np.array_equal(
        enforced.subject.predict(model.arrays(model.test)[0]), model.predict(model.arrays(model.test)[0])
    )
    many = ExtractionResistance(max_fidelity=0.9, queries=400).enforce(model)
    assert many.status is EnforcementStatus.FAILURE


def test_same_seed_same_verdict():
    model = trained(LogisticRegression(), 300, 5)
    one, two = (ExtractionResistance(queries=40).check(model, run=Run(seed=3)) for _ in range(2))
    assert one.estimates == two.estimates


def test_bad_input_is_incomplete():
    model = trained(LogisticRegression(), 60, 6)
    requirement = ExtractionResistance(queries=10)
    assert requirement.check(TrainedModel(model.estimator, model.train)).reason is Reason.MISSING_SUBJECT
    assert "at least 90" in requirement.check(model).message
    text = np.array([["x"], ["y"]] * 50, dtype=object)
    data = Dataset.from_arrays(text, np.arange(100) % 2)
    arrays = TrainedModel(DummyClassifier().fit(text, np.arange(100) % 2), data, data)
    assert "named columns" in requirement.check(arrays).message


def test_a_target_that_is_a_number_is_unsupported():
    X = np.random.default_rng(0).normal(size=(120, 2))
    data = Dataset.from_arrays(X, X[:, 0] + 0.1 * X[:, 1])
    for model in (LinearRegression(), RandomForestRegressor(3)):
        result = ExtractionResistance(queries=10).check(TrainedModel(model.fit(*data.arrays()), data, data))
        assert result.reason is Reason.UNSUPPORTED
        assert "classifiers only" in result.message


def offices(seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(50, 10, 400), "job": rng.choice(["baker", "clerk", "smith"], 400)})
    frame["pays"] = np.where((frame["age"] > 50) ^ (frame["job"] == "clerk"), "yes", "no")
    return Dataset(frame, target="pays")


@pytest.mark.parametrize("model", [DecisionTreeClassifier(max_depth=4), RandomForestClassifier(20)], ids=repr)
def test_models_of_categories_are_copied_too(model):
    train, test = offices(0), offices(1)
    codes = ColumnTransformer([("job", OneHotEncoder(), ["job"])], remainder="passthrough")
    victim = TrainedModel(make_pipeline(codes, model).fit(*train.arrays()), train, test)
    result = ExtractionResistance(queries=250).check(victim)
    assert result.status is CheckStatus.FAIL, result.message
    assert result.estimates["fidelity"].low > 0.9 > result.estimates["baseline"].high


UNSEEN = {
    "tree": DecisionTreeClassifier(max_depth=5),
    "forest": RandomForestClassifier(20, min_samples_leaf=5),
    "boosting": HistGradientBoostingClassifier(max_iter=15),
    "network": MLPClassifier((16,), max_iter=200, random_state=0),
    "machine": SVC(),
    "neighbours": KNeighborsClassifier(15),
}


@pytest.mark.parametrize("name", UNSEEN)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_rounding_defends_no_kind_of_model_from_copies_by_labels(name):
    model = trained(UNSEEN[name], 600, 11, label_noise=0.1)
    scores = callable(getattr(model.estimator, "predict_proba", None))
    rounded = minimised(model, decimals=1, scores=2) if scores else model
    found = ExtractionResistance(queries=250).check(rounded, run=Run(seed=2)).estimates
    assert found["fidelity"].value > 0.85
    assert found["fidelity"].low > found["baseline"].high


class ProbabilitiesOnly:
    """A model of somebody's own that has no `predict`."""

    def __init__(self, inner):
        self.inner = inner

    def predict_proba(self, X):
        return self.inner.predict_proba(X)


def test_a_model_that_gives_probabilities_alone_is_copied_as_well(digits):
    model = TrainedModel(ProbabilitiesOnly(digits.estimator), digits.train, digits.test)
    assert (
        ExtractionResistance(queries=65).check(model).estimates
        == ExtractionResistance(queries=65).check(digits).estimates
    )
