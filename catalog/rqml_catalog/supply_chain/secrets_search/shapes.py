"""What secrets look like: published shapes of keys, and values assigned to names that say what they are."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

# (kind, pattern); group 1, where there is one, is the secret, otherwise the whole match is.
KEYS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("AWS access key", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
        ("GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"),
        ("GitHub token", r"\bgithub_pat_[A-Za-z0-9_]{60,}\b"),
        ("GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}\b"),
        ("Slack token", r"\bxox[abprs]-[A-Za-z0-9-]{20,}\b"),
        ("Google API key", r"\bAIza[A-Za-z0-9_-]{35}\b"),
        ("Stripe key", r"\b[rs]k_live_[A-Za-z0-9]{24,}\b"),
        ("OpenAI key", r"\bsk-(?:proj-)?[A-Za-z0-9_-]{32,}\b"),
        ("Hugging Face token", r"\bhf_[A-Za-z0-9]{30,}\b"),
        ("npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
        ("PyPI token", r"\bpypi-AgE[A-Za-z0-9_-]{50,}\b"),
        ("Azure storage key", r"AccountKey=([A-Za-z0-9+/]{80,}={0,2})"),
        ("JSON web token", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\b"),
        ("private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[A-Za-z0-9+/=\s\\n]{40,}"),
        ("password in a URL", r"://[^\s:/@'\"]{1,60}:([^\s:/@'\"{}$<>]{6,80})@[\w.-]+"),
    )
)
_NAMES = (
    r"(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|client[_-]?secret|token)"
)
ASSIGNED = re.compile(
    rf"(?i){_NAMES}[\w-]{{0,10}}['\"]?\s*(?:=|:|=>)\s*['\"]?"
    r"([^\s'\"#,;(){}\[\]<>]{8,120})(['\"]?)"
)
_HASH = re.compile(r"(?i)(?:sha\d+|md5|blake\w+)?[:-]?[0-9a-f]{32,128}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLACEHOLDER = re.compile(
    r"(?i)example|changeme|change_me|placeholder|dummy|sample|your[_-]|my[_-]|test|todo|none|null|true|false|redacted"
    r"|removed|environ|getenv|config|settings|args\.|self\.|x{4,}|\*{3,}|\.{3}|\$\{?\w|^[a-z_.]+$|^[A-Z_]+$|^/|%\("
)
LEAST_ENTROPY = 2.8  # bits a character; words and placeholders lie below, generated values above


def entropy(text: str) -> float:
    """Shannon entropy of the characters of a text, in bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values()) if text else 0.0


def find(text: str) -> Iterator[tuple[str, int, int]]:
    """The (kind, begin, end) of each secret in a text, first the published shapes, then assignments; none overlap."""
    taken: list[tuple[int, int]] = []
    for kind, pattern in KEYS:
        if kind == "password in a URL" and "://" not in text:
            continue
        for match in pattern.finditer(text):
            begin, end = match.span(match.lastindex or 0)
            value = match[match.lastindex or 0]
            if "EXAMPLE" not in value.upper() and entropy(value) >= LEAST_ENTROPY and _free(taken, begin, end):
                taken.append((begin, end))
                yield kind, begin, end
    for match in ASSIGNED.finditer(text):
        begin, end = match.span(1)
        if _looks_generated(match[1]) and _free(taken, begin, end):
            taken.append((begin, end))
            yield "assigned secret", begin, end


def _free(taken: list[tuple[int, int]], begin: int, end: int) -> bool:
    return all(end <= other_begin or begin >= other_end for other_begin, other_end in taken)


def _looks_generated(value: str) -> bool:
    if _HASH.fullmatch(value) or _PLACEHOLDER.search(value):
        return False
    mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return mixed and entropy(value) >= LEAST_ENTROPY
