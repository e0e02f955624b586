"""A vectorised first look at long lists of texts: which of them are worth a search, and which are alike.

Texts are read in chunks as one byte a character (what is no Latin-1 character counts as a letter), so that each pass
runs over memory that the processor holds near.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T", bound=np.generic)
Mask = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.uint64]
Codes = npt.NDArray[np.uint8]
Starts = npt.NDArray[np.int64]

_FEWEST_DIGITS = 7
_FEWEST_SHORT = 3
_CHUNK = 20_000
_HEX_LENGTHS = (32, 36, 40, 64, 128)
# Counts of one text are kept side by side in one number, so a chunk is summed up once: twelve bits each.
_FIELDS = ("digit", "at", "colon", "slash", "hexadecimal")
_BITS = np.uint64(12)
_MOST = 4095
_WORD = re.compile(r"[^\W\d_]+")
_OTHER_LETTER = "?"


def _field_table() -> Counts:
    """For each byte what it adds to the counts of its text."""
    members = {"digit": "0123456789", "at": "@", "colon": ":", "slash": "/", "hexadecimal": "0123456789abcdefABCDEF-"}
    table = np.zeros(256, dtype=np.uint64)
    for place, name in enumerate(_FIELDS):
        table[[ord(char) for char in members[name]]] += np.uint64(1 << 12 * place)
    return table


def _class_table() -> Codes:
    """For each byte its class in a shape: one for small letters, one for capitals, one for digits, else itself."""
    table = np.arange(256, dtype=np.uint8)
    table[ord("a") : ord("z") + 1] = table[128:] = table[ord(_OTHER_LETTER)] = ord("a")
    table[ord("A") : ord("Z") + 1] = ord("A")
    table[ord("0") : ord("9") + 1] = ord("0")
    return table


_FIELD_OF, _CLASS_OF = _field_table(), _class_table()
_IS_LETTER = np.isin(np.arange(256), [ord(char) for char in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"])
_IS_DIGIT = np.isin(np.arange(256), [ord(char) for char in "0123456789"])
_HASH_OF = np.random.default_rng(0).integers(1, 2**63, 256, dtype=np.uint64)
_ODD = np.uint64(0x9E3779B97F4A7C15)


def worth_a_look(texts: Sequence[str]) -> Mask:
    """Which texts can hold a structured identifier at all: seven digits, an "@" or two colons; no UUID, no hash.

    Args:
        texts: any texts.

    Returns:
        Mask of shape (len(texts),).
    """
    return _over(texts, _worth_a_look)


def _worth_a_look(codes: Codes, starts: Starts, lengths: Starts) -> Mask:
    counts = _counted(codes, starts)
    digits, ats, colons, slashes, hexadecimal = (
        (counts >> np.uint64(place) * _BITS) & np.uint64(_MOST) for place in range(len(_FIELDS))
    )
    hashes = np.isin(lengths, _HEX_LENGTHS) & (hexadecimal == lengths)
    looks: Mask = ((digits >= _FEWEST_DIGITS) | (ats > 0) | (colons > 1) | (slashes > 1)) & ~hashes
    return looks | (lengths > _MOST)


def few_digits(texts: Sequence[str]) -> Mask:
    """Which texts hold digits enough for a short date, a plate or a passport number.

    Args:
        texts: any texts.

    Returns:
        Mask of shape (len(texts),).
    """

    def enough(codes: Codes, starts: Starts, lengths: Starts) -> Mask:
        digits = _counted(codes, starts) & np.uint64(_MOST)
        return (digits >= _FEWEST_SHORT) | (lengths > _MOST)

    return _over(texts, enough)


def may_be_sure(texts: Sequence[str]) -> Mask:
    """Which texts can hold an e-mail address, a URL or an IBAN: an "@", "//", or two letters before two digits.

    Args:
        texts: any texts.

    Returns:
        Mask of shape (len(texts),).
    """

    def may(codes: Codes, starts: Starts, _: Starts) -> Mask:
        letter, digit = _IS_LETTER[codes], _IS_DIGIT[codes]
        slash = codes == ord("/")
        hit = codes == ord("@")
        hit[:-1] |= slash[:-1] & slash[1:]
        hit[:-3] |= letter[:-3] & letter[1:-2] & digit[2:-1] & digit[3:]
        holds: Mask = np.logical_or.reduceat(hit, starts)
        return holds

    return _over(texts, may)


def mentions(texts: Sequence[str], words: Sequence[str]) -> Mask:
    """Which texts hold one of these words, in small or capital letters.

    Args:
        texts: any texts.
        words: beginnings of words; whole words where they end in ".".

    Returns:
        Mask of shape (len(texts),).
    """
    holds = np.zeros(len(texts), dtype=np.bool_)
    whole = {word[:-1] for word in words if word.endswith(".")}
    stems = tuple(word for word in words if not word.endswith("."))
    for first in range(0, len(texts), _CHUNK):
        lines = texts[first : first + _CHUNK]
        joined = "\n".join(line.replace("\n", " ") for line in lines).lower()
        # Few of the different words of a text begin so: the lines are searched for those only.
        present = [word for word in _words_of(joined) if word in whole or word.startswith(stems)]
        if not present:
            continue
        pattern = "|".join(map(re.escape, present))
        found = re.finditer(rf"(?<![^\W\d_])(?:{pattern})(?![^\W\d_])", joined)
        ends = np.cumsum([len(line) + 1 for line in joined.split("\n")])
        holds[first + np.searchsorted(ends, [match.start() for match in found], side="right")] = True
    return holds


def _words_of(text: str) -> set[str]:
    tokens = set(text.split())
    mixed = " ".join(token for token in tokens if not (token.isalpha() or token.isdigit()))
    return {token for token in tokens if token.isalpha()} | set(_WORD.findall(mixed))


def shapes(texts: Sequence[str]) -> Counts:
    """A number per text that is the same for texts of one shape: "ab-12" and "xyz-34", but not "ab-1" or "AB-12".

    Runs of small letters and runs of capitals count as one letter each; digits and other characters stay.

    Args:
        texts: any texts.

    Returns:
        Hashes of shape (len(texts),).
    """
    return _over(texts, _shapes)


def _shapes(codes: Codes, starts: Starts, _: Starts) -> Counts:
    classes = _CLASS_OF[codes]
    letters = (classes == ord("a")) | (classes == ord("A"))
    kept = np.flatnonzero(~np.concatenate(([False], letters[1:] & (classes[1:] == classes[:-1]))))
    first = np.searchsorted(kept, starts)
    sizes = np.diff(first, append=len(kept))
    place = (np.arange(len(kept)) - np.repeat(first, sizes)).astype(np.uint64)
    with np.errstate(over="ignore"):
        weight = place * _ODD + _ODD
        hashed: Counts = np.add.reduceat(_HASH_OF[classes[kept]] * weight * weight * weight, first)
    return hashed


def _counted(codes: Codes, starts: Starts) -> Counts:
    counts: Counts = np.add.reduceat(_FIELD_OF[codes], starts)
    return counts


def _over(texts: Sequence[str], look: Callable[[Codes, Starts, Starts], npt.NDArray[T]]) -> npt.NDArray[T]:
    """What `look` says of each text, chunk by chunk."""
    return np.concatenate([look(*chunk) for chunk in _chunks(texts or [""])])[: len(texts)]


def _chunks(texts: Sequence[str]) -> Iterator[tuple[Codes, Starts, Starts]]:
    """Of each chunk its characters (a line feed ends each text), where the texts start, and how long they are."""
    for first in range(0, len(texts), _CHUNK):
        some = texts[first : first + _CHUNK]
        codes = np.frombuffer("\n".join([*some, ""]).encode("latin-1", "replace"), dtype=np.uint8)
        lengths = np.fromiter(map(len, some), dtype=np.int64, count=len(some))
        yield codes, np.concatenate(([0], np.cumsum(lengths[:-1] + 1))), lengths
