"""What a model says about each record's true class: the raw material of membership inference."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rqml.errors import Unsupported

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SMALLEST_PROBABILITY = 1e-12


class Signals(NamedTuple):
    """A model's answer on n records.

    Attributes:
        log_odds: (n,) natural log of p(true class) / p(all other classes), within about +-28.
        correct: (n,) whether the predicted class is the true one.
    """

    log_odds: Floats
    correct: Bools

    def at(self, rows: npt.NDArray[np.intp]) -> Signals:
        """The answer on these records."""
        return Signals(self.log_odds[rows], self.correct[rows])


def record_signals(model: Any, X: Any, y: npt.ArrayLike, *, classes: npt.ArrayLike | None = None) -> Signals:
    """Query a fitted classifier on records with known labels.

    Probabilities are used where the model gives them, else the margins of `decision_function`, else the label
    alone (log-odds of +1 or -1).

    Args:
        model: fitted, with `predict_proba`, `decision_function` or `predict`.
        X: what the model takes, n rows.
        y: (n,) true classes.
        classes: what the columns of its answers stand for, where the model has no `classes_`.

    Raises:
        Unsupported: the model answers none of the three, or its answers are not finite.
    """
    labels, columns = np.asarray(y), getattr(model, "classes_", classes)
    if hasattr(model, "predict_proba") and columns is not None:
        signals = _from_probabilities(np.asarray(model.predict_proba(X), float), columns, labels)
    elif hasattr(model, "decision_function") and columns is not None:
        signals = _from_margins(np.asarray(model.decision_function(X), float), columns, labels)
    elif hasattr(model, "predict"):
        correct = np.asarray(model.predict(X)) == labels
        signals = Signals(np.where(correct, 1.0, -1.0), correct)
    else:
        raise Unsupported(f"{type(model).__name__} has no predict_proba, decision_function or predict to query")
    if not np.isfinite(signals.log_odds).all():
        raise Unsupported(f"{type(model).__name__} answers with NaN or infinity; repair its inputs or outputs first")
    return signals


def _from_probabilities(probabilities: Floats, classes: Any, labels: npt.NDArray[Any]) -> Signals:
    own, others = _own_and_others(probabilities, classes, labels, missing=0.0)
    # Summing the others keeps the precision that 1 - p loses for p near 1.
    rest = np.maximum(np.clip(others, 0.0, None).sum(axis=1), SMALLEST_PROBABILITY)
    log_odds = np.log(np.maximum(own, SMALLEST_PROBABILITY)) - np.log(rest)
    return Signals(log_odds, own > others.max(axis=1, initial=0.0))


def _from_margins(margins: Floats, classes: Any, labels: npt.NDArray[Any]) -> Signals:
    if margins.ndim == 1:
        margins = np.column_stack([np.zeros_like(margins), margins])
    own, others = _own_and_others(margins, classes, labels, missing=margins.min(initial=0.0) - 1.0)
    lead = own - others.max(axis=1, initial=-np.inf)
    limit = -np.log(SMALLEST_PROBABILITY)
    return Signals(np.clip(lead, -limit, limit), lead > 0)


def _own_and_others(table: Floats, classes: Any, labels: npt.NDArray[Any], *, missing: float) -> tuple[Floats, Floats]:
    """Split (n, classes) answers into the true class's column and the rest (0 probability or -inf margin for it)."""
    if table.shape != (len(labels), len(classes)):
        raise Unsupported(
            f"the model answers {len(labels)} records of {len(classes)} classes with an array of shape {table.shape}: "
            "one row a record and one column a class are needed, in the order of its classes_"
        )
    mine = labels[:, None] == np.asarray(classes)[None, :]
    own = np.where(mine, table, 0.0).sum(axis=1)
    own[~mine.any(axis=1)] = missing  # a shadow's half may lack a rare class
    blank = 0.0 if missing == 0.0 else -np.inf
    return own, np.where(mine, blank, table)
