"""What the doors (pytest plugin, command line) share: user modules, their specifications and their system."""

from __future__ import annotations

import datetime as dt
import inspect
import json
from collections.abc import Collection, Sequence
from types import ModuleType
from typing import Any

from rqml.errors import InvalidSpecification, InvalidSubject
from rqml.runner import needs_of
from rqml.specification import Specification
from rqml.tailoring import effective

SYSTEM = "system"


def specifications_in(module: ModuleType) -> dict[str, Specification]:
    """The module-level specifications by name, in order; each once, none that is private."""
    found: dict[str, Specification] = {}
    for name, value in vars(module).items():
        known = any(value is other for other in found.values())
        if isinstance(value, Specification) and not name.startswith("_") and not known:
            found[name] = value
    return found


def system_in(module: ModuleType, name: str = SYSTEM) -> Any:
    """What a module calls `system`: a System or subject, or what a function of this name returns; None if absent.

    Raises:
        InvalidSubject: it cannot be used: a pytest fixture, a class, a function with parameters or without result.
    """
    value = getattr(module, name, None)
    if value is None:
        return None
    where = f"`{name}` of {module.__name__}"
    if type(value).__module__.startswith("_pytest."):
        raise InvalidSubject(
            f"{where} is a pytest fixture, which only pytest can call: make it a plain function, "
            "or give the specification its own: Specification(..., system=System(...))"
        )
    if isinstance(value, type):
        raise InvalidSubject(f"{where} is a class: make it a System, or a function that returns one")
    if not inspect.isroutine(value):
        return value
    if _must_be_given(value):
        raise InvalidSubject(f"{where} takes parameters: make it a function without any that returns the System")
    made = value()
    if made is None:
        raise InvalidSubject(f"{where} returned None: let it return the System to judge")
    return made


def narrowed(specification: Specification, keys: Collection[str | None], now: dt.datetime) -> Specification:
    """The part of a specification that has these keys and what they need, with their waivers.

    Args:
        specification: where to take requirements from, as they judge at `now`.
        keys: keys of the wanted requirements.
        now: moment for which waivers of weakened requirements are looked up.
    """
    available = {proposition.key: proposition for proposition in effective(specification, now)[0]}
    wanted: set[str] = set()
    waiting = [key for key in keys if key is not None]
    while waiting:
        key = waiting.pop()
        if key not in wanted:
            wanted.add(key)
            waiting.extend(needs_of(available[key]))
    return Specification(
        specification.name,
        [proposition for key, proposition in available.items() if key in wanted],
        owner=specification.owner,
        waivers=[waiver for waiver in specification.all_waivers() if waiver.requirement in wanted],
        system=specification.system,
        alpha=specification.alpha,
    )


def joined(texts: Sequence[str], suffix: str) -> str:
    """Several rendered reports as one text: Markdown pages one after another; JSON a list unless it is one.

    Args:
        texts: reports, rendered by `to_json` or `to_markdown`.
        suffix: ".json" or ".md".
    """
    if suffix == ".md":
        return "\n\n".join(text.strip("\n") for text in texts) + "\n"
    if len(texts) == 1:
        return texts[0].strip("\n") + "\n"
    return json.dumps([json.loads(text) for text in texts], indent=2, ensure_ascii=False) + "\n"


def only(specifications: dict[str, Specification], names: Sequence[str]) -> dict[str, Specification]:
    """The specifications of these names, all if none is named.

    Raises:
        InvalidSpecification: there is none of a name.
    """
    for name in names:
        if name not in specifications:
            known = ", ".join(specifications) or "none"
            raise InvalidSpecification(f"there is no specification {name!r} here; there are: {known}")
    return {name: specifications[name] for name in names} if names else specifications


def _must_be_given(function: Any) -> bool:
    parameters = inspect.signature(function).parameters.values()
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return any(p.default is inspect.Parameter.empty and p.kind not in optional for p in parameters)
