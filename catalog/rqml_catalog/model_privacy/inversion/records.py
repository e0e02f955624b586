"""Records as numbers and back: numeric features as they are, each category of the others as 0 or 1."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from rqml.errors import Unsupported

Floats = npt.NDArray[np.float64]
_NUMERIC = "biuf"


@attrs.frozen(eq=False)
class Codec:
    """How the features of some records are told in numbers.

    Attributes:
        like: the records, shape (n, features): a pandas frame, or an array.
        categories: for each feature its values, sorted; None where it is a number.
    """

    like: Any
    categories: tuple[npt.NDArray[Any] | None, ...]

    @classmethod
    def of(cls, X: Any) -> Codec:
        """The codec of these records.

        Raises:
            Unsupported: a feature misses values.
        """
        return cls(X, tuple(_categories(values) for values in _columns(X)))

    def encode(self, X: Any) -> Floats:
        """(n, width) numbers; a feature of c categories takes c of them."""
        parts = [
            np.asarray(values, dtype=float)[:, None] if known is None else (values[:, None] == known).astype(float)
            for values, known in zip(_columns(X), self.categories, strict=True)
        ]
        table = np.concatenate(parts, axis=1)
        if not np.isfinite(table).all():
            raise Unsupported("the features hold missing or infinite values: fill them first")
        return table

    def decode(self, table: Floats) -> Any:
        """The records that numbers stand for, as the model takes them; of several categories the largest counts."""
        columns, start = [], 0
        for known in self.categories:
            width = 1 if known is None else len(known)
            block = table[:, start : start + width]
            columns.append(block[:, 0] if known is None else known[block.argmax(axis=1)])
            start += width
        return self._framed(columns)

    def _framed(self, columns: list[npt.NDArray[Any]]) -> Any:
        mixed = any(known is not None for known in self.categories)
        if not hasattr(self.like, "columns"):
            return np.stack([column.astype(object) for column in columns] if mixed else columns, axis=1)
        if not mixed:
            return type(self.like)(np.stack(columns, axis=1), columns=self.like.columns)
        frame = type(self.like)(dict(enumerate(columns)))
        frame.columns = self.like.columns
        kinds = zip(self.like.columns, self.categories, strict=True)
        return frame.astype({name: self.like[name].dtype for name, known in kinds if known is not None})


def _columns(X: Any) -> list[npt.NDArray[Any]]:
    if hasattr(X, "columns"):
        return [X.iloc[:, position].to_numpy() for position in range(X.shape[1])]
    return list(np.asarray(X).T)


def _categories(values: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
    """The values of a feature that is no number, sorted by how they print."""
    if values.dtype.kind in _NUMERIC:
        return None
    try:
        values.astype(float)
    except (TypeError, ValueError):
        if any(value is None or value != value for value in values.tolist()):  # noqa: PLR0124 - NaN is not itself
            raise Unsupported("the features hold missing values: fill them first") from None
        return np.array(sorted(set(values.tolist()), key=str), dtype=object)
    return None
