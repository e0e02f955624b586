"""Kept shadows: used again only while nothing that decides them has changed, and never believed when damaged."""

from __future__ import annotations

import importlib
import pickle
import sys

import attrs
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from rqml import Dataset, Run
from rqml_catalog.scenarios.classifiers import trained
from rqml_catalog.techniques import record_pool, shadow_store


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(shadow_store.FOLDER, str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def trainings(monkeypatch):
    """How many times a set of shadows was trained."""
    counted = []
    real = record_pool.train_shadows
    monkeypatch.setattr(record_pool, "train_shadows", lambda *a, **k: counted.append(1) or real(*a, **k))
    return counted


def shadows_of(model, seed=0, n_models=8):
    return record_pool.shadows_of(model, record_pool.record_pool(model), n_models, Run(seed=seed))


def tree(**parameters):
    return trained(DecisionTreeClassifier(**parameters), 60, 0)


def test_off_unless_asked_for(tmp_path, trainings, monkeypatch):
    monkeypatch.delenv(shadow_store.FOLDER, raising=False)
    monkeypatch.chdir(tmp_path)
    shadows_of(tree())
    shadows_of(tree())
    assert len(trainings) == 2
    assert not list(tmp_path.iterdir())


def test_a_later_run_trains_none_and_gets_the_same(folder, trainings):
    cold, warm = shadows_of(tree()), shadows_of(tree())
    assert len(trainings) == 1
    assert all(np.array_equal(a, b) for a, b in zip(cold, warm, strict=True))
    assert folder.stat().st_mode & 0o077 == 0


def with_rows(model, change):
    frame = model.train.to_pandas().copy()
    return attrs.evolve(model, train=Dataset(change(frame), target="outcome"))


def touched(frame):
    frame.iloc[7, 0] += 1e-9
    return frame


CHANGES = {
    "parameters": lambda model: (tree(max_depth=3), 0, 8),
    "estimator": lambda model: (trained(LogisticRegression(), 60, 0), 0, 8),
    "seed": lambda model: (model, 1, 8),
    "number": lambda model: (model, 0, 10),
    "a cell": lambda model: (with_rows(model, touched), 0, 8),
    "order of rows": lambda model: (with_rows(model, lambda frame: frame[::-1]), 0, 8),
    "a row less": lambda model: (with_rows(model, lambda frame: frame[1:]), 0, 8),
    "type of numbers": lambda model: (with_rows(model, lambda frame: frame.astype({"age": "float32"})), 0, 8),
    "a held-out cell": lambda model: (
        attrs.evolve(model, test=Dataset(touched(model.test.to_pandas().copy()), target="outcome")), 0, 8,
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_stale_is_used(folder, trainings, change):
    model = tree()
    shadows_of(model)
    changed, seed, number = CHANGES[change](model)
    shadows_of(changed, seed, number)
    assert len(trainings) == 2


@pytest.mark.parametrize(
    ("place", "value"), [("package_versions", lambda: {"scikit-learn": "0"}), ("platform.platform", lambda: "other")]
)
def test_other_versions_and_platforms_train_again(folder, trainings, monkeypatch, place, value):
    shadows_of(tree())
    monkeypatch.setattr(f"rqml_catalog.techniques.shadow_store.{place}", value)
    shadows_of(tree())
    assert len(trainings) == 2


OWN_CLASS = """
from sklearn.tree import DecisionTreeClassifier
class Own(DecisionTreeClassifier):
    def fit(self, X, y):
        return super().fit(X[:, :{columns}], y)
    def predict_proba(self, X):
        return super().predict_proba(X[:, :{columns}])
    def predict(self, X):
        return super().predict(X[:, :{columns}])
"""


def test_code_of_ones_own_counts(folder, trainings, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    from rqml.evidence import code

    def own(columns):
        (tmp_path / "own_estimator.py").write_text(OWN_CLASS.format(columns=columns))
        sys.modules.pop("own_estimator", None)
        importlib.invalidate_caches()
        code._closure.cache_clear()
        model = tree()
        X, y = model.arrays(model.train)
        return model.with_estimator(importlib.import_module("own_estimator").Own().fit(np.asarray(X), y))

    try:
        shadows_of(own(3))
        shadows_of(own(3))
        assert len(trainings) == 1
        shadows_of(own(2))
        assert len(trainings) == 2
    finally:
        sys.modules.pop("own_estimator", None)


def doubled(X):
    return 2 * X


def test_what_cannot_be_told_is_not_kept(folder, trainings):
    model = tree()
    own_fit = attrs.evolve(model, fit=lambda train, seed: DecisionTreeClassifier().fit(*train.arrays()))
    factor = 2
    closing = make_pipeline(FunctionTransformer(lambda X: factor * X), StandardScaler(), DecisionTreeClassifier())
    for unclear in (own_fit, trained(closing, 60, 0)):
        shadows_of(unclear)
    assert not folder.exists()


def test_a_named_function_in_a_pipeline_is_kept(folder, trainings):
    for _ in range(2):
        shadows_of(trained(make_pipeline(FunctionTransformer(doubled), DecisionTreeClassifier()), 60, 0))
    assert len(trainings) == 1


class Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit('a pickle was loaded')",))


def damaged(kind, path):
    if kind == "cut":
        path.write_bytes(path.read_bytes()[:100])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "pickle":
        path.write_bytes(pickle.dumps(Bomb()))
    else:
        with np.load(path) as kept:
            arrays = dict(kept)
        arrays |= {"shape": {"log_odds": arrays["log_odds"][:, 1:]},
                   "objects": {"log_odds": np.array([Bomb()], dtype=object)},
                   "nan": {"log_odds": arrays["log_odds"] * np.nan}}[kind]  # fmt: skip
        np.savez(path, **arrays)


@pytest.mark.parametrize("kind", ["cut", "empty", "pickle", "shape", "objects", "nan"])
def test_a_damaged_file_is_trained_again_and_never_unpickled(folder, trainings, kind):
    before = shadows_of(tree())
    (file,) = folder.iterdir()
    damaged(kind, file)
    after = shadows_of(tree())
    assert len(trainings) == 2
    assert np.array_equal(before.log_odds, after.log_odds)
    shadows_of(tree())
    assert len(trainings) == 2  # and the damage is mended


def test_a_folder_that_cannot_be_written_costs_no_verdict(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(shadow_store.FOLDER, str(tmp_path / "file" / "below"))
    assert shadows_of(tree()).log_odds.shape == (8, 120)
