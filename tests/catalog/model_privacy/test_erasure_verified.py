"""PRV-05: shards that forget exactly and cheaply, an attack that tells, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from rqml import Assurance, CheckStatus, EnforcementStatus, Reason, TrainedModel
from rqml.errors import InvalidSubject
from rqml_catalog.model_privacy import ErasedModel, ErasureVerified
from rqml_catalog.scenarios.classifiers import noisy_classes, trained
from rqml_catalog.techniques.record_pool import rows_of
from rqml_catalog.techniques.sharded import ShardedClassifier


@given(seed=st.integers(0, 1000), gone=st.lists(st.integers(0, 149), min_size=1, max_size=4, unique=True))
@settings(max_examples=15, deadline=None)
def test_forgetting_gives_what_training_without_the_records_gives(seed, gone):
    X, y = noisy_classes(150, seed)
    kept = np.delete(np.arange(150), gone)
    whole = ShardedClassifier(DecisionTreeClassifier(), 5, random_state=seed).fit(X, y)
    affected = whole.shards_of(X[gone], y[gone])
    forgotten = whole.forget(X[kept], y[kept], affected)
    anew = ShardedClassifier(DecisionTreeClassifier(), 5, random_state=seed).fit(X[kept], y[kept])
    assert np.array_equal(forgotten.predict_proba(X), anew.predict_proba(X))
    untouched = set(range(5)) - set(affected.tolist())
    assert all(forgotten.parts[shard] is whole.parts[shard] for shard in untouched)


def test_one_record_costs_a_tenth_of_the_training_on_ten_shards():
    rows = []

    class Counting(DecisionTreeClassifier):
        def fit(self, X, y):
            rows.append(len(X))
            return super().fit(X, y)

    X, y = noisy_classes(5000, 0)
    whole = ShardedClassifier(Counting(), 10, random_state=0).fit(X, y)
    total = sum(rows)
    rows.clear()
    whole.forget(X[1:], y[1:], whole.shards_of(X[:1], y[:1]))
    assert total == 5000
    assert sum(rows) < 0.12 * total


def test_shards_do_not_depend_on_the_order_of_records():
    X, y = noisy_classes(100, 1)
    order = np.random.default_rng(0).permutation(100)
    sharded = ShardedClassifier(DecisionTreeClassifier(), 4)
    assert np.array_equal(sharded.shards_of(X, y)[order], sharded.shards_of(X[order], y[order]))


def test_shards_of_one_class_or_none_do_no_harm():
    X, y = noisy_classes(6, 0)
    y[:] = [0, 0, 0, 0, 0, 1]
    probabilities = ShardedClassifier(DecisionTreeClassifier(), 20).fit(X, y).predict_proba(X)
    assert np.allclose(probabilities.sum(axis=1), 1.0)


def erasure(estimator, erased, rows=200):
    whole = trained(estimator, rows, 0, label_noise=0.4)
    kept, gone = rows_of(whole.train, np.arange(erased, rows)), rows_of(whole.train, np.arange(erased))
    return ErasedModel(TrainedModel(whole.estimator, kept, whole.test), gone)


def test_shards_prove_what_an_attack_cannot_decide_and_are_mended_cheaply():
    subject = erasure(ShardedClassifier(DecisionTreeClassifier()), 1)
    assert ErasureVerified().check(subject).status is CheckStatus.FAIL
    enforced = ErasureVerified().enforce(subject)
    assert enforced.status is EnforcementStatus.SUCCESS
    assert enforced.cost["retrained"] == 0.1
    assert enforced.after.assurance is Assurance.PROVEN
    whole = ErasureVerified().check(erasure(RandomForestClassifier(5), 1))
    assert whole.reason is Reason.INSUFFICIENT_EVIDENCE


DISGUISES = {
    "float32": lambda frame: frame.astype({"age": "float32"}),
    "objects": lambda frame: frame.astype(object),
    "labels as floats": lambda frame: frame.assign(**{frame.columns[-1]: frame[frame.columns[-1]].astype(float)}),
    "rounded": lambda frame: frame.round(5),
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
@pytest.mark.parametrize("deleted", [True, False])
def test_shards_that_remember_do_not_pass_whatever_form_the_erased_records_have(disguise, deleted):
    whole = trained(ShardedClassifier(DecisionTreeClassifier()), 200, 0, label_noise=0.4)
    for row in range(0, 24, 3):
        gone = whole.train.with_frame(disguise(whole.train.to_pandas().iloc[[row]]))
        kept = rows_of(whole.train, np.delete(np.arange(200), row))
        model = TrainedModel(whole.estimator, kept if deleted else whole.train, whole.test)
        check = ErasureVerified().check(ErasedModel(model, gone))
        assert check.status is CheckStatus.FAIL
        assert check.estimates["still_in_data"].value == (not deleted)
        enforced = ErasureVerified().enforce(ErasedModel(model, gone))
        assert enforced.status is EnforcementStatus.SUCCESS
        assert len(enforced.subject.model.train) == 199
        assert enforced.cost["retrained"] <= 0.2


@pytest.mark.parametrize("erased", [1, 100])
def test_records_still_in_the_data_fail_before_any_attack(erased):
    subject = erasure(RandomForestClassifier(5), erased)
    whole = subject.model.with_estimator(
        subject.model.estimator, train=trained(LogisticRegression(), 200, 0, label_noise=0.4).train
    )
    check = ErasureVerified().check(ErasedModel(whole, subject.erased))
    assert check.status is CheckStatus.FAIL
    assert check.estimates["still_in_data"].value == erased
    few = ErasureVerified().check(erasure(RandomForestClassifier(5), 49))
    assert "49 erased records" in few.message


def test_erased_records_unlike_the_unseen_ones_are_no_evidence():
    subject = erasure(RandomForestClassifier(5), 100, rows=400)
    frame = subject.erased.frame.assign(age=subject.erased.frame["age"] + 5.0)
    result = ErasureVerified(at_fpr=0.1, shadows=8).check(ErasedModel(subject.model, subject.erased.with_frame(frame)))
    assert result.reason is Reason.INSUFFICIENT_EVIDENCE
    assert "another distribution" in result.message


def test_parts_that_do_not_fit_are_refused():
    model = trained(LogisticRegression(), 60, 0)
    with pytest.raises(InvalidSubject, match="lack columns"):
        ErasedModel(model, model.train.with_frame(model.train.frame[["age"]]))
    nothing = ErasedModel(model, model.train.with_frame(model.train.frame.head(0)))
    assert ErasureVerified().check(nothing).reason is Reason.INSUFFICIENT_EVIDENCE
    unseen = ErasedModel(TrainedModel(model.estimator, model.train), model.test)
    assert ErasureVerified().check(unseen).reason is Reason.MISSING_SUBJECT
