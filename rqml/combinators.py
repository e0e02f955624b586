"""AllOf, AnyOf, Not, Implies and AtLeast: propositions combined by Kleene's three-valued tables.

NOT_APPLICABLE is neutral: a part that does not apply is left out. A composite keeps the verdicts of its parts.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import attrs

from rqml.errors import InvalidParameter
from rqml.judge import best, negated, worst
from rqml.proposition import Examination, Proposition
from rqml.run import Run
from rqml.subjects.subject import Subject
from rqml.verdict import Assurance, CheckResult, CheckStatus, EnforcementResult, Reason

if TYPE_CHECKING:
    from rqml.requirement import Requirement
    from rqml.subjects.system import System

S = TypeVar("S", bound=Subject)


_DECIDED = (CheckStatus.PASS, CheckStatus.FAIL)


class Composite(Proposition[S], abc.ABC, Generic[S]):
    """Base of what is made of other propositions."""

    parts: tuple[Proposition[Any], ...]
    label: str
    needs: tuple[str, ...] = ()

    def __init__(self, *parts: Proposition[Any], label: str = "") -> None:
        for part in parts:
            if not isinstance(part, Proposition):
                raise InvalidParameter(
                    f"{type(self).__name__} takes requirements, got {type(part).__name__}; "
                    "a class must be called: KAnonymity(k=5)"
                )
        object.__setattr__(self, "parts", tuple(parts))
        object.__setattr__(self, "label", label)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((type(self), self.parts, self.label))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.parts))})"

    @abc.abstractmethod
    def combine(self, statuses: Sequence[CheckStatus]) -> CheckStatus | None:
        """Kleene's table: the status from those of the parts, None if nothing applies or there are no parts."""

    def helps(self, index: int) -> bool:
        """True if a PASS of this part helps the whole to PASS."""
        return True

    def seen(self, results: Sequence[CheckResult]) -> list[CheckStatus]:
        """The statuses as `combine` may use them: what is only EMPIRICAL cannot be turned round."""
        return [
            CheckStatus.INCOMPLETE
            if result.assurance is Assurance.EMPIRICAL and not self.helps(index)
            else result.status
            for index, result in enumerate(results)
        ]

    def mendable(self) -> Iterator[Proposition[Any]]:
        """The parts that are enforced, in order, until the whole passes."""
        return iter(self.parts)

    @property
    def key(self) -> str:
        """Label, or the keys of the parts joined."""
        return self.label or f"{type(self).__name__}({', '.join(part.key for part in self.parts)})"

    def requirements(self) -> Iterator[Requirement[Any]]:
        """The requirements of all parts."""
        for part in self.parts:
            yield from part.requirements()

    def examine(self, subject: Any, run: Run) -> ExaminedParts:
        """Measure all parts, without judging."""
        return ExaminedParts(self, tuple(part.examine(subject, run) for part in self.parts), run.seed)

    def enforce(
        self,
        subject: S | System,
        /,
        *,
        dry_run: bool = False,
        max_cost: Mapping[str, float] | None = None,
        run: Run | None = None,
    ) -> EnforcementResult:
        """Enforce the parts in order until the whole passes; roll everything back if it never does."""
        from rqml.enforcement import enforce_composite

        return enforce_composite(self, subject, run or Run(), dry_run=dry_run, max_cost=max_cost or {})


class AllOf(Composite[S]):
    """All parts hold: the worst of FAIL, INCOMPLETE, PASS."""

    @overload
    def __init__(self, *parts: Proposition[S], label: str = "") -> None: ...
    @overload
    def __init__(self: AllOf[System], *parts: Proposition[Any], label: str = "") -> None: ...
    def __init__(self, *parts: Proposition[Any], label: str = "") -> None:
        super().__init__(*parts, label=label)

    def combine(self, statuses: Sequence[CheckStatus]) -> CheckStatus | None:
        """The worst status."""
        return worst(statuses)

    def __str__(self) -> str:
        return _joined(self.parts, " and ")


class AnyOf(Composite[S]):
    """At least one part holds: the best of PASS, INCOMPLETE, FAIL."""

    @overload
    def __init__(self, *parts: Proposition[S], label: str = "") -> None: ...
    @overload
    def __init__(self: AnyOf[System], *parts: Proposition[Any], label: str = "") -> None: ...
    def __init__(self, *parts: Proposition[Any], label: str = "") -> None:
        super().__init__(*parts, label=label)

    def combine(self, statuses: Sequence[CheckStatus]) -> CheckStatus | None:
        """The best status."""
        return best(statuses)

    def __str__(self) -> str:
        return _joined(self.parts, " or ")


class Not(Composite[S]):
    """The part does not hold. What is only EMPIRICAL cannot be negated: INCOMPLETE."""

    def __init__(self, part: Proposition[S], *, label: str = "") -> None:
        super().__init__(part, label=label)

    def combine(self, statuses: Sequence[CheckStatus]) -> CheckStatus | None:
        """PASS and FAIL change places."""
        return negated(statuses[0])

    def helps(self, index: int) -> bool:
        """A PASS of the part makes the whole fail."""
        return False

    def mendable(self) -> Iterator[Proposition[Any]]:
        """None: there is no repair that breaks a requirement."""
        return iter(())

    def __str__(self) -> str:
        return f"not ({self.parts[0]})"


