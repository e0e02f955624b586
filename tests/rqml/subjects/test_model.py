from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from rqml.errors import InvalidSubject, Unsupported
from rqml.subjects.dataset import Dataset
from rqml.subjects.estimator import clone_with_seed
from rqml.subjects.model import TrainedModel

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame({"id": range(40), "a": RNG.normal(size=40), "b": RNG.normal(size=40)})
FRAME["y"] = (FRAME["a"] + RNG.normal(size=40) > 0).astype(int)
TRAIN, TEST = (Dataset(part, identifiers="id", target="y") for part in (FRAME[:30], FRAME[30:]))


class Constant:
    """The least an object must have to be judged."""

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X))


def fitted(estimator: Any = None) -> Any:
    X, y = TRAIN.arrays()
    return (LogisticRegression() if estimator is None else estimator).fit(X, y)


def test_a_model_knows_its_features_and_gives_them_by_name() -> None:
    model = TrainedModel(fitted(), TRAIN, TEST)
    assert model.features == ("a", "b")
    X, y = model.arrays(TEST)
    assert list(X.columns) == ["a", "b"]
    assert y.tolist() == FRAME[30:]["y"].tolist()
    assert model.predict(X).shape == (10,)
    assert model.predict_proba(X).shape == (10, 2)
    assert model.describe() == "model LogisticRegression"
    assert TrainedModel(fitted(), TRAIN, name="triage").describe() == "triage"


def test_a_model_fitted_on_arrays_gets_arrays() -> None:
    X, y = TRAIN.arrays()
    model = TrainedModel(LogisticRegression().fit(X.to_numpy(), y), TRAIN, TEST)
    assert isinstance(model.arrays(TEST)[0], np.ndarray)
    assert model.features == ("a", "b")


def test_the_features_are_those_it_was_fitted_with() -> None:
    X, y = TRAIN.arrays()
    model = TrainedModel(LogisticRegression().fit(X[["b"]], y), TRAIN)
    assert model.features == ("b",)
    assert list(model.arrays(TEST)[0].columns) == ["b"]


def test_raw_frames_become_datasets() -> None:
    model = TrainedModel(Constant(), FRAME, FRAME[30:])
    assert isinstance(model.train, Dataset)
    assert isinstance(model.test, Dataset)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((object(), TRAIN), r"predict\(X\), got object"),
        ((LogisticRegression, TRAIN, 3), "must be Datasets"),
        ((Constant(), "train.csv"), "must be Datasets"),
        ((Constant(), None), "must be Datasets"),
        ((Constant(), TRAIN, TEST, "refit"), "fit must be a function"),
        ((Constant(), TRAIN, FRAME[["a", "b"]]), "lack the target column 'y'"),
    ],
)
def test_parts_that_do_not_fit_are_refused(arguments: tuple[Any, ...], text: str) -> None:
    with pytest.raises(InvalidSubject, match=text):
        TrainedModel(*arguments)


def test_an_unfitted_model_says_to_fit_it() -> None:
    model = TrainedModel(LogisticRegression(), TRAIN, TEST)
    X, _ = model.arrays(TEST)
    for use in (model.predict, model.predict_proba):
        with pytest.raises(InvalidSubject, match=r"not fitted: call its fit\(X, y\)"):
            use(X)


def test_other_errors_of_the_estimator_stay_what_they_are() -> None:
    model = TrainedModel(fitted(), TRAIN)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(pd.DataFrame({"wrong": [1.0]}))


def test_missing_columns_and_targets_are_said() -> None:
    with pytest.raises(InvalidSubject, match="these data lack: b"):
        TrainedModel(fitted(), TRAIN).arrays(Dataset(FRAME[["a", "y"]]))
    with pytest.raises(InvalidSubject, match="no target"):
        TrainedModel(Constant(), FRAME).arrays(TEST)


def test_no_probabilities_is_unsupported() -> None:
    model = TrainedModel(fitted(LinearSVC()), TRAIN, TEST)
    with pytest.raises(Unsupported, match="LinearSVC has no predict_proba"):
        model.predict_proba(model.arrays(TEST)[0])


def test_refit_by_the_function_given() -> None:
    calls: list[tuple[Any, int]] = []

    def fit(train: Dataset, seed: int) -> Any:
        calls.append((train, seed))
        return Constant()

    model = TrainedModel(Constant(), TRAIN, TEST, fit)
    assert isinstance(model.refit(TEST, 7), Constant)
    assert calls == [(TEST, 7)]


def test_refit_by_a_clone_changes_nothing_of_the_original() -> None:
    estimator = fitted(RandomForestClassifier(n_estimators=5, random_state=1))
    model = TrainedModel(estimator, TRAIN, TEST)
    before = model.fingerprint()
    one, same, other = (model.refit(TRAIN, seed) for seed in (3, 3, 4))
    X, _ = model.arrays(TEST)
    assert np.array_equal(one.predict_proba(X), same.predict_proba(X))
    assert not np.array_equal(one.predict_proba(X), other.predict_proba(X))
    assert model.fingerprint() == before


