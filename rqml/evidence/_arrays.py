"""Arrays of any shape, read in tiles whatever their layout in memory."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rqml.evidence._cells import from_cells
from rqml.evidence._columns import Block, Column, digests, from_numpy, spans
from rqml.evidence._encoding import digest, pack
from rqml.evidence._objects import encode_any, object_digest, sparse_parts
from rqml.evidence._streams import Flags, Numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]


def array_digest(array: Any) -> bytes:
    """The 32-byte digest of an array: its shape and its values in C order."""
    import numpy as np

    if hasattr(array, "tocsr"):
        shape, *parts = sparse_parts(array)
        return digest("array", pack(b"sparse", [object_digest(shape), *map(array_digest, parts)]))
    if isinstance(array, np.ma.MaskedArray):
        array = np.ma.filled(array.astype(object), None)
    values: Array = np.asarray(array)
    shape = b"".join(struct.pack("<Q", length) for length in values.shape)
    return digest("array", pack(b"dense", [shape, *digests([_flat(values)])]))


def _flat(values: Array) -> Column:
    if values.flags.c_contiguous or values.dtype.kind not in "biuf" or values.dtype.itemsize > 8:
        line = values.reshape(-1)
        return from_numpy(line) or from_cells(line.tolist() if line.dtype.kind == "O" else list(line), encode_any)

    def blocks(size: int) -> Iterator[Block]:
        across = max(1, values[0].size if len(values) else 1)
        tiles = spans(len(values), max(1, size // across))
        return ((values[start : start + length].reshape(-1),) for start, length in tiles)

    return Column(values.size, Flags if values.dtype.kind == "b" else Numbers, blocks)
