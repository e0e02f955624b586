"""Codes: columns and combinations of columns as small integers.

A column of any type becomes codes 0..m-1 over its m distinct values. Missing values (None, NaN, NaT, NA) are one
value of their own, equal to each other: a record without an age hides among the other records without one.
That is the strictest reading that does not depend on chance; wildcards would let one record count in many classes.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.signedinteger[Any]]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_NUMBERS = (int, float, np.integer, np.floating)
_DENSE = 1 << 22
_SPREAD = 4  # beyond so many numbers for an id, hashing is faster than a table of all numbers


@attrs.frozen(eq=False)
class Column:
    """One column in codes.

    Attributes:
        codes: shape (rows,), each in 0..len(values)-1.
        values: the distinct values by code; None stands for missing and then comes last.
    """

    codes: Ints
    values: tuple[Any, ...]

    @functools.cached_property
    def is_numeric(self) -> bool:
        """True if all values but the missing are numbers (booleans are not)."""
        kinds = {type(value) for value in self.values} - {type(None)}
        return bool(kinds) and all(issubclass(kind, _NUMBERS) and kind is not bool for kind in kinds)


def encode(values: Any) -> Column:
    """Codes of a sequence of values (array, list, pandas or arrow column), in order of first appearance."""
    import pandas as pd

    data = values if hasattr(values, "dtype") else np.array(values, dtype=object)
    if type(data.dtype).__name__ == "ArrowDtype" or getattr(data.dtype, "storage", "") == "pyarrow":
        import pyarrow as pa

        return encode_arrow(pa.chunked_array(data))
    codes, distinct = pd.factorize(data, use_na_sentinel=True)
    return _with_missing(codes, list(distinct.tolist()))


def encode_arrow(column: Any) -> Column:
    """Codes of a pyarrow array or chunked array, without making a Python object per row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    data = column
    if pa.types.is_floating(data.type):
        data = pc.if_else(pc.is_nan(data), pa.scalar(None, data.type), data)
    if pa.types.is_dictionary(data.type):
        data = data.cast(data.type.value_type)  # its dictionary may hold values that no row has
    coded = data.dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    return _with_missing(codes, coded.dictionary.to_pylist())


def _with_missing(codes: Ints, values: list[Any]) -> Column:
    missing = codes < 0
    if missing.any():
        return Column(np.where(missing, codes.dtype.type(len(values)), codes), (*values, None))
    return Column(codes, tuple(values))


def combine(columns: list[Ints], cardinalities: list[int]) -> tuple[Ints, int]:
    """One id per row for the combination of several codes.

    Args:
        columns: arrays of shape (rows,), codes of column j in 0..cardinalities[j]-1.
        cardinalities: number of codes of each column.

    Returns:
        ids of shape (rows,) in 0..count-1, each used at least once, and their count.
    """
    # Narrow numbers, changed in place: at millions of rows memory is what takes the time.
    narrow = math.prod(cardinalities) < 1 << 31
    ids: Ints = columns[0].astype(np.int32) if narrow else columns[0].astype(np.int64)
    radix = cardinalities[0]
    for codes, cardinality in zip(columns[1:], cardinalities[1:], strict=True):
        if radix > (1 << 62) // max(cardinality, 1):
            ids, radix = compact(ids, radix)
        ids *= cardinality
        ids += codes
        radix *= cardinality
    return compact(ids, radix)


def is_dense(radix: int, rows: int) -> bool:
    """True if a table over all of 0..radix-1 is a small thing beside the rows."""
    return radix <= max(_DENSE, 4 * rows)


def compact(ids: Ints, radix: int) -> tuple[Ints, int]:
    """Renumber ids (each in 0..radix-1) so that every number up to the count is used."""
    if radix <= _SPREAD * len(ids):
        used = np.zeros(radix, dtype=bool)
        used[ids] = True
        where = used.nonzero()[0]
        numbers = np.empty(radix, dtype=np.int64)
        numbers[where] = np.arange(len(where))
        return numbers[ids], len(where)
    import pandas as pd

    codes, distinct = pd.factorize(ids)
    return codes, len(distinct)
