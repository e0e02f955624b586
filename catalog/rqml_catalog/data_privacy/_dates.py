"""What moments dates name, however they are written; where two readings are possible, both."""

from __future__ import annotations

import re
from typing import Any

_OFFSET = re.compile(r"\d(?:\.\d+)?\s?(?:Z|[+-]\d{2}:?\d{2})$")
_NUMERIC = re.compile(r"\s*(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)(.*)", re.DOTALL)
# "03-04-24": any of the three may be the year.
_SHORT_YEAR = re.compile(r"\s*\d{1,2}([./-])\d{1,2}\1\d{2}(?!\d).*", re.DOTALL)


def moments(values: Any, zone: str, written: str = "") -> tuple[Any, Any]:
    """The earliest and the latest moment that each value may name; the same where there is one reading.

    "03.04.2024" is the third of April. "03/04/2024" and "03-04-2024" are read the way in which all such dates of the
    column can be read; where both ways are possible, both count. Two-digit years are not read without `written`.

    Args:
        values: pandas Series of dates, moments, or texts.
        zone: IANA name of the zone of those without an offset.
        written: the format of dates as text, as strptime has it; empty for ISO 8601 and the notations above.

    Returns:
        Two Series of moments in UTC, NaT for what cannot be read.
    """
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(values):
        if isinstance(values.dtype, pd.ArrowDtype):
            values = pd.to_datetime(values.astype(object))
        known = values.dt.tz_convert("UTC") if values.dt.tz is not None else _in_zone(values, zone)
        return known, known
    texts = values.astype(object).map(str, na_action="ignore")
    if written:
        known = _read(texts, zone, written)
        return known, known
    day_first = _read(texts.map(lambda text: _iso(text, day_first=True)), zone)
    if not texts.map(lambda text: isinstance(text, str) and _NUMERIC.match(text) is not None).any():
        return day_first, day_first
    month_first = _read(texts.map(lambda text: _iso(text, day_first=False)), zone)
    return _both(day_first, month_first)


def _both(day_first: Any, month_first: Any) -> tuple[Any, Any]:
    """The readings of a column: one where only it reads every date, else the earlier and the later of each date."""
    only_day, only_month = (
        (month_first.isna() & day_first.notna()).any(),
        (day_first.isna() & month_first.notna()).any(),
    )
    if only_day and not only_month:
        return day_first, day_first
    if only_month and not only_day:
        return month_first, month_first
    one, other = day_first.fillna(month_first), month_first.fillna(day_first)
    return one.where(one <= other, other), one.where(one >= other, other)


def _iso(text: Any, *, day_first: bool) -> Any:
    """A numeric date in the order of ISO 8601; other texts as they are."""
    if not isinstance(text, str) or _SHORT_YEAR.fullmatch(text):
        return None
    match = _NUMERIC.fullmatch(text)
    if match is None:
        return text
    first, separator, second, year, rest = match.groups()
    day, month = (first, second) if day_first or separator == "." else (second, first)
    return f"{year}-{month:0>2}-{day:0>2}{rest}"


def _read(texts: Any, zone: str, written: str = "mixed") -> Any:
    import pandas as pd

    aware = texts.map(lambda text: isinstance(text, str) and _OFFSET.search(text) is not None).astype(bool)
    read = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us, UTC]")
    read[aware] = pd.to_datetime(texts[aware], errors="coerce", utc=True, format=written)
    read[~aware] = _in_zone(pd.to_datetime(texts[~aware], errors="coerce", format=written), zone)
    return read


def _in_zone(values: Any, zone: str) -> Any:
    return values.dt.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward").dt.tz_convert("UTC")
