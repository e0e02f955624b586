"""ART beside the suite: a number in the details, asked for and installed; the verdict is the shadows'."""

from __future__ import annotations

import sys

import attrs
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from rqml_catalog.model_privacy import MembershipInferenceResistance
from rqml_catalog.scenarios.classifiers import trained

QUICK = MembershipInferenceResistance(max_tpr=0.3, at_fpr=0.1, shadows=8)
CHECKED = attrs.evolve(QUICK, cross_check=True)


def test_without_the_library_the_shadows_still_decide_and_the_details_name_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "art", None)
    model = trained(DecisionTreeClassifier(), 120, 0)
    with_it, without = CHECKED.check(model), QUICK.check(model)
    assert "rqml[attacks]" in with_it.details["warning_of_cross_check"]
    assert (with_it.status, with_it.estimates) == (without.status, without.estimates)


def test_it_finds_what_memorises_and_decides_nothing():
    pytest.importorskip("art", reason="adversarial-robustness-toolbox is not installed")
    leaking = trained(RandomForestClassifier(20), 400, 1, label_noise=0.4)
    result = CHECKED.check(leaking)
    assert result.details["tpr_of_art_black_box"] > 0.15
    assert result.estimates == QUICK.check(leaking).estimates


def test_where_distributions_differ_it_warns_and_the_verdict_is_pass():
    pytest.importorskip("art", reason="adversarial-robustness-toolbox is not installed")
    shifted = trained(DecisionTreeClassifier(min_samples_leaf=50), 600, 2, label_noise=0.0, held_out_noise=0.9)
    result = CHECKED.check(shifted)
    assert result.passed
    assert "warning" in result.details


def test_a_model_without_probabilities():
    pytest.importorskip("art", reason="adversarial-robustness-toolbox is not installed")
    result = CHECKED.check(trained(LinearSVC(), 120, 3))
    assert "tpr" in result.estimates
    assert "no probabilities" in result.details["warning_of_cross_check"]
