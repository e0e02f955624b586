"""What only a column as a whole tells: names, addresses, dates of birth, numbers whose checks hold throughout."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date

import numpy as np

from rqml_catalog.data_privacy.identifiers import column_names, number_plans
from rqml_catalog.data_privacy.identifiers.addresses import addresses
from rqml_catalog.data_privacy.identifiers.column_values import Values
from rqml_catalog.data_privacy.identifiers.corpus import Corpus
from rqml_catalog.data_privacy.identifiers.finder import find_identifiers
from rqml_catalog.data_privacy.identifiers.given_names import GIVEN_NAMES, HONORIFICS, PARTICLES
from rqml_catalog.data_privacy.identifiers.labels import label_of
from rqml_catalog.data_privacy.identifiers.national import schemes_fulfilled
from rqml_catalog.data_privacy.identifiers.spans import KINDS, Kind

_SAMPLE = 2000
_FEWEST_VALUES = 20
_THROUGHOUT = 0.95
_NAME = re.compile(r"[^\W\d_]+\.?(?:[ '’-][^\W\d_]+\.?){0,4}")
# Kinds that every value of a column being one proves, whatever the column is called.
_TELLING: tuple[Kind, ...] = ("CREDIT_CARD", "US_SSN", "NATIONAL_ID", "PHONE", "MAC_ADDRESS", "CRYPTO")
_DAY = re.compile(r"(?:(\d{4})([-./])\d\d?\2\d\d?|\d\d?([-./])\d\d?\3(\d{4}))(?:[T ]00:00(?::00)?)?")
_DIGITS = re.compile(r"[+]?\d{7,15}")
# Regions whose numbers, written without trunk zero, are told from other numbers by their first digits.
_BARE_REGIONS = ("US", "IN", "ES", "PL", "IT")
_GIVEN_SHARE = {"person": 0.15, "given": 0.1, "surname": 0.0, "none": 0.3}
_NAME_SHAPE_SHARE = 0.7
_CELL_LENGTH = 60
_POSTAL_SHARE = 0.6
_ADDRESS_SHAPE = re.compile(r"(?=[^@:{}<>]*\d)(?=[^@:{}<>]*[^\W\d_]{3})[^@:{}<>]*[ ,\n][^@:{}<>]*")
# A town and its postcode as the United States, Britain, the Netherlands, Poland, and most others write them.
_POSTCODE = re.compile(
    r"\d[^\n,]*[\n,](?:.*[\n, ])?(?:[A-Z]{2} \d{5}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
    r"|\d{4} ?[A-Z]{2} [A-ZÀ-Þ]|\d{2}-\d{3} [A-ZÀ-Þ]"
    r"|\d{4,5}(?:-?\d{3})? [A-ZÀ-Þ]|[^\W\d_]+,? \d{5,6}\b)",
    re.DOTALL,
)


def labelled_kind(column: str) -> Kind | None:
    """The kind that the name of the column announces, or None."""
    labels = [label_of(word) for word in reversed(column_names.prefix(column).split())]
    first = next((label for label in labels if label is not None), None)
    return next((kind for kind in KINDS if kind == first), None)


def padded(values: Values) -> list[str]:
    """Integers as text, with the leading zeros that their storage lost."""
    lengths = Counter(dict.fromkeys(range(1, 20), 0))
    for text, count in zip(values.texts, values.counts, strict=True):
        lengths[len(text)] += int(count)
    usual = max(lengths, key=lambda size: lengths[size])
    return [text.zfill(usual) if usual - 2 <= len(text) < usual else text for text in values.texts]


def birth_dates(column: str, values: Values) -> bool:
    """Whether a column of dates (without a time) holds dates of birth: by its name, or spanning the lives of adults."""
    if values.nature == "date" and column_names.means_birth(column):
        return True
    sample = _sample(values)
    days = [match for match in map(_DAY.fullmatch, sample) if match]
    if column_names.means_other_date(column) or len(days) < max(_FEWEST_VALUES, _THROUGHOUT * len(sample)):
        return False
    first, median, last = np.quantile([int(match[1] or match[4]) for match in days], (0.05, 0.5, 0.95))
    today = date.today().year
    return bool(first >= today - 100 and last - first >= 25 and median <= today - 20)


def looks_like_cells(texts: list[str]) -> bool:
    """Whether texts of several words are names or addresses rather than sentences."""
    spans = Corpus.join(texts).split(addresses(Corpus.join(texts).text))
    covered = sum(bool(found) and found[0].start == 0 for found in spans)
    return covered >= len(texts) / 3 and sum(map(len, texts)) < _CELL_LENGTH * len(texts)


def person_and_address_rows(column: str, values: Values, *, prose: bool) -> Counter[Kind]:
    """Rows that hold names of persons or addresses; in prose by context, in cells by the column as a whole."""
    rows: Counter[Kind] = Counter()
    postal = _rows_like_address(values, announced=column_names.means_address(column))
    if postal >= _POSTAL_SHARE * values.counts.sum():
        rows["ADDRESS"] = postal
        return rows
    if prose:
        for spans, count in zip(
            find_identifiers(values.texts, kinds=("PERSON", "ADDRESS")), values.counts, strict=True
        ):
            rows.update(dict.fromkeys({span.kind for span in spans}, int(count)))
        return rows
    if _are_persons(column, values):
        rows["PERSON"] = int(values.counts[[_shaped_like_name(text.strip(" ,")) for text in values.texts]].sum())
        return rows
    corpus = Corpus.join(values.texts)
    for spans, count in zip(corpus.split(addresses(corpus.text)), values.counts, strict=True):
        rows["ADDRESS"] += int(count) if spans else 0
    return +rows


def _rows_like_address(values: Values, *, announced: bool) -> int:
    """Rows with a number and words (where the name announces an address), else with a postcode and a town too."""
    shaped = [
        _ADDRESS_SHAPE.fullmatch(text) is not None and (announced or _POSTCODE.search(text) is not None)
        for text in values.texts
    ]
    return int(values.counts[shaped].sum())


def _are_persons(column: str, values: Values) -> bool:
    prior = column_names.person_prior(column)
    if prior == "thing":
        return False
    sample = [text.strip() for text in _sample(values)]
    shaped = [text for text in sample if _shaped_like_name(text) and _capitalised(text)]
    if len(shaped) < _NAME_SHAPE_SHARE * len(sample):
        return False
    given = sum(_holds_given_name(text) for text in shaped) / len(shaped)
    single = sum(" " not in text for text in shaped) > len(shaped) / 2
    return given >= max(_GIVEN_SHARE[prior], 0.6 if single and prior == "none" else 0) and (
        prior != "surname" or len(set(sample)) >= min(5, len(sample))
    )


def _shaped_like_name(text: str) -> bool:
    return _NAME.fullmatch(text.replace(", ", " ")) is not None


def _capitalised(text: str) -> bool:
    return all(word[0].isupper() for word in text.split() if word.lower() not in PARTICLES)


def _holds_given_name(text: str) -> bool:
    parts = [part.strip(".,").lower() for part in text.split()]
    titled = len(parts) > 1 and parts[0] in HONORIFICS
    return titled or any(part.split("-")[0] in GIVEN_NAMES for part in parts[:3])


def whole_column(column: str, values: Values) -> Kind | None:
    """What (nearly) every value is: such an identifier however the column is called, a date of birth, a number whose
    check digits or plan hold.
    """
    sample = _sample(values)
    if len(sample) < _FEWEST_VALUES:
        return None
    alone = _telling(sample)
    if alone is not None or birth_dates(column, values):
        return alone or "DATE_OF_BIRTH"
    label = next((label_of(word) for word in column_names.prefix(column).split() if label_of(word) == "OTHER"), None)
    if label == "OTHER" or not all(map(_DIGITS.fullmatch, sample)):
        return None
    fulfilled = Counter(scheme for text in sample for scheme in schemes_fulfilled(text))
    if fulfilled and max(fulfilled.values()) >= _THROUGHOUT * len(sample):
        return "NATIONAL_ID"
    return "PHONE" if any(_throughout(sample, plan) for plan in _PLANS) else None


def _telling(sample: list[str]) -> Kind | None:
    """The kind that, without any label, half or more of (nearly) every value is, or None."""
    rows = Counter(
        span.kind
        for text, spans in zip(sample, find_identifiers(sample, kinds=_TELLING), strict=True)
        for span in spans[:1]
        if span.end - span.start >= len(text.strip()) / 2
    )
    return next((kind for kind, count in rows.items() if count >= _THROUGHOUT * len(sample)), None)


def _throughout(sample: list[str], plan: Callable[[str], bool]) -> bool:
    return sum(map(plan, sample)) >= _THROUGHOUT * len(sample)


def _abroad(text: str) -> bool:
    return text[0] == "+" and number_plans.valid_abroad(text[1:])


def _bare(region: str) -> Callable[[str], bool]:
    return lambda text: text[0] in "23456789" and len(text) in (9, 10) and number_plans.valid_at_home(text, region)


def _with_trunk(region: str) -> Callable[[str], bool]:
    return lambda text: text[0] == "0" and number_plans.valid_at_home(text, region)


def _coded(code: str) -> Callable[[str], bool]:
    return lambda text: text.startswith(code) and len(text) >= 11 and number_plans.valid_abroad(text)


_PLANS: tuple[Callable[[str], bool], ...] = (
    _abroad,
    *map(_bare, _BARE_REGIONS),
    *map(_with_trunk, number_plans.HOME_REGIONS),
    *map(_coded, ("1", "44", "49", "33", "34", "39", "31", "48", "351", "91", "55")),
)


def _sample(values: Values) -> list[str]:
    """At most `_SAMPLE` values, evenly spread; enough for what holds throughout a column."""
    return values.texts[:: max(1, len(values.texts) // _SAMPLE)]
