"""Single steps of a private training: those that learn nothing from records, and the private counterparts of the rest.

The counterparts take values in [-1, 1]^d. What diffprivlib claims is corrected where its audit (TRN-02) showed more.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rqml.errors import MissingSubject, Unsupported
from rqml.extras import optional
from rqml_catalog.techniques.private_regression import private_linear

Floats = npt.NDArray[np.float64]
Fitted = tuple[Any, Floats, Floats, Floats]
"""The fitted step, what it gives, and the lowest and highest values that it can give."""

MOST_TREES = 10  # each record trains one tree only, so that many trees see few records each
DEEPEST = 6
MOST_STEPS = 1000  # objective perturbation is about the minimum itself, so the optimiser must arrive there

LABEL_CHANGE = 2.0
"""By how much diffprivlib's GaussianNB, trees and forests outspend their claim when a record is replaced by one of
another class: two classes, or two leaves, change at once, and each was given all of epsilon."""

FIXED = frozenset({"OneHotEncoder", "OrdinalEncoder", "SimpleImputer", "Binarizer"})
FROM_UNIT_BOX = frozenset({"Normalizer", "PolynomialFeatures"})
REPLACED_BY_BOUNDS = frozenset({"MinMaxScaler", "MaxAbsScaler"})

COUNTERPARTS = {
    "LogisticRegression": "diffprivlib.LogisticRegression",
    "GaussianNB": "diffprivlib.GaussianNB",
    "DecisionTreeClassifier": "diffprivlib.DecisionTreeClassifier",
    "ExtraTreeClassifier": "diffprivlib.DecisionTreeClassifier",
    "RandomForestClassifier": "diffprivlib.RandomForestClassifier",
    "ExtraTreesClassifier": "diffprivlib.RandomForestClassifier",
    "StandardScaler": "diffprivlib.StandardScaler",
    "PCA": "diffprivlib.PCA",
    "LinearRegression": "rqml.LinearRegression",
}
"""diffprivlib's own LinearRegression fails its audit (its issue 104), so that one is never offered."""


class Learning(NamedTuple):
    """What a step that learns may use.

    Attributes:
        y: (n,) classes or numbers.
        epsilon: of each learning step.
        random_state: of the noise; None for noise that nobody can repeat.
        y_bounds: (lowest, highest) number of a regression's target.
    """

    y: npt.NDArray[Any]
    epsilon: float
    random_state: int | None
    y_bounds: tuple[float, float] | None


def mechanism_of(part: Any) -> str:
    """Name of a step's counterpart on an allow-list; empty where the step learns nothing.

    Raises:
        Unsupported: it learns something that no private counterpart could.
    """
    kind = type(part).__name__
    if kind in FIXED:
        _check_fixed(part)
    if kind in FIXED or kind in FROM_UNIT_BOX or kind in REPLACED_BY_BOUNDS:
        return ""
    if kind not in COUNTERPARTS:
        raise Unsupported(
            f"{kind} has no private counterpart: those that have one are {', '.join(sorted(COUNTERPARTS))}; scale by "
            "known bounds instead of learning a scale"
        )
    return COUNTERPARTS[kind]


def fitted_fixed(part: Any, X: Any, low: Floats, high: Floats) -> Fitted:
    """A step that does the same whatever the records are: given categories, a constant for what is missing."""
    from sklearn.base import clone

    kind, fresh = type(part).__name__, clone(part)
    if kind == "OneHotEncoder":
        fresh.set_params(sparse_output=False, handle_unknown="ignore")
    if kind == "OrdinalEncoder":
        fresh.set_params(handle_unknown="use_encoded_value", unknown_value=-1)
    fitted = fresh.fit(X.iloc[:1] if hasattr(X, "iloc") else X[:1])
    values = np.asarray(fitted.transform(X))
    width = values.shape[1]
    if kind == "SimpleImputer":
        fill = [value if isinstance(value, int | float) else np.nan for value in fitted.statistics_]
        return fitted, values, np.minimum(low, fill), np.maximum(high, fill)
    if kind == "OrdinalEncoder":
        return fitted, values, -np.ones(width), np.array([len(known) - 1.0 for known in part.categories])
    return fitted, values, np.zeros(width), np.ones(width)


def fitted_on_unit_box(part: Any, X: Floats, learning: Learning) -> Fitted:  # noqa: ARG001 - called like the next
    """A step that does the same whatever the records are, and keeps numbers in [-1, 1] there."""
    from sklearn.base import clone

    fitted = clone(part).fit(X[:1])
    values = np.asarray(fitted.transform(X), dtype=float)
    ones = np.ones(values.shape[1])
    return fitted, values, -ones, ones


