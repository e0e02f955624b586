"""Requirement: the template of check() and enforce(). Authors write measure, judge and repair."""

from __future__ import annotations

import functools
import inspect
import time
import traceback
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import attrs

from rqml.errors import (
    InsufficientEvidence,
    MissingSubject,
    NotApplicable,
    RqmlError,
    TimedOut,
    Unsupported,
    is_crash,
)
from rqml.meta import STRICTER, Meta
from rqml.proposition import Examination, Proposition
from rqml.run import Run
from rqml.serialise import plain
from rqml.subjects.subject import Subject
from rqml.verdict import (
    Assurance,
    CheckResult,
    CheckStatus,
    EnforcementResult,
    Judgement,
    Measurement,
    Reason,
    Repair,
)

if TYPE_CHECKING:
    from rqml.scenario import Scenario
    from rqml.subjects.system import System

S = TypeVar("S", bound=Subject)

_COMMON = frozenset({"label", "needs"})
_REASONS: tuple[tuple[type[RqmlError], Reason], ...] = (
    (MissingSubject, Reason.MISSING_SUBJECT),
    (InsufficientEvidence, Reason.INSUFFICIENT_EVIDENCE),
    (Unsupported, Reason.UNSUPPORTED),
    (TimedOut, Reason.TIMEOUT),
)


