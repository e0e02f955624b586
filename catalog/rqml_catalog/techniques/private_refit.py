"""Training again with differential privacy: the diffprivlib counterpart of an estimator, inside Pipelines too.

Every claim made here holds for the replacement of one record by any other, its label included, with the number of
records, the bounds of the features and the names of the classes as public knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rqml.errors import MissingSubject, Unsupported
from rqml.extras import optional

Floats = npt.NDArray[np.float64]

RELATION = "replace"
MOST_TREES = 10  # each record trains one tree only, so that many trees see few records each
DEEPEST = 6

LABEL_CHANGE = 2.0
"""By how much diffprivlib's GaussianNB outspends its claim when a record changes its class: both classes change."""

FAILED_AUDITS = {"LinearRegression": "its noise follows the lower bounds alone (diffprivlib issue 104)"}
"""Counterparts that are never offered, with what their audit showed."""

KEEPS_UNIT_BOX = frozenset({"Normalizer", "PolynomialFeatures", "Binarizer"})
REPLACED_BY_BOUNDS = frozenset({"MinMaxScaler", "MaxAbsScaler"})


class Step(NamedTuple):
    """A step of the new pipeline: fitted, with the range of what it gives.

    Attributes:
        fitted: the transformer or estimator.
        mechanism: its name on an allow-list; empty where it learns nothing from the records.
        low: (d,) lowest values it gives; empty for the last step.
        high: (d,) highest values.
    """

    fitted: Any
    mechanism: str
    low: Floats
    high: Floats


class PrivateRefit(NamedTuple):
    """A pipeline trained with differential privacy, and the mechanisms in it."""

    estimator: Any
    mechanisms: tuple[str, ...]


def private_refit(
    estimator: Any,
    X: Any,
    y: npt.ArrayLike,
    *,
    epsilon: float,
    bounds: Mapping[str, tuple[float, float]],
    features: Sequence[str],
    random_state: int | None = None,
) -> PrivateRefit:
    """The counterpart of an estimator, fitted so that all its learning steps together are epsilon-private.

    Values are first brought from their bounds to [-1, 1] by a fixed map, which also keeps bounds that do not hold 0
    from being mistaken for a small sensitivity.

    Args:
        estimator: fitted or not; its parameters are kept where the counterpart has them.
        X: (n, d) numbers without missing values, columns named by `features`.
        y: (n,) classes.
        epsilon: for all learning steps together, shared evenly.
        bounds: (lowest, highest) of every feature, known without looking at the records.
        features: names of the d columns.
        random_state: for simulations only; None, the default, draws noise that nobody can repeat.

    Raises:
        MissingSubject: a feature has no bounds.
        Unsupported: a step has no counterpart that survives its audit, or diffprivlib is missing.
    """
    low, high = _box(bounds, features)
    parts = [(name, part) for name, part in _parts(estimator) if part not in (None, "passthrough")]
    shares = sum(_mechanism(part) != "" for _, part in parts)
    values, labels = _numbers(X), np.asarray(y)
    steps: list[tuple[str, Any]] = []
    mechanisms = []
    for name, part in parts:
        if _needs_unit_box(low, high):
            steps.append((f"bounded {name}", _unit_map(low, high).fit(X if not steps else values)))
            values, low, high = steps[-1][1].transform(values), -np.ones_like(low), np.ones_like(high)
        step = _fit(part, values, labels, epsilon / shares, random_state)
        if step.fitted is None:
            continue
        steps.append((name, step.fitted))
        mechanisms += [step.mechanism] if step.mechanism else []
        if hasattr(step.fitted, "transform") and len(step.low):
            values, low, high = step.fitted.transform(values), step.low, step.high
    from sklearn.pipeline import Pipeline

    return PrivateRefit(Pipeline(steps), tuple(mechanisms))


def counterpart_mechanisms(estimator: Any) -> tuple[str, ...]:
    """Names of the mechanisms that `private_refit` would use.

    Raises:
        Unsupported: a step has none that survives its audit.
    """
    parts = [part for _, part in _parts(estimator) if part not in (None, "passthrough")]
    return tuple(name for name in map(_mechanism, parts) if name)


def _parts(estimator: Any) -> list[tuple[str, Any]]:
    return list(estimator.steps) if type(estimator).__name__ == "Pipeline" else [("model", estimator)]


def _mechanism(part: Any) -> str:
    kind = type(part).__name__
    if kind in KEEPS_UNIT_BOX or kind in REPLACED_BY_BOUNDS:
        return ""
    if kind in FAILED_AUDITS:
        raise Unsupported(
            f"the private counterpart of {kind} fails its audit and is not offered: {FAILED_AUDITS[kind]}"
        )
    if kind not in _COUNTERPARTS:
        raise Unsupported(
            f"{kind} has no private counterpart: those that have one are {', '.join(sorted(_COUNTERPARTS))}; scale by "
            "known bounds instead of learning a scale"
        )
    return f"diffprivlib.{_COUNTERPARTS[kind]}"


