"""Laws of form: what can be said of a requirement class without running a check."""

from __future__ import annotations

import re
import string
import sys
import time
from collections.abc import Mapping
from typing import Any

import attrs

from rqml.errors import InvalidParameter
from rqml.meta import ID_PATTERN, Meta, limits_of
from rqml.parameters import COMMON
from rqml.registry import snake_case
from rqml.requirement import Requirement
from rqml.testing.case import Case, broken, requirement_of

CHEAP_S = 0.005


def is_frozen(case: Case) -> None:
    """It is an `attrs.frozen` class of its own: no instance ever changes."""
    if "__attrs_attrs__" not in vars(case.cls):
        broken("decorate the class itself with @attrs.frozen(kw_only=True)")
    instance = any_instance(case)
    try:
        instance.label = "changed"  # type: ignore[misc]
    except attrs.exceptions.FrozenInstanceError:
        return
    broken("an instance can be changed: decorate the class with @attrs.frozen and leave __setattr__ alone")


def is_keyword_only(case: Case) -> None:
    """Its parameters are given by name, so that a specification reads and stays right when fields are added."""
    positional = [field.name for field in attrs.fields(case.cls) if field.init and not field.kw_only]
    if positional:
        broken(f"make {', '.join(positional)} keyword-only: @attrs.frozen(kw_only=True)")


def has_a_well_formed_id(case: Case) -> None:
    """It declares a `Meta` of its own with an id such as PII-02."""
    meta = vars(case.cls).get("meta")
    if not isinstance(meta, Meta):
        broken("give the class its own meta = Meta(id=..., ...)")
    if not ID_PATTERN.fullmatch(meta.id):
        broken(f"the id {meta.id!r} does not read like PII-02 (capitals, dash, 2 to 4 digits)")


def has_an_id_of_its_own(case: Case) -> None:
    """No other class of the catalog has its id."""
    others = [other.__name__ for other in case.catalog if other is not case.cls and _id(other) == _id(case.cls)]
    if others:
        broken(f"id {_id(case.cls)} is also that of {', '.join(others)}: take a new one, ids are never shared")


def has_an_id_never_used_before(case: Case) -> None:
    """Its id was not that of a class which is gone."""
    retired = _retired(case)
    if _id(case.cls) in retired:
        broken(f"id {_id(case.cls)} is retired ({retired[_id(case.cls)] or 'without successor'}): take a new one")


def stands_in_a_file_of_its_name(case: Case) -> None:
    """Class `KAnonymity` stands in `k_anonymity.py`."""
    module = case.cls.__module__.rpartition(".")[2]
    if module != snake_case(case.cls.__name__):
        broken(f"it stands in {module}.py: move it to {snake_case(case.cls.__name__)}.py")


def validates_every_field(case: Case) -> None:
    """Each parameter refuses what it cannot mean, NaN in a limit included, with an error that names it."""
    instance, limits = any_instance(case), limits_of(case.cls)
    for field in attrs.fields(case.cls):
        if field.name in COMMON or not field.init:
            continue
        refusal = _refusal(instance, field.alias, _Nonsense())
        if refusal is None:
            broken(f"field {field.name} takes any object: give it an attrs validator")
        if not isinstance(refusal, InvalidParameter) or refusal.parameter != field.alias:
            broken(f"field {field.name} refuses nonsense without naming itself: {type(refusal).__name__}: {refusal}")
        if field.name in limits and _refusal(instance, field.alias, float("nan")) is None:
            broken(f"limit {field.name} takes NaN, with which nothing can be compared: give it an attrs validator")


def has_no_mutable_default(case: Case) -> None:
    """Defaults are values that nobody can change: tuples, not lists; frozen sets, not sets."""
    for field in attrs.fields(case.cls):
        default = field.default
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
            default = None if default.takes_self else default.factory()
        try:
            hash(default)
        except TypeError:
            broken(f"the default of {field.name} is a mutable {type(default).__name__}: use a tuple or frozenset")


