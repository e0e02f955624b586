"""Where identifiers stand in a text: kinds, spans, and the choice among readings that overlap."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

Kind = Literal[
    "EMAIL",
    "PHONE",
    "CREDIT_CARD",
    "IBAN",
    "IP_ADDRESS",
    "MAC_ADDRESS",
    "URL_WITH_CREDENTIALS",
    "US_SSN",
    "NATIONAL_ID",
    "CRYPTO",
    "PASSPORT",
    "DATE_OF_BIRTH",
    "VEHICLE_PLATE",
    "PERSON",
    "ADDRESS",
]

KINDS: tuple[Kind, ...] = get_args(Kind)
CONTEXTUAL: frozenset[Kind] = frozenset({"PERSON", "ADDRESS"})
STRUCTURED: frozenset[Kind] = frozenset(KINDS) - CONTEXTUAL

# When two readings of the same characters compete, the one that is harder to fulfil by chance wins.
_RANK: dict[Kind, int] = {
    "URL_WITH_CREDENTIALS": 9,
    "IBAN": 8,
    "CRYPTO": 8,
    "EMAIL": 7,
    "CREDIT_CARD": 6,
    "MAC_ADDRESS": 6,
    "IP_ADDRESS": 6,
    "US_SSN": 5,
    "NATIONAL_ID": 5,
    "DATE_OF_BIRTH": 4,
    "PASSPORT": 4,
    "VEHICLE_PLATE": 3,
    "PHONE": 3,
    "ADDRESS": 2,
    "PERSON": 1,
}


class Span(NamedTuple):
    """Characters `start` to `end` (end excluded) of a text are an identifier of this kind."""

    start: int
    end: int
    kind: Kind


def resolve(spans: Iterable[Span]) -> list[Span]:
    """The spans in order of their start, overlaps settled for the stronger kind, then the longer span."""
    kept: list[Span] = []
    for span in sorted(spans):
        while kept and span.start < kept[-1].end and _strength(span) > _strength(kept[-1]):
            kept.pop()
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def _strength(span: Span) -> tuple[int, int]:
    return _RANK[span.kind], span.end - span.start
