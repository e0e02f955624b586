"""More regular variants: known kinds, nested ones, and never less regular than before."""

from __future__ import annotations

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import all_estimators

from rqml.errors import Unsupported
from rqml_catalog.techniques.regularisation import KINDS, regular_variants

CLASSIFIERS = dict(all_estimators("classifier"))


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_known_kind_exists_and_has_unfitted_variants(name):
    estimator = CLASSIFIERS[name]()
    variants = regular_variants(estimator)
    assert len(variants) >= 3
    for variant in variants:
        assert type(variant.estimator) is type(estimator)
        assert variant.estimator.get_params() != estimator.get_params()
        assert variant.change


def test_rungs_climb_from_mild_to_strong_above_the_present_value():
    leaves = [v.estimator.min_samples_leaf for v in regular_variants(RandomForestClassifier(min_samples_leaf=10))]
    assert leaves == sorted(leaves)
    assert leaves[0] > 10
    strengths = [v.estimator.C for v in regular_variants(LogisticRegression(C=0.5))]
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[0] < 0.5


def test_nested_estimators_are_reached_and_the_original_stays():
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    before = pipeline.get_params()["logisticregression__C"]
    variant = regular_variants(pipeline)[0]
    assert variant.estimator.get_params()["logisticregression__C"] < before
    assert pipeline.get_params()["logisticregression__C"] == before
    assert "logisticregression__C" in variant.change


@pytest.mark.parametrize("estimator", [LinearRegression(), object(), RandomForestClassifier(min_samples_leaf=100)])
def test_nothing_to_regularise(estimator):
    with pytest.raises(Unsupported, match="no more regular variant"):
        regular_variants(estimator)
