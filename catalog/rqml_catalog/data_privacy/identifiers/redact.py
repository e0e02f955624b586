"""Take identifiers out of texts: mask them, or put tokens in their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rqml_catalog.data_privacy.identifiers.finder import find_identifiers
from rqml_catalog.data_privacy.identifiers.pseudonyms import Key
from rqml_catalog.data_privacy.identifiers.spans import Span

_YEAR = re.compile(r"(?:19|20)\d\d")
_SHORT_YEAR = re.compile(r"\d{1,2}[-./ ]\d{1,2}[-./ ](\d{2})")
# As Britain, the Netherlands, Poland, Brazil, and others (five or six digits) write them.
_POSTCODE = re.compile(r"\b(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4} ?[A-Z]{2}|\d{2}-\d{3}|\d{5}-\d{3}|\d{5,6})\b")
_MOST_PASSES = 5

Replace = Callable[[str, Span], str]


def mask(text: str, span: Span) -> str:
    """The kind in brackets, e.g. "[EMAIL]"."""
    del text
    return f"[{span.kind}]"


def tokens(key: Key) -> Replace:
    """Replace by the kind and a keyed token, e.g. "[EMAIL 9f2c...]": equal identifiers stay equal."""
    return lambda text, span: f"[{span.kind} {_letters(key.token(text[span.start : span.end], span.kind)[:16])}]"


def _letters(token: str) -> str:
    """Hexadecimal digits as the letters a to p, so that a token is never read as a number."""
    return token.translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop"))


def redact(texts: Sequence[str | None], replace: Replace = mask) -> list[str | None]:
    """The texts with every identifier replaced; looks again until nothing more is found.

    Args:
        texts: the texts; missing ones stay missing.
        replace: called as replace(text, span), gives what to put there.
    """
    clean = list(texts)
    waiting = [index for index, text in enumerate(clean) if isinstance(text, str)]
    for _ in range(_MOST_PASSES):
        found = find_identifiers([clean[index] for index in waiting])
        waiting, found = _with_spans(waiting, found)
        for index, spans in zip(waiting, found, strict=True):
            clean[index] = _replaced(str(clean[index]), spans, replace)
    return clean


def _with_spans(indices: list[int], found: list[list[Span]]) -> tuple[list[int], list[list[Span]]]:
    kept = [position for position, spans in enumerate(found) if spans]
    return [indices[position] for position in kept], [found[position] for position in kept]


def _replaced(text: str, spans: list[Span], replace: Replace) -> str:
    for span in reversed(spans):
        text = text[: span.start] + replace(text, span) + text[span.end :]
    return text


def year_only(value: str | None) -> str | None:
    """The year of a date, whatever its notation; None where there is none."""
    if value is None:
        return None
    full = _YEAR.search(value)
    if full is not None:
        return full[0]
    short = _SHORT_YEAR.search(value)
    return f"19{short[1]}" if short is not None else None


def area_of(address: str | None) -> str | None:
    """The prefix of the postcode in an address, e.g. "75***"; "[ADDRESS]" where there is none."""
    if address is None:
        return None
    postcodes = _POSTCODE.findall(address)
    return postcode_prefix(postcodes[-1]) if postcodes else "[ADDRESS]"


def postcode_prefix(value: str | None, keep: int = 2) -> str | None:
    """The first characters of a postcode, the others as "*", e.g. "75***"."""
    if value is None:
        return None
    text = value.strip()
    return text[:keep] + "*" * max(0, len(text) - keep)
