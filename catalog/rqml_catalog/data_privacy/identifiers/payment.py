"""Payment cards (ISO/IEC 7812) and bank accounts (ISO 13616)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rqml_catalog.data_privacy.identifiers.labels import FOREIGN, Label, label_at
from rqml_catalog.data_privacy.identifiers.prefilter import Number
from rqml_catalog.data_privacy.identifiers.spans import Span

# Issuer prefixes with the lengths they are issued in.
_ISSUERS = (
    (re.compile(r"4"), {13, 16, 19}),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), {16}),
    (re.compile(r"3[47]"), {15}),
    (re.compile(r"6011|64[4-9]|65"), {16, 19}),
    (re.compile(r"352[89]|35[3-8]"), {16, 19}),
    (re.compile(r"30[0-5]|36|38|39"), {14, 16}),
    (re.compile(r"62|81"), {16, 17, 18, 19}),
)
_LABELLED_ISSUERS = re.compile(r"50|5[6-8]|6|1800|2131|9792|220[0-4]")
_GROUPS = {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 5, 6), (4, 4, 4, 1), (6, 13)}
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

_IBAN = re.compile(r"[A-Za-z]{2}\d{2}(?:[ \u00a0-]?[A-Za-z0-9]{4}){2,7}(?:[ \u00a0-]?[A-Za-z0-9]{1,4})?")
_WORD = re.compile(r"[^\W_]+")
_GAPS, _GROUP = (" ", "\u00a0", "-"), 4
IBAN_LENGTHS = {
    country: size
    for size, countries in {
        15: "NO", 16: "BE BI", 18: "DK FI FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip


def luhn(digits: str) -> bool:
    """Whether the digits fulfil the Luhn check (ISO/IEC 7812-1, annex B)."""
    values = [ord(digit) - 48 for digit in reversed(digits)]
    return (sum(values[::2]) + sum(_DOUBLED[value] for value in values[1::2])) % 10 == 0


def card(number: Number, label: Label | None) -> bool:
    """Whether these digits are a payment card number, given what the words around announce."""
    digits = number.digits
    if not 12 <= len(digits) <= 19 or label in FOREIGN:
        return False
    if len(number.groups) > 1 and (number.groups not in _GROUPS or not set(number.text) <= set("0123456789 -\u00a0")):
        return False
    issued = any(len(digits) in lengths and prefix.match(digits) for prefix, lengths in _ISSUERS)
    if not issued and not (label == "CREDIT_CARD" and _LABELLED_ISSUERS.match(digits)):
        return False
    return len(set(digits)) > 1 and luhn(digits)


def ibans(text: str) -> Iterator[Span]:
    """IBANs of the registry's countries, compact or in groups, with a right check number (mod 97)."""
    for match in _IBAN.finditer(text):
        start = match.start()
        if start and text[start - 1].isalnum():
            continue
        size = IBAN_LENGTHS.get(match[0][:2].upper())
        end = _end_of(text, start, size or _alone(match[0]))
        if end is None or not mod97(text[start:end]):
            continue
        if size or label_at(text, start, end) == "IBAN":  # countries that are not in the registry need a word
            yield Span(start, end, "IBAN")


def iban_valid(text: str) -> bool:
    """Whether the check number of an IBAN of right length holds (ISO 7064, mod 97-10)."""
    return len(_compact(text)) == IBAN_LENGTHS.get(text[:2].upper()) and mod97(text)


def _compact(text: str) -> str:
    return re.sub(r"[ \u00a0-]", "", text).upper()


def mod97(text: str) -> bool:
    """Whether letters and digits give 1 modulo 97 once the first four moved to the end (ISO 7064)."""
    compact = _compact(text)
    if not compact.isascii():
        return False
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1


def _alone(matched: str) -> int:
    """How many letters and digits an IBAN of a country without a known length has: its own word, or its groups."""
    first = _WORD.match(matched)
    return len(first[0]) if first and len(first[0]) > _GROUP else len(_compact(matched))


def _end_of(text: str, start: int, size: int) -> int | None:
    """The position behind `size` letters and digits, in one word or in groups; None where there is no such position."""
    position = start
    while size > 0 and (word := _WORD.match(text, position)) is not None:
        length = len(word[0])
        if word[0].islower() and text[start].isupper():  # "ES27 1482 was"
            return None
        size, position = size - length, word.end()
        if size and (length > _GROUP and position - length == start):  # in one word, and too short
            return None
        position += size > 0 and text[position : position + 1] in _GAPS
    return position if not size else None
