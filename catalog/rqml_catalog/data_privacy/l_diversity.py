"""LDiversity: knowing somebody's quasi-identifiers does not tell their sensitive values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path

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
    at_least,
    limit,
    satisfied,
    violated,
)
from rqml_catalog.data_privacy._recoding import contingency, leaves_out_rows, repair_by_recoding, without_rounding_error
from rqml_catalog.scenarios import people


@attrs.frozen(kw_only=True)
class LDiversity(Requirement[Dataset]):
    """Within each class of equal quasi-identifiers, at least l sensitive values are well represented.

    Requires:
        A Dataset whose quasi-identifiers and sensitive columns are named.
    Why:
        If all who share age, postcode and sex share an illness too, k-anonymity hides nothing.
    Measured:
        Per class and sensitive column, exactly: the number of different values ("distinct"), exp(entropy), the
        effective number of values ("entropy"), or the largest l such that the most frequent value is rarer than c
        times all from the l-th on ("recursive"). l is the least over classes and columns. Missing is a value.
    Enforced:
        Quasi-identifiers are generalised; the k, l and t that classes had before are kept.
    False alarms:
        A column with fewer than l values overall fails whatever is done.
    Blind spots:
        Different values may mean much the same (see TCloseness with a hierarchy); rare values stay telling.
    References:
        Machanavajjhala et al., l-diversity: privacy beyond k-anonymity, TKDD 1(1), 2007.

    Args:
        l: smallest diversity of a class (values).
        kind: how to count values, "distinct", "entropy" or "recursive".
        c: factor of "recursive" diversity, positive; not used by the other kinds.
        k: records that a repair leaves in each class: with k-anonymity asked for too, one search for both loses less
            than one repair after the other. Only KAnonymity checks it.
        recoding: how to repair, "local" or "global".
        suppression_limit: largest share of rows that global recoding may leave out, in [0, 1); local leaves out none.
        publish: what stands for a generalised value, "labels" (text) or "representatives" (numbers).
    """

    meta = Meta(
        id="PII-09",
        title="l-diversity",
        statement="Each class of equal quasi-identifiers has a {kind} diversity of at least {l} sensitive values.",
        remedy="generalise the quasi-identifiers until classes mix more sensitive values: enforce() does it",
        stage=Stage.INGESTION,
        severity=Severity.HIGH,
        references=("ML03:2023", "NISTAML.032", "NISTAML.034", "GDPR 25", "GDPR 32"),
        cost=Cost.COMMIT,
    )

    l: float = limit(default=2, stricter="higher", validator=[v.instance_of((int, float)), v.ge(1), v.lt(math.inf)])  # noqa: E741
    kind: str = attrs.field(default="distinct", validator=v.in_(("distinct", "entropy", "recursive")))
    c: float = attrs.field(default=3.0, validator=[v.instance_of((int, float)), v.gt(0), v.lt(math.inf)])
    k: int = attrs.field(default=1, validator=[v.instance_of(int), v.ge(1)])
    recoding: str = attrs.field(default="local", validator=v.in_(("local", "global")))
    suppression_limit: float = attrs.field(
        default=0.0, validator=[v.instance_of((int, float)), v.ge(0), v.lt(1), leaves_out_rows]
    )
    publish: str = attrs.field(default="labels", validator=v.in_(("labels", "representatives")))

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        """l of the kind asked for, per sensitive column and over all of them."""
        from rqml_catalog.data_privacy.anonymity.goal import diversity

        counted = contingency(dataset, run, sensitive=True)
        per_column = {name: diversity(pairs, self.kind, self.c) for name, pairs in counted.sensitive.items()}
        least = {name: without_rounding_error(values.min()) for name, values in per_column.items()}
        return Measurement(
            estimates={"l": Estimate.exact(min(least.values()), n=counted.rows, unit="values")},
            details={
                "classes": len(counted.sizes),
                "l_by_column": least,
                "classes_at_least_l": {n: int((x == x.min()).sum()) for n, x in per_column.items()},
            },
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """l against the limit; a distance of 1e-9 is rounding."""
        return at_least(measurement.estimates["l"], self.l - 1e-9, "l")

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        """Generalise until every class is diverse in every sensitive column."""
        from rqml_catalog.data_privacy.anonymity.goal import Diversity, Goal

        return repair_by_recoding(
            dataset,
            run,
            lambda columns: Goal(self.k, tuple(Diversity(j, self.l, self.kind, self.c) for j in range(len(columns)))),
            recoding=self.recoding,
            suppression_limit=self.suppression_limit,
            publish=self.publish,
            sensitive=True,
        )

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """One class with 1.5 to 2 times, or half to two thirds of, the values asked for."""
        for kind, inside, outside in (("distinct", 6, 2), ("entropy", 7, 2), ("recursive", 7, 2)):
            rule = cls(l=4, kind=kind)
            yield satisfied(f"{kind}: {inside} values", rule, _with(inside))
            yield violated(f"{kind}: {outside} values", rule, _with(outside))
        yield violated("raw people", cls(l=3), lambda seed, _: people.raw(seed))


def _with(values: int) -> Callable[[int, Path], Dataset]:
    return lambda seed, _: people.with_illnesses(seed, values)
