"""The contract: the laws that every requirement class keeps, and the doors that apply them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from rqml.errors import InvalidParameter
from rqml.requirement import Requirement
from rqml.testing.case import Case, LawBroken, broken, requirement_class
from rqml.testing.laws import evidence, form, limits, repairs, subtyping, verdicts, writing

Law = Callable[[Case], None]

_SHORTEST_REASON = 20


def excuses_are_written(case: Case) -> None:
    """`excuses` names laws that exist, each with a reason of at least 20 characters; this law has no excuse."""
    names = {law.__name__ for law in LAWS} - {"excuses_are_written"}
    for name, reason in excuses_of(case.cls).items():
        if name not in names:
            broken(f"it is excused from {name!r}, which is no law it could be excused from")
        if len(reason.strip()) < _SHORTEST_REASON:
            broken(f"the excuse from {name} needs a reason in words, not {reason!r}")


LAWS: tuple[Law, ...] = (
    excuses_are_written,
    form.is_frozen,
    form.is_keyword_only,
    form.has_a_well_formed_id,
    form.has_an_id_of_its_own,
    form.has_an_id_never_used_before,
    form.stands_in_a_file_of_its_name,
    writing.docstring_has_its_sections,
    writing.docstring_explains_every_parameter,
    writing.import_is_light,
    form.validates_every_field,
    form.has_no_mutable_default,
    form.references_resolve,
    form.is_cheap_to_create,
    form.statement_reads_as_a_sentence,
    form.has_scenarios_of_both_kinds,
    verdicts.scenarios_get_their_verdicts,
    verdicts.a_violation_explains_itself,
    verdicts.check_leaves_everything_as_it_was,
    verdicts.check_is_repeatable,
    verdicts.foreign_subjects_are_incomplete,
    verdicts.a_crash_is_incomplete,
    verdicts.what_is_empty_never_passes,
    verdicts.results_survive_json_and_pickle,
    limits.measurement_ignores_limits,
    limits.stricter_limits_never_pass_more,
    evidence.evidence_holds_no_identifier_values,
    repairs.enforce_mends_or_contains,
    repairs.enforcing_twice_is_enforcing_once,
    repairs.rollback_restores_everything,
    repairs.satisfied_subjects_stay_untouched,
    repairs.dry_run_changes_nothing,
    subtyping.a_subclass_only_demands_more,
)
"""Every law, in the order in which they are applied: cheap ones first."""


def excuses_of(cls: type) -> Mapping[str, str]:
    """The laws a class is excused from, with reasons: its own class attribute `excuses`, never an inherited one."""
    found: Mapping[str, str] = vars(cls).get("excuses", {})
    return found


def check_requirement(
    cls: type[Requirement[Any]], *, catalog: Iterable[type] = (), retired: Mapping[str, str] | None = None
) -> None:
    """Apply every law of the contract to a requirement class.

    A class may be excused from a law only in writing: `excuses: ClassVar = {"import_is_light": "why"}`. An excuse from
    a law that the class keeps is itself a breach.

    Args:
        cls: the class, in an importable module.
        catalog: the classes among which its id must be unique.
        retired: ids that are gone, with what replaced them (empty if nothing did); default: `RETIRED` of the
            top-level package of the class, if it has one.

    Raises:
        LawBroken: an AssertionError that lists every broken law and what to change.
    """
    case = Case(cls, catalog, retired)
    breaches = []
    for law in LAWS:
        try:
            Check(lambda _cls: case, cls, law)(strict=True)
        except LawBroken as breach:
            breaches.append(str(breach))
        except Exception as error:
            breaches.append(f"{law.__name__}: it crashed with {type(error).__name__}: {error}")
    if breaches:
        listed = "\n".join(f"- {breach}" for breach in breaches)
        raise LawBroken(f"{cls.__name__} breaks {len(breaches)} of {len(LAWS)} laws:\n{listed}")


def parametrize_with_checks(
    classes: Sequence[type[Requirement[Any]]], *, retired: Mapping[str, str] | None = None
) -> Any:
    """A pytest decorator: one item for each class and law, on an argument named `check` that the test calls.

    An excused law is a strict xfail. Ids must be unique among the classes given::

        @parametrize_with_checks([KAnonymity, LDiversity])
        def test_contract(check):
            check()

    Args:
        classes: the requirement classes.
        retired: as for `check_requirement`.

    Raises:
        InvalidParameter: there are no classes, or what is given is none.
    """
    import pytest

    if not classes:
        raise InvalidParameter("there is no class to hold to the contract: give at least one")

    @functools.lru_cache(maxsize=2)  # items come class by class: what they share is kept, then dropped
    def case_of(cls: type[Requirement[Any]]) -> Case:
        return Case(cls, classes, retired)

    items = []
    for cls in map(requirement_class, classes):
        for law in LAWS:
            reason = excuses_of(cls).get(law.__name__)
            marks = () if reason is None else (pytest.mark.xfail(strict=True, raises=LawBroken, reason=reason),)
            items.append(pytest.param(Check(case_of, cls, law), marks=marks, id=f"{cls.__name__}-{law.__name__}"))
    return pytest.mark.parametrize("check", items)


@attrs.frozen
class Check:
    """One law, applied to one class when called."""

    _case_of: Callable[[type[Requirement[Any]]], Case] = attrs.field(repr=False)
    cls: type[Requirement[Any]]
    law: Law

    def __call__(self, *, strict: bool = False) -> None:
        """Apply the law.

        Args:
            strict: turn the outcome round where the class is excused: keeping an excused law is then the breach.

        Raises:
            LawBroken: the class breaks the law, or in strict mode keeps one it is excused from.
        """
        excused = strict and self.law.__name__ in excuses_of(self.cls)
        try:
            self.law(self._case_of(self.cls))
        except LawBroken as breach:
            if not excused:
                raise LawBroken(f"{self.law.__name__}: {breach}") from None
            return
        if excused:
            raise LawBroken(f"{self.law.__name__}: it is excused from this law but keeps it: remove the excuse")
