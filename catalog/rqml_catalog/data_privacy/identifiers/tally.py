"""How many rows of a column hold an identifier of each kind.

Kinds of which a single one decides (`SURE`) are counted over every distinct value, and so is everything in columns of
sentences. The share of other kinds among single values, of names, and of integers is known well enough from a
sample; `Tally.looked` says how large it was.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rqml_catalog.data_privacy.identifiers import column_content, column_names
from rqml_catalog.data_privacy.identifiers.column_values import Values, thinned
from rqml_catalog.data_privacy.identifiers.finder import find_identifiers
from rqml_catalog.data_privacy.identifiers.first_look import few_digits, may_be_sure, mentions, shapes, worth_a_look
from rqml_catalog.data_privacy.identifiers.labels import label_at, stems
from rqml_catalog.data_privacy.identifiers.spans import STRUCTURED, Kind, Span

Indices = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64]

# These do not come about by chance.
SURE: frozenset[Kind] = frozenset({"EMAIL", "IBAN", "URL_WITH_CREDENTIALS"})
# Nor do these where the words in front of them say what they are.
_SURE_IF_LABELLED: frozenset[Kind] = frozenset({"CREDIT_CARD", "US_SSN", "NATIONAL_ID"})
# Identifiers with fewer digits than telephone numbers have; in sentences a word announces them.
_SHORT: tuple[Kind, ...] = ("DATE_OF_BIRTH", "PASSPORT", "VEHICLE_PLATE")
_SAMPLE = 20_000
_PER_SHAPE = 500
_PROSE_WORDS, _SENTENCE_WORDS = 4, 2
# Where a value ends in a cell that holds several: lists, records, JSON.
_FIELD_END = re.compile(r"[][{}()<>'\",;|\t\n]")
# Numbers in groups ("KA 30 ZB 9441") have no such words.
_WRITTEN_OUT = re.compile(r"[^\W\d_]{3,}")


@dataclass(slots=True)
class Tally:
    """What was counted in a column.

    Attributes:
        rows: rows that hold an identifier of each kind.
        any_kind: rows that hold a structured one of whatever kind.
        sure: kinds of which one was found that is no chance hit.
        looked: distinct values that every search has read (or a first look has shown to hold nothing).
    """

    rows: Counter[Kind] = field(default_factory=Counter)
    any_kind: float = 0.0
    sure: set[Kind] = field(default_factory=set)
    looked: int = 0


def tally(column: str, values: Values) -> Tally:
    """Count the rows with identifiers in a column of this name with these values."""
    counted = Tally(looked=len(values.texts))
    if values.nature == "integer":
        values = thinned(values, _SAMPLE)
        counted.looked = len(values.texts)
        _count_cells(counted, values, column_names.prefix(column), column_content.padded(values))
    elif values.nature == "text":
        prose = is_prose(values.texts)
        if prose:
            _count_prose(counted, values)
        else:
            _count_cells(counted, values, column_names.prefix(column), values.texts)
        some = thinned(values, _SAMPLE)
        counted.looked = min(counted.looked, len(some.texts))
        counted.rows.update(column_content.person_and_address_rows(column, some, prose=prose))
    return counted


def is_prose(texts: list[str]) -> bool:
    """Whether (distinct) texts are sentences rather than single values."""
    head = texts[:1000]
    words = sum(text.count(" ") + 1 for text in head)
    written_out = sum(len(_WRITTEN_OUT.findall(text)) for text in head)
    several = words >= _PROSE_WORDS * len(head) and written_out >= len(head)
    return bool(head) and several and not column_content.looks_like_cells(head)


def _count_prose(counted: Tally, values: Values) -> None:
    texts, weights = values.texts, values.counts.astype(np.float64)
    chosen = np.arange(len(texts))
    if len(texts) > _SAMPLE:
        looks = worth_a_look(texts)
        short = np.flatnonzero(~looks & few_digits(texts))
        looks[short[mentions([texts[i] for i in short.tolist()], stems(_SHORT))]] = True
        chosen = np.flatnonzero(looks)
    some = [texts[i] for i in chosen.tolist()]
    for text, weight, spans in zip(some, weights[chosen], find_identifiers(some, kinds=STRUCTURED), strict=True):
        _add(counted, {span.kind for span in spans}, float(weight))
        counted.sure |= {span.kind for span in spans if _sure(text, span)}


def _sure(text: str, span: Span) -> bool:
    return span.kind in SURE or (span.kind in _SURE_IF_LABELLED and label_at(text, span.start, span.end) == span.kind)


def _count_cells(counted: Tally, values: Values, before: str, texts: Sequence[str]) -> None:
    """A value behind the label that the column's name is counts when it is mostly identifier."""
    chosen, weights = np.arange(len(texts)), values.counts.astype(np.float64)
    if len(texts) > _SAMPLE:
        chosen = np.flatnonzero(worth_a_look(texts))
    already: frozenset[Kind] = frozenset()
    if len(chosen) > _SAMPLE:
        may = chosen[may_be_sure([texts[i] for i in chosen.tolist()])]
        for index, kinds in _kinds_of_cells(texts, may, before, SURE):
            _add(counted, kinds, float(weights[index]))
        chosen, weights = _stratified(texts, chosen, weights)
        counted.looked, already = min(counted.looked, len(chosen)), SURE
    for index, kinds in _kinds_of_cells(texts, chosen, before, STRUCTURED):
        _add(counted, kinds - already, float(weights[index]))
    counted.sure |= counted.rows.keys() & SURE


def _kinds_of_cells(
    texts: Sequence[str], chosen: Indices, before: str, wanted: frozenset[Kind]
) -> Iterator[tuple[int, set[Kind]]]:
    """The kinds of the identifiers that fill a text, for each of the chosen texts that holds one."""
    for first in range(0, len(chosen), _SAMPLE):
        some = chosen[first : first + _SAMPLE].tolist()
        found = find_identifiers([before + texts[i] for i in some], kinds=wanted)
        for index, spans in zip(some, found, strict=True):
            if spans:
                yield index, {span.kind for span in spans if _fills(before + texts[index], span, len(before))}


def _fills(text: str, span: Span, first: int) -> bool:
    """Whether an identifier is half or more of its field in the cell that starts at `first`, or a sentence holds it."""
    start = max(span.start, first)
    left = max((match.end() for match in _FIELD_END.finditer(text, first, start)), default=first)
    right = _FIELD_END.search(text, span.end)
    field = text[left : right.start() if right else len(text)].strip()
    words = len(_WRITTEN_OUT.findall(text, first, start)) + len(_WRITTEN_OUT.findall(text, span.end))
    return 2 * (span.end - start) >= len(field) or words >= _SENTENCE_WORDS


def _add(counted: Tally, kinds: set[Kind], weight: float) -> None:
    counted.any_kind += weight if kinds else 0.0
    for kind in kinds:
        counted.rows[kind] += weight  # type: ignore[assignment]


def _stratified(texts: Sequence[str], chosen: Indices, weights: Weights) -> tuple[Indices, Weights]:
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