class Table:
    """A class of one's own, without get_params: its fit counts labels, and gives nothing back."""

    __slots__ = ("_smoothing", "classes_", "rates", "seed")

    def __init__(self, smoothing: float = 1.0, seed: int | None = None) -> None:
        self._smoothing, self.seed = smoothing, seed

    def fit(self, _: Any, y: Any) -> None:
        self.classes_, counts = np.unique(y, return_counts=True)
        self.rates = (counts + self._smoothing) / (counts + self._smoothing).sum()

    def predict_proba(self, X: Any) -> Any:
        return np.tile(self.rates, (len(X), 1))


class Wrapped:
    """Holds an estimator of scikit-learn that goes on from where it was."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def fit(self, X: Any, y: Any) -> Any:
        self.inner.fit(X, y)
        return self

    def predict(self, X: Any) -> Any:
        return self.inner.predict(X)


class Remembering:
    """Keeps every record it was ever fitted on in what its constructor was given."""

    def __init__(self, memory: list[Any]) -> None:
        self.memory = memory

    def fit(self, _: Any, y: Any) -> Any:
        self.memory.extend(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.memory[0])


def test_an_object_without_get_params_or_predict_is_trained_again_by_its_constructor() -> None:
    first = Table(smoothing=2.0)
    first.fit(*TRAIN.arrays())
    model = TrainedModel(first, TRAIN, TEST)
    again = model.refit(TEST, 7)
    assert (again._smoothing, again.seed, first.seed) == (2.0, 7, None)
    assert not np.array_equal(again.rates, first.rates)
    likeliest = first.classes_[first.rates.argmax()]
    assert model.predict(model.arrays(TEST)[0]).tolist() == [likeliest] * 10


def test_an_estimator_held_by_another_object_starts_from_nothing() -> None:
    warm = RandomForestClassifier(n_estimators=3, warm_start=True)
    fresh = TrainedModel(Wrapped(fitted(warm)), TRAIN, TEST).refit(TEST, 3)
    assert fresh.inner is not warm
    assert (fresh.inner.random_state, fresh.inner.n_features_in_) == (3, 2)
    assert len(warm.estimators_[0].tree_.threshold) > 0


def test_a_fit_that_remembers_old_records_asks_for_fit() -> None:
    """Shadow models that remember would hide a leak."""
    with pytest.raises(Unsupported, match=r"Remembering changes what its constructor was given.*fit="):
        TrainedModel(Remembering([1]), TRAIN).refit(TRAIN, 0)


@pytest.mark.parametrize("estimator", [Constant(), type("Closed", (Table,), {"__init__": lambda self, **_: None})()])
def test_what_cannot_be_made_anew_asks_for_fit(estimator: Any) -> None:
    estimator.predict = lambda X: X
    with pytest.raises(Unsupported, match=r"cannot be made anew and fitted: give TrainedModel\(\.\.\., fit="):
        TrainedModel(estimator, TRAIN).refit(TRAIN, 0)


def test_a_training_function_that_returns_no_estimator_is_told() -> None:
    with pytest.raises(Unsupported, match="must return a fitted estimator, and returned a NoneType"):
        TrainedModel(Constant(), TRAIN, TEST, lambda train, seed: None).refit(TRAIN, 0)


def test_seeds_reach_every_nested_random_state() -> None:
    nested = make_pipeline(StandardScaler(), BaggingClassifier(DecisionTreeClassifier(random_state=0), n_estimators=3))
    fresh = clone_with_seed(nested, 2**32 - 1)
    states = {name: value for name, value in fresh.get_params().items() if name.endswith("random_state")}
    assert set(states) == {"baggingclassifier__random_state", "baggingclassifier__estimator__random_state"}
    assert all(isinstance(value, int) and 0 <= value < 2**32 for value in states.values())
    assert len(set(states.values())) == 2
    assert nested.get_params()["baggingclassifier__random_state"] is None
    assert not hasattr(fresh[0], "mean_")


def test_an_estimator_without_randomness_is_cloned_too() -> None:
    class Plain(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        def fit(self, X: Any, y: Any) -> Any:
            self.classes_ = np.unique(y)
            return self

        def predict(self, X: Any) -> Any:
            return np.full(len(X), self.classes_[0])

    assert TrainedModel(Plain(), TRAIN).refit(TRAIN, 5).predict(FRAME).tolist() == [0] * 40


def test_another_estimator_keeps_the_rest() -> None:
    model = TrainedModel(fitted(), TRAIN, TEST, lambda train, seed: Constant(), name="triage")
    other = model.with_estimator(Constant())
    assert (other.train, other.test, other.fit, other.name) == (TRAIN, TEST, model.fit, "triage")
    assert isinstance(other.estimator, Constant)
    empty = Dataset(FRAME[:0], target="y")
    assert model.with_estimator(Constant(), train=empty).train is empty
    assert model.with_estimator(Constant(), fit=fitted).fit is fitted


def test_the_fingerprint_follows_estimator_and_data() -> None:
    same = {TrainedModel(fitted(), TRAIN, TEST).fingerprint() for _ in range(2)}
    others = {
        TrainedModel(fitted(), TRAIN).fingerprint(),
        TrainedModel(fitted(LogisticRegression(C=0.1)), TRAIN, TEST).fingerprint(),
        TrainedModel(fitted(), TEST, TRAIN).fingerprint(),
    }
    assert len(same) == 1
    assert len(same | others) == 4


def test_data_without_a_fingerprint_leave_the_model_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Dataset, "fingerprint", lambda _self: None)
    assert TrainedModel(fitted(), TRAIN, TEST).fingerprint() is None
