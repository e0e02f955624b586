"""PurposeAndConsent: every row may be used for what it is used for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
    one_or_many,
    satisfied,
    violated,
)
from rqml.costs import Share
from rqml.errors import InsufficientEvidence, MissingSubject, Unsupported
from rqml_catalog.data_privacy._rows import column_of, without_rows
from rqml_catalog.scenarios import lawful_tables


@attrs.frozen(kw_only=True)
class PurposeAndConsent(Requirement[Dataset]):
    """Every row carries a purpose that covers this use, and a consent where one is recorded.

    Requires:
        A Dataset with roles={"purpose": column}; roles={"consent": column} too where consent is the ground.
    Why:
        Data collected for one purpose may not be used for another; a withdrawn consent ends the use.
    Measured:
        The rows whose purposes (one or several, separated or in a list) hold none of those allowed, the rows without
        any purpose, and the rows whose consent is not one of the granting values; counted exactly. A missing tag covers
        nothing.
    Enforced:
        Rows that are not covered are left out; their number is recorded.
    False alarms:
        Purposes written otherwise than in `purposes`; case and blanks around them do not matter.
    Blind spots:
        Whether the tags are true; compatible purposes (GDPR Art. 6(4)) are yours to list.
    References:
        GDPR Art. 5(1)(b), 6 and 7.

    Args:
        purposes: the purposes that cover this use; one of them suffices.
        granted: values of the consent column that mean yes.
        separator: what stands between several purposes of a row.
        max_share: largest share of rows that may be uncovered, in [0, 1].
    """

    meta = Meta(
        id="PII-05",
        title="purpose and consent",
        statement="At most a share of {max_share} of the rows lacks a purpose among {purposes} or its consent.",
        remedy="leave out the rows that are not covered, or obtain the consent: enforce() leaves them out",
        stage=Stage.INGESTION,
        severity=Severity.HIGH,
        references=("AISVS-v1.0-C1.1.2", "GDPR 5(1)b", "GDPR 6", "GDPR 7"),
        cost=Cost.COMMIT,
    )

    purposes: tuple[str, ...] = attrs.field(
        default=("training",), converter=one_or_many, validator=[v.min_len(1), v.deep_iterable(v.instance_of(str))]
    )
    granted: tuple[str, ...] = attrs.field(
        default=("yes", "true", "granted", "1"), converter=one_or_many, validator=v.deep_iterable(v.instance_of(str))
    )
    separator: str = attrs.field(default=";", validator=[v.instance_of(str), v.min_len(1)])
    max_share: float = limit(
        default=0.0, stricter="lower", validator=v.and_(v.instance_of((int, float)), v.ge(0), v.le(1))
    )

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        """How many rows lack a purpose, have another one, or no consent."""
        if "purpose" not in dataset.roles:
            raise MissingSubject("no column of purposes is named: give it by Dataset(..., roles={'purpose': column})")
        if not len(dataset):
            raise InsufficientEvidence("the table has no rows: there is nothing whose purpose could be looked at")
        untagged, other, refused = self._uncovered(dataset)
        uncovered = untagged | other | refused
        return Measurement(
            estimates={"uncovered": Estimate.exact(float(uncovered.mean()), n=len(uncovered), unit="of the rows")},
            details={
                "without_purpose": int(untagged.sum()),
                "other_purpose": int(other.sum()),
                "without_consent": int(refused.sum()),
            },
            witness=uncovered,
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """The share of uncovered rows against the limit, with the counts of each fault."""
        verdict = at_most(measurement.estimates["uncovered"], self.max_share, "rows not covered")
        counts = ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in measurement.details.items())
        return attrs.evolve(verdict, message=f"{verdict.message} ({counts})")

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        """Leave out the rows that are not covered."""
        uncovered = self.measure(dataset, run).witness
        kept = without_rows(dataset, uncovered)
        return Repair(
            subject=kept,
            changes=(f"{int(uncovered.sum())} rows without a covering purpose or consent were left out",),
            cost={"rows_lost": Share(uncovered.mean())},
        )

    def _uncovered(self, dataset: Dataset) -> tuple[Any, Any, Any]:
        """Masks of shape (rows,): without a purpose, with others only, without consent."""
        import numpy as np

        allowed = {purpose.strip().lower() for purpose in self.purposes}
        tags = [_words(value, self.separator) for value in _column(dataset, "purpose")]
        untagged = np.array([not words for words in tags])
        other = np.array([bool(words) and not words & allowed for words in tags])
        refused = np.zeros(len(tags), dtype=bool)
        if "consent" in dataset.roles:
            yes = {value.strip().lower() for value in self.granted}
            consents = _column(dataset, "consent")
            refused = np.array([not _words(value, self.separator) & yes for value in consents])
        return untagged, other, refused

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Rows for care; some for marketing only, some without purpose, some whose consent was withdrawn."""
        strict, lenient = cls(purposes=["care"]), cls(purposes=["Care", "treatment"], max_share=0.1)
        tables = lawful_tables.with_purposes
        yield satisfied("all for care", strict, lambda seed, _: tables(seed))
        yield satisfied("few others", lenient, lambda seed, _: tables(seed, others=0.06))
        yield satisfied("few of each fault", lenient, lambda seed, _: tables(seed, 0.02, 0.02, 0.02))
        yield violated("some for marketing", lenient, lambda seed, _: tables(seed, others=0.16))
        yield violated("some without purpose", lenient, lambda seed, _: tables(seed, missing=0.16))
        yield violated("withdrawn consent", lenient, lambda seed, _: tables(seed, refused=0.16))
        yield violated("one withdrawn", strict, lambda seed, _: tables(seed, refused=0.005))


def _words(value: Any, separator: str) -> set[str]:
    """The words of a cell: of a text parted by the separator, of all texts of a list."""
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return set[str]().union(*(_words(part, separator) for part in value))
    if value is None or str(value == value) != "True":  # noqa: PLR0124 - NaN is not itself, NA not even comparable
        return set()
    # Columns with missing values hold whole numbers as 1.0.
    text = str(int(value) if isinstance(value, float) and value.is_integer() else value)
    return {word.strip().lower() for word in text.split(separator)} - {""}


def _column(dataset: Dataset, role: str) -> Any:
    names = dataset.roles[role]
    columns = (names,) if isinstance(names, str) else tuple(names)
    if len(columns) != 1:
        raise Unsupported(f"{len(columns)} columns are named for the role {role!r}: join them into one of lists")
    return column_of(dataset, columns[0])
