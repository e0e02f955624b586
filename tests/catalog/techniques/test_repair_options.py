"""What may be tried on a leaking model, in which order, and that each option is what it says."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from rqml import CheckStatus, EnforcementStatus, Run
from rqml.errors import Unsupported
from rqml_catalog.model_privacy import MembershipInferenceResistance
from rqml_catalog.scenarios.classifiers import FEATURES, trained
from rqml_catalog.techniques import repair_options
from rqml_catalog.techniques.repair_options import Option, brier_lost, least_loss_first, options_for

BOUNDS = dict.fromkeys(FEATURES, (-4.0, 4.0))


def words(model, **more):
    return [option.change for option in options_for(model, **more)]


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        (RandomForestClassifier(3), "min_samples_leaf"),
        (HistGradientBoostingClassifier(max_iter=90), "max_iter from 90 to 60"),  # an earlier stop
        (MLPClassifier((3,), max_iter=90), "max_iter from 90 to 60"),  # the same for a network
        (LogisticRegression(), "C from"),
        (GaussianNB(), "labels only"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_each_kind_of_estimator_has_options(estimator, expected):
    assert any(expected in change for change in words(trained(estimator, 60, 0)))


def test_a_grid_comes_with_all_its_combinations():
    found = words(
        trained(DecisionTreeClassifier(), 60, 0), grid={"max_depth": [2, 3], "criterion": ["gini", "entropy"]}
    )
    assert sum("criterion = " in change and "max_depth = " in change for change in found) == 4


def test_a_grid_of_other_parameters_is_refused():
    with pytest.raises(Unsupported, match="get_params"):
        options_for(trained(DecisionTreeClassifier(), 60, 0), grid={"depth": [2]})


def test_finished_models_are_what_their_options_say():
    model = trained(DecisionTreeClassifier(), 80, 1)
    options = {option.change: option for option in options_for(model, grid={"max_depth": [2]})}
    assert options["trained again with max_depth = 2"].finish(0).estimator.get_depth() == 2
    coarse = options["put behind an interface that gives its scores rounded to one decimal"].finish(0)
    scores = coarse.predict_proba(model.arrays(model.test)[0])
    assert np.array_equal(scores, np.round(scores, 1))
    hard = options["put behind an interface that gives labels only"].finish(0)
    assert set(np.unique(hard.predict_proba(model.arrays(model.test)[0]))) == {0.0, 1.0}
    assert hard.refit(model.train, 0).decimals == 0  # its shadows answer with as little


def option_of(model, change, estimator):
    fit = lambda train, seed: estimator.fit(*train.arrays())  # noqa: E731
    return Option(change, fit, lambda seed: attrs.evolve(model, estimator=fit(model.train, seed)))


def test_the_most_useful_comes_first_and_of_equals_the_stronger():
    model = trained(DecisionTreeClassifier(), 200, 2, label_noise=0.4)
    useful = option_of(model, "useful", DecisionTreeClassifier(min_samples_leaf=20, random_state=0))
    twin = option_of(model, "twin", DecisionTreeClassifier(min_samples_leaf=20, random_state=0))
    useless = option_of(model, "useless", DecisionTreeClassifier(random_state=0))
    broken = Option("broken", lambda train, seed: 1 / len([]), useful.finish)
    ranked = least_loss_first(model, [useless, useful, twin], Run())
    assert [option.change for option in ranked] == ["twin", "useful", "useless"]
    with pytest.raises(ZeroDivisionError):  # a bug is not an option that does badly
        least_loss_first(model, [broken], Run())


def test_labels_only_lose_confidence_though_no_accuracy():
    model = trained(LogisticRegression(), 300, 3, label_noise=0.4)
    (hard,) = (option for option in options_for(model) if option.change.endswith("labels only"))
    lost = brier_lost(model, hard.finish(0), 0.95)
    assert lost.low > 0.02
    assert brier_lost(model, model, 0.95).value == 0.0


def test_a_model_without_probabilities_is_compared_by_its_labels():
    model = trained(SVC(), 100, 4)
    assert brier_lost(trained(DecisionTreeClassifier(), 100, 4), model, 0.95).n == 100
    assert brier_lost(model, model, 0.95).value == 0.0


def test_privacy_is_tried_only_with_bounds_and_by_training_the_models_own_kind():
    model = trained(DecisionTreeClassifier(), 80, 5)
    assert not any("privacy" in change for change in words(model))
    assert sum("privacy" in change for change in words(model, bounds=BOUNDS)) == 3
    own = attrs.evolve(model, fit=lambda train, seed: DecisionTreeClassifier().fit(*train.arrays()))
    assert not any("privacy" in change for change in words(own, bounds=BOUNDS))


def test_a_private_refit_answers_and_can_be_trained_again():
    pytest.importorskip("diffprivlib.models", reason="diffprivlib is not installed", exc_type=ImportError)
    model = trained(GaussianNB(), 600, 6)
    (option, *_) = (o for o in options_for(model, bounds=BOUNDS) if "epsilon 10" in o.change)
    X, y = model.arrays(model.test)
    assert (option.fit(model.train, 3).predict(X) == y).mean() > 0.6
    private = option.finish(0)
    assert set(private.predict(X)) <= set(y)
    again = private.refit(model.train, 3)
    assert np.array_equal(again.predict(X), private.refit(model.train, 3).predict(X))  # shadows can be repeated


def test_where_nothing_milder_is_left_the_repair_is_a_private_training(monkeypatch):
    pytest.importorskip("diffprivlib.models", reason="diffprivlib is not installed", exc_type=ImportError)
    monkeypatch.setattr(repair_options, "regular_variants", lambda _: ())
    monkeypatch.setattr(repair_options, "COARSE", ())
    judged = MembershipInferenceResistance(max_tpr=0.3, at_fpr=0.1, shadows=8, bounds=BOUNDS)
    result = judged.enforce(trained(RandomForestClassifier(12, random_state=0), 350, 7, label_noise=0.4))
    assert result.status is EnforcementStatus.SUCCESS
    assert any("differential privacy: epsilon" in change for change in result.changes)
    assert judged.check(result.subject, run=Run(seed=99)).status is CheckStatus.PASS
    assert {"accuracy", "brier"} <= set(result.cost)
