"""Dataset on every frame library: one behaviour, whatever holds the rows."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml.errors import InvalidSubject
from rqml.subjects.dataset import Dataset, is_frame
from rqml.subjects.hierarchy import Hierarchy

DATA: dict[str, list[Any]] = {"name": ["a", "b", "c"], "age": [30, 40, 50], "ill": [0, 1, 0]}


def to_duckdb(data: dict[str, list[Any]]) -> Any:
    return duckdb.from_arrow(pa.table(data))


MAKERS = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "lazy polars": pl.LazyFrame,
    "pyarrow": pa.table,
    "duckdb": to_duckdb,
}
LAZY = {"lazy polars", "duckdb"}


@pytest.fixture(params=MAKERS)
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def frame(library: str) -> Any:
    return MAKERS[library](DATA)


def test_one_behaviour_on_every_library(library: str, frame: Any) -> None:
    data = Dataset(frame, identifiers="name", sensitive=["ill"], target="ill", time="age", group="name")
    assert data.columns == ("name", "age", "ill")
    assert len(data) == 3
    assert bool(data)
    assert (data.identifiers, data.sensitive, data.features) == (("name",), ("ill",), ("age",))
    assert data.is_lazy is (library in LAZY)
    assert data.to_pandas(["ill", "age"]).to_dict("list") == {"ill": [0, 1, 0], "age": [30, 40, 50]}
    X, y = data.arrays()
    assert list(X.columns) == ["age"]
    assert (X.shape, y.tolist()) == ((3, 1), [0, 1, 0])
    assert data.native() is frame
    assert data.narwhals().collect_schema().names() == list(data.columns)
    assert data.describe() == "dataset with 3 columns"
    assert Dataset(frame, name="patients").describe() == "patients"
    assert "30" not in repr(data)


def test_an_empty_frame_is_a_dataset_without_rows(library: str) -> None:
    empty = MAKERS[library]({"a": pa.array([], pa.int64()) if library in ("pyarrow", "duckdb") else []})
    data = Dataset(empty)
    assert len(data) == 0
    assert bool(data)
    assert len(data.to_pandas()) == 0


@pytest.mark.parametrize(
    "roles",
    [
        {"identifiers": "nane"},
        {"quasi_identifiers": ["age", "nane"]},
        {"sensitive": ("nane",)},
        {"target": "nane"},
        {"time": "nane"},
        {"group": "nane"},
        {"roles": {"site": "nane"}},
        {"hierarchies": {"nane": Hierarchy.from_rows([("1", "*")])}},
    ],
)
def test_a_missing_column_is_named_with_those_that_are_there(frame: Any, roles: dict[str, Any]) -> None:
    with pytest.raises(InvalidSubject, match=r"'nane', which the frame does not have.*'name', 'age', 'ill'") as error:
        Dataset(frame, **roles)
    assert next(iter(roles)) in str(error.value)


@pytest.mark.parametrize("hierarchies", [{"age": "age.csv"}, {"age": [("30", "*")]}, "age.csv", {"age": None}])
def test_what_is_no_hierarchy_is_refused_with_how_to_make_one(frame: Any, hierarchies: Any) -> None:
    with pytest.raises(InvalidSubject, match=r"Hierarchy\.from_csv\(path\)"):
        Dataset(frame, hierarchies=hierarchies)


@pytest.mark.parametrize("columns", [["a", "a", "b"], [1, 1, "b"], ["b", "a", "a"]])
def test_columns_that_occur_twice_are_refused(columns: list[Any]) -> None:
    frame = pd.DataFrame([[1, 2, 3]], columns=columns)
    for make in (Dataset, Dataset.coerce):
        with pytest.raises(InvalidSubject, match=r"more than once: '(a|1)'$"):
            make(frame)


def test_arrow_columns_that_occur_twice_are_refused() -> None:
    table = pa.table([[1], [2]], names=["a", "a"])
    with pytest.raises(InvalidSubject, match="more than once: 'a'"):
        Dataset(table)


@pytest.mark.parametrize("stranger", [None, 3, "data.csv", [[1, 2]], {"a": [1]}, np.zeros((2, 2)), pd.Series([1])])
def test_what_is_no_frame_is_refused(stranger: Any) -> None:
    assert not is_frame(stranger)
    assert Dataset.coerce(stranger) is None
    with pytest.raises(InvalidSubject, match="from_arrays"):
        Dataset(stranger)


def test_a_frame_becomes_a_dataset_without_roles(frame: Any) -> None:
    data = Dataset.coerce(frame)
    assert data is not None
    assert data.frame is frame
    assert Dataset.coerce(data) is data
    assert (data.target, data.identifiers) == (None, ())


def test_from_arrays() -> None:
    X, y = np.arange(6).reshape(3, 2), np.array([0, 1, 1])
    data = Dataset.from_arrays(X, y, sensitive="x1")
    assert (data.columns, data.target, data.sensitive) == (("x0", "x1", "target"), "target", ("x1",))
    back, labels = data.arrays()
    assert np.array_equal(back.to_numpy(), X)
    assert np.array_equal(labels, y)
    assert Dataset.from_arrays(np.arange(3)).columns == ("x0",)
    named = Dataset.from_arrays(X, y, features=["a", "b"], target="c")
    assert (named.columns, named.target) == (("a", "b", "c"), "c")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"X": np.zeros((2, 2, 2))}, r"X needs the shape \(rows, columns\), got \(2, 2, 2\)"),
        ({"X": np.zeros((2, 2)), "features": ["a"]}, "1 feature names for 2 columns"),
        ({"X": np.zeros((2, 2)), "y": np.zeros(3)}, r"y needs the shape \(2,\)"),
        ({"X": np.zeros((2, 2)), "y": np.zeros((2, 1))}, r"got \(2, 1\)"),
        ({"X": np.zeros((2, 1)), "y": np.zeros(2), "features": ["target"]}, "give y another name"),
        ({"X": np.zeros((2, 2)), "features": ["a", "a"]}, "more than once"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidSubject, match=text):
        Dataset.from_arrays(**arguments)


def test_no_target_no_arrays(frame: Any) -> None:
    with pytest.raises(InvalidSubject, match="no target"):
        Dataset(frame).arrays()


def test_roles_follow_their_columns_to_another_frame(frame: Any) -> None:
    ladder = Hierarchy.from_rows([("1", "*")])
    data = Dataset(
        frame,
        identifiers="name",
        quasi_identifiers=("age", "ill"),
        sensitive="ill",
        target="ill",
        time="age",
        group="name",
        roles={"site": ("name", "age"), "gone": "name"},
        hierarchies={"age": ladder, "name": ladder},
        name="patients",
    )
    other = data.with_frame(pl.DataFrame({"age": [1], "new": [2]}))
    assert (other.identifiers, other.quasi_identifiers, other.sensitive) == ((), ("age",), ())
    assert (other.target, other.time, other.group, other.name) == (None, "age", None, "patients")
    assert other.roles == {"site": ("age",)}
    assert set(other.hierarchies) == {"age"}
    same = data.with_frame(frame)
    assert (same.target, same.group, set(same.roles)) == ("ill", "name", {"site", "gone"})


@given(rows=st.integers(0, 20), cut=st.integers(0, 20))
def test_one_content_one_fingerprint_in_every_library(rows: int, cut: int) -> None:
    data = {"a": np.arange(rows), "b": [f"v{i % 3}" for i in range(rows)]}
    table = pa.table({"a": pa.array(data["a"]), "b": pa.array(data["b"], pa.string())})
    chunked = pa.concat_tables([table[:cut], table[cut:]])
    polars = pl.DataFrame(data, schema={"a": pl.Int64, "b": pl.String})
    digests = {Dataset(frame, target="b").fingerprint() for frame in (pd.DataFrame(data), table, chunked, polars)}
    assert len(digests) == 1
    assert Dataset(table).fingerprint() not in digests
    if rows > 1:
        backwards = table.take(list(range(rows))[::-1])
        assert Dataset(backwards, target="b").fingerprint() not in digests


def test_roles_given_wrongly_are_refused_clearly() -> None:
    frame = pd.DataFrame({"a": [1]})
    for roles in ({"identifiers": None}, {"identifiers": 3}, {"roles": {"site": None}}):
        with pytest.raises(InvalidSubject, match="a column name or several"):
            Dataset(frame, **roles)


def test_columns_that_are_not_there_are_named() -> None:
    with pytest.raises(InvalidSubject, match="these data lack the columns 'b', 'c'"):
        Dataset(pd.DataFrame({"a": [1]})).to_pandas(["b", "a", "c"])


def test_what_to_pandas_gives_may_be_written_to() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    copied = Dataset(frame).to_pandas()
    copied["a"] = 9
    copied["c"] = 9
    assert frame.to_dict("list") == {"a": [1, 2], "b": [3, 4]}
