"""What requirements on rows share: reading one column, and leaving rows out of a frame of any library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rqml.subjects.dataset import Dataset


def column_of(dataset: Dataset, column: str) -> Any:
    """A column as a pandas Series with a fresh index; loads it from an engine."""
    return dataset.to_pandas([column])[column].reset_index(drop=True)


def without_rows(dataset: Dataset, dropped: Any) -> Dataset:
    """The dataset without some rows, in the library it came in.

    Args:
        dataset: the data; not changed.
        dropped: shape (rows,), True for rows to leave out.
    """
    import narwhals as nw
    import numpy as np

    from rqml_catalog.data_privacy.anonymity.frames import lazy_like, replace_columns

    wrapped = dataset.narwhals()
    eager = wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped
    kept = replace_columns(eager.to_native(), {}, ~np.asarray(dropped, dtype=np.bool_))
    return dataset.with_frame(lazy_like(kept, dataset.frame))
