"""Values given to names that say that they are secret: assignments, settings, headers, arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from rqml_catalog.supply_chain.secrets_search.words import is_generated, is_hash

KIND = "assigned secret"
NO_BARE = (",", "||", "??", "or")  # signs after which only a text in quotes is a value
_NAMES = (
    r"(?P<name>password|passwd|passphrase|pwd|(?<![a-z])pass(?![a-z])|credentials?|secret|"
    r"(?:api|access|account|auth|encryption|master|private|shared|signing)[_-]?key|token)(?P<rest>[\w-]{0,24})"
)
_TYPE = r"(?::[ \t]*(?:str|string|bytes|SecretStr)(?:[ \t]*\|[ \t]*None)?[ \t]*)?"
_SIGN = r"(?P<sign>:=|=>|==?|:|\|\||\?\?|\bor\b|(?<=['\"]),)"
_VALUE = (
    r"(?:[a-z]{0,2}\\?\"(?P<double>[^\"\\\n]{8,200})\\?\"|[a-z]{0,2}\\?'(?P<single>[^'\\\n]{8,200})\\?'"
    r"|`(?P<ticked>[^`\n]{8,200})`|(?P<bare>[^\s'\"`,;<>&\\]{8,200}))"
)
_ASSIGNED = re.compile(rf"(?i){_NAMES}(?:\\?['\"])?[\])]?[ \t]*{_TYPE}{_SIGN}[ \t]*{_VALUE}")
# As settings of containers and XML have it: the name in one field, the value in the next.
_NAMED = re.compile(
    rf"(?i)\b(?:name|key)['\"]?\s*(?P<sign>[:=])\s*['\"]?[\w.-]{{0,40}}?{_NAMES}['\"]?[\s,]+['\"]?value['\"]?\s*[:=]\s*{_VALUE}"
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
# What follows the name: `password_file` is no password, and neither is `tokenizer`.
_ABOUT = re.compile(
    r"(?i)age|algorithm|args?|arn|attr|checksum|class|col|columns?|count|date|digest|dir|endpoint|env|expires|expiry|fields?"
    r"|file|filename|format|hash|hashed|header|hint|host|ids?|index|len|length|level|limit|manager|max|md5|min|mode"
    r"|names?|params?|path|pattern|policy|prefix|provider|ref|regex|reset|rotation|scope|sha|sha1|sha256|size|source"
    r"|status|suffix|ttl|types?|ur[il]s?|var|version"
)
_PUBLIC = re.compile(
    r"(?i)(?:^|[^a-z])(?:pad|eos|bos|unk|sep|cls|mask|special|page|next|continuation|public(?:[_-]?key)?|image|csrf"
    r"|sync|resume|change|idempotency|input|output|starting)[_-]?$"
    r"|\d{12}:$"  # in a resource name of AWS
)
# Values of these are often written in hexadecimal digits; others in such digits are taken for digests.
_KEYS = re.compile(
    r"(?i)key$|(?:auth|access|refresh|bearer|private|bot|api|client|webhook|app|session|_)[_-]?(?:token|secret)$"
)
_CALL = re.compile(r"[A-Za-z_][\w.]*[(\[]|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$|.*[)\]}][).,\]}]|.*\($")
_PLAIN = re.compile(r"(?![A-Za-z_][\w.]*$)[\w!#%*+/=?@^~.$-]+")  # in a program: no identifier and no operator


def find_assigned(text: str, *, code: bool = False) -> Iterator[tuple[str, int, int]]:
    """The (kind, begin, end) of values that look generated and that a name calls secret.

    Args:
        text: what to search.
        code: whether it is a program, where names and calls stand without quotes and texts within.
    """
    for match in chain(_matches(_ASSIGNED, text), _matches(_NAMED, text)):
        begin, end = _value(match)
        value, name = text[begin:end], text[max(0, match.start() - 24) : match.end("rest")]
        if (
            len(value) < 8
            or " " in value
            or not _names_secret(match, name)
            or (match["bare"] and _is_code(match, code))
        ):
            continue
        words = bool(match["bare"]) and not match["name"].isupper()
        if is_generated(value, words=words) and (not is_hash(value) or _KEYS.search(name)):
            yield KIND, begin, end


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """All matches, also those that begin in the value of the one before."""
    match = pattern.search(text)
    while match is not None:
        yield match
        match = pattern.search(text, match.end("rest"))


def _is_code(match: re.Match[str], code: bool) -> bool:
    """Whether what stands without quotes is an expression; between commas nothing else does."""
    bare = match["bare"]
    if bare is None:
        return False
    within = match.string[: match.start()].rstrip("_")[-1:] in (";", "&", "?")  # a text of several settings
    return match["sign"] in NO_BARE or bool(_CALL.match(bare)) or (code and not within and not _PLAIN.fullmatch(bare))


def _value(match: re.Match[str]) -> tuple[int, int]:
    group = next(name for name in ("double", "single", "ticked", "bare") if match[name])
    begin, end = match.span(group)
    return begin, begin + len(match["bare"].rstrip(")]}")) if group == "bare" else end


def _names_secret(match: re.Match[str], name: str) -> bool:
    """Whether the whole name is that of a secret, and not of something about one."""
    rest = match["rest"]
    before = name[: len(name) - len(match["name"]) - len(rest)]
    runs_on = rest.removeprefix("s")[:1].islower()  # tokens are tokens, a tokenizer is none
    return not runs_on and not _PUBLIC.search(before) and not any(map(_ABOUT.fullmatch, _WORDS.findall(rest)))
