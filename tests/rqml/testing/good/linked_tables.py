"""LinkedTables: a requirement on systems, one part derived from another, that keeps every law."""

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
    Requirement,
    Run,
    Scenario,
    Severity,
    Stage,
    System,
    at_least,
    derived,
    limit,
    satisfied,
    violated,
)
from rqml.errors import MissingSubject


@attrs.frozen(kw_only=True)
class LinkedTables(Requirement[System]):
    """The copy has the rows of the original.

    Requires:
        A System with the parts "original" and "copy".
    Why:
        A copy that lacks rows misleads.
    Measured:
        The share of rows that arrived.
    Enforced:
        Not: only whoever copies can copy again.
    False alarms:
        None.
    Blind spots:
        Rows that were changed.
    References:
        None needed beyond arithmetic.

    Args:
        min_share: smallest share of rows, in [0, 1].
    """

    meta = Meta(
        id="GAP-04",
        title="linked tables",
        statement="At least {min_share} of the rows are in the copy.",
        remedy="copy again",
        stage=Stage.INGESTION,
        severity=Severity.LOW,
        references=("ML02",),
    )

    min_share: float = limit(default=0.9, stricter="higher", validator=v.and_(v.ge(0), v.le(1)))

    def measure(self, system: System, run: Run) -> Measurement:
        """The share of rows in the copy."""
        if not {"original", "copy"} <= set(system.parts):
            raise MissingSubject('the system needs the parts "original" and "copy"')
        share = len(system["copy"]) / len(system["original"])
        return Measurement(estimates={"share": Estimate.exact(share)})

    def judge(self, measurement: Measurement) -> Judgement:
        """The share against its limit."""
        return at_least(measurement.estimates["share"], self.min_share, "share of rows")

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Systems whose copy is complete or not."""
        why = "only whoever copies can copy again"
        yield satisfied("complete", cls(), lambda seed, _: linked(seed, 100))
        yield satisfied("nearly", cls(), lambda seed, _: linked(seed, 95))
        yield satisfied("half is enough", cls(min_share=0.5), lambda seed, _: linked(seed, 75))
        yield violated("far from complete", cls(), lambda seed, _: linked(seed, 40), unrepairable=why)
        yield violated("a fifth lacks", cls(), lambda seed, _: linked(seed, 80), unrepairable=why)
        yield violated("not even half", cls(min_share=0.5), lambda seed, _: linked(seed, 25), unrepairable=why)


def linked(seed: int, rows: int) -> System:
    """100 rows, of which so many get into the copy, which is made when first needed."""
    import numpy as np
    import pandas as pd

    frame = pd.DataFrame({"x": np.random.default_rng(seed).normal(size=100)})
    return System("s", original=Dataset(frame), copy=derived(lambda data: Dataset(data.frame.head(rows)), "original"))
