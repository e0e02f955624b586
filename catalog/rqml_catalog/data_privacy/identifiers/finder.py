"""`find_identifiers`: personal identifiers in free text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rqml.errors import InvalidParameter
from rqml_catalog.data_privacy.identifiers import announced, contact, crypto, national, network, payment
from rqml_catalog.data_privacy.identifiers.addresses import addresses
from rqml_catalog.data_privacy.identifiers.column_values import as_printed, missing
from rqml_catalog.data_privacy.identifiers.corpus import Corpus
from rqml_catalog.data_privacy.identifiers.labels import Label, label_at
from rqml_catalog.data_privacy.identifiers.persons import persons
from rqml_catalog.data_privacy.identifiers.prefilter import Number, numbers
from rqml_catalog.data_privacy.identifiers.spans import KINDS, Kind, Span, resolve

BATCH = 2048


def find_identifiers(texts: Iterable[object], *, kinds: Kind | Iterable[Kind] = KINDS) -> list[list[Span]]:
    """Find personal identifiers in texts, e-mail addresses to postal addresses, without a model to download.

    Args:
        texts: the texts; None and other missing values count as empty, bytes and other things are read as they print.
        kinds: the kinds to look for, or a single one; fewer kinds cost less.

    Returns:
        Per text its spans (start, end, kind) in order of their start; spans of one text do not overlap.

    Raises:
        InvalidParameter: a kind does not exist, or `texts` is a single string, a mapping, or nothing to go through.
    """
    if isinstance(texts, str):
        raise InvalidParameter("texts is a single string; pass a list of texts, e.g. find_identifiers([text])")
    if isinstance(texts, Mapping):
        raise InvalidParameter("texts is a mapping; pass a list of its values")
    if not isinstance(texts, Iterable):
        raise InvalidParameter(f"texts is of type {type(texts).__name__}; pass a list of texts")
    wanted = frozenset((kinds,) if isinstance(kinds, str) else kinds)
    if not wanted <= set(KINDS):
        raise InvalidParameter(f"unknown kinds {sorted(wanted - set(KINDS))}; known are {', '.join(KINDS)}")
    all_texts = [text if isinstance(text, str) else _printed(text) for text in texts]
    found: list[list[Span]] = []
    for first in range(0, len(all_texts), BATCH):
        found += _find(all_texts[first : first + BATCH], wanted)
    return found


def _printed(value: Any) -> str:
    plain = value.as_py() if hasattr(value, "as_py") else value  # a scalar of pyarrow
    return "" if missing(plain) else as_printed(plain)


def _find(texts: Sequence[str], wanted: frozenset[Kind]) -> list[list[Span]]:
    corpus = Corpus.join(texts)
    spans = [span for search in _searches(wanted) for span in search(corpus.text) if span.kind in wanted]
    return corpus.split(resolve(spans))


def _searches(wanted: frozenset[Kind]) -> Iterator[Callable[[str], Iterator[Span]]]:
    return (search for kinds, search in _SEARCHES if wanted & kinds)


def number_identifiers(text: str) -> Iterator[Span]:
    """Cards, telephone numbers and national numbers: each stretch of digits gets the reading that fits best."""
    for readings in numbers(text):
        taken: list[Span] = []
        for number in readings:
            if any(number.start < span.end and span.start < number.end for span in taken):
                continue
            kind = classify(number, label_at(text, number.start, number.end))
            if kind is not None:
                end = contact.extension(text, number.end) if kind == "PHONE" else number.end
                taken.append(Span(number.start, end, kind))
                if number.whole:
                    break
        yield from taken


def classify(number: Number, label: Label | None) -> Kind | None:
    """What a stretch of digits is, given the label beside it; None when it is no identifier."""
    if label == "PHONE" and contact.phone(number, label):
        return "PHONE"
    if payment.card(number, label):
        return "CREDIT_CARD"
    if number.text[0] != "+":
        if national.us_ssn(number, label):
            return "US_SSN"
        if national.national_id(number, label):
            return "NATIONAL_ID"
    return "PHONE" if contact.phone(number, label) else None


_SEARCHES: tuple[tuple[frozenset[Kind], Callable[[str], Iterator[Span]]], ...] = (
    (frozenset({"EMAIL"}), contact.emails),
    (frozenset({"URL_WITH_CREDENTIALS"}), network.urls_with_credentials),
    (frozenset({"IBAN"}), payment.ibans),
    (frozenset({"CREDIT_CARD", "PHONE", "US_SSN", "NATIONAL_ID"}), number_identifiers),
    (frozenset({"NATIONAL_ID"}), national.letter_ids),
    (frozenset({"IP_ADDRESS"}), network.ip_addresses),
    (frozenset({"MAC_ADDRESS"}), network.mac_addresses),
    (frozenset({"CRYPTO"}), crypto.wallets),
    (frozenset({"DATE_OF_BIRTH"}), announced.birth_dates),
    (frozenset({"PASSPORT"}), announced.passports),
    (frozenset({"VEHICLE_PLATE"}), announced.plates),
    (frozenset({"PERSON"}), persons),
    (frozenset({"ADDRESS"}), addresses),
)
