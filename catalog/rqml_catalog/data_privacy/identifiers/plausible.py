"""Values that may stand behind a hashed identifier: numbers, dates, telephones, addresses, names.

Each domain is read lazily, the most plausible values first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import chain, islice, product
from string import ascii_uppercase, digits

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


def values_of(columns: Iterable[Iterable[str]]) -> Iterator[str]:
    """What stands in the clear elsewhere in the same table, as written, without case and without separators."""
    for column in columns:
        for value in column:
            yield from dict.fromkeys(
                [value, value.strip(), value.strip().lower(), value.strip().upper(), re.sub(r"[\s().-]", "", value)]
            )
