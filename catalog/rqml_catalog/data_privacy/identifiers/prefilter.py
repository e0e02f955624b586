"""The cheap first look: which stretches of digits could be a number that identifies a person.

One pattern finds runs of digits with separators; a run is then cut into windows (the whole run first, then parts
that stand on their own), so that "call 030 1234567 12 times" is read as a number and a count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_RUN = re.compile(r"[+(]?\d(?:[ \u00a0./()-]{0,3}\d){5,30}")
_CHUNK = re.compile(r"[^ \u00a0]+")
_DIGITS = re.compile(r"\d+")
_SPECIAL_BEFORE = frozenset("+_#$€£%&~^\\@*§")
# "DE12 2157 0124": an account number; whether its check holds is for the search for IBANs to say.
_IBAN_HEAD = re.compile(r"[A-Z]{2}\d{2}(?:[ \u00a0-]\d{4}){2}")
_IBAN_BEFORE = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2} (?:[A-Z0-9]{4} )*\Z")
_MONEY = re.compile(r"[ \u00a0]?(?:[€$£]|(?:EUR|USD|GBP|CHF|zł)(?!\w))")
_LONGEST_IBAN = 42
_MOST_CHUNKS = 8
# Chunks of one number, no part of which is another: cards in groups, right or wrong.
_CARD_CHUNKS = {(4, 6, 5), (4, 6, 4)}
_CARD_GROUPS = 4
FEWEST_DIGITS, MOST_DIGITS = 7, 19


class Number(NamedTuple):
    """Digits with separators at `start` to `end` of a corpus.

    Attributes:
        start, end: the position.
        text: as written.
        digits: the digits alone.
        groups: how many digits stand together, e.g. (3, 2, 4).
        whole: the stretch is not part of a longer run of digits.
    """

    start: int
    end: int
    text: str
    digits: str
    groups: tuple[int, ...]
    whole: bool


def numbers(text: str) -> Iterator[Iterator[Number]]:
    """For every run of digits its possible readings, longest first."""
    for match in _RUN.finditer(text):
        start, end = match.span()
        if _IBAN_HEAD.match(text, start - 2, end):
            continue
        if not _stands_alone(text, start, end):
            start, end = _trim(text, start, end)
        if _MONEY.match(text, end) or (text[start - 2 : start - 1].isalnum() and _in_iban(text, start)):
            continue
        if end - start >= FEWEST_DIGITS:
            yield _windows(text, start, end)


def _in_iban(text: str, start: int) -> bool:
    return _IBAN_BEFORE.search(text[max(0, start - _LONGEST_IBAN) : start]) is not None


def _stands_alone(text: str, start: int, end: int) -> bool:
    return _free_left(text, start) and _free_right(text, end)


def _free_left(text: str, start: int) -> bool:
    if not start:
        return True
    before = text[start - 1]
    if before == "#" and start > 1 and text[start - 2].isalpha():  # "SSN#123-45-6789"
        return True
    if before.isalnum() or before in _SPECIAL_BEFORE:
        return False
    if before == ",":  # a decimal comma; behind a word it parts two fields
        return start < 2 or not text[start - 2].isdigit()
    return not (before in "-./:'" and start > 1 and text[start - 2].isalnum() and not _label_colon(text, start))


def _label_colon(text: str, start: int) -> bool:
    """Whether a word is parted from the number by a sign only ("Tel:030"); "/items/030" is a path."""
    if text[start - 1] not in ":/." or not text[start - 2].isalpha():
        return False
    first = start - 2
    while first and text[first - 1].isalpha():
        first -= 1
    return not (text[start - 1] == "/" == text[first - 1 : first])


def _free_right(text: str, end: int) -> bool:
    after = text[end : end + 2]
    if not after or not (after[0].isalnum() or after[0] in "_-.:/,@%€$£="):
        return True
    if after[0] in "-.:/,":
        return len(after) == 1 or not after[1].isalnum() or (after[0] in ",." and not after[1].isdigit())
    return after[0] in "xX" and after[1:].isdigit()


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out chunks at the ends of a run that belong to a neighbouring word ("12:30", "v1 ", "17th")."""
    chunks = [match.span() for match in _CHUNK.finditer(text, start, end)]
    while chunks and not _free_left(text, chunks[0][0]):
        chunks.pop(0)
    while chunks and not _free_right(text, chunks[-1][1]):
        chunks.pop()
    return (chunks[0][0], chunks[-1][1]) if chunks else (start, start)


def _windows(text: str, start: int, end: int) -> Iterator[Number]:
    chunks = [match.span() for match in _CHUNK.finditer(text, start, end)]
    count = len(chunks)
    # "5801 0620 2036 0071" is one number: no part of it is another.
    sizes = tuple(right - left for left, right in chunks)
    one = (count >= _CARD_GROUPS and set(sizes) == {_CARD_GROUPS}) or sizes in _CARD_CHUNKS
    for size in range(count, count - 1 if one else 0, -1):
        for first in range(count - size + 1):
            left, right = chunks[first][0], chunks[first + size - 1][1]
            if right - left < FEWEST_DIGITS or (1 < size < count and text[left] not in "+(0"):
                continue
            number = _number(text, left, right, whole=size == count)
            if number is not None:
                yield number
        if count > _MOST_CHUNKS:
            return


def _number(text: str, start: int, end: int, *, whole: bool) -> Number | None:
    written = text[start:end].rstrip("()-./ ")
    groups = _DIGITS.findall(written)
    digits = "".join(groups)
    if not digits.isascii() or not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
        return None
    if written.startswith("(") and ")" not in written:
        written, start = written[1:], start + 1
    return Number(start, start + len(written), written, digits, tuple(map(len, groups)), whole)
