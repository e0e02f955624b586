"""Whether two data sets differ by one record."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

from rqml.errors import InvalidSubject
from rqml.subjects.dataset import Dataset


class Records(NamedTuple):
    """A data set as its records.

    Attributes:
        rows: by value: 1, 1.0 and numpy's 1 are the same, and so are all missing numbers.
        label: position of the label in a row; None where it is not known.
    """

    rows: list[Any]
    label: int | None = None


def check_neighbours(dataset: Any, neighbour: Any, relation: str) -> bool:
    """Refuse pairs that are no neighbours.

    Arrays, frames, lists and sets are compared record by record; tuples, lists and mappings of equally long columns as
    the table that they are. What may be read in two ways is refused where it is wrong in both.

    Returns:
        Whether that could be looked at; other data sets are taken at their word.

    Raises:
        InvalidSubject: the pair is identical, or differs by more than the relation allows.
    """
    try:
        first, second = _readings(dataset), _readings(neighbour)
        common = [_fault(first[way], second[way], relation) for way in first if way in second]
    except TypeError:  # records that are compared by identity, or have no digest
        return False
    if common and all(common):
        raise InvalidSubject(common[0])
    return bool(common) and not any(common)


def _fault(first: Records, second: Records, relation: str) -> str:
    """Why they are no neighbours; "" if they are."""
    changed = relation == "add or remove"
    difference = abs(len(first.rows) - len(second.rows))
    if difference != changed:
        return f"data sets whose sizes differ by {difference} are no neighbours by {relation!r}"
    before, after = Counter(first.rows), Counter(second.rows)
    gone, come = before - after, after - before
    if not gone and not come:
        return "the data set and its neighbour hold the same records: no release could tell them apart"
    if max(gone.total(), come.total()) > 1:
        return (
            f"{max(gone.total(), come.total())} records differ: neighbours by {relation!r} differ by one; a claim for "
            "a group is as many times as large"
        )
    if relation == "replace, same label" and first.label is not None and _label(gone, first) != _label(come, second):
        return "the record that differs has another label: that is relation='replace'"
    return ""


def _label(record: Counter[Any], records: Records) -> Any:
    return next(iter(record))[records.label]


def _readings(data: Any) -> dict[Any, Records]:
    """Each way in which the data may be a list of records, by name."""
    if isinstance(data, Dataset):
        frame = data.to_pandas()
        label = None if data.target is None else list(frame.columns).index(data.target)
        return {"frame": Records(_rows(frame), label)}
    if isinstance(data, Mapping):
        names = sorted(data, key=repr)
        table = _table([data[name] for name in names])
        return {} if table is None else {tuple(names): Records(table, names.index("y") if "y" in names else None)}
    if isinstance(data, set | frozenset):
        return {"records": Records(_rows(list(data)))}
    if not isinstance(data, list | tuple):
        return {"records": Records(_rows(data))} if hasattr(data, "__len__") and hasattr(data, "shape") else {}
    arrays = [part for part in data if hasattr(part, "shape")]
    table = _table(data) if arrays or isinstance(data, tuple) else None
    if table is None:
        return {"records": Records(_rows(data))}
    columns = {("columns", len(data)): Records(table, 1 if len(data) == 2 else None)}
    alike = (
        len({getattr(part, "ndim", 1) for part in data}) == 1
    )  # (X, y) is a table; arrays of one shape may be records as well
    return columns | {"records": Records(_rows(data))} if alike and isinstance(data, list) else columns


def _table(columns: Sequence[Any]) -> list[Any] | None:
    """Rows of columns of one length; None for other things."""
    if not columns or any(isinstance(column, str | bytes) or not hasattr(column, "__len__") for column in columns):
        return None
    if any(getattr(column, "ndim", 1) == 0 for column in columns):
        return None
    if len({len(column) for column in columns}) > 1:
        return None
    return list(zip(*(_rows(column) for column in columns), strict=True))


def _rows(data: Any) -> list[Any]:
    if hasattr(data, "itertuples"):
        data = data.itertuples(index=False, name=None)
    elif hasattr(data, "iter_rows"):
        data = data.iter_rows()
    elif hasattr(data, "toarray"):
        data = data.toarray().tolist()
    elif hasattr(data, "tolist"):
        data = data.tolist()
    elif hasattr(data, "to_list"):
        data = data.to_list()
    return [_value(row) for row in data]


def _value(cell: Any) -> Hashable:
    """A cell or record that equals and hashes like all others of its value.

    Raises:
        TypeError: it has no value, but is only the same as itself.
    """
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, list | tuple):
        return tuple(map(_value, cell))
    if isinstance(cell, Mapping):
        return tuple((repr(name), _value(cell[name])) for name in sorted(cell, key=repr))
    if hasattr(cell, "tolist"):
        return _value(cell.tolist())
    kind: Any = type(cell)
    if kind.__eq__ is object.__eq__:
        raise TypeError(f"{kind.__name__} is compared by identity")
    return cell  # type: ignore[no-any-return]  # what cannot be hashed is told by who counts it
