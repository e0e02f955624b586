"""FewerGaps: a subclass that keeps every law, by demanding more than its parent."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
from attrs import validators as v

from rqml import Judgement, Measurement, Meta, Scenario, Severity, Stage, at_most, limit, satisfied, violated

from .few_gaps import FewGaps, table


@attrs.frozen(kw_only=True)
class FewerGaps(FewGaps):
    """Very few cells of the table are empty.

    Requires:
        A Dataset.
    Why:
        As FewGaps, where lives depend on it.
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
        max_share: largest share of cells that may be empty, in [0, 0.2].
    """

    meta = Meta(
        id="GAP-02",
        title="fewer gaps",
        statement="At most {max_share} of the cells are empty.",
        remedy="leave out the rows with empty cells",
        stage=Stage.INGESTION,
        severity=Severity.HIGH,
        references=("GDPR 5(1)d",),
    )

    max_share: float = limit(default=0.02, stricter="lower", validator=v.and_(v.ge(0), v.le(0.2)))

    def judge(self, measurement: Measurement) -> Judgement:
        """The share against its limit."""
        return at_most(measurement.estimates["share"], self.max_share, "share of empty cells")

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Tables with gaps inside and beyond the limit."""
        yield satisfied("no gaps", cls(), lambda seed, _: table(seed, 0.0))
        yield satisfied("half of the limit", cls(), lambda seed, _: table(seed, 0.01))
        yield satisfied("half of a wide limit", cls(max_share=0.1), lambda seed, _: table(seed, 0.05))
        yield violated("far beyond", cls(), lambda seed, _: table(seed, 0.3))
        yield violated("twice a wide limit", cls(max_share=0.1), lambda seed, _: table(seed, 0.22))
        yield violated("three times a wide limit", cls(max_share=0.1), lambda seed, _: table(seed, 0.3))