def references_resolve(case: Case) -> None:
    """It names at least one threat or control, and the newest release of its taxonomy has each it names."""
    from rqml.taxonomy import resolve

    if not case.cls.meta.references:
        broken("name the threats, controls or articles it answers: Meta(references=...)")
    for reference in case.cls.meta.references:
        found = resolve(reference)
        if found is None:
            broken(f"reference {reference!r} is in none of the shipped taxonomies (rqml.taxonomy)")
        if not found.is_current:
            broken(f"reference {reference!r} ended with {found.until}; its successor is {found.successor or 'none'}")


def is_cheap_to_create(case: Case) -> None:
    """Creating an instance measures nothing and loads nothing: it takes less than 5 ms."""
    instance = any_instance(case)
    best = min(_seconds_to_copy(instance) for _ in range(5))
    if best > CHEAP_S:
        broken(f"creating an instance takes {best * 1000:.0f} ms: leave the work to measure()")


def statement_reads_as_a_sentence(case: Case) -> None:
    """`str(requirement)` is the statement with the parameters filled in."""
    if not case.cls.meta.statement.strip() or not case.cls.meta.title.strip() or not case.cls.meta.remedy.strip():
        broken("title, statement and remedy of its Meta must say something")
    for instance in (any_instance(case), *(requirement_of(scenario) for scenario in case.scenarios)):
        unknown = _placeholders(case.cls.meta.statement) - set(instance.parameters)
        if unknown:
            broken(f"the statement names {', '.join(sorted(unknown))}, which is no parameter")
        if re.search(r"{\w+}", str(instance)) or not str(instance).endswith("."):
            broken(f"the statement must be a sentence with a full stop, it reads {str(instance)!r}")


def has_scenarios_of_both_kinds(case: Case) -> None:
    """At least 3 satisfied and 3 violated scenarios, each named once and judged by the class itself."""
    if len(case.satisfied) < 3 or len(case.violated) < 3:
        broken(
            f"it has {len(case.satisfied)} satisfied and {len(case.violated)} violated scenarios: at least 3 of each"
        )
    names = [scenario.name for scenario in case.scenarios]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        broken(f"several scenarios are called {twice[0]!r}: name each once")
    foreign = [s.name for s in case.scenarios if type(requirement_of(s)) is not case.cls]
    if foreign:
        broken(f"scenario {foreign[0]!r} is judged by another class: give it an instance of {case.cls.__name__}")


def any_instance(case: Case) -> Requirement[Any]:
    """The default instance where all fields have defaults, else that of the first scenario."""
    fields = [field for field in attrs.fields(case.cls) if field.init]
    if all(field.default is not attrs.NOTHING for field in fields):
        return case.cls()
    if not case.scenarios:
        broken("give it scenarios(), or defaults to all fields")
    return requirement_of(case.scenarios[0])


def _refusal(instance: Requirement[Any], name: str, value: Any) -> Exception | None:
    changes: dict[str, Any] = {name: value}
    try:
        attrs.evolve(instance, **changes)
    except (ValueError, TypeError) as error:
        return error
    return None


def _placeholders(statement: str) -> set[str]:
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(statement) if name is not None]
    except ValueError as error:
        broken(f"the braces of the statement do not match: {error}")
    return {re.split(r"[.\[]", name)[0] for name in fields}


class _Nonsense:
    """What no parameter can mean."""


def _seconds_to_copy(instance: Requirement[Any]) -> float:
    started = time.perf_counter()
    attrs.evolve(instance)
    return time.perf_counter() - started


def _id(cls: type) -> str:
    return str(getattr(getattr(cls, "meta", None), "id", ""))


def _retired(case: Case) -> Mapping[str, str]:
    if case.retired is not None:
        return case.retired
    package = sys.modules.get(case.cls.__module__.partition(".")[0])
    found: Mapping[str, str] = getattr(package, "RETIRED", {})
    return found