def _keys(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@attrs.frozen(kw_only=True, slots=False)
class Requirement(Proposition[S]):
    """What must hold for a subject of kind S.

    A subclass is an `attrs.frozen(kw_only=True)` class whose fields are its parameters, with a class attribute
    `meta`, the methods `measure` and `judge`, `repair` where it can be enforced, and `scenarios`.

    Attributes:
        label: the key in a specification that holds several of one class.
        needs: ids or labels of requirements that must hold first, else this one is BLOCKED.
    """

    meta: ClassVar[Meta]

    label: str = attrs.field(default="", validator=attrs.validators.instance_of(str))
    needs: tuple[str, ...] = attrs.field(default=(), converter=_keys)

    def measure(self, subject: S, run: Run, /) -> Measurement:
        """Numbers only; never looks at a limit. Raises a Signal where there is nothing to measure."""
        raise NotImplementedError(f"{type(self).__name__} must define measure(subject, run)")

    def judge(self, measurement: Measurement, /) -> Judgement:
        """Limits only: what the numbers mean."""
        raise NotImplementedError(f"{type(self).__name__} must define judge(measurement)")

    def repair(self, subject: S, run: Run, /) -> Repair:
        """A new subject that should satisfy the requirement; the one given is not changed."""
        raise Unsupported(f"{self.meta.id} cannot be enforced: {self.meta.remedy}")

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Seeded systems that satisfy and that violate it, at least three of each."""
        return ()

    @classmethod
    def subject_type(cls) -> type[Subject]:
        """The kind of subject it judges."""
        return _subject_type(cls)

    @property
    def key(self) -> str:
        """Label, or id."""
        return self.label or self.meta.id

    @functools.cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters by name, JSON-safe."""
        return {f.name: plain(getattr(self, f.name)) for f in attrs.fields(type(self)) if f.name not in _COMMON}

    @functools.cached_property
    def statement(self) -> str:
        """What must hold, in plain words with the parameters filled in."""
        template = self.meta.statement
        try:
            return template.format_map({name: _spoken(value) for name, value in self.parameters.items()})
        except (LookupError, ValueError, TypeError, AttributeError):  # braces that name no parameter, or misfit it
            return template

    def __str__(self) -> str:
        return self.statement

    def requirements(self) -> Iterator[Requirement[Any]]:
        """Itself."""
        yield self

    def refines(self, other: Requirement[Any]) -> bool:
        """True if this demands at least what `other` does: the same class or a subclass of it, marked limits
        as strict or stricter (None is no limit at all), all other parameters equal."""
        if not isinstance(self, type(other)):
            return False
        return all(
            _at_least_as_strict(getattr(self, f.name), getattr(other, f.name), f.metadata.get(STRICTER))
            for f in attrs.fields(type(other))
            if f.name not in _COMMON
        )

    def examine(self, subject: Any, run: Run) -> Measured:
        """Measure, without judging; never raises for what it meets."""
        started = time.perf_counter()
        part = ""
        outcome: Measurement | BaseException
        try:
            part, chosen = resolve(subject, self.subject_type())
            part = part or chosen.describe()
            outcome = self.measure(chosen, run) if run.timeout is None else self._measure_in_time(chosen, run)
        except BaseException as error:
            if not is_crash(error):
                raise
            outcome = error
        return Measured(self, outcome, part, run, time.perf_counter() - started)

    def _measure_in_time(self, subject: Any, run: Run) -> Measurement:
        if run.hard:
            from rqml.worker import measure_in_worker

            return measure_in_worker(self, subject, run)
        return self.measure(subject, run.started())

    def enforce(
        self,
        subject: S | System,
        /,
        *,
        dry_run: bool = False,
        max_cost: Mapping[str, float] | None = None,
        run: Run | None = None,
    ) -> EnforcementResult:
        """Make it hold: measure, repair, measure again; roll back unless it then passes."""
        from rqml.enforcement import enforce_requirement

        return enforce_requirement(self, subject, run or Run(), dry_run=dry_run, max_cost=max_cost or {})


@attrs.frozen(slots=False)  # quicker to make than with slots, as are the values of every check
class Measured(Examination):
    """The measurement of one requirement, or the exception that came instead."""

    requirement: Requirement[Any]
    outcome: Measurement | BaseException
    subject: str
    run: Run
    duration_s: float

    @property
    def is_statistical(self) -> bool:
        """True if chance is involved."""
        return isinstance(self.outcome, Measurement) and self.outcome.is_statistical

    def leaves(self) -> Iterator[tuple[Examination, bool]]:
        """Itself."""
        yield self, True

    def conclude(self, judge: Callable[[Examination], CheckResult] | None = None) -> CheckResult:
        """The verdict at the confidence of the run, or as `judge` says."""
        return judge(self) if judge is not None else self.at(self.run.confidence)

    def at(self, confidence: float) -> CheckResult:
        """The verdict with all intervals at this confidence."""
        outcome = self.outcome
        if isinstance(outcome, BaseException):
            return self._result(*_of_exception(outcome), cause=outcome)
        try:
            measurement = outcome.at(confidence)
            return self._result(self.requirement.judge(measurement), measurement)
        except BaseException as error:
            if not is_crash(error):
                raise
            return self._result(*_of_exception(error), cause=error)

    def _result(
        self, judgement: Judgement, measurement: Measurement, cause: BaseException | None = None
    ) -> CheckResult:
        requirement, status = self.requirement, judgement.status
        meta = requirement.meta
        decided = status is CheckStatus.PASS or status is CheckStatus.FAIL
        name = type(requirement).__name__
        message = f"{meta.id} {name} {status._value_}: {judgement.message}"  # .value costs 10 times as much
        reason = None
        if status is CheckStatus.FAIL:
            message = f"{message}. What to do: {meta.remedy}"
        elif status is CheckStatus.INCOMPLETE:
            reason = judgement.reason or Reason.INSUFFICIENT_EVIDENCE
        return CheckResult(
            status,
            message,
            reason,
            _assurance(judgement, measurement) if decided else None,
            measurement.estimates,
            plain(measurement.details) if measurement.details else {},
            meta.id,
            name,
            requirement.label,
            requirement.statement,
            requirement.parameters,
            self.subject,
            self.duration_s,
            self.run.seed,
            (),
            cause,
        )


def resolve(subject: Any, kind: type[Subject]) -> tuple[str, Any]:
    """Name (empty outside a System) and value of what a requirement on `kind` judges when given `subject`.

    Raises:
        MissingSubject: nothing of this kind is there.
        Unsupported: something of another kind is there.
    """
    if isinstance(subject, kind):
        return "", subject
    from rqml.bound import Missing, PartOf
    from rqml.subjects.system import System

    if isinstance(subject, System):
        return subject.select(kind)
    if isinstance(subject, PartOf):
        return subject.system.select(kind, subject.part)
    if isinstance(subject, Missing):
        raise subject.signal()
    if subject is None:
        raise MissingSubject(f"there is no {kind.__name__} to judge: None was given")
    found = kind.coerce(subject)
    if found is None:
        raise Unsupported(f"this judges a {kind.__name__} and cannot judge a {type(subject).__name__}")
    return "", found


@functools.cache
def _subject_type(cls: type) -> type[Subject]:
    for base in inspect.getmro(cls):
        for generic in getattr(base, "__orig_bases__", ()):
            arguments = typing.get_args(generic)
            if arguments and isinstance(arguments[0], type) and issubclass(arguments[0], Subject):
                return arguments[0]
    raise Unsupported(f"{cls.__name__} must say what it judges: class {cls.__name__}(Requirement[Dataset])")


def _of_exception(error: BaseException) -> tuple[Judgement, Measurement]:
    nothing = Measurement()
    if isinstance(error, NotApplicable):
        return Judgement(CheckStatus.NOT_APPLICABLE, str(error)), nothing
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return Judgement(CheckStatus.INCOMPLETE, str(error), reason), nothing
    if isinstance(error, RqmlError):
        return Judgement(CheckStatus.INCOMPLETE, str(error), Reason.ERROR), nothing
    reason = Reason.TIMEOUT if isinstance(error, TimeoutError) else Reason.ERROR
    return Judgement(CheckStatus.INCOMPLETE, describe_crash(error), reason), nothing


def describe_crash(error: BaseException) -> str:
    """Kind and place of a foreign exception; its text is withheld, since it may quote data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return (
        f"it crashed with {type(error).__name__}{place}; the exception is in .cause of this result "
        "(its text is not shown, since it may quote data)"
    )


def _assurance(judgement: Judgement, measurement: Measurement) -> Assurance:
    if measurement.assurance is not None:
        empirical = judgement.status is CheckStatus.PASS and measurement.assurance is Assurance.EMPIRICAL
        return measurement.assurance if empirical else judgement.assurance or measurement.assurance
    if judgement.assurance is not None:
        return judgement.assurance
    return Assurance.STATISTICAL if measurement.is_statistical else Assurance.PROVEN


def _spoken(value: Any) -> Any:
    if isinstance(value, list | dict):
        return ", ".join(str(item) for item in value) or "none"
    return "none" if value is None else value


def _at_least_as_strict(mine: Any, theirs: Any, stricter: str | None) -> bool:
    if stricter is None:
        return bool(mine == theirs)
    if theirs is None:
        return True
    if mine is None:
        return False
    return bool(mine >= theirs if stricter == "higher" else mine <= theirs)
