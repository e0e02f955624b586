"""Law of subtyping: a subclass of a requirement may only demand more."""

from __future__ import annotations

from typing import Any

import attrs

from rqml.errors import InvalidParameter
from rqml.parameters import COMMON
from rqml.requirement import Requirement
from rqml.testing.case import Case, broken, measure, requirement_of
from rqml.testing.laws.form import any_instance
from rqml.testing.laws.limits import variant_of


def a_subclass_only_demands_more(case: Case) -> None:
    """On every scenario of a parent class it passes only where the parent passes; its defaults refine the parent's."""
    for parent in case.cls.__mro__[1:]:
        if "meta" in vars(parent) and issubclass(parent, Requirement):
            _refines_default(case.cls, parent)
            _passes_no_more(any_instance(case), Case(parent))


def _refines_default(cls: type[Requirement[Any]], parent: type[Requirement[Any]]) -> None:
    try:
        mine, theirs = cls(), parent()
    except InvalidParameter:
        return  # parameters without defaults: there is no default to compare
    if not mine.refines(theirs):
        broken(f"the defaults of {cls.__name__} are weaker than those of {parent.__name__}")


def _passes_no_more(instance: Requirement[Any], parent: Case) -> None:
    for scenario in parent.some(parent.scenarios):
        theirs = requirement_of(scenario)
        shared = {f.alias: getattr(theirs, f.name) for f in attrs.fields(parent.cls) if f.name not in COMMON}
        mine = variant_of(instance, shared)
        if mine is None:
            continue  # it refuses what its parent takes, so it cannot pass where the parent fails
        if measure(parent.situation(scenario), mine).conclude().passed and not parent.result(scenario).passed:
            broken(f"it passes on {scenario.name!r} of {parent.cls.__name__}, where its parent does not")
