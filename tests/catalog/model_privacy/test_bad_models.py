"""Models and records that cannot be attacked: every attack says why and what would help, and none crashes or passes."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from rqml import CheckStatus, Dataset, Reason, TrainedModel
from rqml_catalog.model_privacy import (
    AttributeInferenceResistance,
    InversionResistance,
    MembershipInferenceResistance,
    PropertyInferenceResistance,
)
from rqml_catalog.scenarios.classifiers import noisy_classes

QUICK = MembershipInferenceResistance(max_tpr=0.3, at_fpr=0.1, shadows=8)
REQUIREMENTS = (
    QUICK,
    MembershipInferenceResistance(max_tpr=0.3, at_fpr=0.1, cost="commit"),
    AttributeInferenceResistance(attribute="region"),
    InversionResistance(queries=100),
    PropertyInferenceResistance(column="region", value="north", shadows=20),
)
X, Y = noisy_classes(200, 0)


class Answering:
    """Answers whatever it is told to."""

    classes_ = np.array([0, 1])

    def __init__(self, answer):
        self.answer = answer

    def fit(self, *_):
        return self

    def predict_proba(self, asked):
        return self.answer(len(asked))


def model_of(estimator, change=lambda frame: frame, fit=None):
    whole = Dataset.from_arrays(X, Y, target="outcome").to_pandas()
    whole = whole.assign(region=np.where(np.arange(200) % 3 == 0, "north", "south"))
    sides = (Dataset(frame, identifiers="region", target="outcome") for frame in (whole[:100], change(whole[100:])))
    return TrainedModel(estimator, *sides, fit=fit)


def fitted(estimator):
    return estimator.fit(X[:100], Y[:100])


def fails(*_):
    raise ZeroDivisionError("row 17 of Jane Doe")


MODELS = {
    "not fitted": (lambda: model_of(DecisionTreeClassifier()), "is it fitted"),
    "answers of one dimension": (lambda: model_of(Answering(lambda n: np.full(n, 0.5))), "one column a class"),
    "answers of too many classes": (lambda: model_of(Answering(lambda n: np.ones((n, 5)))), "one column a class"),
    "answers to few records": (lambda: model_of(Answering(lambda _: np.ones((3, 2)))), "one row a record"),
    "answers of NaN": (lambda: model_of(Answering(lambda n: np.full((n, 2), np.nan))), "NaN or infinity"),
    "answers in words": (lambda: model_of(Answering(lambda n: [["yes", "no"]] * n)), "cannot answer"),
    "infinite features": (
        lambda: model_of(fitted(LogisticRegression()), lambda frame: frame.assign(x0=np.inf)),
        "missing or infinite",
    ),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda r: f"{r.meta.id} {r.meta.cost.name}")
def test_it_says_why_not(requirement, name):
    build, says = MODELS[name]
    result = requirement.check(build())
    assert result.status is CheckStatus.INCOMPLETE, result.message
    assert result.reason is Reason.UNSUPPORTED, result.message
    assert says in result.message


@pytest.mark.parametrize("requirement", [QUICK, REQUIREMENTS[-1]], ids=lambda r: r.meta.id)
def test_a_training_that_crashes_is_told_without_its_text(requirement):
    result = requirement.check(model_of(fitted(DecisionTreeClassifier()), fit=fails))
    assert result.reason is Reason.UNSUPPORTED
    assert "ZeroDivisionError" in result.message
    assert "Jane" not in result.message
