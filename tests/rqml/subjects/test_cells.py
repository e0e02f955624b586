"""Cells that cannot be computed with are named when something crashed on them, never shown."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest

from rqml import Dataset, Estimate, Measurement, Meta, Requirement, Run, Severity, Stage
from rqml.subjects.model import TrainedModel
from rqml.verdict import CheckStatus, Reason


@attrs.frozen(kw_only=True)
class Distinct(Requirement[Dataset]):
    """Crashes on what has no hash."""

    meta = Meta(id="TST-02", title="", statement="", remedy="", stage=Stage.INGESTION, severity=Severity.LOW)

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        if dataset.name == "slow":
            raise TimeoutError
        values = {value for column in dataset.columns for value in dataset.to_pandas()[column]}
        return Measurement({"values": Estimate.exact(len(values))})


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ([["jane"], ["joe"]], "'odd' holds values of type list"),
        ([{"name": "jane"}, None], "'odd' holds values of type dict"),
        ([{"jane"}, {"joe"}], "'odd' holds values of type set"),
        ([np.array([1]), np.array([2])], "'odd' holds values of type ndarray"),
        ([["jane"], 3], "'odd' holds values of type int, list"),
    ],
)
def test_a_crash_on_odd_cells_says_which_column_and_what_to_do(cells: list[Any], says: str) -> None:
    result = Distinct().check(pd.DataFrame({"fine": [1, 2], "odd": cells}))
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.UNSUPPORTED)
    assert says in result.message
    assert "leave it out" in result.message
    assert "jane" not in result.message
    assert isinstance(result.cause.__cause__, TypeError)


def test_nested_columns_of_typed_frames() -> None:
    frame = pl.DataFrame({"one": [[1], [2]], "two": [{"a": 1}, {"a": 2}], "three": [b"x", b"y"], "four": ["x", "y"]})
    assert Dataset(frame).obstacle().startswith("'one' holds lists, 'two' holds records, 'three' holds bytes: ")
    assert "'one' holds lists" in Dataset(frame.lazy()).obstacle()


@pytest.mark.parametrize(
    "cells",
    [
        ["a", None],
        [1, 2.5],
        [True, 3],
        [dt.date(2026, 1, 1), None],
        [Decimal(1), float("nan")],
        [None, None],
    ],
)
def test_numbers_texts_and_times_are_no_obstacle(cells: list[Any]) -> None:
    assert Dataset(pd.DataFrame({"x": pd.Series(cells, dtype=object)})).obstacle() == ""


def test_other_crashes_stay_crashes() -> None:
    result = Distinct().check(Dataset(pd.DataFrame({"odd": [[1], [2]]}), name="slow"))
    assert result.reason is Reason.TIMEOUT


def test_a_model_tells_of_its_data() -> None:
    fine, odd = pd.DataFrame({"x": [1, 2], "y": [0, 1]}), pd.DataFrame({"x": [[1], [2]], "y": [0, 1]})
    estimator = SimpleNamespace(predict=len)
    train = Dataset(fine, target="y")
    assert TrainedModel(estimator, train).obstacle() == ""
    assert "'x' holds" in TrainedModel(estimator, train, Dataset(odd, target="y")).obstacle()
