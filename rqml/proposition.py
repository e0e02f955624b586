"""Proposition: anything that gives a verdict on a subject, and can be combined with others."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload, runtime_checkable

import attrs

from rqml.run import Run
from rqml.subjects.subject import Subject
from rqml.verdict import CheckResult, EnforcementResult

if TYPE_CHECKING:
    from rqml.bound import Bound
    from rqml.combinators import AllOf, AnyOf, Implies, Not
    from rqml.requirement import Requirement
    from rqml.subjects.system import System

S = TypeVar("S", bound=Subject)
S2 = TypeVar("S2", bound=Subject)


@runtime_checkable
class Checkable(Protocol):
    """What can be checked."""

    def check(self, subject: Any, /, *, run: Run | None = None) -> CheckResult:
        """Measure and judge, without changing the subject."""


@runtime_checkable
class Enforceable(Protocol):
    """What can be enforced."""

    def enforce(
        self,
        subject: Any,
        /,
        *,
        dry_run: bool = False,
        max_cost: Mapping[str, float] | None = None,
        run: Run | None = None,
    ) -> EnforcementResult:
        """Make it hold, and prove it by checking again."""


class Examination(abc.ABC):
    """What was measured of a proposition; the verdict follows at any confidence, without measuring again."""

    @abc.abstractmethod
    def leaves(self) -> Iterator[tuple[Examination, bool]]:
        """The measurements of single requirements below, each with True if a PASS there helps a PASS here."""

    @abc.abstractmethod
    def conclude(self, judge: Callable[[Examination], CheckResult] | None = None) -> CheckResult:
        """The verdict; `judge` may judge the leaves (by default at the confidence of the run)."""


@attrs.frozen(kw_only=True, slots=False)
class Proposition(abc.ABC, Generic[S]):
    """Base of requirements, composites and what is bound to a subject."""

    @property
    @abc.abstractmethod
    def key(self) -> str:
        """The name under which a specification, a waiver or a report knows it."""

    @abc.abstractmethod
    def examine(self, subject: Any, run: Run) -> Examination:
        """Measure, without judging; never raises for what it meets."""

    @abc.abstractmethod
    def requirements(self) -> Iterator[Requirement[Any]]:
        """The single requirements it is made of."""

    @abc.abstractmethod
    def enforce(
        self,
        subject: S | System,
        /,
        *,
        dry_run: bool = False,
        max_cost: Mapping[str, float] | None = None,
        run: Run | None = None,
    ) -> EnforcementResult:
        """Make it hold: measure, repair, measure again; roll back unless it then passes.

        Args:
            subject: the subject, a raw frame or path, or a System.
            dry_run: only say what would be changed.
            max_cost: the most a repair may cost, by name of the cost; above it the repair is rolled back.
            run: seed, deadline, jobs and progress.
        """

    def check(self, subject: S | System, /, *, run: Run | None = None) -> CheckResult:
        """Measure and judge; the subject is not changed, and what goes wrong becomes INCOMPLETE.

        Args:
            subject: the subject, a raw frame or path, or a System, of which the part of the right type is taken.
            run: seed, deadline, jobs and progress; default `Run()`.
        """
        return self.examine(subject, run or Run()).conclude()

    @overload
    def on(self, target: str, /) -> Bound[System]: ...
    @overload
    def on(self, target: Any, /) -> Bound[Any]: ...
    def on(self, target: Any, /) -> Bound[Any]:
        """Bind to a part of a System by its name (a str), or to a subject."""
        from rqml.bound import Bound

        return Bound(proposition=self, target=target)

    @overload
    def __and__(self, other: Proposition[S], /) -> AllOf[S]: ...
    @overload
    def __and__(self, other: Proposition[S2], /) -> AllOf[System]: ...
    def __and__(self, other: Proposition[Any], /) -> AllOf[Any]:
        """Both hold."""
        from rqml.combinators import AllOf

        return AllOf(self, other) if isinstance(other, Proposition) else NotImplemented

    @overload
    def __or__(self, other: Proposition[S], /) -> AnyOf[S]: ...
    @overload
    def __or__(self, other: Proposition[S2], /) -> AnyOf[System]: ...
    def __or__(self, other: Proposition[Any], /) -> AnyOf[Any]:
        """At least one holds."""
        from rqml.combinators import AnyOf

        return AnyOf(self, other) if isinstance(other, Proposition) else NotImplemented

    @overload
    def __rshift__(self, other: Proposition[S], /) -> Implies[S]: ...
    @overload
    def __rshift__(self, other: Proposition[S2], /) -> Implies[System]: ...
    def __rshift__(self, other: Proposition[Any], /) -> Implies[Any]:
        """If this holds, the other holds."""
        from rqml.combinators import Implies

        return Implies(self, other) if isinstance(other, Proposition) else NotImplemented

    def __invert__(self) -> Not[S]:
        """It does not hold."""
        from rqml.combinators import Not

        return Not(self)


def with_consulted(proposition: Proposition[Any]) -> Iterator[Requirement[Any]]:
    """The requirements of a proposition, and those that they ask in turn, at any depth."""
    for requirement in proposition.requirements():
        yield requirement
        for other in requirement.consulted():
            yield from with_consulted(other)
