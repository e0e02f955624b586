"""Training again with differential privacy: the private counterpart of an estimator, inside Pipelines too.

Every claim made here holds for the replacement of one record by any other, its label included, with the number of
records, the bounds of the numbers, the categories and the names of the classes as public knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from rqml.errors import MissingSubject, Unsupported
from rqml_catalog.techniques.private_steps import (
    FIXED,
    FROM_UNIT_BOX,
    REPLACED_BY_BOUNDS,
    Floats,
    Learning,
    fitted_fixed,
    fitted_on_unit_box,
    fitted_privately,
    mechanism_of,
)

RELATION = "replace"

Steps = list[tuple[str, Any]]


class PrivateRefit(NamedTuple):
    """A pipeline trained with differential privacy, and the mechanisms in it."""

    estimator: Any
    mechanisms: tuple[str, ...]


class Table(NamedTuple):
    """What reaches a step.

    Attributes:
        X: (n, d) frame or array.
        names: of the columns.
        low: (d,) lowest values, NaN where none is known.
        high: (d,) highest values.
    """

    X: Any
    names: tuple[str, ...]
    low: Floats
    high: Floats

    def columns(self, where: npt.NDArray[np.intp]) -> Table:
        """Some of the columns."""
        X = self.X.iloc[:, where] if hasattr(self.X, "iloc") else self.X[:, where]
        return Table(X, tuple(self.names[i] for i in where), self.low[where], self.high[where])

    def within(self, X: npt.NDArray[Any], low: Floats, high: Floats) -> Table:
        """What a step made of it."""
        names = self.names if X.shape[1] == len(self.names) else tuple(f"column {i}" for i in range(X.shape[1]))
        return Table(X, names, low, high)


def private_refit(
    estimator: Any,
    X: Any,
    y: npt.ArrayLike,
    *,
    epsilon: float,
    bounds: Mapping[str, tuple[float, float]],
    features: Sequence[str],
    target: str = "",
    random_state: int | None = None,
) -> PrivateRefit:
    """The counterpart of an estimator, fitted so that all its learning steps together are epsilon-private.

    Values are first brought from their bounds to [-1, 1] by a fixed map, which also keeps bounds that do not hold 0
    from being mistaken for a small sensitivity.

    Args:
        estimator: fitted or not; its parameters are kept where the counterpart has them.
        X: (n, d) columns named by `features`; numbers without missing values wherever a step calculates with them.
        y: (n,) classes, or numbers for a regression.
        epsilon: for all learning steps together, shared evenly.
        bounds: (lowest, highest) of every feature that is a number, known without looking at the records.
        features: names of the d columns.
        target: name under which `bounds` holds the bounds of y; for a regression.
        random_state: for simulations only; None, the default, draws noise that nobody can repeat.

    Raises:
        MissingSubject: a feature that is a number has no bounds, or the target of a regression has none.
        Unsupported: a step has no counterpart that survives its audit, or diffprivlib is missing.
    """
    from sklearn.pipeline import Pipeline

    mechanisms = counterpart_mechanisms(estimator)
    share = epsilon / max(1, len(mechanisms))
    low, high = np.array([bounds.get(name, (np.nan, np.nan)) for name in features], dtype=float).T
    learning = Learning(np.asarray(y), share, random_state, bounds.get(target))
    steps, _ = _chain(_parts(estimator), Table(X, tuple(features), low, high), learning)
    return PrivateRefit(Pipeline(steps), mechanisms)


def counterpart_mechanisms(estimator: Any) -> tuple[str, ...]:
    """Names of the mechanisms that `private_refit` would use.

    Raises:
        Unsupported: a step has none that survives its audit.
    """
    names: list[str] = []
    for _, part in _parts(estimator):
        inner = [branch for _, branch, _ in _branches(part)] if _kind(part) == "ColumnTransformer" else []
        names += (
            [name for branch in inner for name in counterpart_mechanisms(branch)] if inner else [mechanism_of(part)]
        )
    return tuple(name for name in names if name)


@attrs.frozen(eq=False)
class ColumnsApart:
    """Fitted steps for some columns, and others for other columns: what a ColumnTransformer does, fitted already.

    Attributes:
        branches: (numbers of the columns, their steps) of each.
        feature_names_in_: names of all columns where it takes frames, else None.
    """

    branches: tuple[tuple[npt.NDArray[np.intp], tuple[Any, ...]], ...]
    feature_names_in_: Any = None

    def fit(self, X: Any, y: Any = None) -> ColumnsApart:
        """Itself: it was fitted privately."""
        return self

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks its steps: nothing out of the ordinary."""
        from sklearn.base import BaseEstimator

        return BaseEstimator().__sklearn_tags__()

    def transform(self, X: Any) -> Floats:
        """(n, columns of all branches) side by side."""
        parts = []
        for where, steps in self.branches:
            values = X.iloc[:, where] if hasattr(X, "iloc") else X[:, where]
            for step in steps:
                values = step.transform(values)
            parts.append(np.asarray(values, dtype=float))
        return np.hstack(parts)


