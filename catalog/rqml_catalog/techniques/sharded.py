"""A classifier in shards: each record trains one of them, so that forgetting it means training one of them again.

Bourtoule et al., "Machine unlearning" (SISA; arXiv 1912.03817), with a record's shard decided by its content, so that
no index of records must be kept, and equal records fall together.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from rqml.subjects.estimator import clone_with_seed

Shards = npt.NDArray[np.intp]


@attrs.define(eq=False)
class ShardedClassifier:
    """The mean of classifiers that were trained on disjoint shards of the records.

    Attributes:
        base: unfitted scikit-learn classifier.
        shards: number of shards, at least 2.
        random_state: seed of the shards' trainings.
        parts: fitted classifier of each shard.
        trained_on: sum of the digests of the records that trained each shard; of a forgotten record it keeps nothing.
        classes_: all classes, in the order of the columns of `predict_proba`; set by fit.
    """

    base: Any
    shards: int = attrs.field(default=10, validator=attrs.validators.ge(2))
    random_state: int | None = None
    parts: tuple[Any, ...] = attrs.field(default=(), kw_only=True)
    trained_on: tuple[int, ...] = attrs.field(default=(), kw_only=True)
    classes_: Any = attrs.field(default=None, kw_only=True)

    @property
    def feature_names_in_(self) -> Any:
        """The names of the features, if the shards were trained on named ones."""
        named = [part for part in self.parts if hasattr(part, "feature_names_in_")]
        if not named:
            raise AttributeError("feature_names_in_")
        return named[0].feature_names_in_

    def fit(self, X: Any, y: Any) -> ShardedClassifier:
        """Train every shard."""
        labels = np.asarray(y)
        self.classes_ = np.unique(labels)
        numbers, self.trained_on = self._placed(X, labels)
        self.parts = tuple(self.trained_shard(shard, X, labels, numbers) for shard in range(self.shards))
        return self

    def forget(self, kept_X: Any, kept_y: Any, affected: Any) -> ShardedClassifier:
        """A new classifier whose affected shards were trained again on the records that are kept.

        Args:
            kept_X: features of all records that are kept, not only of those shards.
            kept_y: their classes.
            affected: numbers of the shards that held a forgotten record.
        """
        labels = np.asarray(kept_y)
        numbers, sums = self._placed(kept_X, labels)
        parts, trained_on = list(self.parts), list(self.trained_on or sums)
        for shard in sorted({int(shard) for shard in affected}):
            parts[shard], trained_on[shard] = self.trained_shard(shard, kept_X, labels, numbers), sums[shard]
        return attrs.evolve(self, parts=tuple(parts), trained_on=tuple(trained_on))

    def outdated(self, X: Any, y: Any) -> list[int]:
        """Numbers of the shards that, as far as they recorded it, were trained on other records than these."""
        _, sums = self._placed(X, np.asarray(y))
        return [shard for shard in range(self.shards) if not self.trained_on or self.trained_on[shard] != sums[shard]]

    def shards_of(self, X: Any, y: Any) -> Shards:
        """(n,) number of the shard of each record, from its content."""
        return self._placed(X, y)[0]

    def _placed(self, X: Any, y: Any) -> tuple[Shards, tuple[int, ...]]:
        """(n,) shard of each record, and the sum of the digests in each shard."""
        digests = _digests(X, y)
        numbers = np.asarray(digests % np.uint64(self.shards), dtype=np.intp)
        return numbers, tuple(int(digests[numbers == shard].sum(dtype=np.uint64)) for shard in range(self.shards))

    def trained_shard(self, shard: int, X: Any, y: npt.NDArray[Any], numbers: Shards) -> Any:
        """The classifier of one shard; a constant where its records are of one class, or none."""
        rows = np.flatnonzero(numbers == shard)
        seed = (self.random_state or 0) + shard
        if len(np.unique(y[rows])) > 1:
            return clone_with_seed(self.base, seed).fit(X.iloc[rows] if hasattr(X, "iloc") else X[rows], y[rows])
        from sklearn.dummy import DummyClassifier

        known = y[rows] if len(rows) else self.classes_[:1]
        return DummyClassifier().fit(np.zeros((len(known), 1)), known)

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """(n, classes) mean over the shards."""
        total = np.zeros((len(X), len(self.classes_)))
        for part in self.parts:
            total[:, np.searchsorted(self.classes_, part.classes_)] += part.predict_proba(X)
        return total / len(self.parts)

    def predict(self, X: Any) -> Any:
        """(n,) classes."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Own parameters, for scikit-learn."""
        return {"base": self.base, "shards": self.shards, "random_state": self.random_state}

    def set_params(self, **parameters: Any) -> ShardedClassifier:
        """Change own parameters."""
        for name, value in parameters.items():
            setattr(self, name, value)
        return self

    def __sklearn_clone__(self) -> ShardedClassifier:
        """An unfitted copy."""
        return ShardedClassifier(self.base, self.shards, self.random_state)


def _digests(X: Any, y: Any) -> npt.NDArray[np.uint64]:
    """(n,) digests of records; numbers count by value, whatever their type."""
    import pandas as pd

    frame = pd.DataFrame(X).reset_index(drop=True)
    frame.columns = [str(name) for name in frame.columns]
    frame["label of the record"] = np.asarray(y)
    columns = {
        name: column.to_numpy(dtype=float, na_value=np.nan) if pd.api.types.is_numeric_dtype(column) else column
        for name, column in frame.infer_objects().items()
    }
    return np.asarray(pd.util.hash_pandas_object(pd.DataFrame(columns), index=False).to_numpy())
