"""KAnonymity: nobody is singled out by a combination of quasi-identifiers."""

from __future__ import annotations

from collections.abc import Iterable

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
from rqml.verdict import CheckStatus
from rqml_catalog.data_privacy._recoding import contingency, leaves_out_rows, repair_by_recoding
from rqml_catalog.scenarios import people

_SIZES_KEPT = 100


@attrs.frozen(kw_only=True)
class KAnonymity(Requirement[Dataset]):
    """Each combination of quasi-identifiers is shared by at least k records.

    Requires:
        A Dataset whose quasi-identifiers are named; hierarchies of their values make repairs finer.
    Why:
        Records that are unique in age, postcode and the like are linked to names with public registers.
    Measured:
        The size of each equivalence class, counted exactly, by the engine of the frame. Missing values are one value
        of their own: records that lack the same fields may hide among each other.
    Enforced:
        Quasi-identifiers are generalised along their hierarchies (numbers without one to ranges, other values
        to `*`). "local" generalises rows differently and leaves out none; "global" finds the one level per column
        that loses least and may leave out rows up to the suppression limit. The order of rows is kept, and so are
        the diversity and closeness that classes had before.
    False alarms:
        Several records of one person count as several: k can look better than it is. It never looks worse.
    Blind spots:
        Columns not named as quasi-identifiers; equal sensitive values within a class (see LDiversity).
    References:
        Sweeney, k-anonymity: a model for protecting privacy, IJUFKS 10(5), 2002.

    Args:
        k: smallest number of records that may share a combination (records).
        recoding: how to repair, "local" or "global".
        suppression_limit: largest share of rows that global recoding may leave out, in [0, 1); local leaves out none.
        publish: what stands for a generalised value, "labels" (text) or "representatives" (numbers, so that a
            model still fits).
    """

    meta = Meta(
        id="PII-02",
        title="k-anonymity",
        statement="Each combination of quasi-identifiers is shared by at least {k} records.",
        remedy="generalise the quasi-identifiers or leave out rare records: enforce() does it",
        stage=Stage.INGESTION,
        severity=Severity.HIGH,
        references=("ML03:2023", "NISTAML.032", "NISTAML.034", "AISVS-v1.0-C1.1.1", "GDPR 25", "GDPR 32"),
        cost=Cost.COMMIT,
    )

    k: int = limit(default=5, stricter="higher", validator=[v.instance_of(int), v.ge(2)])
    recoding: str = attrs.field(default="local", validator=v.in_(("local", "global")))
    suppression_limit: float = attrs.field(
        default=0.0, validator=[v.instance_of((int, float)), v.ge(0), v.lt(1), leaves_out_rows]
    )
    publish: str = attrs.field(default="labels", validator=v.in_(("labels", "representatives")))

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        """k, and how many classes there are of each small size."""
        from rqml_catalog.data_privacy.anonymity.measures import k_anonymity, marketer_risk

        sizes = contingency(dataset, run, sensitive=False).sizes
        smallest = {int(size): int((sizes == size).sum()) for size in sorted(set(sizes.tolist()))[:_SIZES_KEPT]}
        return Measurement(
            estimates={"k": Estimate.exact(k_anonymity(sizes), n=int(sizes.sum()), unit="records")},
            details={
                "quasi_identifiers": list(dataset.quasi_identifiers),
                "classes": len(sizes),
                "average_risk": marketer_risk(sizes),
                "classes_by_size": [[size, count] for size, count in smallest.items()],
            },
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """k against the limit, with the number and sizes of the classes below it."""
        verdict = at_least(measurement.estimates["k"], self.k, "k")
        if verdict.status is not CheckStatus.FAIL:
            return verdict
        small = [(size, count) for size, count in measurement.details["classes_by_size"] if size < self.k]
        classes, records = sum(count for _, count in small), sum(size * count for size, count in small)
        sizes = ", ".join(f"{count} of size {size}" for size, count in small[:5])
        more = ", ..." if len(small) > 5 else ""
        told = f"{verdict.message}; {classes} classes with {records} records are too small ({sizes}{more})"
        return attrs.evolve(verdict, message=told)

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        """Generalise until every class has k records."""
        from rqml_catalog.data_privacy.anonymity.goal import Goal

        return repair_by_recoding(
            dataset,
            run,
            lambda _: Goal(self.k),
            recoding=self.recoding,
            suppression_limit=self.suppression_limit,
            publish=self.publish,
        )

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Tables whose smallest class has 1.5 to 2 times, or half to two thirds of, k records."""
        local, full = cls(k=10), cls(k=10, recoding="global", suppression_limit=0.05)
        numbers = cls(k=10, publish="representatives")
        yield satisfied("twice k", local, lambda seed, _: people.in_classes(seed, smallest=20))
        yield satisfied("1.5 times k", full, lambda seed, _: people.in_classes(seed, smallest=15))
        yield satisfied("missing values in a class", local, lambda seed, _: people.in_classes(seed, 15, missing=True))
        yield violated("half of k", local, lambda seed, _: people.in_classes(seed, smallest=5))
        yield violated("two thirds of k", full, lambda seed, _: people.in_classes(seed, smallest=6))
        yield violated("few with missing values", numbers, lambda seed, _: people.in_classes(seed, 6, missing=True))
        yield violated("raw ages and postcodes", local, lambda seed, _: people.raw(seed))
