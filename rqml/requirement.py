"""Requirement: the template of check() and enforce(). Authors write measure, judge and repair."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Iterable, Iterator, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import attrs

from rqml.errors import MissingSubject, RqmlError, Unsupported, is_crash
from rqml.estimate import Estimate
from rqml.measured import Measured
from rqml.meta import STRICTER, Meta, one_or_many
from rqml.parameters import COMMON, explaining
from rqml.proposition import Proposition
from rqml.run import Run
from rqml.serialise import plain
from rqml.subjects.subject import Subject
from rqml.verdict import EnforcementResult, Judgement, Measurement, Repair

if TYPE_CHECKING:
    from rqml.scenario import Scenario
    from rqml.subjects.system import System

S = TypeVar("S", bound=Subject)


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
    needs: tuple[str, ...] = attrs.field(default=(), converter=one_or_many)

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Have wrong parameters explained in words: attrs makes a slotted class anew, its `__init__` included."""
        super().__init_subclass__(**arguments)
        if "__init__" in vars(cls):
            cls.__init__ = explaining(cls, cls.__init__)  # type: ignore[method-assign]

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
        return {f.name: plain(getattr(self, f.name)) for f in attrs.fields(type(self)) if f.name not in COMMON}

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

    def consulted(self) -> Iterator[Proposition[Any]]:
        """The propositions that it asks for its own verdict: their code is part of its rules."""
        return iter(())

    def refines(self, other: Requirement[Any]) -> bool:
        """True if this demands at least what `other` does: the same class or a subclass of it, marked limits
        as strict or stricter (None is no limit at all), all other parameters equal."""
        if not isinstance(self, type(other)):
            return False
        return all(
            _at_least_as_strict(getattr(self, f.name), getattr(other, f.name), f.metadata.get(STRICTER))
            for f in attrs.fields(type(other))
            if f.name not in COMMON
        )

    def examine(self, subject: Any, run: Run) -> Measured:
        """Measure, without judging; never raises for what it meets."""
        started = perf_counter()
        part = ""
        reused: str | None = None
        outcome: Measurement | BaseException
        try:
            part, chosen = resolve(subject, self.subject_type())
            part = part or chosen.describe()
            if run.reuse is not None:
                outcome, reused = run.reuse.recall(self, chosen, run, self._measure_now)
            else:
                outcome = self._measure_now(chosen, run)
            _refuse_other_than_numbers(self, outcome)
        except BaseException as error:
            if not is_crash(error):
                raise
            outcome = error
        return Measured(self, outcome, part, run, perf_counter() - started, reused)

    def _measure_now(self, subject: Any, run: Run) -> Measurement:
        try:
            return self.measure(subject, run) if run.timeout is None else self._measure_in_time(subject, run)
        except BaseException as error:
            obstacle = subject.obstacle() if _may_be_the_data(error) else ""
            if not obstacle:
                raise
            raise Unsupported(f"it cannot compute with these data ({type(error).__name__}): {obstacle}") from error

    def _measure_in_time(self, subject: Any, run: Run) -> Measurement:
        if run.hard:
            from rqml.worker import measure_in_worker

            return measure_in_worker(self, subject, run)
        started = run.started()
        measurement = self.measure(subject, started)
        started.check_deadline()  # one that never looked at the clock is late all the same
        return measurement

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


def _may_be_the_data(error: BaseException) -> bool:
    return is_crash(error) and not isinstance(error, RqmlError | TimeoutError | MemoryError | SystemExit)


def _refuse_other_than_numbers(requirement: Requirement[Any], outcome: Any) -> None:
    """A slip of an author is said in words here, before a judge or a report trips over it."""
    if not isinstance(outcome, Measurement):
        raise RqmlError(f"{type(requirement).__name__}.measure must return a Measurement, got {type(outcome).__name__}")
    for name, estimate in outcome.estimates.items():
        if not isinstance(estimate, Estimate):
            raise RqmlError(
                f"{type(requirement).__name__}.measure gave {type(estimate).__name__} as {name!r}: "
                "estimates are Estimates, like Estimate.exact(3)"
            )


@functools.cache
def _subject_type(cls: type) -> type[Subject]:
    for base in inspect.getmro(cls):
        for generic in getattr(base, "__orig_bases__", ()):
            arguments = typing.get_args(generic)
            if arguments and isinstance(arguments[0], type) and issubclass(arguments[0], Subject):
                return arguments[0]
    raise Unsupported(f"{cls.__name__} must say what it judges: class {cls.__name__}(Requirement[Dataset])")


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