def fitted_privately(part: Any, X: Floats, learning: Learning) -> Fitted:
    """The private counterpart of a step that learns, fitted on values in [-1, 1]."""
    kind, d = type(part).__name__, X.shape[1]
    if kind == "LinearRegression":
        if learning.y_bounds is None:
            raise MissingSubject("a private regression needs the bounds of its target too, under the target's name")
        return private_linear(X, learning, part.fit_intercept), X, X[0], X[0]
    models = optional("diffprivlib.models", "dp")
    if kind == "LogisticRegression":
        return _logistic(part, X, learning, models), X, X[0], X[0]
    counterpart = getattr(models, COUNTERPARTS[kind].removeprefix("diffprivlib."))
    fitted = counterpart(**_settings(kind, part, d, learning), random_state=learning.random_state).fit(X, learning.y)
    if not hasattr(fitted, "transform"):
        return fitted, X, X[0], X[0]
    values = np.asarray(fitted.transform(X))
    if kind == "StandardScaler":
        low, high = fitted.transform(np.vstack([-np.ones(d), np.ones(d)]))
        return fitted, values, low, high
    reach = np.full(values.shape[1], np.sqrt(d) + float(np.linalg.norm(fitted.mean_)))
    return fitted, values, -reach, reach


def to_unit_ball(X: Any, intercept: bool) -> Floats:
    """Values in [-1, 1]^d, with a constant if there is an intercept, shortened so that no row is longer than 1."""
    values = np.clip(np.asarray(X, dtype=float), -1.0, 1.0)
    rows = np.column_stack([values, np.ones(len(values))]) if intercept else values
    return np.asarray(rows / np.sqrt(rows.shape[1]))


def _logistic(part: Any, X: Floats, learning: Learning, models: Any) -> Any:
    """Objective perturbation as it was proved: rows no longer than 1, and a penalty on the intercept like on the rest.

    diffprivlib counts the curvature of the loss for rows no longer than 1 only, and leaves its intercept without a
    penalty, on which the proof rests (Chaudhuri et al., "Differentially private empirical risk minimization", JMLR 12
    (2011), theorem 9).
    """
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    step = FunctionTransformer(to_unit_ball, kw_args={"intercept": part.fit_intercept})
    rows = to_unit_ball(X, part.fit_intercept)
    model = models.LogisticRegression(
        epsilon=learning.epsilon,
        data_norm=1.0 + 1e-9,
        fit_intercept=False,
        C=part.C * rows.shape[1],  # the rows are shorter, so the weights are longer
        max_iter=max(part.max_iter, MOST_STEPS),
        tol=1e-8,
        random_state=learning.random_state,
    )
    return Pipeline([("rows no longer than 1", step.fit(X)), ("private model", model.fit(rows, learning.y))])


def _settings(kind: str, part: Any, d: int, learning: Learning) -> dict[str, Any]:
    """Parameters of the counterpart, for values in [-1, 1]^d."""
    epsilon, box, own = learning.epsilon, (-np.ones(d), np.ones(d)), part.get_params(deep=False)
    if kind == "GaussianNB":
        return {"epsilon": epsilon / LABEL_CHANGE, "bounds": box}
    if kind == "StandardScaler":
        return {"epsilon": epsilon, "bounds": box, "with_mean": own["with_mean"], "with_std": own["with_std"]}
    if kind == "PCA":
        return {"epsilon": epsilon, "data_norm": float(np.sqrt(d)), "bounds": box, "n_components": own["n_components"]}
    depth = min(own["max_depth"] or DEEPEST, DEEPEST)
    trees = {"n_estimators": min(own["n_estimators"], MOST_TREES)} if "n_estimators" in own else {}
    classes = np.unique(learning.y)
    return {"epsilon": epsilon / LABEL_CHANGE, "bounds": box, "classes": classes, "max_depth": depth, **trees}


def _check_fixed(part: Any) -> None:
    kind = type(part).__name__
    if kind == "SimpleImputer" and part.strategy != "constant":
        raise Unsupported(
            "SimpleImputer learns what is usual from the records, which has no private counterpart: use "
            "SimpleImputer(strategy='constant', fill_value=...)"
        )
    if kind in ("OneHotEncoder", "OrdinalEncoder") and isinstance(part.categories, str):
        raise Unsupported(
            f"{kind} learns the categories from the records, which has no private counterpart: give them, as in "
            f"{kind}(categories=[[...], ...])"
        )
    if any(getattr(part, name, None) is not None for name in ("min_frequency", "max_categories")):
        raise Unsupported(f"{kind} learns from the records which categories are rare, which has no private counterpart")
