"""The distinct values of a column with their counts, and a vectorised first look at long lists of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import narwhals as nw

_FEWEST_DIGITS = 7
_FEWEST_SHORT = 3
_WORD = re.compile(r"[^\W\d_]+")
_CHUNK = 50_000
_HEX_LENGTHS = (32, 36, 40, 64, 128)


@dataclass(frozen=True, slots=True)
class Values:
    """The distinct values of one column, missing ones left out.

    Attributes:
        texts: the values as text.
        counts: how many rows hold each, shape (len(texts),).
        rows: rows of the frame, missing values included.
        nature: "text", "integer", "date" or "none" (no identifier can be in it: booleans, fractions).
    """

    texts: list[str]
    counts: npt.NDArray[np.int64]
    rows: int
    nature: str


def distinct(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], column: str) -> Values:
    """Count the distinct values of a column; an engine (DuckDB, Spark) counts where the rows lie."""
    import narwhals as nw

    dtype = frame.collect_schema()[column]
    if dtype.is_float() and not _whole_numbers(frame, column):
        return Values([], np.zeros(0, np.int64), 1, "none")
    counted = frame.lazy().group_by(nw.col(column).alias("value")).agg(nw.len().alias("count")).collect()
    counts = counted.get_column("count").to_numpy().astype(np.int64)
    rows = int(counts.sum())
    raw = counted.get_column("value").to_list()
    kept = [i for i, value in enumerate(raw) if not _missing(value)]
    values = [raw[i] for i in kept]
    nature = _nature(values)
    texts = [_text(value, nature) for value in values] if nature != "none" else []
    return Values(texts, counts[kept] if texts else counts[:0], rows, nature)


def _missing(value: Any) -> bool:
    return value is None or value == "" or bool(value != value)  # noqa: PLR0124 - how NaN and NaT are told


def _whole_numbers(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], column: str) -> bool:
    """Whether a column of floats holds integers (as pandas stores them when some are missing)."""
    import narwhals as nw

    value = nw.col(column)
    present = frame.lazy().filter(~value.is_null() & ~value.is_nan())
    fractions = present.select(((value % 1) != 0).any()).collect()
    return not fractions.item()


def _nature(values: list[Any]) -> str:
    import datetime
    from numbers import Integral, Real

    if not values:
        return "none"
    if all(isinstance(value, str) for value in values):
        return "text"
    if any(
        not isinstance(value, (Real, np.bool_, datetime.date, datetime.time, datetime.timedelta)) for value in values
    ):
        return "text"  # mixed values, bytes, lists and records are read as they print
    if any(isinstance(value, bool | np.bool_) for value in values):
        return "none"
    if all(isinstance(value, datetime.date) for value in values):
        return "date"
    if all(isinstance(value, Integral) or (isinstance(value, Real) and float(value).is_integer()) for value in values):
        return "integer"
    return "none"


def _text(value: Any, nature: str) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(int(value)) if nature == "integer" else str(value)


def thinned(values: Values, most: int) -> Values:
    """At most so many distinct values, evenly spread; counts are scaled so that the rows stay about the same."""
    step = -(-len(values.texts) // most)
    if step <= 1:
        return values
    chosen = values.counts[::step]
    scale = values.counts.sum() / chosen.sum()
    return Values(values.texts[::step], np.rint(chosen * scale).astype(np.int64), values.rows, values.nature)


def worth_a_look(texts: list[str]) -> npt.NDArray[np.bool_]:
    """Which texts can hold a structured identifier at all: seven digits, an "@" or two colons; no UUID, no hash.

    Args:
        texts: any texts.

    Returns:
        Mask of shape (len(texts),).
    """
    if not texts:
        return np.zeros(0, dtype=np.bool_)
    # The empty text at the end lets every text end in a line feed: no reduction reaches over the end.
    codes, starts, lengths = _codes([*texts, ""])
    starts, lengths = starts[:-1], lengths[:-1]

    def count(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
        within: npt.NDArray[np.int32] = np.add.reduceat(mask, starts, dtype=np.int32)
        return within

    digits = (codes >= ord("0")) & (codes <= ord("9"))
    lower = codes | 0x20
    hexadecimal = digits | ((lower >= ord("a")) & (lower <= ord("f"))) | (codes == ord("-"))
    hashes = np.isin(lengths, _HEX_LENGTHS) & (count(hexadecimal) == lengths)
    few = count(digits) < _FEWEST_DIGITS
    plain = few & (count(codes == ord("@")) == 0) & (count(codes == ord(":")) < 2)
    looks: npt.NDArray[np.bool_] = ~(plain & (count(codes == ord("/")) < 2)) & ~hashes
    return looks


def few_digits(texts: list[str]) -> npt.NDArray[np.bool_]:
    """Which texts hold digits enough for a short date, a plate or a passport number.

    Args:
        texts: any texts.

    Returns:
        Mask of shape (len(texts),).
    """
    if not texts:
        return np.zeros(0, dtype=np.bool_)
    codes, starts, _ = _codes([*texts, ""])
    digits = (codes >= ord("0")) & (codes <= ord("9"))
    enough: npt.NDArray[np.bool_] = np.add.reduceat(digits, starts[:-1], dtype=np.int32) >= _FEWEST_SHORT
    return enough


def mentions(texts: list[str], words: Sequence[str]) -> npt.NDArray[np.bool_]:
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
        present = [word for word in set(_WORD.findall(joined)) if word in whole or word.startswith(stems)]
        if not present:
            continue
        pattern = "|".join(map(re.escape, present))
        search = re.compile(rf"(?<![^\W\d_])(?:{pattern})(?![^\W\d_])").search
        holds[first : first + len(lines)] = [search(line) is not None for line in joined.split("\n")[: len(lines)]]
    return holds


def shapes(texts: list[str]) -> npt.NDArray[np.uint64]:
    """A number per text that is the same for texts of one shape: "ab-12" and "xyz-34", but not "ab-1" or "AB-12".

    Runs of small letters and runs of capitals count as one letter each; digits and other characters stay.

    Args:
        texts: any texts.

    Returns:
        Hashes of shape (len(texts),).
    """
    codes, starts, _ = _codes([*texts, ""])
    classes = codes.astype(np.uint64)
    classes[((codes >= ord("a")) & (codes <= ord("z"))) | (codes > _ASCII)] = ord("a")
    classes[(codes >= ord("A")) & (codes <= ord("Z"))] = ord("A")
    classes[(codes >= ord("0")) & (codes <= ord("9"))] = ord("0")
    letters = (classes == ord("a")) | (classes == ord("A"))
    repeated = np.concatenate(([False], letters[1:] & (classes[1:] == classes[:-1])))
    order = np.cumsum(~repeated)
    text_of = np.repeat(np.arange(len(texts)), np.diff(starts))
    place = (order[: len(text_of)] - order[starts[:-1]][text_of]).astype(np.uint64)
    with np.errstate(over="ignore"):
        weight = place * _ODD + _ODD
        mixed = (classes[: len(text_of)] + np.uint64(1)) * weight * weight * weight
        mixed[repeated[: len(text_of)]] = 0
        return np.add.reduceat(mixed, starts[:-1]) if len(texts) else mixed[:0]


_ASCII = 127
_ODD = np.uint64(0x9E3779B97F4A7C15)


def _codes(texts: list[str]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The code points of the texts joined by line feeds, where each text starts, and how long it is."""
    joined = "\n".join(texts).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(joined, dtype=np.uint32)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    starts = np.concatenate(([0], np.cumsum(lengths[:-1] + 1)))
    return codes, starts, lengths
