"""FewGaps: a requirement on tables that keeps every law; the planted classes are mutations of it."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
from attrs import validators as v

from rqml import (
    Dataset,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    Repair,
    Requirement,
    Run,
    Scenario,
    Severity,
    Stage,
    at_most,
    limit,
    satisfied,
    violated,
)
from rqml.errors import InsufficientEvidence


@attrs.frozen(kw_only=True)
class FewGaps(Requirement[Dataset]):
    """Few cells of the table are empty.

    Requires:
        A Dataset.
    Why:
        Models learn from what is missing.
    Measured:
        The share of empty cells, counted.
    Enforced:
        Rows with empty cells are left out.
    False alarms:
        Cells that are empty on purpose.
    Blind spots:
        Values that stand for missing ones, as -1.
    References:
        None needed beyond arithmetic.

    Args:
        max_share: largest share of cells that may be empty, in [0, 1].
        columns: names of the columns to look at; none for all.
    """

    meta = Meta(
        id="GAP-01",
        title="few gaps",
        statement="At most {max_share} of the cells are empty.",
        remedy="leave out the rows with empty cells",
        stage=Stage.INGESTION,
        severity=Severity.LOW,
        references=("GDPR 5(1)d",),
    )

    max_share: float = limit(default=0.1, stricter="lower", validator=v.and_(v.ge(0), v.le(1)))
    columns: tuple[str, ...] = attrs.field(
        default=(), validator=v.deep_iterable(v.instance_of(str), v.instance_of(tuple))
    )

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        """The share of empty cells."""
        frame = dataset.to_pandas(self.columns or dataset.columns)
        if frame.empty:
            raise InsufficientEvidence("the table has no cells: give it at least one row")
        share = float(frame.isna().to_numpy().mean())
        return Measurement(estimates={"share": Estimate.exact(share, n=frame.size)}, details={"rows": len(frame)})

    def judge(self, measurement: Measurement) -> Judgement:
        """The share against its limit."""
        return at_most(measurement.estimates["share"], self.max_share, "share of empty cells")

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        """Leave out rows with gaps."""
        frame = dataset.to_pandas()
        kept = frame.dropna(subset=list(self.columns) or None)
        return Repair(subject=dataset.with_frame(kept), changes=(f"left out {len(frame) - len(kept)} rows",))

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Tables with gaps 1.5 to 2 times inside or beyond the limit."""
        yield satisfied("no gaps", cls(), lambda seed, _: table(seed, 0.0))
        yield satisfied("half of the limit", cls(), lambda seed, _: table(seed, 0.05))
        yield satisfied("gaps elsewhere", cls(columns=("age",)), lambda seed, _: table(seed, 0.2))
        yield violated("twice the limit", cls(), lambda seed, _: table(seed, 0.2))
        yield violated("gaps in one column", cls(columns=("score",)), lambda seed, _: table(seed, 0.05))
        yield violated("a strict limit", cls(max_share=0.05), lambda seed, _: table(seed, 0.1))


def table(seed: int, share: float) -> Dataset:
    """100 people, with gaps in the scores so that `share` of all 300 cells is empty."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    score = rng.normal(size=100)
    score[rng.permutation(100)[: round(300 * share)]] = np.nan
    names = [f"person-{rng.integers(10**9)}" for _ in range(100)]
    return Dataset(pd.DataFrame({"name": names, "age": rng.integers(20, 90, 100), "score": score}), identifiers="name")
