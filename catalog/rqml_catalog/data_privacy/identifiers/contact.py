"""E-mail addresses and telephone numbers in text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rqml_catalog.data_privacy.identifiers import number_plans
from rqml_catalog.data_privacy.identifiers.labels import FOREIGN, Label
from rqml_catalog.data_privacy.identifiers.prefilter import Number
from rqml_catalog.data_privacy.identifiers.spans import Span

# The local part is found by walking back from "@": a pattern that starts with it would try every word.
_DOMAIN = re.compile(r"@((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+([^\W\d_]{2,24}|xn--[a-z0-9-]{2,59}))(?![\w@-])")
_BACKWARDS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}")
_LOCAL_REACH = 64
_FILE_ENDINGS_WORDS = """
png jpg jpeg gif svg webp ico bmp css js ts jsx tsx py rb go rs java json yaml yml xml html htm txt md csv
zip gz
"""
_FILE_ENDINGS = frozenset(_FILE_ENDINGS_WORDS.split())
_DATE = re.compile(
    r"(?:19|20)\d\d[-./ ]?[01]\d[-./ ]?[0-3]\d"
    r"|(?:[0-3]?\d([-./])[01]?\d\1|[01]?\d([-./])[0-3]?\d\2)(?:19|20)\d\d"
)
_EXTENSION = re.compile(r"\s?(?:[xX]|ext\.?)\s?\d{1,5}\b")
_MOST_GROUPS = 8
# Where mobile numbers are long and told by what follows a zero, and where they come in threes.
_TRUNK_REGIONS, _THREES_REGIONS = ("GB", "DE"), ("ES", "PL")
_NANP_GROUPS = {(3, 3, 4), (1, 3, 3, 4), (3, 7)}
_USER_INFO = re.compile(r"://[^\s/?#\x00]*\Z")
_LONGEST_USER_INFO = 128


def emails(text: str) -> Iterator[Span]:
    """E-mail addresses (RFC 5321 dot-atoms, international domains); file names such as icon@2x.png are none."""
    for match in _DOMAIN.finditer(text):
        at = match.start()
        local = _BACKWARDS.match(text[max(0, at - _LOCAL_REACH) : at][::-1])
        if local is None or match[2].lower() in _FILE_ENDINGS or _signs_in(text, at):
            continue
        name = local[0][::-1].lstrip("./'`=|{*!?&#-")
        if name == "git":  # the user of a remote repository, not a person
            continue
        if name and ".." not in name and not name.endswith("."):
            yield Span(at - len(name), match.end(), "EMAIL")


def _signs_in(text: str, at: int) -> bool:
    """Whether "user@host" is the authority of a URL (RFC 3986): where to sign in, not where to write to."""
    left = max(0, at - _LONGEST_USER_INFO)
    return text.find("://", left, at) >= 0 and _USER_INFO.search(text[left:at]) is not None


def phone(number: Number, label: Label | None) -> bool:
    """Whether these digits are a telephone number, given what the words around announce."""
    if _DATE.fullmatch(number.text) or len(set(number.digits)) < 3 or len(number.digits) > 15:
        return False
    if number.text[0] == "+":
        return _international(number.digits, label)
    if label in FOREIGN or len(number.groups) > _MOST_GROUPS or number.text.count("(") > 1 or "--" in number.text:
        return False
    if _like_decimal(number):
        return label == "PHONE" and number.digits[0] == "0" and bool(number_plans.home_regions(number.digits))
    return label == "PHONE" or (label is None and _shaped(number))


def extension(text: str, end: int) -> int:
    """Where a telephone number that ends at `end` really ends, its extension ("x123") included."""
    match = _EXTENSION.match(text, end)
    return match.end() if match else end


def _international(digits: str, label: Label | None) -> bool:
    digits = _without_trunk_zero(digits)
    return number_plans.valid_abroad(digits) or (label == "PHONE" and number_plans.possible_abroad(digits))


def _without_trunk_zero(digits: str) -> str:
    code = number_plans.country_code(digits)
    if code and digits[len(code) :].startswith("0") and not number_plans.valid_abroad(digits):
        return code + digits[len(code) + 1 :]
    return digits


def _like_decimal(number: Number) -> bool:
    """Whether digits with one stop read as a fraction or a coordinate: "030.1234567"."""
    return number.text.count(".") == 1 and len(number.groups) == 2


def _shaped(number: Number) -> bool:
    """Whether the notation alone, without any label, tells a telephone number."""
    text, digits = number.text, number.digits
    if digits.startswith("00"):
        return len(number.groups) > 1 and number_plans.valid_abroad(_without_trunk_zero(digits[2:]))
    if number.groups in _NANP_GROUPS:
        nanp = digits[-10:]
        separated = "-" in text or "(" in text or "." in text or (len(number.groups) == 3 and number.whole)
        if digits[0] != "0":
            return separated and nanp[0] in "23456789" and nanp[3] in "23456789" and digits[:-10] in {"", "1"}
    if len(number.groups) == 1 and "(" not in text:
        return digits[0] == "0" and number.whole and number_plans.mobile(digits, _TRUNK_REGIONS)
    if number.groups == (5, 3) and "-" in text:  # a Brazilian postcode: "01310-100"
        return False
    if number.groups == (3, 3, 3) and number.whole and "." not in text:  # thousands are written with stops
        return number_plans.mobile(digits, _THREES_REGIONS)
    if number.groups[0] == 1 or ("." in text and "-" in text):  # an ISBN, a CPF
        return False
    return bool(number_plans.home_regions(digits)) and (digits[0] == "0" or "(" in text or _even_groups(number))


def _even_groups(number: Number) -> bool:
    """Groupings of nine- to eleven-digit plans without trunk zero: "612 34 56 78", "98765 43210", "11 91234-5678"."""
    return number.whole and number.groups in {
        (3, 2, 2, 2), (2, 3, 2, 2), (5, 5), (2, 5, 4), (2, 4, 4), (3, 6), (3, 3, 4), (3, 4, 3), (4, 3, 3),
        (2, 3, 4),
    }  # fmt: skip
