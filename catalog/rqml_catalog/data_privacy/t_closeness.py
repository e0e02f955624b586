"""TCloseness: a class of equal quasi-identifiers tells no more about sensitive values than the whole table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from attrs import validators as v

from rqml import (
    Cost,
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
from rqml_catalog.data_privacy._recoding import contingency, leaves_out_rows, repair_by_recoding, without_rounding_error
from rqml_catalog.scenarios import people

if TYPE_CHECKING:
    from rqml_catalog.data_privacy.anonymity.codes import Column
    from rqml_catalog.data_privacy.anonymity.goal import Goal


@attrs.frozen(kw_only=True)
class TCloseness(Requirement[Dataset]):
    """The sensitive values of each class are distributed much as in the whole table.

    Requires:
        A Dataset whose quasi-identifiers and sensitive columns are named; a hierarchy of a sensitive column makes
        near values count as near.
    Why:
        A class that is diverse may still tell much: nine of ten who share it are ill, one in a hundred is elsewhere.
    Measured:
        Per class and sensitive column, exactly, the earth mover's distance to the table, in [0, 1]: hierarchical for
        columns with a hierarchy, ordered for numbers, else equal (total variation). t is the largest. Missing is a
        value, the last one where values are ordered.
    Enforced:
        Quasi-identifiers are generalised; the k, l and t that classes had before are kept.
    False alarms:
        Small classes are far from the table by chance: with few records per class a low t is out of reach.
    Blind spots:
        Values that are rare everywhere; what the table as a whole tells about the population.
    References:
        Li, Li and Venkatasubramanian, t-closeness: privacy beyond k-anonymity and l-diversity, ICDE 2007.

    Args:
        t: largest distance of a class from the table, in [0, 1].
        k: records that a repair leaves in each class, and
        l: different sensitive values: with k-anonymity and l-diversity asked for too, one search for all loses less
            than one repair after the other. Only KAnonymity and LDiversity check them.
        recoding: how to repair, "local" or "global".
        suppression_limit: largest share of rows that global recoding may leave out, in [0, 1); local leaves out none.
        publish: what stands for a generalised value, "labels" (text) or "representatives" (numbers).
    """

    meta = Meta(
        id="PII-10",
        title="t-closeness",
        statement="The sensitive values of each class are within a distance of {t} of the whole table.",
        remedy="generalise the quasi-identifiers until classes resemble the table: enforce() does it",
        stage=Stage.INGESTION,
        severity=Severity.MEDIUM,
        references=("ML03:2023", "NISTAML.032", "NISTAML.034", "GDPR 25", "GDPR 32"),
        cost=Cost.COMMIT,
    )

    t: float = limit(default=0.2, stricter="lower", validator=[v.instance_of((int, float)), v.ge(0), v.le(1)])
    k: int = attrs.field(default=1, validator=[v.instance_of(int), v.ge(1)])
    l: int = attrs.field(default=1, validator=[v.instance_of(int), v.ge(1)])  # noqa: E741
    recoding: str = attrs.field(default="local", validator=v.in_(("local", "global")))
    suppression_limit: float = attrs.field(
        default=0.0, validator=[v.instance_of((int, float)), v.ge(0), v.lt(1), leaves_out_rows]
    )
    publish: str = attrs.field(default="labels", validator=v.in_(("labels", "representatives")))

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        """t per sensitive column and over all of them."""
        from rqml_catalog.data_privacy.anonymity.closeness import distance_for

        counted = contingency(dataset, run, sensitive=True)
        farthest = {}
        for name, pairs in counted.sensitive.items():
            distances = distance_for(pairs.labels, dataset.hierarchies.get(name))(pairs, None)
            farthest[name] = min(max(without_rounding_error(distances.max()), 0.0), 1.0)
        return Measurement(
            estimates={"t": Estimate.exact(max(farthest.values()), n=counted.rows)},
            details={"classes": len(counted.sizes), "t_by_column": farthest},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """t against the limit; a distance of 1e-9 is rounding."""
        return at_most(measurement.estimates["t"], self.t + 1e-9, "t")

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        """Generalise until every class is close to the table in every sensitive column."""
        return repair_by_recoding(
            dataset,
            run,
            lambda columns: self._goal(dataset, columns),
            recoding=self.recoding,
            suppression_limit=self.suppression_limit,
            publish=self.publish,
            sensitive=True,
        )

    def _goal(self, dataset: Dataset, columns: list[Column]) -> Goal:
        from rqml_catalog.data_privacy.anonymity.closeness import distance_for
        from rqml_catalog.data_privacy.anonymity.goal import Closeness, Diversity, Goal

        diverse = [Diversity(j, self.l) for j in range(len(columns)) if self.l > 1]
        named = enumerate(zip(dataset.sensitive, columns, strict=True))
        tests = [Closeness(j, self.t, distance_for(c.values, dataset.hierarchies.get(n))) for j, (n, c) in named]
        return Goal(self.k, (*diverse, *tests))

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """One class at half to two thirds, or at 1.5 to 2 times, the distance allowed, for each ground distance."""
        for ground, rule in (("equal", cls(t=0.2)), ("ordered", cls(t=0.1)), ("hierarchical", cls(t=0.2))):
            yield satisfied(f"{ground}: half of t", rule, _skewed(0.1, ground))
            yield violated(f"{ground}: 1.7 times t", rule, _skewed(0.34, ground))
        yield violated("raw people", cls(t=0.3), lambda seed, _: people.raw(seed))


def _skewed(share: float, ground: str) -> Callable[[int, Path], Dataset]:
    def build(seed: int, _: Path) -> Dataset:
        data = people.with_skew(seed, share, numeric=ground == "ordered")
        if ground != "hierarchical":
            return data
        return attrs.evolve(data, hierarchies={**data.hierarchies, "illness": people.illness_groups()})

    return build
