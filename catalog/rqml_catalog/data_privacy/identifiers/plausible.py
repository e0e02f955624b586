"""Values that may stand behind a hashed identifier: numbers, dates, telephones, addresses, names.

Each domain is read lazily, the most plausible values first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import chain, islice, product
from random import Random
from string import ascii_uppercase, digits

from rqml_catalog.data_privacy.identifiers import common_names
from rqml_catalog.data_privacy.identifiers.given_names import GIVEN_NAMES

_MAILERS = (
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "example.com",
    "example.org",
    "icloud.com",
    "gmx.de",
    "web.de",
)
_ANY = {"#": digits, "?": ascii_uppercase}
_LEADING_ZEROS = (5, 6, 8, 4, 7, 9, 10)
_SSN_AREAS = [area for area in range(1, 900) if area != 666]
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_PESEL_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
# Country code, trunk prefix, first digits, how many follow: Germany, France, Britain, Spain, Poland.
_MOBILES = (
    ("49", "0", ("151", "152", "157", "160", "162", "163", "170", "171", "172", "173", "174", "175", "176"), 7),
    ("33", "0", ("6", "7"), 8),
    ("44", "0", ("74", "75", "77", "78", "79"), 8),
    ("34", "", ("6",), 8),
    ("48", "", ("50", "51", "53", "60", "66", "69", "72", "78", "79", "88"), 7),
)
_NETWORKS = ("192.168.", "10.0.", "172.16.", "10.1.")


def small_integers(most: int = 1_000_000) -> Iterator[str]:
    """0, 1, 2, ...: row and customer numbers."""
    return map(str, range(most))


def birth_dates(middle: int = 1985, years: int = 60) -> Iterator[str]:
    """Every day within so many years of the middle of a year, nearest first, in the usual notations."""
    centre = date(middle, 7, 1)
    for distance in range(365 * years):
        for day in {centre - timedelta(days=distance), centre + timedelta(days=distance)}:
            for notation in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%d-%m-%Y"):
                yield day.strftime(notation)


def padded_integers(most: int = 50_000) -> Iterator[str]:
    """Row and customer numbers with leading zeros: "00042"."""
    return (f"{number:0{width}d}" for width in _LEADING_ZEROS for number in range(min(most, 10**width)))


def matching(patterns: Iterable[str]) -> Iterator[str]:
    """All values of patterns such as "+4917012#####" or "536-22-####": "#" any digit, "?" any capital letter."""
    for pattern in patterns:
        yield from map("".join, product(*(_ANY.get(char, char) for char in pattern)))


def values_of_patterns(patterns: Iterable[str]) -> int:
    """How many values `matching` gives."""
    return sum(math.prod(len(_ANY.get(char, char)) for char in pattern) for pattern in patterns)


def national_numbers(rng: Random) -> Iterator[str]:
    """Numbers drawn without end from those that may be issued: US SSN, Dutch BSN, Spanish DNI, Polish PESEL."""
    while True:
        area, group, serial = rng.choice(_SSN_AREAS), rng.randrange(1, 100), rng.randrange(1, 10_000)
        yield f"{area:03d}-{group:02d}-{serial:04d}"
        yield f"{area:03d}{group:02d}{serial:04d}"
        bsn = f"{rng.randrange(10_000_000, 100_000_000)}"
        rest = sum(int(digit) * weight for digit, weight in zip(bsn, range(9, 1, -1), strict=True)) % 11
        if rest < 10:
            yield f"{bsn}{rest}"
        dni = rng.randrange(100_000_000)
        yield f"{dni:08d}{_DNI_LETTERS[dni % 23]}"
        born = date(1935, 1, 1) + timedelta(days=rng.randrange(27_000))
        pesel = f"{born:%y}{born.month + 20 * (born.year >= 2000):02d}{born:%d}{rng.randrange(10_000):04d}"
        weighted = sum(int(digit) * weight for digit, weight in zip(pesel, _PESEL_WEIGHTS, strict=True))
        yield f"{pesel}{-weighted % 10}"


def mobile_numbers(rng: Random) -> Iterator[str]:
    """Mobile numbers of five countries, drawn without end, in international and in national notation."""
    while True:
        for code, trunk, starts, missing in _MOBILES:
            rest = f"{rng.choice(starts)}{rng.randrange(10**missing):0{missing}d}"
            yield f"+{code}{rest}"
            yield f"{trunk}{rest}"


def private_addresses() -> Iterator[str]:
    """IPv4 addresses of the networks that houses and offices use."""
    return (f"{network}{third}.{fourth}" for network in _NETWORKS for third in range(256) for fourth in range(256))


def given_names() -> Iterator[str]:
    """Common given names, as written, in small and in capital letters."""
    for name in sorted(GIVEN_NAMES):
        yield from (name.capitalize(), name, name.upper())


def salted(salts: Iterable[str], domains: Iterable[Iterable[str]], most: int) -> Iterator[str]:
    """The first values of each domain with a salt in front or behind, with and without a separator.

    Args:
        salts: what everybody knows, such as the name of the column.
        domains: the values.
        most: how many values of each domain.
    """
    salts = tuple(salts)
    for value in chain.from_iterable(islice(domain, most) for domain in domains):
        for salt in salts:
            yield from (salt + value, value + salt, f"{salt}:{value}", f"{value}:{salt}")


def emails(names: Iterable[str], hosts: Iterable[str] = _MAILERS) -> Iterator[str]:
    """Addresses that people of these names would have: "jane.doe@", "jdoe@", "doe.jane@", "jane@", ..."""
    hosts = tuple(hosts)
    for name in names:
        parts = re.findall(r"[^\W\d_]+", name.lower())
        if not parts:
            continue
        first, last = parts[0], parts[-1]
        locals_ = dict.fromkeys(
            [
                f"{first}.{last}",
                f"{first}{last}",
                f"{first[0]}{last}",
                f"{first}_{last}",
                f"{last}.{first}",
                first,
                last,
            ]
        )
        yield from (f"{local}@{host}" for local, host in product(locals_, hosts))


def given_name_emails(numbers: int = 100) -> Iterator[str]:
    """Addresses made of a common given name and a number: "anna7@gmail.com"."""
    endings = ["", *map(str, range(numbers))]
    return (f"{name}{end}@{host}" for end in endings for host in _MAILERS for name in sorted(GIVEN_NAMES))


def full_name_emails() -> Iterator[str]:
    """Addresses made of a common given name and a common surname: "jane.doe@", "janedoe@", "jdoe@", "j.doe@"."""
    ranked = product(enumerate(common_names.FIRST), enumerate(common_names.LAST))
    for (_, first), (_, last) in sorted(ranked, key=lambda pair: pair[0][0] + pair[1][0]):
        locals_ = (f"{first}.{last}", f"{first}{last}", f"{first[0]}{last}", f"{first[0]}.{last}")
        yield from (f"{local}@{host}" for local, host in product(locals_, _MAILERS))


def values_of(columns: Iterable[Iterable[str]]) -> Iterator[str]:
    """What stands in the clear elsewhere in the same table, as written, without case and without separators."""
    for column in columns:
        for value in column:
            yield from dict.fromkeys(
                [value, value.strip(), value.strip().lower(), value.strip().upper(), re.sub(r"[\s().-]", "", value)]
            )
