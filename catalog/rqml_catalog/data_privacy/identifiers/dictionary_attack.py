"""Undo hashed identifiers by hashing everything that could be behind them.

An unkeyed hash of a telephone number hides nothing: there are few telephone numbers. The attack hashes plausible
values of a domain in the notations people use and looks the digests up (Marx et al., "Hashing of personally
identifiable information is not sufficient", SICHERHEIT 2018).
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

# Digests of these are cut short in practice; those of the others are tried at their full length only.
CUT_SHORT = ("md5", "sha1", "sha256", "sha512")
ALGORITHMS: dict[str, Callable[[bytes], Any]] = {
    **{name: getattr(hashlib, name) for name in (*CUT_SHORT, "sha224", "sha384", "blake2s", "blake2b")},
    **{name: getattr(hashlib, name) for name in ("sha3_224", "sha3_256", "sha3_384", "sha3_512")},
    **{f"blake2b-{8 * size}": partial(hashlib.blake2b, digest_size=size) for size in (16, 20, 32, 48)},
}
_HEX = re.compile(r"[0-9a-fA-F]{8,128}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{11,88}={0,2}")
_PREFIX = re.compile(r".*[:_$=}.|/-]", re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_LIKE_HASH_SHARE = 0.9
_CHANCE = 1e-6
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


def bare(values: Sequence[str]) -> list[str]:
    """The values without what they all begin with up to a separator ("sha256:", "usr_"), hexadecimal without dashes.

    UUIDs stay as they are: they are numbers drawn, not digests.
    """
    common = _PREFIX.match(_common_start(values)) if len(values) > 1 else None
    cut = [value[common.end() :] for value in values] if common else list(values)
    if sum(_UUID.fullmatch(value) is not None for value in cut) >= _LIKE_HASH_SHARE * len(cut):
        return cut
    undashed = [value.replace("-", "") for value in cut]
    return [short if _HEX.fullmatch(short) else value for short, value in zip(undashed, cut, strict=True)]


def _common_start(values: Sequence[str]) -> str:
    first, last = min(values), max(values)
    same = (index for index, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(same, min(len(first), len(last)))]


def looks_hashed(values: Sequence[str]) -> bool:
    """Whether (nearly) all values are digests once `bare`: hexadecimal or base64 of one length, letters and digits."""
    if not values:
        return False
    like = [value for value in bare(values) if encoding_of(value) is not None]
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
        Which digests fell, and by which algorithm and domain. So few of short digests that chance explains them do not
        count.
    """
    wanted: dict[str, list[str]] = {}
    for digest in digests:
        wanted.setdefault(_normal(digest), []).append(digest)
    targets = _targets(wanted)
    fallen, tried = dict[str, str](), 0
    for domain, candidates in domains.items():
        for batch in _batches(islice(candidates, budget)):
            tried += len(batch)
            for target in targets:
                new = target.hits(batch) - fallen.keys()
                fallen |= dict.fromkeys(new, f"{target.algorithm} of {domain}")
        if len(fallen) == len(wanted):
            break
    undone = fallen.keys() - _by_chance(fallen, targets, tried)
    how = Counter(fallen[digest] for digest in undone)
    return Attack(frozenset(original for digest in undone for original in wanted[digest]), tried, dict(how))


def _by_chance(fallen: Iterable[str], targets: Sequence[_Target], tried: int) -> set[str]:
    """The digests undone of each notation and length, where so many fall by chance too: short ones are soon hit."""
    doubtful = set[str]()
    for group in {target.wanted for target in targets}:
        hits = group.intersection(fallen)
        same = [target for target in targets if target.wanted is group]
        expected = tried * len(same) * len(group) / 256 ** same[0].size
        if hits and _poisson_tail(len(hits), expected) > _CHANCE:
            doubtful |= hits
    return doubtful


def _poisson_tail(hits: int, expected: float) -> float:
    """The chance of so many hits or more where so many are expected."""
    terms = (math.exp(-expected + k * math.log(expected) - math.lgamma(k + 1)) for k in range(hits))
    return 1 - math.fsum(terms)


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
        make, size = ALGORITHMS[self.algorithm], self.size
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
        members, spell = frozenset(group), _speller(length, is_hex=is_hex)
        for name, make in ALGORITHMS.items():
            longest = make(b"").digest_size
            full = 2 * longest if is_hex else -(-4 * longest // 3)
            if length == full or (length < full and name in CUT_SHORT):
                targets.append(_Target(name, spell, members, starts, size))
    return targets


def _first_bytes(digest: str, size: int, *, is_hex: bool) -> bytes:
    if is_hex:
        return bytes.fromhex(digest[: 2 * size])
    return base64.b64decode(digest + "A" * (-len(digest) % 4))[:size]


def _speller(length: int, *, is_hex: bool) -> Callable[[bytes], str]:
    if is_hex:
        return lambda digest: digest.hex()[:length]
    return lambda digest: base64.b64encode(digest).decode()[:length]
