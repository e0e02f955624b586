"""Postal addresses in text: a street word with a house number, as eight languages write it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rqml_catalog.data_privacy.identifiers.spans import Span
from rqml_catalog.data_privacy.identifiers.street_words import BEHIND, COMPOUND, FRENCH, IN_FRONT

_CAP = r"[A-ZÀ-ÞĄĆĘŁŃŚŹŻ][^\W\d_]*(?:['’.-][^\W\d_]+)*(?:\.(?= ))?"
_NUMBER = r"\d{1,5}(?:[ ]?[A-Za-z]\b|[/-]\d{1,4})?"
_LINK = (
    r"(?:(?:de|des|du|la|le|les|l'|d'|del|della|dei|delle|las|los|do|da|dos|das|van|den|der|het|y|e|zur|zum)[ ]?){0,3}"
)

# Number in front: "221 Baker Street", "12 bis rue de la Paix", "44, avenue Foch", "Studio 9, Mill Lane".
_ROOM = r"(?:Flat|Studio|Unit|Apt\.?|Suite) \d?\w{1,4},? "
_NUMBER_FIRST = re.compile(
    rf"(?<![\w.,/-])(?:(?:(?:{_ROOM})?{_NUMBER},? |{_ROOM})(?:{_CAP} ){{1,4}}(?:{BEHIND})\b(?:\.(?=[ ,]))?"
    rf"|\d{{1,4}}(?: ?(?:bis|ter|[a-d]))?,? (?:{FRENCH}) {_LINK}{_CAP}(?:[ -]{_LINK}{_CAP}){{0,3}})"
)
# Street type as the end of a word: "Hauptstraße 5", "Keizersgracht 12"; or in front: "Via Roma, 3", "ul. Długa 7/2".
_HOUSE = re.compile(rf"(?<=[a-zß.])[ ]?{_NUMBER}(?!\w)")
_COMPOUND = re.compile(rf"(?:{COMPOUND})\Z")
_LONGEST_COMPOUND = 12
_HEAD = re.compile(rf"(?<!\w)(?:{_CAP}[ -]|[A-ZÀ-Þ])?(?:{_CAP}[ -]){{0,2}}[^\W\d_-]*\Z")
_TYPE_FIRST = re.compile(
    rf"(?:{IN_FRONT})[ ]?"
    rf"{_LINK}(?:{_CAP}|\d{{1,2}} (?=[A-ZÀ-Þ]))(?:[ ]{_LINK}{_CAP}){{0,4}}"
    rf"(?:,? ?(?:n[.ºo°]{{1,2}} ?|nº ?|numero )?)[ ]?{_NUMBER}(?!\w)"
)
# French streets without a number count where a postcode and a town follow.
_NO_NUMBER = re.compile(rf"(?<!\w)(?:{FRENCH}) {_LINK}{_CAP}(?:[ -]{_LINK}{_CAP}){{0,3}}(?=,? \d{{5}} [A-ZÀ-Þ])")
# What is no street word counts where an English postcode follows, or where the words in front call it an address.
_POSTED = re.compile(
    rf"(?<![\w.,/-])(?:{_NUMBER},? (?:{_CAP} ){{0,3}}{_CAP}"
    rf"(?=(?:,? ?(?:Apt|Suite|Unit|Flat)\.? ?\w{{1,5}})?(?:, ?(?:{_CAP} ){{1,3}}[A-Z]{{1,2}}\d[A-Z\d]? ?\d[A-Z]{{2}}\b"
    rf"|,? (?:{_CAP} ?){{1,3}}, ?[A-Z]{{2}} \d{{5}}\b))"
    rf"|C\. ?{_LINK}{_CAP}(?:[ ]{_LINK}{_CAP}){{0,4}},? {_NUMBER}(?=[^\n,;]{{0,12}}, ?\d{{5}} {_CAP}))"
)
_CALLED_ADDRESS = re.compile(
    rf"(?<=[ :])(?:\d{{1,5}}[A-Za-z]?,? (?:{_CAP} ){{1,3}}{_CAP}|(?:{FRENCH}) {_LINK}{_CAP}(?:[ -]{_LINK}{_CAP}){{0,3}}"
    rf"|C\. ?{_LINK}{_CAP}(?:[ ]{_LINK}{_CAP}){{0,4}},? {_NUMBER}(?!\w))"
)
_CALLED = re.compile(
    r"(?<!\w)(?:address|adresse|anschrift|dirección|direccion|domicilio|indirizzo|adres|endereço|"
    r"(?:lives?|living|resides?|residing) at|wohn(?:e|t|haft)(?: in)?(?: de[rm])?|residente in|abita in|vive en|"
    r"habite(?: au)?|domiciliée? (?:au|à)|demeurant(?: au)?|woont (?:in|op|aan))(?: is| ist| est| es| è)?[ ]?:?[ ]?\Z",
    re.IGNORECASE,
)
_REACH = 40
_UNIT = re.compile(r",? ?(?:Apt|Suite|Unit|Flat|Apto|Appartamento|Piano|Puerta|Piso|Appartement)\.? ?\w{1,5}\b")
_CITY = re.compile(
    rf"(?:,? ?(?:Apt|Suite|Unit|Flat|Apto|Appartamento|Piano|Puerta|Piso|Appartement|m\.)\.? ?\w{{1,5}} ?)?,? "
    rf"(?:{_CAP}(?: {_CAP}){{0,2}}, ?[A-Z]{{2}} \d{{5}}(?:-\d{{4}})?"
    rf"|(?:[A-Z]{{1,2}}-)?\d{{4,5}}(?:-\d{{3,4}}| ?[A-Z]{{2}}\b)?,? {_CAP}(?:[ -]{_CAP}){{0,2}}|\d{{2}}-\d{{3}} {_CAP}"
    rf"|{_CAP}(?: {_CAP}){{0,2}},? [A-Z]{{1,2}}\d[A-Z\d]? ?\d[A-Z]{{2}}\b)"
)


def addresses(text: str) -> Iterator[Span]:
    """Street addresses; a postcode and a town that follow belong to the span."""
    for match in _NUMBER_FIRST.finditer(text):
        yield _with_city(text, *match.span())
    for match in _NO_NUMBER.finditer(text):
        yield _with_city(text, *match.span())
    for match in _TYPE_FIRST.finditer(text):
        if not match.start() or not text[match.start() - 1].isalnum():
            yield _with_city(text, *match.span())
    for match in _POSTED.finditer(text):
        yield _with_city(text, match.start(), match.end())
    for match in _CALLED_ADDRESS.finditer(text):
        if _CALLED.search(text[max(0, match.start() - _REACH) : match.start()]):
            yield _with_city(text, *match.span())
    for match in _HOUSE.finditer(text):
        yield from _compound(text, *match.span())


def _compound(text: str, number: int, end: int) -> Iterator[Span]:
    """The street in front of a house number whose last word is a street word or ends in one."""
    street = _COMPOUND.search(text[max(0, number - _LONGEST_COMPOUND) : number])
    if street is None:
        return
    start = number - len(street[0])
    head = _HEAD.search(text[max(0, start - _REACH) : start])
    if head is not None and head[0] and head[0][0].isupper():
        yield _with_city(text, start - len(head[0]), end)


def _with_city(text: str, start: int, end: int) -> Span:
    unit = _UNIT.match(text, end)
    end = unit.end() if unit else end
    city = _CITY.match(text, end)
    return Span(start, city.end() if city else end, "ADDRESS")
