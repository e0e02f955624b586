"""Telephone number plans: could these digits be dialled, and where.

The plans are those of `phonenumbers` (Google's libphonenumber), read as compiled patterns; its parser is not used,
being some twenty times slower than the patterns. Numbers that regulators keep for fiction are accepted too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

from rqml.errors import Unsupported

# Regions whose national notation is recognised without a country code.
HOME_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "PT", "IN", "BR", "AT", "CH", "BE", "IE", "AU")

# Ofcom, Arcep and the NANP reserve these for drama; number plans leave them out.
_FICTIONAL = {
    "GB": re.compile(r"7700900\d{3}|1632960\d{3}|20794600?\d{2,3}|8081570\d{3}|909879\d{4}|3069990\d{3}"),
    "FR": re.compile(r"(?:199|261|353|465|536|639)(?:00|91|01|71|49|98)\d{4}"),
    "US": re.compile(r"[2-9]\d{2}55501\d{2}"),
}
_TYPES = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "uan")


Plan = tuple[Callable[[str], object], frozenset[int], str]


def country_code(digits: str) -> str | None:
    """The country calling code that these digits (without +) start with, or None."""
    codes = _country_codes()
    return next((digits[:size] for size in (1, 2, 3) if int(digits[:size] or 0) in codes), None)


def valid_abroad(digits: str) -> bool:
    """Whether digits that start with a country code are a number of that country's plan."""
    code = country_code(digits)
    return code is not None and any(
        valid_at_home(digits[len(code) :], region) for region in _country_codes()[int(code)]
    )


def possible_abroad(digits: str) -> bool:
    """Whether digits that start with a country code have a length that this country uses."""
    code = country_code(digits)
    if code is None:
        return False
    rest = digits[len(code) :]
    return any(len(rest.removeprefix("0")) in _plan(region)[1] for region in _country_codes()[int(code)])


def valid_at_home(digits: str, region: str) -> bool:
    """Whether digits, with or without the trunk prefix, are a number of this region's plan (e.g. "GB")."""
    return _fits(_plan(region), digits)


def _fits(plan: Plan, digits: str) -> bool:
    matches, lengths, trunk = plan
    candidates = [digits]
    if trunk and digits.startswith(trunk):
        candidates.append(digits[len(trunk) :])
    return any(len(number) in lengths and matches(number) for number in candidates)


def home_regions(digits: str) -> list[str]:
    """Those of `HOME_REGIONS` in whose plan the digits are a number."""
    return [region for region in HOME_REGIONS if valid_at_home(digits, region)]


def mobile(digits: str, regions: tuple[str, ...]) -> bool:
    """Whether digits, with or without the trunk prefix, are a mobile number of one of these regions."""
    return any(_fits(_plan(region, ("mobile",)), digits) for region in regions)


def notations(pattern: str) -> dict[str, str]:
    """Other ways to write an international number or pattern ("+49 170 ####"), by what they are called."""
    compact = re.sub(r"[ ().\-/]", "", pattern)
    code = country_code(compact[1:4]) if re.match(r"\+\d{3}", compact) else None
    if code is None:
        return {}
    rest = compact[1 + len(code) :]
    trunk = _plan(_country_codes()[int(code)][0])[2]
    spelt = {"compact": compact, "with 00": f"00{code}{rest}", "without +": code + rest, "national": trunk + rest}
    return {name: text for name, text in spelt.items() if text != pattern}


@lru_cache(maxsize=1)
def _country_codes() -> dict[int, tuple[str, ...]]:
    try:
        from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
    except ImportError as error:
        raise Unsupported("telephone numbers need phonenumbers: pip install phonenumbers") from error
    return dict(COUNTRY_CODE_TO_REGION_CODE)


@cache
def _plan(region: str, types: tuple[str, ...] = _TYPES) -> Plan:
    """Matcher of national numbers of these types, their possible lengths, and the trunk prefix of a region."""
    _country_codes()
    from phonenumbers import PhoneMetadata

    metadata = PhoneMetadata.metadata_for_region_or_calling_code(country_code_of(region), region)
    if metadata is None:
        return (lambda _: None), frozenset(), ""
    kinds = [getattr(metadata, name) for name in types]
    patterns = [kind.national_number_pattern for kind in kinds if kind is not None]
    if region in _FICTIONAL:
        patterns.append(_FICTIONAL[region].pattern)
    pattern = "|".join(f"(?:{pattern})" for pattern in patterns if pattern) or "(?!)"
    general = metadata.general_desc
    lengths = frozenset(general.possible_length if general is not None else ()) - {-1}
    return re.compile(pattern).fullmatch, lengths, metadata.national_prefix or ""


@cache
def country_code_of(region: str) -> int:
    """The calling code of a region ("GB": 44); 0 when there is none."""
    return next((code for code, regions in _country_codes().items() if region in regions), 0)
