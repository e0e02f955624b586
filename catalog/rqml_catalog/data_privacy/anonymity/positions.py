"""Positions: the number line on which the representatives of labels lie."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from rqml.subjects.hierarchy import ROOT, as_label


def positions(labels: Sequence[str]) -> dict[str, float]:
    """The numbers that the labels spell, or where some are no numbers, the rank of each in the order given."""
    try:
        numbers = {label: float(label) for label in labels}
    except ValueError:
        numbers = {}
    if numbers and all(map(math.isfinite, numbers.values())):
        return numbers
    return {label: float(rank) for rank, label in enumerate(labels)}


def labels_in_order(values: Iterable[Any]) -> list[str]:
    """The labels of a column without a hierarchy, sorted: the order of their ranks. Stars and missing have none."""
    return sorted({as_label(value) for value in values if value is not None and value != ROOT})


def midpoint(numbers: Iterable[float]) -> float:
    """The centre of some numbers; NaN of none."""
    known = list(numbers)
    return (min(known) + max(known)) / 2 if known else math.nan
