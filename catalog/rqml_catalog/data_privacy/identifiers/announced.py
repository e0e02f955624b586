"""Identifiers that only the words around them tell: dates of birth, passport numbers, vehicle plates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice

from rqml_catalog.data_privacy.identifiers.labels import FOREIGN, labels_after, labels_before
from rqml_catalog.data_privacy.identifiers.spans import Kind, Span

_DATE = re.compile(
    r"(?<![\w.:-])(?:(\d{4})([-./])(\d{1,2})\2(\d{1,2})|(\d{1,2})([-./ ])(\d{1,2})\6(\d{4}|\d{2})"
    r"|(\d{1,2})(?:st|nd|rd|th|er|\.|º)?[ -](?:de |of )?([^\W\d_]{3,10})\.?,?[ -](?:de |del )?(\d{4})"
    r"|([^\W\d_]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4}))(?![\w-])"
)
_MONTHS_WORDS = """
jan feb mar apr may jun jul aug sep oct nov dec janv fév fev mars avr mai juin juil août aou déc mär maer
okt dez ene abr ago dic set gen mag giu lug ott maa mei sty lut kwi maj cze lip sie wrz paź paz lis gru out
"""
_MONTHS = frozenset(_MONTHS_WORDS.split())
_PASSPORT = re.compile(r"(?<![\w-])(?:[A-Z]{1,2} \d{6,8}|[A-Z0-9]{6,10})(?![\w-]|[.,]\d)")
_PLATE = re.compile(
    r"(?<![\w-])(?:[A-Z]{2}[ -]?\d{1,2}[ -]?[A-Z]{1,3}[ -]?\d{4}|[A-ZÄÖÜ]{1,3}[ -][A-Z]{1,2}[ -]?\d{1,4}[EH]?"
    r"|[A-Z]{2}[ -]?\d{3}[ -]?[A-Z]{2}|\d{4}[ -]?[B-DF-HJ-NP-TV-Z]{3}|[A-Z]{2}\d{2} ?[A-Z]{3}|[A-Z]\d{1,3} ?[A-Z]{3}"
    r"|(?:\d{1,3}|[A-Z]{1,3})-(?:\d{1,3}|[A-Z]{1,3})-(?:\d{1,3}|[A-Z]{1,3})|[A-Z0-9]{2}[ -][A-Z0-9]{2}[ -][A-Z0-9]{2}"
    r"|[A-Z]{3}[- ]?\d[A-Z0-9]\d{2}|[A-Z]{1,3}[ -]?\d{3,5}|\d{1,3}[ -][A-Z]{2,3}[ -]?\d{0,4}|[A-Z]{2,3} [A-Z0-9]{4,5}"
    r"|[A-Z0-9]{5,8})(?![\w-]|\.\d)"
)
_FEWEST_PASSPORT_DIGITS = 2
# Consonants and digits, the last one a digit (Passverordnung, annex 11).
_GERMAN_PASSPORT = re.compile(r"[CFGHJK][0-9CFGHJKLMNPRTVWXYZ]{7}\d")
_OLDEST = 1900


def birth_dates(text: str) -> Iterator[Span]:
    """Dates that the words around call a date of birth."""
    for match in _DATE.finditer(text):
        if _possible_birth(match) and announces(text, match.start(), match.end(), "DATE_OF_BIRTH", after=True):
            yield Span(*match.span(), "DATE_OF_BIRTH")


def passports(text: str) -> Iterator[Span]:
    """Passport numbers: six to ten characters behind a word for passport."""
    for match in _PASSPORT.finditer(text):
        digits = sum(map(str.isdigit, match[0]))
        numeric = digits >= _FEWEST_PASSPORT_DIGITS or _GERMAN_PASSPORT.fullmatch(match[0])
        if numeric and announces(text, *match.span(), "PASSPORT", after=True):
            yield Span(*match.span(), "PASSPORT")


def plates(text: str) -> Iterator[Span]:
    """Vehicle registration plates of the larger countries, behind a word for plate or vehicle."""
    for match in _PLATE.finditer(text):
        mixed = any(map(str.isdigit, match[0])) and any(map(str.isalpha, match[0]))
        if mixed and announces(text, *match.span(), "VEHICLE_PLATE", after=True):
            yield Span(*match.span(), "VEHICLE_PLATE")


def announces(text: str, start: int, end: int, kind: Kind, *, after: bool) -> bool:
    """Whether the nearest label in front (or, where there is none and `after` is set, behind) is of this kind."""
    before = list(islice(labels_before(text, start), 2))
    if before:
        return before[0] == kind or (before[-1] == kind and (before[0] == "OWNER" or before[0] not in FOREIGN))
    return after and next(labels_after(text, end), None) == kind


def _possible_birth(match: re.Match[str]) -> bool:
    groups = match.groups()
    if groups[0]:
        return _possible_date(int(groups[0]), int(groups[2]), int(groups[3]))
    if groups[4]:
        return _possible_date(_full_year(groups[7]), int(groups[6]), int(groups[4]))
    day, month, year = groups[8:11] if groups[8] else (groups[12], groups[11], groups[13])
    named = month.lower()[:3] in _MONTHS or month.lower()[:4] in _MONTHS
    return named and _possible_date(int(year), 1, int(day))


def _full_year(written: str) -> int:
    return int(written) if len(written) == 4 else 1900 + int(written)


def _possible_date(year: int, month: int, day: int) -> bool:
    """Whether someone living may be born on it; month and day may come in either order."""
    return _OLDEST <= year <= date.today().year and 1 <= min(month, day) <= 12 and max(month, day) <= 31
