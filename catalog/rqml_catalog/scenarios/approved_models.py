"""Seeded pairs of models: the one in use and the one that was approved, equal or with one small change."""

from __future__ import annotations

import copy
import functools
import pickle
from typing import Any

Pair = tuple[Any, Any]


def _data(seed: int) -> tuple[Any, Any]:
    import numpy as np

    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40 + seed % 13, 3))
    return X, (X[:, 0] > 0).astype(int)


@functools.lru_cache(maxsize=8)
def _fitted_pipeline(seed: int) -> Any:
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    steps = [("scale", StandardScaler()), ("abs", FunctionTransformer(np.tanh)), ("model", LogisticRegression())]
    return Pipeline(steps).fit(*_data(seed))


@functools.lru_cache(maxsize=8)
def _fitted_forest(seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(3 + seed % 3, max_depth=3, random_state=seed).fit(*_data(seed))


def _copied(model: Any) -> Pair:
    return copy.deepcopy(model), model


def pipeline(seed: int) -> Pair:
    """A pipeline, unchanged."""
    return _copied(_fitted_pipeline(seed % 4))


def forest(seed: int) -> Pair:
    """A forest, unchanged."""
    return _copied(_fitted_forest(seed % 4))


def stored(seed: int) -> Pair:
    """A forest that was stored and read back."""
    approved = _fitted_forest(seed % 4)
    return pickle.loads(pickle.dumps(approved)), approved  # noqa: S301 (bytes made right here)


def added_tree(seed: int) -> Pair:
    """A forest with one of its trees, turned round, put in a second time."""
    model, approved = forest(seed)
    extra = copy.deepcopy(model.estimators_[0])
    extra.tree_.value[:] = extra.tree_.value[:, :, ::-1]
    model.estimators_.insert(seed % 3, extra)
    return model, approved


def added_step(seed: int) -> Pair:
    """A pipeline with a step more that changes nothing, at a place that depends on the seed."""
    from sklearn.preprocessing import FunctionTransformer

    model, approved = pipeline(seed)
    model.steps.insert(seed % 3, ("tidy", FunctionTransformer()))
    return model, approved


def exchanged_function(seed: int) -> Pair:
    """A pipeline whose function gave way to a lambda that does nearly the same."""
    import numpy as np

    model, approved = pipeline(seed)
    model.named_steps["abs"].func = lambda X: np.tanh(X) + 0.0
    return model, approved


def moved_threshold(seed: int) -> Pair:
    """A forest with the first split of one tree moved by a millionth."""
    model, approved = forest(seed)
    model.estimators_[seed % 3].tree_.threshold[0] += 1e-6
    return model, approved


def nudged_weight(seed: int) -> Pair:
    """A linear model with one weight moved by one unit in the last place."""
    import numpy as np

    model, approved = pipeline(seed)
    weights = model.named_steps["model"].coef_
    weights[0, seed % 3] = np.nextafter(weights[0, seed % 3], np.inf)
    return model, approved
