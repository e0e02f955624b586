"""National identification numbers with check digits, for some thirty countries.

Check digits come from `python-stdnum`. A scheme is tried only when the notation fits: `pattern` is the notation as
people write it, `compact` what remains without separators. Numbers of digits alone are accepted without a label only
where their checks are hard to fulfil by chance (`sure`), or where the usual separators are written (`shape`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from rqml.errors import Unsupported
from rqml_catalog.data_privacy.identifiers.labels import FOREIGN, Label, label_at
from rqml_catalog.data_privacy.identifiers.prefilter import Number
from rqml_catalog.data_privacy.identifiers.spans import Span


@dataclass(frozen=True, slots=True)
class Scheme:
    """One country's number.

    Attributes:
        module: the module of stdnum that knows its checks, e.g. "pl.pesel".
        size: how many digits it has (0: letters occur too).
        shape: the written groups that give it away, e.g. (3, 3, 3, 2) with separators; None when there are none.
        separators: what stands between the groups of `shape`.
        sure: accepted without separators and without a label.
        labelled: accepted when a label of the kind stands beside it.
    """

    module: str
    size: int
    shape: tuple[int, ...] | None = None
    separators: str = ""
    sure: bool = False
    labelled: bool = True


DIGIT_SCHEMES = (
    Scheme("us.itin", 9, (3, 2, 4), "--"),
    Scheme("gb.nhs", 10),
    Scheme("fr.nir", 15, (1, 2, 2, 2, 3, 3, 2), "      ", sure=True),
    Scheme("de.idnr", 11, (2, 3, 3, 3), "   ", sure=True),
    Scheme("nl.bsn", 9, (4, 2, 3), ".."),
    Scheme("pl.pesel", 11, sure=True),
    Scheme("in_.aadhaar", 12, (4, 4, 4), "  "),
    Scheme("br.cpf", 11, (3, 3, 3, 2), "..-"),
    Scheme("pt.nif", 9),
    Scheme("be.nn", 11, (2, 2, 2, 3, 2), "..-."),
    Scheme("ch.ssn", 13, (3, 4, 4, 2), "..."),
    Scheme("at.vnr", 10, (4, 6), " "),
    Scheme("se.personnummer", 10, (6, 4), "-"),
    Scheme("se.personnummer", 12, (8, 4), "-"),
    Scheme("no.fodselsnummer", 11, (6, 5), " ", sure=True),
    Scheme("dk.cpr", 10, (6, 4), "-"),
    Scheme("ca.sin", 9),
    Scheme("au.tfn", 9),
    Scheme("za.idnr", 13, (6, 4, 3), "  "),
    Scheme("tr.tckimlik", 11),
    Scheme("hr.oib", 11),
    Scheme("ro.cnp", 13, sure=True),
    Scheme("bg.egn", 10),
    Scheme("cz.rc", 10, (6, 4), "/"),
    Scheme("ee.ik", 11),
    Scheme("cn.ric", 18, sure=True),
    Scheme("kr.rrn", 13, (6, 7), "-"),
)


@dataclass(frozen=True, slots=True)
class LetterScheme:
    """A number with letters: its pattern, the stdnum module (or "" for none), and whether it needs a label."""

    pattern: str
    module: str
    needs_label: bool = False


LETTER_SCHEMES = (
    LetterScheme(r"(?i:[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z])", "it.codicefiscale"),
    LetterScheme(r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d", "mx.curp"),
    LetterScheme(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]", ""),
    LetterScheme(r"[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]", "in_.pan"),
    LetterScheme(r"\d{2}\.?\d{3}\.?\d{3}[- ]?[A-HJ-NP-TV-Z]", "es.dni"),
    LetterScheme(r"[XYZ][- ]?\d{1}\.?\d{3}\.?\d{3}[- ]?[A-HJ-NP-TV-Z]", "es.nie"),
    LetterScheme(r"[12] ?\d{2} ?[01]\d ?2[AB] ?\d{3} ?\d{3} ?\d{2}", "fr.nir"),
    LetterScheme(r"\d{2} ?[0-3]\d[01]\d\d{2} ?[A-Z] ?\d{2} ?\d", "de.rvnr"),
    LetterScheme(r"[0-3]\d[01]\d{3}[-+ABCDEFUVWXY]\d{3}[0-9A-FHJ-NPR-Y]", "fi.hetu"),
    LetterScheme(r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-Z]", "", needs_label=True),
    LetterScheme(r"\d{7}[A-W][A-IW]?", "ie.pps", needs_label=True),
    LetterScheme(r"[STFGM]\d{7}[A-Z]", "", needs_label=True),
    LetterScheme(r"\d{17}X", "cn.ric"),
    LetterScheme(r"\d{9}-?[\dK]", "cl.rut", needs_label=True),
    LetterScheme(r"[0-9CFGHJKLMNPRTVWXYZ]{9}\d[D<]?", "de.ausweis", needs_label=True),
)

_BY_SIZE = {size: [scheme for scheme in DIGIT_SCHEMES if scheme.size == size] for size in range(9, 19)}
_ANY_LETTER_SCHEME = re.compile(
    r"(?<![\w.-])(?:" + "|".join(f"({scheme.pattern})" for scheme in LETTER_SCHEMES) + r")(?![\w]|-\w|\.\d)"
)
# The Verhoeff check of Aadhaar and the eleven-test of the NHS number are one-digit checks: shape or label required.
_SSN_NEVER_ISSUED = {"078051120", "219099999", "457555462"}


def us_ssn(number: Number, label: Label | None) -> bool:
    """Whether these digits are a US social security number (area, group and serial as the SSA assigns them)."""
    digits = number.digits
    if len(digits) != 9 or digits in _SSN_NEVER_ISSUED or label in FOREIGN:
        return False
    if digits[:3] in {"000", "666"} or digits[0] == "9" or digits[3:5] == "00" or digits[5:] == "0000":
        return False
    if number.groups == (3, 2, 4):
        return "." not in number.text and "/" not in number.text and (number.whole or label == "US_SSN")
    return number.groups == (9,) and label == "US_SSN"


def national_id(number: Number, label: Label | None) -> bool:
    """Whether these digits are the number of one of `DIGIT_SCHEMES`, given what the words around announce."""
    if label in FOREIGN or len(set(number.digits)) < 3:
        return False
    return any(
        _announced(scheme, number, label) and _valid(scheme.module, number.digits) for scheme in _schemes(number)
    )


def schemes_fulfilled(digits: str) -> list[str]:
    """The schemes whose checks these digits fulfil, whatever stands around them (for whole columns)."""
    return [scheme.module for scheme in _BY_SIZE.get(len(digits), ()) if _valid(scheme.module, digits)]


def letter_ids(text: str) -> Iterator[Span]:
    """National numbers that hold letters, e.g. the Italian codice fiscale or the British NINO."""
    for match in _ANY_LETTER_SCHEME.finditer(text):
        scheme = LETTER_SCHEMES[(match.lastindex or 1) - 1]
        if not _valid(scheme.module, re.sub(r"[ .]", "", match[0])):
            continue
        label = label_at(text, *match.span())
        if label == "NATIONAL_ID" or (label not in FOREIGN and not scheme.needs_label):
            yield Span(*match.span(), "NATIONAL_ID")


def _schemes(number: Number) -> list[Scheme]:
    return _BY_SIZE.get(len(number.digits), [])


def _announced(scheme: Scheme, number: Number, label: Label | None) -> bool:
    if label == "NATIONAL_ID" or (label == "US_SSN" and scheme.module == "us.itin"):
        return True
    if scheme.shape is not None and number.groups == scheme.shape:
        return re.sub(r"\d", "", number.text).replace("\u00a0", " ") == scheme.separators
    return scheme.sure and len(number.groups) == 1


def _valid(module: str, text: str) -> bool:
    return _validator(module)(text) if module else True


@cache
def _validator(module: str) -> Callable[[str], bool]:
    own = {"de.rvnr": rvnr_valid, "de.ausweis": ausweis_valid}.get(module)
    if own is not None:
        return own
    try:
        return import_module(f"stdnum.{module}").is_valid  # type: ignore[no-any-return]
    except ImportError as error:
        raise Unsupported("national numbers need python-stdnum: pip install python-stdnum") from error


def rvnr_valid(text: str) -> bool:
    """The German pension insurance number (12 characters; weights of the Deutsche Rentenversicherung)."""
    compact = text.replace(" ", "")
    digits = compact[:8] + f"{ord(compact[8]) - 64:02d}" + compact[9:11]
    products = (int(d) * w for d, w in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True))
    return sum(product // 10 + product % 10 for product in products) % 10 == int(compact[11])


def ausweis_valid(text: str) -> bool:
    """The German identity card number: nine characters and a check digit (ICAO Doc 9303, weights 7, 3, 1)."""
    values = [int(char, 36) for char in text[:9]]
    return any(map(str.isdigit, text[:9])) and sum(v * (7, 3, 1)[i % 3] for i, v in enumerate(values)) % 10 == int(
        text[9]
    )
