"""Which files are left out: patterns as in a `.gitignore`.

Source: gitignore(5), "Pattern format". The last pattern that matches decides, and what lies in a folder that is left
out is never looked at.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

import attrs


@attrs.frozen
class _Rule:
    """One pattern: what it matches, whether folders only, and whether it takes files in again."""

    matches: re.Pattern[str]
    folders: bool
    negated: bool


def is_ignored(relative: str, patterns: Sequence[str], *, folder: bool = False) -> bool:
    """Whether a path is left out.

    Args:
        relative: the path relative to the folder that the patterns speak of, with `/`.
        patterns: the lines of an ignore file, in their order.
        folder: whether the path is a folder.
    """
    for rule in reversed(_rules(tuple(patterns))):
        if (folder or not rule.folders) and rule.matches.fullmatch(relative):
            return not rule.negated
    return False


@functools.lru_cache(maxsize=16)
def _rules(patterns: tuple[str, ...]) -> tuple[_Rule, ...]:
    return tuple(rule for pattern in patterns if (rule := _rule(pattern)) is not None)


def _rule(line: str) -> _Rule | None:
    """The rule of a line; blank lines, comments and broken classes have none."""
    text = re.sub(r"(?<!\\) +$", "", line.rstrip("\r\n"))
    negated = text.startswith("!")
    text = text[negated:]
    if not text or (text.startswith("#") and not negated):
        return None
    folders = text.endswith("/")
    text = text.removesuffix("/")
    anchored = "/" in text
    try:
        return _Rule(
            re.compile(("" if anchored else "(?:.*/)?") + _regex(text.removeprefix("/")), re.DOTALL), folders, negated
        )
    except re.error:
        return None


_PIECES = re.compile(
    r"""(?P<any_folders>(?:(?<=/)|^)\*\*/) | (?P<below>(?<=/)\*\*$) | (?P<star>\*+) | (?P<one>\?)
    | (?P<set>\[[!^]?+(?:\\.|[^\\])(?:\\.|[^\]\\])*\]) | \\(?P<plain>.) | (?P<open>[\[\\])""",
    re.VERBOSE,
)


def _regex(pattern: str) -> str:
    """The regular expression of a pattern; `*` and `?` do not cross a `/`, `**` between two does."""
    parts, end = [], 0
    for piece in _PIECES.finditer(pattern):
        parts.append(re.escape(pattern[end : piece.start()]))
        end = piece.end()
        match piece.lastgroup:
            case "any_folders":
                parts.append("(?:.*/)?")
            case "below":
                parts.append(".+")
            case "star":
                parts.append("[^/]*")
            case "one":
                parts.append("[^/]")
            case "set":
                parts.append(_set(piece["set"]))
            case "plain":
                parts.append(re.escape(piece["plain"]))
            case _:
                raise re.error("a class without an end")
    return "".join(parts) + re.escape(pattern[end:])


def _set(text: str) -> str:
    """A class of characters; none contains the `/`."""
    inner = text[1:-1]
    negated = inner[:1] in ("!", "^")
    inner = inner[negated:].replace("[", r"\[").replace("^", r"\^")
    inner = r"\]" + inner[1:] if inner.startswith("]") else inner
    return rf"(?!/)[{'^' if negated else ''}{inner}]"
