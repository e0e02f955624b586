"""Whether two data sets differ by one record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from rqml.errors import InvalidSubject


def check_neighbours(dataset: Any, neighbour: Any, relation: str) -> None:
    """Refuse pairs that are no neighbours; what cannot be compared record by record is compared by length.

    Raises:
        InvalidSubject: the pair is identical, or differs by more than the relation allows.
    """
    try:
        difference = abs(len(dataset) - len(neighbour)) if not isinstance(dataset, tuple) else None
    except TypeError:
        difference = None
    changed = relation == "add or remove"
    if difference is not None and difference != changed:
        raise InvalidSubject(f"data sets whose sizes differ by {difference} are no neighbours by {relation!r}")
    first, second = _records(dataset), _records(neighbour)
    if first is None or second is None:
        return
    gone, come = (first - second).total(), (second - first).total()
    if gone == come == 0:
        raise InvalidSubject("the data set and its neighbour hold the same records: no release could tell them apart")
    if (gone, come) not in ({(1, 0), (0, 1)} if changed else {(1, 1)}):
        raise InvalidSubject(
            f"{max(gone, come)} records differ: neighbours by {relation!r} differ by one; a claim for a group is "
            "as many times as large"
        )


def _records(data: Any) -> Counter[str] | None:
    """How often each record occurs; None for what has none that could be listed."""
    rows = _rows(data)
    return None if rows is None else Counter(map(repr, rows))


def _rows(data: Any) -> Iterable[Any] | None:
    if isinstance(data, tuple):
        columns = [_rows(part) for part in data]
        listed = [list(column) for column in columns if column is not None]
        return zip(*listed, strict=True) if len({len(column) for column in listed}) == 1 else None
    if hasattr(data, "itertuples"):
        return (tuple(row) for row in data.itertuples(index=False, name=None))
    if hasattr(data, "iter_rows"):
        return (tuple(row) for row in data.iter_rows())
    if hasattr(data, "tolist"):
        values = data.tolist()
        return values if isinstance(values, list) else None
    return data if isinstance(data, list) else None
