"""Small requirements over small tables, of which every outcome is known."""

from __future__ import annotations

import types

import attrs
import pandas as pd
import pytest
from attrs import validators as v

from rqml import (
    Cost,
    Dataset,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    ModelFile,
    Repair,
    Requirement,
    Run,
    Severity,
    Stage,
    at_least,
    at_most,
    limit,
)


def _meta(number: int, statement: str, cost: Cost = Cost.COMMIT) -> Meta:
    return Meta(
        id=f"TOY-{number:02d}",
        title="toy",
        statement=statement,
        remedy="Do something about it.",
        stage=Stage.INGESTION,
        severity=Severity.LOW,
        cost=cost,
    )


@attrs.frozen(kw_only=True)
class MinRows(Requirement[Dataset]):
    """The table has at least `rows` rows; a repair repeats them."""

    meta = _meta(1, "The table has at least {rows} rows.")
    rows: int = limit(default=3, stricter="higher", validator=v.ge(1))
    column: str | None = attrs.field(default=None)

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        return Measurement({"rows": Estimate.exact(len(dataset))})

    def judge(self, measurement: Measurement) -> Judgement:
        return at_least(measurement.estimates["rows"], self.rows, "rows")

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        copies = -(-self.rows // len(dataset))
        frame = pd.concat([dataset.frame] * copies, ignore_index=True)
        return Repair(dataset.with_frame(frame), ["repeated the rows"], {"rows": len(frame) - len(dataset)})


@attrs.frozen(kw_only=True)
class MaxRows(Requirement[Dataset]):
    """The table has at most `rows` rows; a repair cuts it."""

    meta = _meta(2, "The table has at most {rows} rows.", Cost.INLINE)
    rows: int = limit(default=100, stricter="lower")

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        return Measurement({"rows": Estimate.exact(len(dataset))})

    def judge(self, measurement: Measurement) -> Judgement:
        return at_most(measurement.estimates["rows"], self.rows, "rows")

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        return Repair(dataset.with_frame(dataset.frame.head(self.rows)), ["cut the table"], {"rows": 1.0})


@attrs.frozen(kw_only=True)
class ShareAtMost(Requirement[Dataset]):
    """The share of ones in the first column is at most `share`: a statistical verdict."""

    meta = _meta(3, "At most {share} of the population are ones.")
    share: float = limit(default=0.5, stricter="lower")

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        ones = int(dataset.frame.iloc[:, 0].sum())
        return Measurement({"share": Estimate.proportion(ones, len(dataset), confidence=run.confidence)})

    def judge(self, measurement: Measurement) -> Judgement:
        return at_most(measurement.estimates["share"], self.share, "share")


@attrs.frozen(kw_only=True)
class FileSays(Requirement[ModelFile]):
    """A file holds a text; a repair writes it."""

    meta = _meta(4, "The file says {text}.")
    text: str = attrs.field(default="good")

    def measure(self, file: ModelFile, run: Run) -> Measurement:
        return Measurement({"good": Estimate.exact(float(file.path.read_text() == self.text))})

    def judge(self, measurement: Measurement) -> Judgement:
        return at_least(measurement.estimates["good"], 1, "good")

    def repair(self, file: ModelFile, run: Run) -> Repair:
        before = file.path.read_text()
        return Repair(
            file,
            ["wrote the file"],
            apply=lambda: void(file.path.write_text(self.text)),
            undo=lambda: void(file.path.write_text(before)),
        )


@attrs.frozen(kw_only=True)
class Explodes(Requirement[Dataset]):
    """Crashes with a text that quotes data."""

    meta = _meta(5, "It explodes.", Cost.AUDIT)

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        raise RuntimeError("alice@example.com is not a number")

    def judge(self, measurement: Measurement) -> Judgement:
        raise AssertionError


def void(_: object) -> None:
    return None


@pytest.fixture
def toys() -> types.SimpleNamespace:
    return types.SimpleNamespace(
        MinRows=MinRows, MaxRows=MaxRows, ShareAtMost=ShareAtMost, FileSays=FileSays, Explodes=Explodes
    )


@pytest.fixture
def table() -> Dataset:
    return Dataset(pd.DataFrame({"a": [1, 0]}))
