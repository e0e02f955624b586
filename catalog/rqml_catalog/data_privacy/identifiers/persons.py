"""Names of persons in text, by honorific, by introduction or by a common given name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rqml_catalog.data_privacy.identifiers.given_names import (
    GIVEN_NAMES,
    HONORIFICS,
    INTRODUCTIONS,
    NOT_NAMES,
    PARTICLES,
)
from rqml_catalog.data_privacy.identifiers.spans import Span

_UPPER = "A-ZÀ-ÖØ-ÞĀĄĆČĎĘĚŁŃŇÓŘŚŠŤŮŹŻŽ"
_PART = rf"[{_UPPER}][^\W\d_]*(?:['’-][^\W\d_]+)*"
_JOIN = r"\.? (?:(?:van|von|der|den|de|del|della|di|da|dos|das|du|la|ter|ten|zu|y|e|al|do) ){0,3}"
_RUN = re.compile(rf"(?<![\w@./-]){_PART}(?:{_JOIN}{_PART})*")
_TOKEN = re.compile(r"[^\s.]+")
_LAST_WORD = re.compile(r"([^\W\d_]+)[\s:,;\"'(>=-]{1,4}\Z")
_MOST_PARTS = 4
_LOOK_BACK = 28


def persons(text: str) -> Iterator[Span]:
    """Names of persons; a lone given name counts only behind an honorific or an introduction ("my name is")."""
    for match in _RUN.finditer(text):
        yield from _names_in(text, match.start(), match.end())


def _names_in(text: str, start: int, end: int) -> Iterator[Span]:
    parts = [part.span() for part in _TOKEN.finditer(text, start, end)]
    index = 0
    introduced = _introduced(text, start)
    while index < len(parts):
        word = text[slice(*parts[index])].lower()
        if word in HONORIFICS:
            introduced, index = True, index + 1
            continue
        last = _name_end(text, parts, index)
        if last > index and _is_name(word, last - index, introduced=introduced):
            yield Span(parts[index][0], parts[last - 1][1], "PERSON")
            index = last
        else:
            index += 1
        introduced = word in INTRODUCTIONS


def _is_name(first: str, count: int, *, introduced: bool) -> bool:
    if first in PARTICLES or first in NOT_NAMES:
        return False
    return introduced or (count > 1 and first.split("-", maxsplit=1)[0] in GIVEN_NAMES)


def _name_end(text: str, parts: list[tuple[int, int]], first: int) -> int:
    """The index behind the last part of a name that starts at part `first`."""
    last, position = first, first
    while position < len(parts) and position - first < _MOST_PARTS + 2:
        word = text[slice(*parts[position])].lower()
        initial = parts[position][1] - parts[position][0] == 1
        if word in PARTICLES and position > first:
            position += 1
            continue
        if word in NOT_NAMES or word in HONORIFICS:
            break
        position += 1
        last = position
        if text[parts[position - 1][1] : parts[position - 1][1] + 1] == "." and not initial:
            break
    return last


def _introduced(text: str, start: int) -> bool:
    before = _LAST_WORD.search(text[max(0, start - _LOOK_BACK) : start])
    if before is None:
        return False
    word = before[1].lower()
    return word in INTRODUCTIONS or (
        word in {"is", "ist", "est", "es", "è", "é", "jest"} and _names_itself(text, start)
    )


def _names_itself(text: str, start: int) -> bool:
    """Whether "name is", "nom est" and the like stand in front."""
    words = re.findall(r"[^\W\d_]+", text[max(0, start - _LOOK_BACK) : start].lower())
    return len(words) > 1 and words[-2] in INTRODUCTIONS
