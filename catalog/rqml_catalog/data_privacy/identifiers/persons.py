"""Names of persons in text, by honorific, by introduction or by a common given name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rqml_catalog.data_privacy.identifiers.common_nouns import COMMON_NOUNS
from rqml_catalog.data_privacy.identifiers.eponyms import eponym
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
# "Reported by", "Ship to:" announce a person only before two names or more.
_PHRASE = re.compile(
    r"(?:(?:report|sign|writt|approv|assign|review|request|submitt|prepar|perform|examin|treat|order|book|"
    r"seen|sent|fil|rais|complet|hand|enter|author|check|collect|receiv)(?:t?ed|en)? by|"
    r"(?:ship|deliver|bill|sold|send|assign|escalat|spok?e|speak|talk|address|forward|"
    r"attention|met|meet)\w* (?:to|with)|"
    r"(?:envi|entreg|liefer|sped|consegn|livr|expédi|bezorg|verzend|dostaw|wysył|recapit|adres|ship|deliver|bill)\w*"
    r"(?: (?:a|à|para|an|bij|aan|do|to|dostawy|di consegna|de livraison|de entrega))?|"
    r"(?:un|een|con) (?:cordial )?(?:saludo|groet|abrazo)|poważaniem|gruß|gruss|cheers|"
    r"atentamente|atenciosamente|cordialmente|distinti saluti|bien à vous|guest|spouse|relative|"
    r"ask(?:ed|ing)? for|(?:rücksprache|gespräch) mit|parl\w+ (?:avec|con)|habl\w+ con|"
    r"(?:emergency|notfall) ?kontakt|referente|referent|ansprechpartnerin|betreuer(?:in)?|dzwonił[a]?|signé par|"
    r"(?:firmado|assinado|solicitado|reportado) por|(?:firmato|richiesto) da|(?:gemeldet|unterschrieben) von)"
    r"[\s:,;-]{1,4}\Z",
    re.IGNORECASE,
)
# A record: the name stands in a field beside an e-mail address or a telephone number.
_BESIDE_CONTACT = re.compile(r"\s?[;,|<(\t]\s?(?:[\w.+'-]+@\w|\+\d|\(?0\d)")
_COMPANY = re.compile(
    r"\b(?:S\.? ?A\.?(?:S\.?)?|S\.? ?[rp]\.? ?[lA]\.?|S\.? ?L\.?(?:U\.?)?|SARL|GmbH|AG|KG|OHG|mbH|Inc|Ltd|LLC|PLC|LLP|"
    r"B\.?V|N\.?V|Ltda|Corp|Group|Holding|Stiftung|Sons|Brothers|Partners|Associates|Fils|Hijos|Asociados|Sp\.|S\.C)"
    r"(?!\w)|&"
)
_LAST_WORD = re.compile(r"([^\W\d_]+)[\s:,;\"'(>=-]{1,4}\Z")
# Abbreviations that end behind their stop: "Sig.ra", "Dott.ssa", "Sr.ª".
_SHORTENED = re.compile(
    r"(?<!\w)(?:sig\.(?:ra|na)|(?:dott|prof|avv)\.(?:ssa|sa)?|(?:sr|dr|d)\.?ª|dña\.|gent\.ma|mlle\.) $", re.IGNORECASE
)
# Honorifics that stand in front of a name in small letters too.
_WRITTEN_OUT = frozenset(word for word in HONORIFICS if len(word) > 4)
# Articles that belong to a name behind its first part or another particle only ("Kees den Uyl", "van der Velde").
_ARTICLES = frozenset({"der", "den"})
_MOST_PARTS, _ACRONYM = 4, 4
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
        if last == index:
            index, introduced = index + 1, word in INTRODUCTIONS
            continue
        stop = parts[last - 1][1]
        if (
            _may_be_name(word)
            and not (last - index == 1 and _acronym(text[slice(*parts[index])]))
            and (_given(word) or COMMON_NOUNS.isdisjoint(text[parts[index][0] : stop].lower().split()))
            and (introduced or (last - index > 1 and (_given(word) or _announced(text, parts[index][0], stop))))
            and not _company(text, parts[index], stop)
            and (introduced or not eponym(text, parts[index][0], stop))
        ):
            yield Span(parts[index][0], stop, "PERSON")
            index = last
        else:
            index += 1
        introduced = word in INTRODUCTIONS


def _announced(text: str, start: int, end: int) -> bool:
    """Whether a phrase in front or a field behind says that two capitalised words or more are a name."""
    before = text[max(0, start - _LOOK_BACK) : start]
    return _PHRASE.search(before) is not None or _BESIDE_CONTACT.match(text, end) is not None


def _company(text: str, first: tuple[int, int], end: int) -> bool:
    """Whether a legal form follows the first part: "Adam S.A.", "Walter Etzler AG"."""
    return _COMPANY.search(text, first[1], end + 8 if text[end : end + 1] in " .,-" else end) is not None


def _may_be_name(first: str) -> bool:
    return first not in PARTICLES and first not in NOT_NAMES and first not in COMMON_NOUNS


def _acronym(word: str) -> bool:
    """Whether a word alone reads "NHS" or "ID" rather than as a name."""
    return word.isupper() and len(word) <= _ACRONYM


def _given(first: str) -> bool:
    return first.split("-", maxsplit=1)[0] in GIVEN_NAMES


def _name_end(text: str, parts: list[tuple[int, int]], first: int) -> int:
    """The index behind the last part of a name that starts at part `first`."""
    last, position, before = first, first, ""
    while position < len(parts) and position - first < _MOST_PARTS + 2:
        word = text[slice(*parts[position])].lower()
        initial = parts[position][1] - parts[position][0] == 1
        if word in PARTICLES and position > first:
            if word in _ARTICLES and position > first + 1 and before not in PARTICLES:  # "Olaf Wulf den Vertrag"
                break
            before, position = word, position + 1
            continue
        if word in NOT_NAMES or word in HONORIFICS:
            break
        position += 1
        last, before = position, word
        if text[parts[position - 1][1] : parts[position - 1][1] + 1] == "." and not initial:
            break
    return last


def _introduced(text: str, start: int) -> bool:
    behind = text[max(0, start - _LOOK_BACK) : start]
    if _SHORTENED.search(behind):
        return True
    before = _LAST_WORD.search(behind)
    if before is None:
        return False
    word = before[1].lower()
    return (
        word in INTRODUCTIONS
        or word in _WRITTEN_OUT
        or (word in {"is", "ist", "est", "es", "è", "é", "jest"} and _names_itself(text, start))
    )


def _names_itself(text: str, start: int) -> bool:
    """Whether "name is", "nom est" and the like stand in front."""
    words = re.findall(r"[^\W\d_]+", text[max(0, start - _LOOK_BACK) : start].lower())
    return len(words) > 1 and words[-2] in INTRODUCTIONS