def to_unit_box(X: Any, low: Floats, high: Floats) -> Floats:
    """Clip to [low, high], and bring to [-1, 1]."""
    values = np.clip(np.asarray(X, dtype=float), low, high)
    return np.asarray(2.0 * (values - low) / (high - low) - 1.0)


def _chain(parts: Steps, table: Table, learning: Learning) -> tuple[Steps, Table]:
    """Fit one step after another on what the ones before give."""
    steps: Steps = []
    fitted: Any
    for name, part in parts:
        kind = _kind(part)
        if kind == "ColumnTransformer":
            fitted, table = _fitted_columns(part, table, learning)
        elif kind in FIXED:
            fitted, values, low, high = fitted_fixed(part, table.X, table.low, table.high)
            table = table.within(values, low, high)
        else:
            table, bounded = _in_unit_box(table)
            steps += [] if bounded is None else [(f"bounded {name}", bounded)]
            if kind in REPLACED_BY_BOUNDS:
                continue
            fit = fitted_on_unit_box if kind in FROM_UNIT_BOX else fitted_privately
            fitted, values, low, high = fit(part, table.X, learning)
            table = table.within(values, low, high)
        steps += fitted.steps if _kind(fitted) == "Pipeline" else [(name, fitted)]
    return steps, table


def _fitted_columns(part: Any, table: Table, learning: Learning) -> tuple[ColumnsApart, Table]:
    branches, after, taken = [], [], np.zeros(len(table.names), dtype=bool)
    for _, transformer, columns in _branches(part):
        where = np.flatnonzero(~taken) if columns is None else _positions(columns, table)
        taken[where] = True
        if not len(where) or transformer == "drop":
            continue
        steps, result = _chain(_parts(transformer), table.columns(where), learning)
        branches.append((where, tuple(fitted for _, fitted in steps)))
        after.append(result)
    names = np.array(table.names, dtype=object) if hasattr(table.X, "iloc") else None
    apart = ColumnsApart(tuple(branches), names)
    ends = [np.concatenate([getattr(result, end) for result in after]) for end in ("low", "high")]
    return apart, table.within(apart.transform(table.X), ends[0], ends[1])


def _branches(part: Any) -> list[tuple[str, Any, Any]]:
    """(name, transformer, columns) of each; None stands for the columns that the others leave over."""
    return [*part.transformers, ("remainder", part.remainder, None)]


def _positions(columns: Any, table: Table) -> npt.NDArray[np.intp]:
    """Numbers of columns given as scikit-learn takes them: names, numbers, a slice, a mask or a function."""
    import pandas as pd

    chosen = columns(table.X) if callable(columns) else columns
    numbers = pd.Series(np.arange(len(table.names)), index=list(table.names))
    ends = (chosen.start, chosen.stop) if isinstance(chosen, slice) else np.atleast_1d(np.asarray(chosen)).tolist()
    by_name = any(isinstance(end, str) for end in ends)
    if not len(ends):
        return np.empty(0, dtype=np.intp)
    return np.atleast_1d(np.asarray(numbers.loc[chosen] if by_name else numbers.iloc[chosen], dtype=np.intp))


def _parts(estimator: Any) -> Steps:
    parts = list(estimator.steps) if _kind(estimator) == "Pipeline" else [("model", estimator)]
    flat = [inner for name, part in parts for inner in (_parts(part) if _kind(part) == "Pipeline" else [(name, part)])]
    return [(name, part) for name, part in flat if not (part is None or isinstance(part, str))]


def _kind(part: Any) -> str:
    return type(part).__name__


def _in_unit_box(table: Table) -> tuple[Table, Any]:
    """The values as numbers in [-1, 1], and the step that brings them there; None where they are there already."""
    from sklearn.preprocessing import FunctionTransformer

    missing = [name for name, low in zip(table.names, table.low, strict=True) if np.isnan(low)]
    if missing:
        raise MissingSubject(
            f"differential privacy needs the bounds of every feature, known without looking at the records; these have "
            f"none: {', '.join(missing)}"
        )
    ends, ones = (table.low, table.high), np.ones_like(table.low)
    values = _numbers(table.X)
    if np.allclose(ends[0], -1.0) and np.allclose(ends[1], 1.0):
        return table.within(np.clip(values, -1.0, 1.0), -ones, ones), None
    step = FunctionTransformer(to_unit_box, kw_args={"low": ends[0], "high": ends[1]}).fit(table.X)
    return table.within(to_unit_box(values, *ends), -ones, ones), step


def _numbers(X: Any) -> Floats:
    try:
        values = np.asarray(X, dtype=float)
    except (TypeError, ValueError):
        raise Unsupported(
            "private training takes numbers only: encode categories by a fixed code first, such as "
            "OneHotEncoder(categories=[...]) in a ColumnTransformer"
        ) from None
    if not np.isfinite(values).all():
        raise Unsupported("the features hold missing or infinite values: fill them by a fixed value first")
    return values