def _box(bounds: Mapping[str, tuple[float, float]], features: Sequence[str]) -> tuple[Floats, Floats]:
    missing = [name for name in features if name not in bounds]
    if missing:
        raise MissingSubject(
            f"differential privacy needs the bounds of every feature, known without looking at the records; these have "
            f"none: {', '.join(missing)}"
        )
    box = np.array([bounds[name] for name in features], dtype=float)
    return box[:, 0], box[:, 1]


def _numbers(X: Any) -> Floats:
    try:
        values = np.asarray(X, dtype=float)
    except (TypeError, ValueError):
        raise Unsupported("private training takes numbers only: encode categories by a fixed code first") from None
    if not np.isfinite(values).all():
        raise Unsupported("the features hold missing or infinite values: fill them by a fixed value first")
    return values


def _needs_unit_box(low: Floats, high: Floats) -> bool:
    return not (np.allclose(low, -1.0) and np.allclose(high, 1.0))


def to_unit_box(X: Any, low: Floats, high: Floats) -> Floats:
    """Clip to [low, high], and bring to [-1, 1]."""
    values = np.clip(np.asarray(X, dtype=float), low, high)
    return np.asarray(2.0 * (values - low) / (high - low) - 1.0)


def _unit_map(low: Floats, high: Floats) -> Any:
    from sklearn.preprocessing import FunctionTransformer

    return FunctionTransformer(to_unit_box, kw_args={"low": low, "high": high})


def _fit(part: Any, values: Floats, labels: npt.NDArray[Any], epsilon: float, random_state: int | None) -> Step:
    kind, d = type(part).__name__, values.shape[1]
    none = np.empty(0)
    if kind in REPLACED_BY_BOUNDS:
        return Step(None, "", -np.ones(d), np.ones(d))
    if kind in KEEPS_UNIT_BOX:
        from sklearn.base import clone

        fitted = clone(part).fit(values)
        width = fitted.transform(values[:1]).shape[1]
        return Step(fitted, "", -np.ones(width), np.ones(width))
    mechanism = _mechanism(part)
    models = optional("diffprivlib.models", "dp")
    private = getattr(models, _COUNTERPARTS[kind])(
        **_settings(kind, part, d, np.unique(labels), epsilon), random_state=random_state
    )
    if kind == "StandardScaler":
        scaler = private.fit(values)
        ends = np.vstack([-np.ones(d), np.ones(d)])
        return Step(scaler, mechanism, *scaler.transform(ends))
    if kind == "PCA":
        pca = private.fit(values)
        reach = np.full(pca.components_.shape[0], np.sqrt(d) + float(np.linalg.norm(pca.mean_)))
        return Step(pca, mechanism, -reach, reach)
    return Step(private.fit(values, labels), mechanism, none, none)


def _settings(kind: str, part: Any, d: int, classes: npt.NDArray[Any], epsilon: float) -> dict[str, Any]:
    """Parameters of the counterpart, for values in [-1, 1]^d."""
    box, norm = (-np.ones(d), np.ones(d)), float(np.sqrt(d))
    own = part.get_params(deep=False)
    if kind == "LogisticRegression":
        kept = {name: own[name] for name in ("C", "fit_intercept", "max_iter")}
        return {"epsilon": epsilon, "data_norm": norm, "tol": 1e-8, **kept}
    if kind == "GaussianNB":
        return {"epsilon": epsilon / LABEL_CHANGE, "bounds": box}
    if kind == "StandardScaler":
        return {"epsilon": epsilon, "bounds": box, "with_mean": own["with_mean"], "with_std": own["with_std"]}
    if kind == "PCA":
        return {"epsilon": epsilon, "data_norm": norm, "bounds": box, "n_components": own["n_components"]}
    depth = min(own["max_depth"] or DEEPEST, DEEPEST)
    trees = {"n_estimators": min(own["n_estimators"], MOST_TREES)} if "n_estimators" in own else {}
    return {"epsilon": epsilon, "bounds": box, "classes": classes, "max_depth": depth, **trees}


_COUNTERPARTS = {
    "LogisticRegression": "LogisticRegression",
    "GaussianNB": "GaussianNB",
    "DecisionTreeClassifier": "DecisionTreeClassifier",
    "ExtraTreeClassifier": "DecisionTreeClassifier",
    "RandomForestClassifier": "RandomForestClassifier",
    "ExtraTreesClassifier": "RandomForestClassifier",
    "StandardScaler": "StandardScaler",
    "PCA": "PCA",
}
