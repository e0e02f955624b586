"""By what rules a verdict on record was given, and in what those of today differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rqml.evidence.canonical import canonical
from rqml.evidence.code import codes_of
from rqml.proposition import with_consulted

if TYPE_CHECKING:
    from rqml.proposition import Proposition
    from rqml.requirement import Requirement

Body = Mapping[str, Any]
"""What the record of a check says, see `bodies.verdict_body`."""


def other_class(body: Body, cls: type[Requirement[Any]], digest: str | None) -> str:
    """In what a requirement class differs from the one that judged; empty if it does not.

    Args:
        body: of the record; the class is among its requirements.
        cls: the class as it is now.
        digest: of its code now, None where that cannot be told.
    """
    version, recorded = body["requirements"].get(cls.meta.id), body.get("sources", {}).get(cls.meta.id)
    if version != cls.meta.version:
        return f"{cls.meta.id} was judged as version {version}, and is version {cls.meta.version}"
    if recorded not in (None, digest):
        return f"the code of {cls.meta.id} is another"
    return ""


def other_rules(body: Body, proposition: Proposition[Any]) -> str:
    """In what a proposition differs from the one that judged; empty if they judge alike."""
    asked = list(proposition.requirements())
    then = [{"id": leaf["requirement"], "parameters": leaf["parameters"]} for leaf in _leaves(body["result"])]
    now = [{"id": one.meta.id, "parameters": dict(one.parameters)} for one in asked]
    if sorted(map(canonical, then)) != sorted(map(canonical, now)):
        return "it was judged with other parameters"
    codes, consulted = codes_of(proposition, {}), with_consulted(proposition)
    return next(filter(None, (other_class(body, type(one), codes[one.meta.id]) for one in consulted)), "")


def _leaves(result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if not result["parts"]:
        yield result
    for part in result["parts"]:
        yield from _leaves(part)
