"""Undo hashed identifiers by hashing everything that could be behind them.

An unkeyed hash of a telephone number hides nothing: there are few telephone numbers. The attack hashes plausible
values of a domain in the notations people use and looks the digests up (Marx et al., "Hashing of personally
identifiable information is not sufficient", SICHERHEIT 2018).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice, product

from rqml_catalog.data_privacy.identifiers.given_names import GIVEN_NAMES

ALGORITHMS = ("md5", "sha1", "sha256", "sha512")
_HEX = re.compile(r"[0-9a-fA-F]{8,128}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{11,88}={0,2}")
_FEWEST_HEX = 8
_LIKE_HASH_SHARE = 0.9
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


@dataclass(frozen=True, slots=True)
class Attack:
    """What a dictionary attack brought.

    Attributes:
        undone: the digests whose value was found.
        tried: how many candidate values were hashed.
        how: algorithm and domain of each success, with its number; holds no value.
    """

    undone: frozenset[str] = field(repr=False)
    tried: int
    how: dict[str, int]


def looks_hashed(values: Sequence[str]) -> bool:
    """Whether (nearly) all values look like digests: hexadecimal or base64 of one length, letters and digits mixed."""
    if not values:
        return False
    like = [value for value in values if encoding_of(value) is not None]
    return len(like) >= _LIKE_HASH_SHARE * len(values) and len({len(value) for value in like}) == 1


def encoding_of(value: str) -> str | None:
    """ "hex" or "base64" when a value may be a digest (or the start of one), else None."""
    if _HEX.fullmatch(value) and re.search(r"[a-fA-F]", value) and re.search(r"\d", value):
        return "hex"
    mixed = re.search(r"[a-z]", value) and re.search(r"[A-Z]", value)
    return "base64" if _BASE64.fullmatch(value) and mixed and re.search(r"[\d+/_=-]", value) else None


def attack(digests: Iterable[str], domains: Mapping[str, Iterable[str]], *, budget: int = 500_000) -> Attack:
    """Hash the candidates of each domain and compare.

    Args:
        digests: hexadecimal or base64 digests, whole or cut short; case does not matter for hexadecimal ones.
        domains: candidate values by the name of their domain; read lazily, the most plausible first.
        budget: how many candidates of each domain to hash at most.

    Returns:
        Which digests fell, and by which algorithm and domain.
    """
    wanted: dict[str, list[str]] = {}
    for digest in digests:
        wanted.setdefault(_normal(digest), []).append(digest)
    hashers = _hashers(wanted)
    undone, how, tried = set[str](), Counter[str](), 0
    for domain, candidates in domains.items():
        for candidate in islice(candidates, budget):
            tried += 1
            for name, hasher in hashers:
                digest = hasher(candidate)
                if digest in wanted and digest not in undone:
                    undone.add(digest)
                    how[f"{name} of {domain}"] += 1
        if len(undone) == len(wanted):
            break
    return Attack(frozenset(original for digest in undone for original in wanted[digest]), tried, dict(how))


def _normal(digest: str) -> str:
    return digest.lower() if encoding_of(digest) == "hex" else digest.rstrip("=").replace("-", "+").replace("_", "/")


def _hashers(wanted: Iterable[str]) -> list[tuple[str, Callable[[str], str]]]:
    """The hash functions whose digests are at least as long as the wanted ones, cut to their lengths."""
    hashers: list[tuple[str, Callable[[str], str]]] = []
    for is_hex, size in sorted({(encoding_of(digest) == "hex", len(digest)) for digest in wanted}):
        for name in ALGORITHMS:
            longest = hashlib.new(name).digest_size
            if size <= (2 * longest if is_hex else -(-4 * longest // 3)):
                hashers.append((name, _hasher(name, size, is_hex=is_hex)))
    return hashers


def _hasher(name: str, size: int, *, is_hex: bool) -> Callable[[str], str]:
    make = getattr(hashlib, name)

    def hexadecimal(value: str) -> str:
        return str(make(value.encode()).hexdigest()[:size])

    def base_64(value: str) -> str:
        return base64.b64encode(make(value.encode()).digest()).decode()[:size]

    return hexadecimal if is_hex else base_64


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


def phone_numbers(patterns: Iterable[str]) -> Iterator[str]:
    """All numbers of patterns such as "+4917012#####", where each "#" stands for a digit."""
    for pattern in patterns:
        size = pattern.count("#")
        for number in range(10**size):
            digits = iter(f"{number:0{size}d}" if size else "")
            yield "".join(next(digits) if char == "#" else char for char in pattern)


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
            yield from dict.fromkeys([value, value.strip(), value.strip().lower(), re.sub(r"[\s().-]", "", value)])
