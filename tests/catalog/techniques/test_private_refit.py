"""The private counterparts: columns apart, what is refused, and what the fixed maps keep."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from rqml.errors import MissingSubject, Unsupported
from rqml_catalog.techniques.private_refit import ColumnsApart, counterpart_mechanisms, private_refit
from rqml_catalog.techniques.private_steps import to_unit_ball

BOUNDS = {"age": (0.0, 120.0), "pay": (0.0, 10_000.0)}
JOBS = OneHotEncoder(categories=[["a", "b", "c"]])


def people(rows=3000):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.uniform(18, 90, rows),
            "pay": rng.normal(3000, 800, rows),
            "job": rng.choice(["a", "b", "c"], rows),
            "name": [f"n{i}" for i in range(rows)],
        }
    )
    return frame, (frame["age"] + 40 * (frame["job"] == "a") > 70).astype(int).to_numpy()


def refit(estimator, X, y, **named):
    return private_refit(estimator, X, y, epsilon=2.0, bounds=BOUNDS, features=list(X.columns), random_state=0, **named)


@pytest.mark.parametrize(
    "numbers",
    [["age", "pay"], [0, 1], slice(0, 2), [True, True, False, False], make_column_selector(dtype_include=float)],
)
def test_columns_apart_are_learnt_apart(numbers):
    pytest.importorskip("diffprivlib", reason="diffprivlib is not installed (rqml[dp])")
    X, y = people()
    columns = ColumnTransformer([("numbers", StandardScaler(), numbers), ("jobs", JOBS, ["job"])])
    found = refit(make_pipeline(columns, LogisticRegression()), X, y)
    assert found.mechanisms == ("diffprivlib.StandardScaler", "diffprivlib.LogisticRegression")
    assert np.mean(found.estimator.predict(X) == y) > 0.8
    again = pickle.loads(pickle.dumps(found.estimator))
    assert (again.predict(X) == found.estimator.predict(X)).all()


def test_columns_that_no_step_takes_need_no_bounds_and_the_others_do():
    X, y = people(100)
    kept = ColumnTransformer([("jobs", JOBS, ["job"])], remainder="drop")
    left = ColumnTransformer([("jobs", JOBS, ["job"]), ("names", "drop", ["name"])], remainder=StandardScaler())
    private_linear = make_pipeline(kept, LinearRegression())
    with pytest.raises(MissingSubject, match="target"):
        refit(private_linear, X, y)
    with pytest.raises(MissingSubject, match="have none: pay"):
        private_refit(
            make_pipeline(left, DecisionTreeClassifier()),
            X,
            y,
            epsilon=1.0,
            bounds={"age": (0, 120)},
            features=X.columns,
        )


def test_columns_apart_give_what_scikit_learn_gives_where_nothing_is_learnt():
    X, _ = people(50)
    columns = ColumnTransformer([("jobs", OneHotEncoder(categories=[["a", "b", "c"]], sparse_output=False), ["job"])])
    apart = ColumnsApart(((np.array([2]), (JOBS.fit(X[["job"]]).set_params(sparse_output=False),)),))
    assert np.array_equal(apart.transform(X), columns.fit_transform(X))


REFUSED = {
    "learnt categories": (OneHotEncoder(), "give them"),
    "learnt codes": (OrdinalEncoder(), "give them"),
    "rare categories": (OneHotEncoder(categories=[["a", "b"]], min_frequency=3), "rare"),
    "usual values": (SimpleImputer(), "strategy='constant'"),
    "chosen columns": (SelectKBest(k=1), "no private counterpart"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("inside", [False, True], ids=["a step", "columns"])
def test_what_learns_without_a_counterpart_is_refused_with_a_reason(name, inside):
    step, reason = REFUSED[name]
    part = ColumnTransformer([("part", make_pipeline(step), ["job"])]) if inside else step
    with pytest.raises(Unsupported, match=reason):
        counterpart_mechanisms(make_pipeline(part, LogisticRegression()))


def test_steps_that_learn_nothing_cost_nothing():
    fixed = ColumnTransformer(
        [
            ("jobs", make_pipeline(SimpleImputer(strategy="constant", fill_value="none"), JOBS), ["job"]),
            ("numbers", MinMaxScaler(), ["age"]),
        ],
        remainder="passthrough",
    )
    assert counterpart_mechanisms(make_pipeline(fixed, DecisionTreeClassifier())) == (
        "diffprivlib.DecisionTreeClassifier",
    )


def test_missing_categories_are_filled_by_a_fixed_one():
    pytest.importorskip("diffprivlib", reason="diffprivlib is not installed (rqml[dp])")
    X, y = people()
    X.loc[::7, "job"] = None
    filled = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="none"), OneHotEncoder(categories=[["a", "b", "c", "none"]])
    )
    columns = ColumnTransformer([("jobs", filled, ["job"]), ("age", "passthrough", ["age"])])
    found = refit(make_pipeline(columns, LogisticRegression()), X.astype({"job": object}), y)
    assert found.mechanisms == ("diffprivlib.LogisticRegression",)
    assert np.mean(found.estimator.predict(X.astype({"job": object})) == y) > 0.75


@pytest.mark.parametrize("intercept", [True, False])
def test_a_private_regression_with_much_budget_comes_near_the_plain_one(intercept):
    pytest.importorskip("diffprivlib", reason="diffprivlib is not installed (rqml[dp])")
    X = people(5000)[0][["age", "pay"]]
    y = 30.0 + 3.0 * X["age"] + 0.1 * X["pay"] if intercept else 3.0 * (X["age"] - 60) + 0.1 * (X["pay"] - 5000)
    plain = LinearRegression(fit_intercept=intercept)
    found = private_refit(
        plain, X, y, epsilon=50.0, bounds=BOUNDS | {"y": (-2000.0, 2000.0)}, features=X.columns, target="y",
        random_state=0,
    )  # fmt: skip
    assert found.mechanisms == ("rqml.LinearRegression",)
    assert np.var(found.estimator.predict(X) - y) < 0.05 * np.var(y)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=6), st.booleans())
def test_no_row_leaves_the_unit_ball(row, intercept):
    assert np.linalg.norm(to_unit_ball([row], intercept)) <= 1.0 + 1e-12
