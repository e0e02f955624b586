"""Bound: a proposition tied to a named part of a system, or to a subject."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import attrs

from rqml.errors import InvalidParameter, MissingSubject
from rqml.proposition import Examination, Proposition
from rqml.run import Run
from rqml.subjects.subject import Subject
from rqml.verdict import CheckResult, EnforcementResult

if TYPE_CHECKING:
    from rqml.requirement import Requirement
    from rqml.subjects.system import System

S = TypeVar("S", bound=Subject)


class PartOf(NamedTuple):
    """The part of a system that a bound proposition judges."""

    system: System
    part: str


def _comparable(target: Any) -> Any:
    """Parts and subjects compare as they say; raw frames, whose == is no truth value, as objects."""
    return target if isinstance(target, str | PathLike | Subject) else id(target)


@attrs.frozen(kw_only=True, slots=False)
class Bound(Proposition[S]):
    """A proposition and what it judges; equal propositions bound to the same target are equal.

    Attributes:
        proposition: what is judged.
        target: the name of a part of a System, or the subject itself.
    """

    proposition: Proposition[Any]
    target: Any = attrs.field(eq=_comparable)

    @target.validator
    def _target_given(self, _: object, value: Any) -> None:
        if value is None or (isinstance(value, str) and not value):
            raise InvalidParameter('on(...) needs a subject, or the name of a part: requirement.on("training_data")')

    @property
    def part(self) -> str | None:
        """The name of the part, None if bound to a subject."""
        return self.target if isinstance(self.target, str) else None

    @property
    def key(self) -> str:
        """The key of what is bound."""
        return self.proposition.key

    def __str__(self) -> str:
        where = f"part {self.part!r}" if self.part else "the bound subject"
        return f"{self.proposition} (on {where})"

    def requirements(self) -> Iterator[Requirement[Any]]:
        """The requirements of what is bound."""
        return self.proposition.requirements()

    def check(self, subject: Any = None, /, *, run: Run | None = None) -> CheckResult:
        """Measure and judge the bound subject; with a part's name, that part of the System given."""
        return self.examine(subject, run or Run()).conclude()

    def examine(self, subject: Any, run: Run) -> Examination:
        """Measure, without judging; never raises for what it meets."""
        return self.proposition.examine(self._aim(subject), run)

    def enforce(
        self,
        subject: Any = None,
        /,
        *,
        dry_run: bool = False,
        max_cost: Mapping[str, float] | None = None,
        run: Run | None = None,
    ) -> EnforcementResult:
        """Make it hold for the bound subject, or for the bound part of the System given."""
        return self.proposition.enforce(self._aim(subject), dry_run=dry_run, max_cost=max_cost, run=run)

    def _aim(self, subject: Any) -> Any:
        from rqml.subjects.system import System

        if self.part is None:
            return self.target
        if isinstance(subject, System):
            return PartOf(subject, self.part)
        return Missing(f"part {self.part!r} is looked up in a System, and none was given: check(System(...))")


class Missing(NamedTuple):
    """Stands where a subject should be; resolving it says what is missing."""

    message: str

    def signal(self) -> MissingSubject:
        """The signal that explains what is missing."""
        return MissingSubject(self.message)
