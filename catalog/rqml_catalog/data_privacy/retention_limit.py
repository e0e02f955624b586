"""RetentionLimit: no record is older than it may be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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
from rqml.costs import Share
from rqml.errors import InsufficientEvidence, MissingSubject
from rqml.verdict import CheckStatus, Reason
from rqml_catalog.scenarios import lawful_tables

_OLDEST_KEPT = 100
_FUTURE_DAYS = 1.0
_SECONDS_A_DAY = 86_400


def _zone(_: Any, __: Any, value: str) -> None:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, TypeError) as error:
        raise ValueError(f"unknown time zone {value!r}: give an IANA name such as 'UTC' or 'Europe/Paris'") from error


def _moment(_: Any, __: Any, value: str) -> None:
    if value and datetime.fromisoformat(value).tzinfo is None:
        raise ValueError("as_of needs a time zone, e.g. '2026-01-01T00:00:00+00:00'")


def _format(_: Any, __: Any, value: str) -> None:
    if not isinstance(value, str) or (value and "%" not in value):
        raise ValueError(f"{value!r} is no format of dates: write it as strptime does, e.g. '%d/%m/%Y'")


@attrs.frozen(kw_only=True)
class RetentionLimit(Requirement[Dataset]):
    """No record is kept longer than allowed.

    Requires:
        A Dataset whose column of dates is named by `time`.
    Why:
        Personal data may be kept no longer than their purpose needs; old records also mislead models.
    Measured:
        The age of every record in days, to the second, from its date to `as_of`. Dates with an offset count as they
        say; dates without one are read in `time_zone`. "03/04/2024" is not guessed: where the other dates of the
        column do not settle whether day or month comes first, both readings count, and the verdict is INCOMPLETE if
        they differ in it. Missing and unreadable dates, and those more than a day after `as_of`, are counted apart:
        with any of them there is no PASS.
    Enforced:
        Records that are too old in every reading are left out, on request also those without a readable date or with
        one in the future; numbers are recorded.
    False alarms:
        Dates without an offset, within a day of the limit, when `time_zone` is not theirs.
    Blind spots:
        Dates that were renewed without reason; copies and models made from the records.
    References:
        GDPR Art. 5(1)(e) and 17.

    Args:
        max_age_days: greatest age of a record (days).
        as_of: the moment ages refer to, ISO 8601 with offset; empty for now.
        time_zone: IANA name of the zone of dates without one.
        drop_undated: whether a repair leaves out records without a readable date or with one in the future.
        date_format: how dates are written as text, as strptime has it ("%d/%m/%Y"); empty for ISO 8601, "03.04.2024"
            (day first), names of months, and numbers that only one order explains.
    """

    meta = Meta(
        id="PII-06",
        title="retention limit",
        statement="No record is older than {max_age_days} days.",
        remedy="purge the records that are too old and date those that are not dated: enforce() purges",
        stage=Stage.INGESTION,
        severity=Severity.HIGH,
        references=("GDPR 5(1)e", "GDPR 17"),
        cost=Cost.COMMIT,
        volatile=True,
    )

    max_age_days: float = limit(default=365, stricter="lower", validator=v.and_(v.instance_of((int, float)), v.gt(0)))
    as_of: str = attrs.field(default="", validator=[v.instance_of(str), _moment])
    time_zone: str = attrs.field(default="UTC", validator=_zone)
    drop_undated: bool = attrs.field(default=False, validator=v.instance_of(bool))
    date_format: str = attrs.field(default="", validator=_format)

    def measure(self, dataset: Dataset, run: Run) -> Measurement:
        """The age of the oldest record, and how many have no readable date."""
        import numpy as np

        if dataset.time is None:
            raise MissingSubject("no column dates the records: name it by Dataset(..., time=column)")
        ages, possible = self._ages(dataset)
        dated = ages[~np.isnan(ages)]
        if not len(dated):
            advice = _advice(dataset)
            raise InsufficientEvidence(f"no record has a readable date: their ages are unknown; {advice}")
        days, counts = np.unique(np.floor(dated), return_counts=True)
        oldest = list(zip(days[::-1].tolist(), counts[::-1].tolist(), strict=True))[:_OLDEST_KEPT]
        return Measurement(
            estimates={
                "oldest": Estimate.exact(float(dated.max()), n=len(dated), unit="days"),
                "oldest_possible": Estimate.exact(float(np.nanmax(possible)), n=len(dated), unit="days"),
                "undated": Estimate.exact(len(ages) - len(dated), n=len(ages), unit="records"),
                "future": Estimate.exact(int((possible < -_FUTURE_DAYS).sum()), n=len(ages), unit="records"),
                "ambiguous": Estimate.exact(int((possible > ages).sum()), n=len(ages), unit="records"),
            },
            details={"oldest_days": [[int(day), int(count)] for day, count in oldest]},
            witness=(ages, possible),
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """The oldest record against the limit; without a date there is no PASS."""
        verdict = at_most(measurement.estimates["oldest"], self.max_age_days, "age of the oldest record")
        if verdict.status is CheckStatus.FAIL:
            old = sum(count for day, count in measurement.details["oldest_days"] if day >= self.max_age_days)
            over = measurement.estimates["oldest"].value - self.max_age_days
            by = f", by {over * _SECONDS_A_DAY:.6g} seconds" if over < 1 else ""
            return attrs.evolve(verdict, message=f"{verdict.message}{by}; {max(1, old)} or more records are too old")
        undated, future, ambiguous = (
            int(measurement.estimates[name].value) for name in ("undated", "future", "ambiguous")
        )
        told = []
        if undated:
            told.append(
                f"{undated} records have no readable date, so that their age is unknown: date them, or let enforce() "
                "leave them out with drop_undated=True"
            )
        if future:
            told.append(
                f"{future} records are dated in the future: correct them, name the right column as `time`, or let "
                "enforce() leave them out with drop_undated=True"
            )
        if measurement.estimates["oldest_possible"].value > self.max_age_days:
            told.append(
                f"{ambiguous} dates may be read day first or month first, and some are too old in one reading: "
                "give date_format='%d/%m/%Y' or '%m/%d/%Y'"
            )
        if told:
            return Judgement(CheckStatus.INCOMPLETE, "; ".join(told), Reason.INSUFFICIENT_EVIDENCE)
        return verdict

    def repair(self, dataset: Dataset, run: Run) -> Repair:
        """Leave out what is too old."""
        import numpy as np

        from rqml_catalog.data_privacy._rows import without_rows

        ages, possible = self.measure(dataset, run).witness
        old, undated = ages > self.max_age_days, np.isnan(ages) | (possible < -_FUTURE_DAYS)
        dropped = old | undated if self.drop_undated else old
        changes = [f"{int(old.sum())} records older than {self.max_age_days} days were left out"]
        if self.drop_undated and undated.any():
            changes.append(
                f"{int(undated.sum())} records without a readable date, or with one in the future, were left out"
            )
        return Repair(
            subject=without_rows(dataset, dropped), changes=tuple(changes), cost={"rows_lost": Share(dropped.mean())}
        )

    def _ages(self, dataset: Dataset) -> tuple[Any, Any]:
        """The least and the greatest age each record may have in days, NaN without a readable date; shape (rows,)."""
        from rqml_catalog.data_privacy._dates import moments
        from rqml_catalog.data_privacy._rows import column_of

        now = datetime.fromisoformat(self.as_of) if self.as_of else datetime.now(UTC)
        earliest, latest = moments(column_of(dataset, str(dataset.time)), self.time_zone, self.date_format)
        return _days(now - latest), _days(now - earliest)

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Tables whose oldest record is half to two thirds, or 1.5 to 2 times, as old as allowed."""
        year = cls(max_age_days=365, as_of=lawful_tables.AS_OF)
        paris = cls(max_age_days=30, as_of=lawful_tables.AS_OF, time_zone="Europe/Paris")
        tables = lawful_tables.with_ages
        yield satisfied("half a year", year, lambda seed, _: tables(seed, 180))
        yield satisfied("with offsets", year, lambda seed, _: tables(seed, 240, offset="+02:00"))
        yield satisfied("twenty days in Paris", paris, lambda seed, _: tables(seed, 20))
        yield violated("two years", year, lambda seed, _: tables(seed, 730))
        yield violated("one record too old", year, lambda seed, _: tables(seed, 550, "-05:00", expired=0))
        yield violated("fifty days in Paris", paris, lambda seed, _: tables(seed, 50))


def _advice(dataset: Dataset) -> str:
    """What helps where no date is readable: another format, or dates in the place of seconds since 1970."""
    import pandas as pd

    from rqml_catalog.data_privacy._rows import column_of

    if pd.api.types.is_numeric_dtype(column_of(dataset, str(dataset.time))):
        return (
            "if they are seconds or milliseconds since 1970, make them dates first, as "
            "pandas.to_datetime(column, unit='s', utc=True) does (or unit='ms')"
        )
    return "if they are written in a way of their own, give date_format='%d/%m/%Y' or the like"


def _days(ages: Any) -> Any:
    return ages.dt.total_seconds().to_numpy(dtype=float, na_value=float("nan")) / _SECONDS_A_DAY
