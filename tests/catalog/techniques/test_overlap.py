"""Test records that are train records: found however they are disguised, and told from what repeats by nature."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

from rqml import Dataset, TrainedModel
from rqml.errors import InsufficientEvidence
from rqml_catalog.techniques.overlap import found_among, on_both_sides, refuse_overlap
from rqml_catalog.techniques.record_pool import record_pool

N = 200
MEMBERS = np.arange(2 * N) < N


def split(seed, copied, disguise=lambda rows: rows):
    """Features of 200 train and 200 test records, of which so many are disguised train records."""
    features = np.random.default_rng(seed).normal(size=(2 * N, 4)) * [1.0, 1e3, 1e-6, 1.0] + [0.0, 1e5, 0.0, 0.0]
    features[N : N + copied] = disguise(features[:copied])
    return features


def refused(features, members=MEMBERS):
    try:
        refuse_overlap(features, members, on_both_sides(features, members))
    except InsufficientEvidence:
        return True
    return False


DISGUISES = {
    "none": lambda rows: rows,
    "noise": lambda rows: rows * (1 + 1e-9),
    "more noise": lambda rows: rows + 1e-6 * np.sin(np.arange(rows.size).reshape(rows.shape)) * [1.0, 1e3, 1e-6, 1.0],
    "single precision": lambda rows: rows.astype(np.float32).astype(float),
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_copies_are_found_on_both_sides_and_nothing_else(disguise):
    shared = on_both_sides(split(0, 40, disguise), MEMBERS)
    assert shared[:40].mean() > 0.95
    assert shared[N : N + 40].mean() > 0.95
    assert not shared[40:N].any()
    assert not shared[N + 40 :].any()
    assert refused(split(0, 40, disguise))


@given(copied=st.integers(0, N), seed=st.integers(0, 50))
@settings(max_examples=30)
def test_more_than_chance_explains_is_refused(copied, seed):
    assert refused(split(seed, copied)) is (copied > 5)


@pytest.mark.parametrize("cells", [4, 100, 3000, 10**6])
@pytest.mark.parametrize("test", [60, N, 3 * N])
def test_a_random_split_is_hardly_ever_refused_however_often_records_repeat(cells, test):
    rng = np.random.default_rng(cells + test)
    drawn = (rng.integers(0, cells, (N + test, 1)).astype(float) for _ in range(60))
    assert sum(refused(features, np.arange(N + test) < N) for features in drawn) <= 5


def model_of(train, test):
    features = train.drop(columns="outcome").to_numpy()
    return TrainedModel(DecisionTreeClassifier().fit(features, train["outcome"]), *(
        Dataset(frame, target="outcome") for frame in (train, test)
    ))  # fmt: skip


def tables(copied):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.integers(0, 10**6, (2 * N, 3)), columns=list("abc"))
    frame["outcome"] = np.arange(2 * N) % 2
    train, test = frame[:N].reset_index(drop=True), frame[N:].reset_index(drop=True)
    test[:copied] = train[:copied]
    return train, test


def as_texts(test):
    return test.assign(a=test["a"].astype(str).astype(object))


CHANGES = {
    "other labels": lambda test: test.assign(outcome=1 - test["outcome"]),
    "floats": lambda test: test.astype({"a": float, "b": "float32"}),
    "texts": as_texts,
    "other order of columns": lambda test: test[["outcome", "c", "b", "a"]],
    "another library": lambda test: pl.from_pandas(test.astype({"b": "int32"})),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_copies_are_refused_whatever_labels_types_and_order_they_have(change):
    train, test = tables(20)
    with pytest.raises(InsufficientEvidence, match="20 of 200 test records are train records"):
        record_pool(model_of(train, change(test)))


def test_a_few_copies_are_set_aside_on_both_sides():
    train, test = tables(2)
    pool = record_pool(model_of(train, test))
    assert np.flatnonzero(pool.shared).tolist() == [0, 1, N, N + 1]
    assert not set(pool.telling_rows(fewest=100)) & {0, 1, N, N + 1}
    assert len(pool.telling_rows(fewest=N)) == 2 * N


@given(seed=st.integers(0, 1000), copied=st.integers(1, 40))
@settings(max_examples=25, deadline=None)
def test_a_few_records_are_found_among_many_up_to_rounding(seed, copied):
    features = split(seed, 0)
    asked = features[: copied + 10].copy()
    asked[:copied] *= 1 + 1e-10
    asked[copied:] += [0.01, 0.0, 0.0, 0.0]
    assert found_among(asked, features).tolist() == [True] * copied + [False] * 10
