"""Rates over seeds: no leak where there is none, and repairs that hold when judged afresh.

CI takes few seeds of each; `-m slow` takes as many as the rates are stated for.
"""

from __future__ import annotations

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from rqml import CheckStatus, EnforcementStatus, Run, TrainedModel
from rqml_catalog.model_privacy import MembershipInferenceResistance
from rqml_catalog.scenarios.classifiers import noisy_classes, trained

FEW, MANY = range(3), range(20, 40)
seeds_of_ci_and_of_the_claim = pytest.mark.parametrize(
    "seeds", [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.slow)]
)


def passes(build, requirement, seeds):
    """Seeds that do not PASS, of which one in twenty is allowed."""
    return [seed for seed in seeds if not requirement.check(build(seed), run=Run(seed=seed)).passed]


def ignorant(seed):
    """Its training looks at records of its own making, never at those it is given."""

    def fit(train, fit_seed):
        X, y = noisy_classes(300, 77 + fit_seed, label_noise=0.4)
        return RandomForestClassifier(3, random_state=fit_seed).fit(X, y)

    model = trained(DecisionTreeClassifier(max_depth=1), 600, seed, label_noise=0.4)
    return TrainedModel(fit(model.train, seed), model.train, model.test, fit=fit)


def noisier(estimator, noise):
    return lambda seed: trained(estimator, 1000, seed, label_noise=0.0, held_out_noise=noise)


@seeds_of_ci_and_of_the_claim
def test_a_training_that_ignores_its_data_does_not_leak(seeds):
    assert len(passes(ignorant, MembershipInferenceResistance(shadows=16), seeds)) <= len(seeds) // 20


@seeds_of_ci_and_of_the_claim
@pytest.mark.parametrize(
    ("estimator", "noise"),
    [(DecisionTreeClassifier(min_samples_leaf=50), 0.6), (LogisticRegression(), 0.9), (LogisticRegression(), 0.2)],
    ids=["tree", "linear, much noise", "linear, little noise"],
)
def test_noisier_held_out_labels_are_no_leak(seeds, estimator, noise):
    requirement = MembershipInferenceResistance(shadows=16)
    assert len(passes(noisier(estimator, noise), requirement, seeds)) <= len(seeds) // 20


def judged_afresh(requirement, seeds):
    """Verdicts, under shadows of another seed, on the repairs that were accepted."""
    verdicts = []
    for seed in seeds:
        leaking = trained(KNeighborsClassifier(3, weights="distance"), 300, seed, label_noise=0.4)
        enforced = requirement.enforce(leaking, run=Run(seed=seed))
        if enforced.status is EnforcementStatus.SUCCESS:
            verdicts.append(requirement.check(enforced.subject, run=Run(seed=10_000 + seed)).status)
    return verdicts


EDGE = MembershipInferenceResistance(max_tpr=0.2, at_fpr=0.1, shadows=8)
"""Neighbourhoods of 9 to 101 records recognise 10 to 30 % here: no limit in between is reached with ease."""


def test_an_accepted_repair_at_the_edge_does_not_fail_afresh():
    verdicts = judged_afresh(EDGE, range(2))
    assert len(verdicts) == 2
    assert CheckStatus.FAIL not in verdicts


@pytest.mark.slow
def test_of_100_repairs_at_the_edge_at_most_5_fail_afresh():
    verdicts = judged_afresh(EDGE, range(200, 300))
    assert len(verdicts) >= 50
    assert verdicts.count(CheckStatus.FAIL) <= 5
    assert verdicts.count(CheckStatus.PASS) >= 0.75 * len(verdicts)  # the rest cannot be told from the limit
