"""PRV-01: bad input, and the subjects it must cope with."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from rqml import CheckStatus, Dataset, EnforcementStatus, Reason, Run, TrainedModel
from rqml_catalog.model_privacy import MembershipInferenceResistance
from rqml_catalog.scenarios.classifiers import noisy_classes, trained

QUICK = MembershipInferenceResistance(max_tpr=0.3, at_fpr=0.1, shadows=8)


def table(X, y, **changes):
    return Dataset.from_arrays(X, y, target="outcome", **changes)


def model_of(estimator, rows=120, seed=0, **data):
    return trained(estimator, rows, seed, **data)


class Slotted:
    """fit and predict_proba, and nothing else that scikit-learn asks for."""

    __slots__ = ("_forest", "depth", "seed")

    def __init__(self, depth, seed=None):
        self.depth, self.seed = depth, seed

    def fit(self, X, y):
        self._forest = RandomForestClassifier(8, max_depth=self.depth, random_state=self.seed).fit(X, y)

    def predict_proba(self, X):
        return self._forest.predict_proba(X)


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        SVC(),
        SVC(kernel="linear"),
        SVC(probability=True),
        MLPClassifier((4,), max_iter=20),
        HistGradientBoostingClassifier(max_iter=5),
        KNeighborsClassifier(5),
        DecisionTreeClassifier(),
        RandomForestClassifier(4, warm_start=True),
        Slotted(12),
    ],
    ids=lambda e: type(e).__name__,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:.*probability:FutureWarning")
def test_judges_estimators_of_every_kind(estimator):
    X, y = noisy_classes(240, 0)
    estimator.fit(X[:120], y[:120])
    result = QUICK.check(TrainedModel(estimator, table(X[:120], y[:120]), table(X[120:], y[120:])))
    assert set(result.estimates) == {"tpr", "fpr", "advantage", "auc"}, result.message


def test_a_model_without_predict_is_repaired_and_told_from_one_that_knows_nothing():
    X, y = noisy_classes(600, 3, label_noise=0.6)
    train, test = table(X[:300], y[:300]), table(X[300:], y[300:])
    verdicts = []
    for depth in (20, 1):
        tree = Slotted(depth)
        tree.fit(X[:300], y[:300])
        verdicts.append(QUICK.enforce(TrainedModel(tree, train, test)))
    assert [verdict.before.status.name for verdict in verdicts] == ["FAIL", "PASS"]
    assert verdicts[0].status in (EnforcementStatus.SUCCESS, EnforcementStatus.FAILURE), verdicts[0].message


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_judges_a_pipeline_with_categories_and_missing_values(library):
    X, y = noisy_classes(240, 1)
    frame = pd.DataFrame(X, columns=list("abcde"))
    frame["a"] = pd.cut(frame["a"], 3, labels=["low", "mid", "high"]).astype(str)
    frame.loc[3, "b"] = np.nan
    frame["outcome"] = np.where(y == 1, "ill", "well")
    encode = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["a"]), remainder="passthrough")
    pipeline = make_pipeline(encode, HistGradientBoostingClassifier(max_iter=5))
    pipeline.fit(frame[:120].drop(columns="outcome"), frame[:120]["outcome"])
    train, test = (Dataset(library(part.to_dict("list")), target="outcome") for part in (frame[:120], frame[120:]))
    result = QUICK.check(TrainedModel(pipeline, train, test))
    assert "tpr" in result.estimates, result.message


class Foreign:
    """predict_proba without classes_, as libraries outside scikit-learn have it."""

    def __init__(self, tree):
        self.tree = tree

    def predict(self, X):
        return self.tree.predict(X)

    def predict_proba(self, X):
        return self.tree.predict_proba(X)


def fit_of_depth(train, seed, max_depth=12):
    X, y = train.arrays()
    return Foreign(DecisionTreeClassifier(max_depth=max_depth, random_state=seed).fit(X.to_numpy(), y))


def model_with_a_fit(fit, rows=120):
    X, y = noisy_classes(2 * rows, 2, label_noise=0.6)
    train, test = table(X[:rows], y[:rows]), table(X[rows:], y[rows:])
    return TrainedModel(fit(train, 0), train, test, fit=fit)


def test_judges_any_object_with_a_training_function():
    assert "tpr" in QUICK.check(model_with_a_fit(fit_of_depth)).estimates


def fit_neighbours(train, seed, n_neighbors=9, weights="distance"):
    return KNeighborsClassifier(n_neighbors, weights=weights).fit(*train.arrays())


def test_a_training_function_is_repaired_by_the_values_of_a_grid():
    model = model_with_a_fit(fit_neighbours, 240)
    requirement = attrs.evolve(QUICK, grid={"weights": ["distance", "uniform"], "n_neighbors": [3, 81]})
    enforced = requirement.enforce(model)
    assert enforced.status is EnforcementStatus.SUCCESS, enforced.message
    assert enforced.changes == ("trained again with n_neighbors = 81, weights = uniform",)
    assert enforced.subject.refit(model.train, 0).n_neighbors == 81


def test_without_a_grid_a_training_function_leaves_coarser_answers_only():
    enforced = MembershipInferenceResistance(max_tpr=0.0, at_fpr=0.1, shadows=8).enforce(model_with_a_fit(fit_of_depth))
    assert enforced.status is EnforcementStatus.FAILURE
    assert "interface" in enforced.changes[0]


def test_a_grid_that_the_estimator_does_not_take():
    requirement = attrs.evolve(QUICK, max_tpr=0.0, grid={"depth": [3]})
    enforced = requirement.enforce(model_of(DecisionTreeClassifier(), label_noise=0.6))
    assert enforced.status is EnforcementStatus.INCOMPLETE
    assert "get_params" in enforced.message


def test_a_training_that_ignores_its_data_passes_at_the_default_limits():
    requirement = MembershipInferenceResistance(shadows=16)
    passed = [
        requirement.check(model_of(DummyClassifier(strategy="stratified"), 500, seed), run=Run(seed=seed)).passed
        for seed in range(5)
    ]
    assert all(passed)


@pytest.mark.parametrize("kept", [True, False], ids=["a model that it kept", "records of its own"])
@pytest.mark.parametrize("held_out_noise", [0.4, 0.9])
def test_a_fit_that_hands_out_a_leaking_model_whatever_it_is_given_is_no_evidence(kept, held_out_noise):
    leaking = model_of(RandomForestClassifier(12), 300, 0, label_noise=0.4, held_out_noise=held_out_noise)

    def fit(_, seed):
        return leaking.estimator if kept else leaking.refit(leaking.train, seed)

    faked = TrainedModel(leaking.estimator, leaking.train, leaking.test, fit=fit)
    assert QUICK.check(leaking).status is CheckStatus.FAIL
    incomplete(faked, Reason.INSUFFICIENT_EVIDENCE, "whatever records it is given")


def test_a_shift_is_named_in_the_details():
    model = model_of(DecisionTreeClassifier(min_samples_leaf=50), 300, 3, label_noise=0.0, held_out_noise=0.8)
    result = QUICK.check(model)
    assert result.details["judged_on"] == "retrained models"
    assert "different distributions" in result.details["warning"]


def test_recognised_rows_are_rows_of_the_train_data():
    model = model_of(RandomForestClassifier(10), 150, 4)
    rows = QUICK.check(model).details["recognised_train_rows"]
    assert rows
    assert max(rows) < 150


def with_train(model, **changes):
    frame = model.train.to_pandas().assign(**changes)
    return TrainedModel(model.estimator, Dataset(frame, target="outcome"), model.test)


def incomplete(subject, reason, *words, requirement=QUICK):
    result = requirement.check(subject)
    assert result.status is CheckStatus.INCOMPLETE, result.message
    assert result.reason is reason
    for word in words:
        assert word in result.message


def test_no_held_out_records():
    model = model_of(DecisionTreeClassifier())
    incomplete(TrainedModel(model.estimator, model.train), Reason.MISSING_SUBJECT, "held-out", "test=")


def test_no_target():
    model = model_of(DecisionTreeClassifier())
    bare = Dataset(model.train.frame)
    incomplete(TrainedModel(model.estimator, bare, bare), Reason.MISSING_SUBJECT, "target")


def test_unfitted_estimator():
    model = model_of(DecisionTreeClassifier())
    unfitted = TrainedModel(DecisionTreeClassifier(), model.train, model.test)
    incomplete(unfitted, Reason.UNSUPPORTED, "NotFittedError", "is it fitted")


def test_estimator_that_cannot_be_cloned():
    model = model_of(DecisionTreeClassifier())
    foreign = TrainedModel(Foreign(model.estimator), model.train, model.test)
    incomplete(foreign, Reason.UNSUPPORTED, "cannot be made anew", "fit=")


def test_missing_values_the_model_cannot_take():
    model = model_of(LogisticRegression())
    incomplete(with_train(model, age=np.nan), Reason.UNSUPPORTED, "missing or infinite values")


def test_missing_labels():
    model = model_of(LogisticRegression())
    labels = model.train.to_pandas()["outcome"].astype(float)
    labels[5] = np.nan
    incomplete(with_train(model, outcome=labels), Reason.INSUFFICIENT_EVIDENCE, "missing values")


def test_single_class():
    model = model_of(DecisionTreeClassifier())
    incomplete(with_train(model, outcome=1), Reason.INSUFFICIENT_EVIDENCE, "one class")


def test_fewer_than_fifty_records():
    model = model_of(DecisionTreeClassifier())
    few = Dataset(model.train.to_pandas()[:40], target="outcome")
    incomplete(TrainedModel(model.estimator, few, model.test), Reason.INSUFFICIENT_EVIDENCE, "40 train", "50")
    incomplete(TrainedModel(model.estimator, model.train, few), Reason.INSUFFICIENT_EVIDENCE, "40 test", "50")


def test_too_few_records_for_the_rate_say_how_many():
    model = model_of(DecisionTreeClassifier())
    incomplete(model, Reason.INSUFFICIENT_EVIDENCE, "198", requirement=MembershipInferenceResistance())


def test_regression():
    model = model_of(DecisionTreeClassifier())
    noise = np.random.default_rng(0).normal(size=120)
    train = with_train(model, outcome=noise).train
    regression = TrainedModel(LinearRegression().fit(*train.arrays()), train, train)
    incomplete(regression, Reason.UNSUPPORTED, "classifiers only")
    counts = trained(DecisionTreeClassifier(), 80, 0)  # classes that are numbers, and an estimator that estimates them
    estimator = make_pipeline(LinearRegression()).fit(*counts.arrays(counts.train))
    incomplete(TrainedModel(estimator, counts.train, counts.test), Reason.UNSUPPORTED, "classifiers only")


@pytest.mark.parametrize("share", [0.05, 1.0])
def test_test_records_that_are_train_records_are_refused(share):
    model = model_of(DecisionTreeClassifier())
    leaked = round(share * 120)
    frame = pd.concat([model.train.to_pandas()[:leaked], model.test.to_pandas()[leaked:]])
    mixed = TrainedModel(model.estimator, model.train, Dataset(frame, target="outcome"))
    incomplete(mixed, Reason.INSUFFICIENT_EVIDENCE, f"{leaked} of 120", "fake a PASS")


def test_rows_that_repeat_by_nature_are_not_an_overlap():
    rng = np.random.default_rng(5)
    X, y = rng.integers(0, 3, (300, 3)), rng.integers(0, 2, 300)
    train, test = table(X[:150], y[:150]), table(X[150:], y[150:])
    tree = DecisionTreeClassifier(min_samples_leaf=20).fit(X[:150], y[:150])
    assert "tpr" in QUICK.check(TrainedModel(tree, train, test)).estimates


def test_a_fit_that_fails_on_a_shadow():
    model = model_of(DecisionTreeClassifier())

    def fit(train, seed):
        if seed % 5 == 0:
            raise RuntimeError("row 17 of Jane Doe")
        return DecisionTreeClassifier(random_state=seed).fit(*train.arrays())

    failing = TrainedModel(model.estimator, model.train, model.test, fit=fit)
    result = MembershipInferenceResistance(max_tpr=0.3, at_fpr=0.1, shadows=32).check(failing)
    assert result.reason is Reason.UNSUPPORTED
    assert "RuntimeError" in result.message
    assert "Jane" not in result.message


@pytest.mark.parametrize(
    "parameters", [{"max_tpr": 1.5}, {"at_fpr": 0.0}, {"at_fpr": 1}, {"shadows": 6}, {"shadows": 9}, {"shadows": 16.0}]
)
def test_parameters_out_of_their_domain(parameters):
    with pytest.raises((ValueError, TypeError)):
        MembershipInferenceResistance(**parameters)


def test_shadows_are_trained_once_a_run_whatever_the_requirements():
    trainings = []
    model = model_of(DecisionTreeClassifier())

    def fit(train, seed):
        trainings.append(seed)
        return DecisionTreeClassifier(random_state=seed).fit(*train.arrays())

    counted, run = TrainedModel(model.estimator, model.train, model.test, fit=fit), Run(seed=1)
    QUICK.check(counted, run=run)
    MembershipInferenceResistance(max_tpr=0.2, at_fpr=0.2, shadows=8).check(counted, run=run)
    assert len(trainings) == 8


def test_refits_keep_most_of_the_accuracy_and_resist_under_fresh_shadows():
    model = model_of(RandomForestClassifier(20), 300, 6)
    requirement = MembershipInferenceResistance(max_tpr=0.3, at_fpr=0.1, shadows=16)
    enforced = requirement.enforce(model)
    assert enforced.status is EnforcementStatus.SUCCESS
    assert enforced.cost_estimates["accuracy"].low < 0.1
    assert "min_samples_leaf" in enforced.changes[0]
    assert set(enforced.cost_estimates) == {"accuracy", "brier"}
    assert requirement.check(enforced.subject, run=Run(seed=99)).status is not CheckStatus.FAIL