class Implies(Composite[S]):
    """If the first part holds, the second does: not first, or second."""

    @overload
    def __init__(self, condition: Proposition[S], consequence: Proposition[S], *, label: str = "") -> None: ...
    @overload
    def __init__(
        self: Implies[System], condition: Proposition[Any], consequence: Proposition[Any], *, label: str = ""
    ) -> None: ...
    def __init__(self, condition: Proposition[Any], consequence: Proposition[Any], *, label: str = "") -> None:
        super().__init__(condition, consequence, label=label)

    def combine(self, statuses: Sequence[CheckStatus]) -> CheckStatus | None:
        """The best of the negated condition and the consequence."""
        return best((negated(statuses[0]), statuses[1]))

    def helps(self, index: int) -> bool:
        """Only the consequence helps."""
        return index == 1

    def mendable(self) -> Iterator[Proposition[Any]]:
        """The consequence."""
        return iter(self.parts[1:])

    def __str__(self) -> str:
        return f"if ({self.parts[0]}) then ({self.parts[1]})"


class AtLeast(Composite[S]):
    """At least `count` of the parts hold; of those that apply, if fewer apply.

    AtLeast(1, ...) is AnyOf, AtLeast(number of parts, ...) is AllOf.
    """

    count: int

    @overload
    def __init__(self, count: int, *parts: Proposition[S], label: str = "") -> None: ...
    @overload
    def __init__(self: AtLeast[System], count: int, *parts: Proposition[Any], label: str = "") -> None: ...
    def __init__(self, count: int, *parts: Proposition[Any], label: str = "") -> None:
        super().__init__(*parts, label=label)
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= max(len(parts), 1):
            raise InvalidParameter(f"AtLeast(count, ...) needs a count from 1 to {len(parts)}, got {count!r}")
        object.__setattr__(self, "count", count)

    def __repr__(self) -> str:
        return f"AtLeast({self.count}, {', '.join(map(repr, self.parts))})"

    @property
    def key(self) -> str:
        """Label, or the count and the keys of the parts joined."""
        return self.label or f"AtLeast({self.count}, {', '.join(part.key for part in self.parts)})"

    def combine(self, statuses: Sequence[CheckStatus]) -> CheckStatus | None:
        """Counts what holds for sure, and what may still hold."""
        applicable = [status for status in statuses if status is not CheckStatus.NOT_APPLICABLE]
        if not applicable:
            return None
        needed = min(self.count, len(applicable))
        held = applicable.count(CheckStatus.PASS)
        if held >= needed:
            return CheckStatus.PASS
        open_ = applicable.count(CheckStatus.INCOMPLETE)
        return CheckStatus.INCOMPLETE if held + open_ >= needed else CheckStatus.FAIL

    def __str__(self) -> str:
        return f"at least {self.count} of: {_joined(self.parts, '; ')}"


@attrs.frozen
class ExaminedParts(Examination):
    """The measurements of a composite's parts."""

    composite: Composite[Any]
    examinations: tuple[Examination, ...]
    seed: int

    def leaves(self) -> Iterator[tuple[Examination, bool]]:
        """The measurements of the requirements below."""
        for index, examination in enumerate(self.examinations):
            for leaf, helps in examination.leaves():
                yield leaf, helps is self.composite.helps(index)

    def conclude(self, judge: Callable[[Examination], CheckResult] | None = None) -> CheckResult:
        """The verdict from those of the parts."""
        composite = self.composite
        results = tuple(examination.conclude(judge) for examination in self.examinations)
        seen = composite.seen(results)
        status = composite.combine(seen) if results else None
        if status is None:
            status = CheckStatus.NOT_APPLICABLE if results else CheckStatus.INCOMPLETE
        return CheckResult(
            status=status,
            message=_message(composite, status, results),
            reason=_reason(results) if status is CheckStatus.INCOMPLETE else None,
            assurance=_assurance(composite, status, seen, results) if status in _DECIDED else None,
            requirement=type(composite).__name__,
            name=type(composite).__name__,
            label=composite.key,
            statement=str(composite),
            parameters={"count": composite.count} if isinstance(composite, AtLeast) else {},
            subject=", ".join(dict.fromkeys(result.subject for result in results if result.subject)),
            duration_s=sum(result.duration_s for result in results),
            seed=self.seed,
            parts=results,
        )


def _assurance(
    composite: Composite[Any], status: CheckStatus, seen: Sequence[CheckStatus], results: Sequence[CheckResult]
) -> Assurance | None:
    """The strongest assurance at which the status still follows if all that is less sure counts as INCOMPLETE."""
    levels = list(Assurance)
    for position, level in enumerate(levels):
        enough = levels[: position + 1]
        sure = [
            CheckStatus.INCOMPLETE if each in _DECIDED and result.assurance not in enough else each
            for each, result in zip(seen, results, strict=True)
        ]
        if composite.combine(sure) is status:
            return level
    return None


def _reason(results: Sequence[CheckResult]) -> Reason:
    reasons = [result.reason for result in results if result.reason is not None]
    return reasons[0] if reasons else Reason.INSUFFICIENT_EVIDENCE


def _message(composite: Composite[Any], status: CheckStatus, results: Sequence[CheckResult]) -> str:
    if not results:
        return f"{composite.key} INCOMPLETE: there is nothing to judge; give it at least one requirement"
    telling = [result for result in results if result.status is not CheckStatus.PASS] or list(results)
    return f"{composite.key} {status.name}: " + " | ".join(result.message for result in telling)


def _joined(parts: Sequence[Proposition[Any]], word: str) -> str:
    return word.join(f"({part})" for part in parts) or "nothing"
