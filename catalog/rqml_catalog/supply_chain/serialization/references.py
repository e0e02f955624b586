"""The memo in a stretch: what is written to it, and what reading it gives."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from rqml_catalog.supply_chain.serialization import arrays, calls, structures
from rqml_catalog.supply_chain.serialization import kinds as k
from rqml_catalog.supply_chain.serialization.lexing import Flags, Ints, Octets, Stretch, little_endian
from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.values import (
    SMALL_LENGTH,
    Array,
    DType,
    Global,
    Instance,
    Mapping,
    ObjectSet,
    is_small,
)

_ARITY = np.zeros(256, dtype=np.int64)
_ARITY[list(k.ARITY)] = list(k.ARITY.values())
_TEXTS = {"latin1": k.LATIN, "latin-1": k.LATIN, "C": k.ORDER, "F": k.ORDER, "K": k.ORDER}
_NAMES = {
    "builtins.set": k.SETS,
    "builtins.frozenset": k.FROZENS,
    **dict.fromkeys(("builtins.complex", "builtins.range", "builtins.slice"), k.PLAIN),
    **dict.fromkeys(("builtins.bytes", "builtins.bytearray"), k.OCTETS),
    "_codecs.encode": k.ENCODE,
    "collections.defaultdict": k.FACTORY,
    "decimal.Decimal": k.DECIMAL,
    "fractions.Fraction": k.FRACTION,
    **dict.fromkeys(("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar"), k.SCALAR),
    **dict.fromkeys(("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"), k.RECONSTRUCT),
    **dict.fromkeys(("numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer"), k.FROM_BUFFER),
}
_CONTAINERS = np.array([k.TUPLE, k.BOX])


@attrs.frozen(eq=False)
class Saved:
    """What a stretch writes to the memo.

    Attributes:
        kinds: the kind of each entry.
        attached: which opcodes write down the value that the opcode before them made.
        written: entries written up to and including each opcode.
    """

    kinds: Octets
    attached: Flags
    written: Ints


def misnumbered(m: Machine, stretch: Stretch, saved: Saved) -> Ints:
    """Memo writes whose number is not the next one; the first of all decides from where Python 2 counts."""
    numbered = np.flatnonzero((stretch.codes == 0x71) | (stretch.codes == 0x72))
    expected = len(m.memo) + m.memo_base + saved.written[numbered] - 1
    wrong = (_index(stretch, numbered) != expected) | (not len(m.memo))
    found: Ints = numbered[wrong]
    return found


def _index(stretch: Stretch, which: Ints) -> Ints:
    """The memo indices that opcodes carry, in one byte or in four."""
    raw, at = stretch.raw, stretch.at
    index: Ints = raw[at[which] + 1].astype(np.int64)
    wide = np.flatnonzero((stretch.codes[which] == 0x6A) | (stretch.codes[which] == 0x72))
    index[wide] = little_endian(raw, at[which[wide]] + 1)
    return index


def resolve(m: Machine, stretch: Stretch, kinds: Octets, saved: Saved) -> int:
    """Give reads of the memo the kind of what they read, and say how many opcodes come before one of nothing.

    Containers are for the machine, unless they are small: they may hold names, which must not become arguments
    unseen, and what reads them many times may be a bomb.
    """
    reads = np.flatnonzero(kinds == k.GET)
    if not len(reads):
        return len(kinds)
    index = _index(stretch, reads) - m.memo_base
    beyond = np.flatnonzero((index < 0) | (index >= len(m.memo) + saved.written[reads]))
    count = int(reads[beyond[0]]) if len(beyond) else len(kinds)
    if len(beyond):
        reads, index = reads[: beyond[0]], index[: beyond[0]]
    known = len(m.memo)
    old = index < known
    found = np.empty(len(reads), dtype=np.uint8)
    found[old] = _remembered(m, index[old])
    entries = index[~old] - known
    found[~old] = saved.kinds[entries]
    kinds[reads] = found
    if np.isin(found[~old], _CONTAINERS).any():
        _mark_small(kinds, saved)
        kinds[reads[~old]] = saved.kinds[entries]
    kinds[reads[np.isin(kinds[reads], _CONTAINERS)]] = k.OTHER
    return count


def _remembered(m: Machine, index: Ints) -> Octets:
    """Kinds of entries from before the stretch."""
    kinds = np.frombuffer(m.memo.kinds, dtype=np.uint8)[index]
    real = index[kinds == k.REAL]
    if not len(real):
        return kinds
    for one in set(real.tolist()):
        m.memo.kinds[one] = _kind_of(m.memo[one])
    return np.frombuffer(m.memo.kinds, dtype=np.uint8)[index]


def _mark_small(kinds: Octets, saved: Saved) -> None:
    """Short tuples of data, as `is_small` tells them."""
    attached = saved.attached[: len(kinds)]
    plain = kinds[~attached]
    operators = np.flatnonzero(plain > k.LAST_LEAF)
    codes = plain[operators]
    gaps = np.diff(operators, prepend=-1) - 1
    arity = _ARITY[codes]
    small = (arity > 0) & (gaps >= arity)
    small[1:] |= (codes[1:] == k.CLOSE_TUPLE) & (codes[:-1] == k.OPEN) & (gaps[1:] <= SMALL_LENGTH)
    is_small = np.zeros(len(plain), dtype=bool)
    is_small[operators[small]] = True
    writes = np.flatnonzero(attached)
    token = np.cumsum(~attached)[writes] - 1  # that each write belongs to
    saved.kinds[saved.written[writes[is_small[token]]] - 1] = k.SMALL


def _kind_of(value: Any) -> int:
    """The kind of a value that the machine holds."""
    if isinstance(value, str):
        return k.SPECIAL if value.startswith("__") else _TEXTS.get(value, k.TEXT)
    if isinstance(value, memoryview | bytes):
        return k.LETTER if value == b"b" else k.BYTES
    if isinstance(value, Global):
        return _kind_of_name(value)
    if isinstance(value, DType):
        plain = value.built and not value.has_object and value.fields is None
        return k.DTYPE + value.itemsize if plain and 0 < value.itemsize <= k.WIDEST else k.OTHER
    if isinstance(value, list | Mapping | ObjectSet):
        return k.BOX
    if isinstance(value, tuple):
        return k.SMALL if is_small(value) else k.TUPLE
    return k.OBJECT if isinstance(value, Instance | Array) else k.OTHER


def _kind_of_name(cls: Global) -> int:
    """Whether a name may be called in bulk: on plain data, and without anything to check afterwards."""
    if cls.path in arrays.ARRAY_CLASSES:
        return k.ARRAY_CLASS
    if cls.path in _NAMES and cls.kind in ("C", "M", "R"):
        return _NAMES[cls.path]
    checked = structures.is_checked(cls) or cls.path == "joblib.numpy_pickle.NumpyArrayWrapper"
    if checked or not cls.kind or cls.kind not in "NMCRU" or cls.module.startswith("scipy.stats._"):
        return k.NAME if cls.kind and cls.kind != "R" else k.OTHER
    judge = calls.JUDGES.get((cls.module, cls.name))
    able = k.MAKES if cls.kind != "R" and (cls.module != "builtins" or cls.name == "object") else 0
    able |= k.MAKES_WITH if cls.module != "builtins" and cls.kind in "CU" else 0
    if cls.kind in "CMRU" and judge is None:
        able |= k.CALLS | k.CALLS_WITH
    elif cls.kind in "CMU" and judge in calls.EMPTY_AT_FIRST:
        able |= k.CALLS | k.TAKES
    if not able:
        return k.NAME if cls.kind != "R" else k.OTHER
    return k.CLASS | able | (k.FILLS if cls.kind in "MU" else 0)
