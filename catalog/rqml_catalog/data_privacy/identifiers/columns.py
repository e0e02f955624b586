"""`identify_columns`: which columns of a frame hold personal identifiers.

The content decides. The name of a column is put before its values as a label, so it counts as much as a word in a
text does: it turns bare digits into a telephone number, and it keeps an order number from becoming one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from rqml.errors import InvalidSubject
from rqml_catalog.data_privacy.identifiers import column_content
from rqml_catalog.data_privacy.identifiers.column_values import Values, distinct
from rqml_catalog.data_privacy.identifiers.spans import CONTEXTUAL, Kind
from rqml_catalog.data_privacy.identifiers.tally import is_prose, tally

Progress = Callable[[int, int, str], None]

# Shares of rows from which on a column counts as one of identifiers.
_CELL_SHARE, _LABELLED_SHARE, _PROSE_SHARE = 0.3, 0.1, 0.005
_PROSE_NAME_SHARE = 0.02


class ColumnFinding(NamedTuple):
    """What a column holds, and in which share of all rows (0 to 1, missing values count as rows)."""

    kind: Kind
    share: float


class Examined(NamedTuple):
    """What is known of a column.

    Attributes:
        finding: what it holds, or None.
        share: share of its rows with an identifier of whatever kind.
        looked: distinct values that every search has read.
        distinct: distinct values.
    """

    finding: ColumnFinding | None
    share: float
    looked: int
    distinct: int


def identify_columns(frame: Any, *, progress: Progress | None = None) -> dict[str, ColumnFinding | None]:
    """Find the columns that hold personal identifiers.

    One e-mail address, IBAN or URL with a secret among a million values is seen, and so is a number with check digits
    that the sentence around it announces. Other kinds count from a share of the rows on.

    Args:
        frame: a frame of any library that narwhals supports.
        progress: called as progress(done, total, column) before each column.

    Returns:
        Per column what it holds and the share of rows, or None.

    Raises:
        InvalidSubject: this is no frame.
    """
    import narwhals as nw

    try:
        wrapped = nw.from_native(frame)
    except TypeError as error:
        raise InvalidSubject(
            f"{type(frame).__name__} is no frame: give one of pandas, polars, pyarrow or DuckDB; "
            "for a list of texts there is find_identifiers"
        ) from error
    columns = list(wrapped.collect_schema().names())
    found: dict[str, ColumnFinding | None] = {}
    for index, column in enumerate(columns):
        if progress is not None:
            progress(index, len(columns), column)
        found[column] = identify_values(str(column), distinct(wrapped, column))
    return found


def identify_values(column: str, values: Values) -> ColumnFinding | None:
    """What a column of this name with these values holds, or None."""
    return examine_values(column, values).finding


def examine_values(column: str, values: Values) -> Examined:
    """What a column holds, in which share of its rows, and how much of it was read."""
    size = len(values.texts)
    if not size:
        return Examined(None, 0.0, 0, 0)
    if values.nature == "date":
        born = column_content.birth_dates(column, values)
        return _whole("DATE_OF_BIRTH" if born else None, values, size)
    counted = tally(column, values)
    prose = values.nature == "text" and is_prose(values.texts)
    labelled = column_content.labelled_kind(column)
    for kind, count in counted.rows.most_common():
        share = min(1.0, float(count / values.rows))
        if kind in counted.sure or share >= _enough(kind, prose=prose, labelled=kind == labelled):
            every = max(share, min(1.0, counted.any_kind / values.rows))
            return Examined(ColumnFinding(kind, share), every, counted.looked, size)
    return _whole(column_content.whole_column(column, values), values, counted.looked)


def _whole(kind: Kind | None, values: Values, looked: int) -> Examined:
    share = float(values.counts.sum() / values.rows) if kind is not None else 0.0
    return Examined(ColumnFinding(kind, share) if kind is not None else None, share, looked, len(values.texts))


def _enough(kind: Kind, *, prose: bool, labelled: bool) -> float:
    """The share of rows from which on a column counts as one of this kind."""
    if prose:
        return _PROSE_NAME_SHARE if kind in CONTEXTUAL else _PROSE_SHARE
    return _LABELLED_SHARE if labelled else _CELL_SHARE
