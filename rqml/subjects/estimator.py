"""What is asked of any estimator, of scikit-learn or not: its labels, and to be trained again from nothing."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

from rqml.errors import Unsupported

SEEDS = ("random_state", "seed")
"""Constructor parameters that take a seed, by the usual names."""


def labels_of(estimator: Any, X: Any, classes: Any) -> Any:
    """Labels, shape (rows,): those of `predict`, else the most probable ones.

    Args:
        estimator: fitted, with `predict` or `predict_proba`.
        X: what it takes.
        classes: what the columns of its probabilities stand for, where it does not say so by `classes_`.
    """
    if callable(getattr(estimator, "predict", None)):
        return estimator.predict(X)
    import numpy as np

    columns = np.asarray(getattr(estimator, "classes_", classes))
    return columns[np.asarray(estimator.predict_proba(X)).argmax(axis=1)]


def fit_anew(estimator: Any, seed: int, X: Any, y: Any) -> Any:
    """A new estimator of the same kind, fitted on X and y alone; the given one stays as it is.

    Raises:
        Unsupported: it cannot be made anew, or its fit remembers what it was fitted on before.
    """
    fresh = clone_with_seed(estimator, seed)
    before = _written(fresh)
    fitted = fresh.fit(X, y)
    if _written(fresh) != before:
        raise Unsupported(
            f"the fit of {type(estimator).__name__} changes what its constructor was given, so that a new one would "
            "know the old records: give TrainedModel(..., fit=function(train, seed))"
        )
    return fresh if fitted is None else fitted


def clone_with_seed(estimator: Any, seed: int) -> Any:
    """An unfitted copy whose random states, nested ones too, come from `seed`.

    scikit-learn's own clone where there is one; else the class is called with the attributes that carry the names of
    its constructor's parameters (or those names after an underscore).

    Raises:
        Unsupported: neither is possible.
    """
    from sklearn.base import clone

    try:
        fresh = clone(estimator)
        states = sorted(name for name in fresh.get_params() if name.split("__")[-1] == "random_state")
    except (TypeError, AttributeError, RuntimeError):
        return _constructed(estimator, seed)
    return fresh.set_params(**{name: (seed + i) % 2**32 for i, name in enumerate(states)})


def _constructed(estimator: Any, seed: int) -> Any:
    kind = type(estimator)
    try:
        given = _settings(estimator)
        own = {name: clone_with_seed(v, seed) if hasattr(v, "fit") else copy.deepcopy(v) for name, v in given.items()}
        seeds = {name: seed % 2**32 for name in SEEDS if isinstance(own.get(name, ""), int | None)}
        fresh = kind(**own | seeds)
    except (TypeError, ValueError, AttributeError, RecursionError):
        fresh = None
    if not callable(getattr(fresh, "fit", None)):
        raise Unsupported(
            f"{kind.__name__} cannot be made anew and fitted: give TrainedModel(..., fit=function(train, seed)), or a "
            "class with fit(X, y) that keeps what its constructor is given under attributes of the same names"
        )
    return fresh


def _settings(estimator: Any) -> dict[str, Any]:
    """Constructor parameter -> the value that the object keeps of it.

    Raises:
        AttributeError: it keeps no such attribute.
        TypeError: the constructor takes any number of arguments, or cannot be looked at.
    """
    settings = {}
    for name, parameter in inspect.signature(type(estimator)).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise TypeError(f"{name} has no single value")
        settings[name] = getattr(estimator, name) if hasattr(estimator, name) else getattr(estimator, f"_{name}")
    return settings


def _written(estimator: Any) -> dict[str, bytes]:
    """The constructor's values of an object that scikit-learn cannot clone, as bytes; nested estimators left out."""
    if hasattr(estimator, "get_params") or hasattr(estimator, "__sklearn_clone__"):
        return {}
    written = {}
    for name, value in _settings(estimator).items():
        try:
            written[name] = b"" if hasattr(value, "fit") else pickle.dumps(value)
        except (pickle.PicklingError, TypeError, AttributeError):  # functions and the like: no state to see
            continue
    return written
