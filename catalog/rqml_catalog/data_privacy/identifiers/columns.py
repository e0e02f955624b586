"""`identify_columns`: which columns of a frame hold personal identifiers.

The content decides. The name of a column is put before its values as a label, so it counts as much as a word in a
text does: it turns bare digits into a telephone number, and it keeps an order number from becoming one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rqml_catalog.data_privacy.identifiers import column_content, column_names
from rqml_catalog.data_privacy.identifiers.column_values import Values, distinct, shapes, thinned, worth_a_look
from rqml_catalog.data_privacy.identifiers.finder import find_identifiers
from rqml_catalog.data_privacy.identifiers.spans import CONTEXTUAL, STRUCTURED, Kind

Indices = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64]
Progress = Callable[[int, int, str], None]

# Shares of rows from which on a column counts as one of identifiers.
_CELL_SHARE, _LABELLED_SHARE, _PROSE_SHARE = 0.3, 0.1, 0.005
_PROSE_NAME_SHARE = 0.02
_PROSE_WORDS = 4
# Numbers in groups ("KA 30 ZB 9441") have no such words.
_WRITTEN_OUT = re.compile(r"[^\W\d_]{3,}")
# One is enough: these do not come about by chance.
_CERTAIN = frozenset({"EMAIL", "IBAN", "URL_WITH_CREDENTIALS"})
_SAMPLE = 20_000
_PER_SHAPE = 500


class ColumnFinding(NamedTuple):
    """What a column holds, and in which share of all rows (0 to 1, missing values count as rows)."""

    kind: Kind
    share: float


def identify_columns(frame: Any, *, progress: Progress | None = None) -> dict[str, ColumnFinding | None]:
    """Find the columns that hold personal identifiers.

    Every distinct value is looked at, so that a few e-mail addresses among a million comments are seen.

    Args:
        frame: a frame of any library that narwhals supports.
        progress: called as progress(done, total, column) before each column.

    Returns:
        Per column what it holds and the share of rows, or None.
    """
    import narwhals as nw

    wrapped = nw.from_native(frame)
    columns = list(wrapped.collect_schema().names())
    found: dict[str, ColumnFinding | None] = {}
    for index, column in enumerate(columns):
        if progress is not None:
            progress(index, len(columns), column)
        found[column] = identify_values(column, distinct(wrapped, column))
    return found


def identify_values(column: str, values: Values) -> ColumnFinding | None:
    """What a column of this name with these values holds, or None."""
    return examine_values(column, values)[0]


def examine_values(column: str, values: Values) -> tuple[ColumnFinding | None, float]:
    """What a column holds, and the share of its rows that hold an identifier of whatever kind."""
    if not values.texts:
        return None, 0.0
    if values.nature == "date":
        born = column_content.birth_dates(column, values)
        return (ColumnFinding("DATE_OF_BIRTH", _filled(values)), _filled(values)) if born else (None, 0.0)
    rows, any_kind = kind_rows(column, values)
    prose = values.nature == "text" and is_prose(values.texts)
    labelled = column_content.labelled_kind(column)
    for kind, count in rows.most_common():
        share = min(1.0, float(count / values.rows))
        if share >= _enough(kind, prose=prose, labelled=kind == labelled):
            return ColumnFinding(kind, share), max(share, min(1.0, any_kind / values.rows))
    whole = column_content.whole_column(column, values)
    return (ColumnFinding(whole, _filled(values)), _filled(values)) if whole is not None else (None, 0.0)


def _enough(kind: Kind, *, prose: bool, labelled: bool) -> float:
    """The share of rows from which on a column counts as one of this kind."""
    if kind in _CERTAIN:
        return 0.0
    if prose:
        return _PROSE_NAME_SHARE if kind in CONTEXTUAL else _PROSE_SHARE
    return _LABELLED_SHARE if labelled else _CELL_SHARE


def kind_rows(column: str, values: Values) -> tuple[Counter[Kind], float]:
    """How many rows hold an identifier of each kind, and how many hold a structured one of whatever kind.

    Sentences are all looked at. Of long columns of single values, every value of a rare shape is, and of a frequent
    shape ("aa-00") enough to know its share; integers, which all have one shape, are thinned.
    """
    if values.nature == "integer":
        values = thinned(values, _SAMPLE)
        return _count(values, column_names.prefix(column), column_content.padded(values))
    if values.nature != "text":
        return Counter(), 0.0
    prose = is_prose(values.texts)
    rows, any_kind = _count(values, "" if prose else column_names.prefix(column), values.texts)
    rows.update(column_content.person_and_address_rows(column, thinned(values, _SAMPLE), prose=prose))
    return rows, any_kind


def _count(values: Values, before: str, texts: list[str]) -> tuple[Counter[Kind], float]:
    """Rows per structured kind and rows with any; a value behind a label counts when it is mostly identifier."""
    rows: Counter[Kind] = Counter()
    any_kind = 0.0
    chosen = np.arange(len(texts))
    weights = values.counts.astype(np.float64)
    if len(texts) > _SAMPLE:
        chosen = np.flatnonzero(worth_a_look(texts))
    if before and len(chosen) > _SAMPLE:
        chosen, weights = _stratified(texts, chosen, weights)
    found = find_identifiers([before + texts[i] for i in chosen], kinds=STRUCTURED)
    for index, spans in zip(chosen, found, strict=True):
        half = len(texts[index].strip()) / 2
        kinds = {span.kind for span in spans if not before or span.end - max(span.start, len(before)) >= half}
        any_kind += float(weights[index]) if kinds else 0.0
        for kind in kinds:
            rows[kind] += weights[index]
    return rows, any_kind


def _stratified(texts: list[str], chosen: Indices, weights: Weights) -> tuple[Indices, Weights]:
    """At most `_PER_SHAPE` texts of each shape, weighted so that they stand for the rows of their shape."""
    _, in_order = np.unique(shapes([texts[i] for i in chosen.tolist()]), return_inverse=True)
    mixed = np.random.default_rng(0).permutation(len(chosen))
    order, shape = chosen[mixed], in_order[mixed]
    by_shape = np.argsort(shape, kind="stable")
    sizes = np.bincount(shape)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = by_shape[rank < _PER_SHAPE]
    total = np.bincount(shape, weights[order])
    seen = np.bincount(shape[kept], weights[order[kept]], minlength=len(sizes))
    scaled = weights.copy()
    scaled[order[kept]] *= (total / seen)[shape[kept]]
    return np.sort(order[kept]), scaled


def _filled(values: Values) -> float:
    return float(values.counts.sum() / values.rows)


def is_prose(texts: list[str]) -> bool:
    """Whether (distinct) texts are sentences rather than single values."""
    head = texts[:1000]
    words = sum(text.count(" ") + 1 for text in head)
    written_out = sum(len(_WRITTEN_OUT.findall(text)) for text in head)
    several = words >= _PROSE_WORDS * len(head) and written_out >= len(head)
    return bool(head) and several and not column_content.looks_like_cells(head)
