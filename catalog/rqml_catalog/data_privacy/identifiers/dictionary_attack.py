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
from itertools import islice

ALGORITHMS = ("md5", "sha1", "sha256", "sha512")
_HEX = re.compile(r"[0-9a-fA-F]{8,128}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{11,88}={0,2}")
_FEWEST_HEX = 8
_LIKE_HASH_SHARE = 0.9
_BATCH = 8192


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
    targets = _targets(wanted)
    undone, how, tried = set[str](), Counter[str](), 0
    for domain, candidates in domains.items():
        for batch in _batches(islice(candidates, budget)):
            tried += len(batch)
            for target in targets:
                new = target.hits(batch) - undone
                undone |= new
                if new:
                    how[f"{target.algorithm} of {domain}"] += len(new)
        if len(undone) == len(wanted):
            break
    return Attack(frozenset(original for digest in undone for original in wanted[digest]), tried, dict(how))


def _batches(candidates: Iterable[str]) -> Iterator[list[bytes]]:
    candidates = iter(candidates)
    while batch := [candidate.encode("utf-8", "replace") for candidate in islice(candidates, _BATCH)]:
        yield batch


def _normal(digest: str) -> str:
    return digest.lower() if encoding_of(digest) == "hex" else digest.rstrip("=").replace("-", "+").replace("_", "/")


@dataclass(frozen=True, slots=True)
class _Target:
    """The wanted digests of one notation and length that one algorithm may have made.

    Attributes:
        algorithm: name in hashlib.
        spell: writes a digest the way the wanted ones are written, cut to their length.
        wanted: the wanted digests.
        starts: their first bytes, all of one length: what is compared first, since bytes need no spelling.
        size: how many bytes that is.
    """

    algorithm: str
    spell: Callable[[bytes], str]
    wanted: frozenset[str]
    starts: frozenset[bytes]
    size: int

    def hits(self, batch: list[bytes]) -> set[str]:
        """The wanted digests that a batch of candidates gives."""
        make, size = getattr(hashlib, self.algorithm), self.size
        digests = [make(candidate).digest() for candidate in batch]
        if self.starts.isdisjoint([digest[:size] for digest in digests]):
            return set()
        return {self.spell(digest) for digest in digests if digest[:size] in self.starts} & self.wanted


def _targets(wanted: Iterable[str]) -> list[_Target]:
    """The wanted digests by notation, length, and the algorithms whose digests are at least as long."""
    by_notation: dict[tuple[bool, int], list[str]] = {}
    for digest in wanted:
        by_notation.setdefault((encoding_of(digest) == "hex", len(digest)), []).append(digest)
    targets = []
    for (is_hex, length), group in sorted(by_notation.items()):
        size = length // 2 if is_hex else 3 * length // 4
        starts = frozenset(_first_bytes(digest, size, is_hex=is_hex) for digest in group)
        for name in ALGORITHMS:
            longest = hashlib.new(name).digest_size
            if length <= (2 * longest if is_hex else -(-4 * longest // 3)):
                spell = _speller(length, is_hex=is_hex)
                targets.append(_Target(name, spell, frozenset(group), starts, size))
    return targets


def _first_bytes(digest: str, size: int, *, is_hex: bool) -> bytes:
    if is_hex:
        return bytes.fromhex(digest[: 2 * size])
    return base64.b64decode(digest + "A" * (-len(digest) % 4))[:size]


def _speller(length: int, *, is_hex: bool) -> Callable[[bytes], str]:
    if is_hex:
        return lambda digest: digest.hex()[:length]
    return lambda digest: base64.b64encode(digest).decode()[:length]
