"""Parameters that several requirements of this family take: what they must be, and how else they may be written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from rqml import Cost


def even(_: object, attribute: Any, value: int) -> None:
    """Refuse odd numbers of shadows: each half of the records has its complement."""
    if value % 2:
        raise ValueError(f"{attribute.name} must be even (each half of the records has its complement), got {value}")


def named_cost(value: Any) -> Any:
    """The Cost of this name, written as it may be; other values stay what they are."""
    return Cost[value.upper()] if isinstance(value, str) and value.upper() in Cost.__members__ else value


def tiers(_: object, attribute: Any, value: Any) -> None:
    """Refuse other costs than those that an attack has."""
    if value not in (Cost.COMMIT, Cost.RELEASE):
        raise ValueError(f"{attribute.name} is 'release' (with shadow models) or 'commit' (without), got {value!r}")


def grid_of_values(_: object, attribute: Any, value: Any) -> None:
    """Refuse what is no mapping from names of parameters to the values they may take."""
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise TypeError(f"{attribute.name} is a mapping from names of parameters to values, got {type(value).__name__}")
    for name, values in value.items():
        if isinstance(values, str) or not isinstance(values, Iterable) or not list(values):
            raise ValueError(f"{attribute.name}[{name!r}] takes several values, such as a list of at least one")


def finite_bounds(_: object, attribute: Any, value: Any) -> None:
    """Refuse what is no mapping from features to (lowest, highest)."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{attribute.name} is a mapping from features to (lowest, highest), got {type(value).__name__}")
    for name, interval in value.items():
        if not _is_interval(interval):
            raise ValueError(f"{attribute.name}[{name!r}] must be two finite numbers, (lowest, highest), lowest first")


def _is_interval(value: Any) -> bool:
    try:
        low, high = (float(end) for end in value)
    except (TypeError, ValueError):
        return False
    return math.isfinite(low) and math.isfinite(high) and low < high
