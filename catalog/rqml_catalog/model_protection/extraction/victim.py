"""The model under attack: it answers until the budget of queries is spent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from rqml.subjects.estimator import labels_of

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


class BudgetSpent(Exception):
    """An attack asked for more than its budget: a fault of the attack."""


class Victim:
    """What an attacker sees of a model: labels as class codes, and scores where the model gives them.

    Args:
        estimator: with `predict` or `predict_proba`.
        classes: the class labels; code i stands for the i-th.
        names: column names that the estimator wants, or None for arrays.
        budget: number of records that may be asked about.
        categories: number of a column -> its categories, where queries hold codes of them.
    """

    def __init__(
        self,
        estimator: Any,
        classes: npt.NDArray[Any],
        names: tuple[str, ...] | None,
        budget: int,
        categories: Mapping[int, npt.NDArray[Any]] | None = None,
    ) -> None:
        self._estimator = estimator
        self._names = names
        self._categories = categories or {}
        self.classes = classes
        self.left = budget

    @property
    def gives_scores(self) -> bool:
        """Whether answers hold more than a label."""
        return callable(getattr(self._estimator, "predict_proba", None))

    def labels(self, X: Floats) -> Codes:
        """(n,) class codes; costs n queries."""
        self._spend(len(X))
        return self.codes(labels_of(self._estimator, self._framed(X), self.classes))

    def scores(self, X: Floats) -> Floats:
        """(n, classes) scores; costs n queries."""
        self._spend(len(X))
        return np.asarray(self._estimator.predict_proba(self._framed(X)), dtype=float)

    def codes(self, labels: npt.ArrayLike) -> Codes:
        """Class codes of labels."""
        return np.asarray(np.searchsorted(self.classes, np.asarray(labels)))

    def _spend(self, n: int) -> None:
        if n > self.left:
            raise BudgetSpent(f"{n} queries asked, {self.left} left")
        self.left -= n

    def _framed(self, X: Floats) -> Any:
        if self._names is None:
            return X
        import pandas as pd

        frame = pd.DataFrame(X, columns=list(self._names))
        for column, known in self._categories.items():
            codes = np.clip(np.rint(X[:, column]), 0, len(known) - 1).astype(int)
            frame[self._names[column]] = known[codes]
        return frame
