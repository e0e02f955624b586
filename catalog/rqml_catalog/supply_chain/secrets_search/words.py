"""Tells values that were generated from words, placeholders and references."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

LEAST_ENTROPY = 2.8  # bits a character; words and placeholders lie below, generated values above
_HEX = re.compile(r"(?i)(?:sha\d+|md5|blake\w+)?[:-]?[0-9a-f]{32,128}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STANDS_FOR = re.compile(
    r"(?i)example|change[_-]?me|placeholder|dummy|sample|your[_-]|<your|my[_-]|(?:^|[^a-z])(?:test|todo|fake)"
    r"|redacted|\[removed|replace[_-]?(?:me|with)|insert[_-]|environ|getenv|x{4,}|\*{3,}|\.{3}|0{8,}"
    r"|^(?:config|settings|args|self|cls|os|conf|cfg|env|options|params|request|process|secrets|data|var|local)[.\[]"
    r"|^\$\w|\$\{|\$\(|\{\{|\{[\w.]*[}(\[!]|%\(|^%\w+%$|^<.*>$|^@|^arn:|!(?:vault|ref|sub)\b"
)
_IDENTIFIER = re.compile(
    r"[a-z_.]+|[A-Z_]+|[a-z]+\d{0,2}(?:[-_.][a-z]+\d{0,2})+[-_.]?v?\d{0,2}|(?:[A-Z][a-z]+-)+[A-Z][a-z]+\d?"  # names
    r"|[a-z]+:/{0,2}[a-z][a-z0-9_./#:-]*|[a-z0-9_.-]+(?:/[a-z0-9_.-]+)+|/.*|\.{0,2}/.*|[A-Za-z]:\\.*"  # places
    r"|[a-z]+://(?![^/]*:[^/]*@).*|\d+(?:[.:/-]\d+)*[a-z]{0,3}"  # addresses, numbers
)
_CAMEL = re.compile(r"[a-z]*(?:[A-Z][a-z]+)+")
_WEAK = {
    *("password", "passwd", "passw0rd", "p@ssw0rd", "pa$$word", "secret", "letmein", "hunter2", "username"),
    "open sesame",  # of RFC 7617
}


def entropy(text: str) -> float:
    """Shannon entropy of the characters of a text, in bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values()) if text else 0.0


def is_varied(value: str) -> bool:
    """Whether a value is neither a published example nor of few characters."""
    return "EXAMPLE" not in value.upper() and entropy(value[:400]) >= LEAST_ENTROPY


def is_hash(value: str) -> bool:
    """Whether a value could be a digest or a UUID."""
    return bool(_HEX.fullmatch(value))


def is_placeholder(value: str) -> bool:
    """Whether a value stands for another, names a thing or place, or is a word that everybody uses in examples."""
    return bool(_STANDS_FOR.search(value) or _IDENTIFIER.fullmatch(value)) or value.lower() in _WEAK


def is_generated(value: str, *, words: bool = True) -> bool:
    """Whether a value mixes letters and digits as generated ones do.

    Args:
        value: the value.
        words: whether it could be words written together; if not, letters that often change case are enough.
    """
    mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return (mixed or (not words and _changes_case(value))) and is_varied(value) and not is_placeholder(value)


def _changes_case(value: str) -> bool:
    """Random letters change case at every second; words written together do at their beginnings."""
    pairs = [(a, b) for a, b in pairwise(value) if a.isalpha() and b.isalpha()]
    often = sum(a.isupper() != b.isupper() for a, b in pairs) >= 0.35 * len(pairs)
    return len(pairs) >= 11 and often and not _CAMEL.fullmatch(value)
