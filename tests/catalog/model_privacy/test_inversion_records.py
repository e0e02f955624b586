"""PRV-03 on records with categories: told in numbers and back, reconstructed where the model gives them away."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from rqml import CheckStatus, Dataset, Reason, Run, TrainedModel
from rqml_catalog.model_privacy import InversionResistance
from rqml_catalog.model_privacy.inversion.attacks import invert
from rqml_catalog.model_privacy.inversion.records import Codec

rows = st.lists(st.tuples(st.floats(-1e6, 1e6), st.sampled_from("abc"), st.booleans(), st.integers(0, 9)), min_size=1)


@given(rows)
def test_records_survive_being_told_in_numbers(records):
    frame = pd.DataFrame(records, columns=["x", "letter", "flag", "count"])
    frame["kind"] = frame["letter"].astype("category")
    for X in (frame, frame.to_numpy()):
        codec = Codec.of(X)
        again = codec.decode(codec.encode(X))
        assert np.array_equal(np.asarray(again, dtype=object), np.asarray(X, dtype=object))
    assert Codec.of(frame).decode(Codec.of(frame).encode(frame))["kind"].dtype == frame["kind"].dtype


@given(rows)
def test_each_category_is_one_number_that_is_0_or_1(records):
    letters = pd.DataFrame({"letter": [letter for _, letter, _, _ in records]})
    told = Codec.of(letters).encode(letters)
    assert told.shape == (len(records), letters["letter"].nunique())
    assert np.array_equal(told.sum(axis=1), np.ones(len(records)))


def towns(estimator, seed: int, rows: int = 300) -> TrainedModel:
    """Five groups of people; most of a group live in its town, have its trade and its age."""
    rng = np.random.default_rng(seed)
    sides = []
    for _ in range(2):
        group = rng.integers(0, 5, rows)
        mixed = {name: np.where(rng.random(rows) < 0.9, group, rng.integers(0, 5, rows)) for name in ("town", "trade")}
        frame = pd.DataFrame({name: np.array(list("vwxyz"))[codes] for name, codes in mixed.items()})
        frame["age"] = 20.0 + 10.0 * group + rng.normal(size=rows)
        sides.append(Dataset(frame.assign(group=group), target="group"))
    train, test = sides
    encode = make_column_transformer((OneHotEncoder(), ["town", "trade"]), remainder="passthrough")
    return TrainedModel(make_pipeline(encode, estimator).fit(*train.arrays()), train, test)


def test_a_model_of_categories_gives_its_classes_away_and_one_that_ignores_them_does_not():
    found = [invert(towns(RandomForestClassifier(30, random_state=0), seed), 800, Run(seed=seed)) for seed in range(3)]
    assert min(inversion.closeness.low for inversion in found) > 0.5
    ignorant = [invert(towns(DummyClassifier(), seed), 800, Run(seed=seed)) for seed in range(3)]
    assert max(inversion.closeness.value for inversion in ignorant) < 0.05


def test_labels_only_is_the_repair_on_categories_too():
    result = InversionResistance(max_closeness=0.5).enforce(towns(RandomForestClassifier(30, random_state=0), 1))
    assert result.before.status is CheckStatus.FAIL
    assert any("labels only" in change for change in result.changes)


@pytest.mark.parametrize("missing", [None, np.nan])
def test_missing_categories_are_unsupported(missing):
    model = towns(DummyClassifier(), 0)
    frame = model.train.frame.copy()
    frame["town"] = frame["town"].astype(object)
    frame.loc[3, "town"] = missing
    result = InversionResistance().check(TrainedModel(model.estimator, model.train.with_frame(frame), model.test))
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.UNSUPPORTED)
    assert "fill them" in result.message
