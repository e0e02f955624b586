"""Columns of pandas; the index is a label of rows, not content, and does not count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from rqml.evidence._cells import from_cells
from rqml.evidence._columns import Block, Column, from_numpy, spans
from rqml.evidence._streams import Flags, Numbers

if TYPE_CHECKING:
    import pandas as pd


def from_pandas(series: Any, unknown: Callable[[object], bytes]) -> Column:
    """A column of a pandas Series of any type."""
    import numpy as np
    import pandas as pd

    dtype: Any = series.dtype
    if isinstance(dtype, np.dtype):
        values = series.to_numpy()
        return from_numpy(values) or from_cells(values.tolist() if dtype.kind == "O" else list(values), unknown)
    if isinstance(dtype, pd.DatetimeTZDtype):
        naive = series.dt.tz_convert("UTC").dt.tz_localize(None)
        return from_numpy(naive.to_numpy(), "instant") or from_cells(series.tolist(), unknown)
    if isinstance(dtype, pd.CategoricalDtype):
        return from_pandas(_decoded(series), unknown)
    if isinstance(dtype, pd.SparseDtype):
        return from_pandas(series.sparse.to_dense(), unknown)
    if _is_arrow(dtype):
        import pyarrow as pa

        from rqml.evidence._arrow import from_arrow

        held = pa.array(series.array)
        return from_arrow(held if isinstance(held, pa.ChunkedArray) else pa.chunked_array([held]), unknown)
    if getattr(dtype, "numpy_dtype", None) is not None:
        return _nullable(series)
    return from_cells(series.tolist(), unknown)


def _is_arrow(dtype: Any) -> bool:
    import pandas as pd

    return isinstance(dtype, pd.ArrowDtype) or getattr(dtype, "storage", None) == "pyarrow"


def _decoded(series: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    categories = pd.Series(series.cat.categories)
    if categories.dtype.kind in "iub":  # a missing code would turn them into float64 and lose digits
        categories = categories.astype(object)
    return categories.reindex(series.cat.codes)


def _nullable(series: pd.Series[Any]) -> Column:
    """Int8 to UInt64, Float32, Float64 and boolean with pandas' own mask."""
    dtype: Any = series.dtype
    zero = False if dtype.numpy_dtype.kind == "b" else 0

    def blocks(size: int) -> Iterator[Block]:
        for start, length in spans(len(series), size):
            block = series.array[start : start + length]
            yield block.to_numpy(dtype.numpy_dtype, na_value=zero), block.isna()

    return Column(len(series), Flags if zero is False else Numbers, blocks)
