"""Attach requirements to functions: `require` judges an argument before the call, `ensure` the result after it."""

from __future__ import annotations

import asyncio
import enum
import functools
import inspect
import logging
import os
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from rqml.attachments import Place, note_place, place_of
from rqml.errors import InvalidParameter, RequirementViolation
from rqml.meta import Cost
from rqml.proposition import Proposition
from rqml.run import Run
from rqml.runner import HELD, cost_of
from rqml.subjects.subject import Subject
from rqml.verdict import CheckResult, CheckStatus, EnforcementResult, EnforcementStatus

if TYPE_CHECKING:
    from rqml.evidence.recorder import Recorder

F = TypeVar("F", bound=Callable[..., Any])

VARIABLE = "RQML_MODE"
_KEPT = (EnforcementStatus.SUCCESS, EnforcementStatus.CONTAINED)
_log = logging.getLogger("rqml")


class Mode(enum.Enum):
    """What an attached requirement does. The variable RQML_MODE, read when decorating, overrides it."""

    CHECK = "CHECK"
    """Raise RequirementViolation unless it holds (PASS or NOT_APPLICABLE)."""
    ENFORCE = "ENFORCE"
    """Repair what fails and go on with the repaired subject; raise if that does not succeed."""
    MONITOR = "MONITOR"
    """Record the verdict and go on."""
    OFF = "OFF"
    """Nothing: the function is returned as it is."""


def require(
    requirement: Proposition[Any],
    /,
    *,
    of: str | None = None,
    mode: Mode | str = Mode.CHECK,
    record: Callable[[CheckResult], None] | Recorder | None = None,
    run: Run | None = None,
) -> Callable[[F], F]:
    """Judge an argument of the decorated function, sync or async, before each call.

    Args:
        requirement: what the argument must satisfy.
        of: name of the argument; default: the one whose annotation is what the requirement judges, or the only one.
        mode: what to do with the verdict; overridden by the variable RQML_MODE.
        record: a Recorder, which writes every verdict to a ledger, or a function that is called with it; default:
            the logger "rqml" (warning unless it holds).
        run: seed, deadline, jobs of the checks.

    Raises:
        InvalidParameter: at decoration, if no argument or several could be meant, or the mode is unknown.
    """
    chosen = _mode(mode)

    def decorate(function: F) -> F:
        if chosen is Mode.OFF:
            return function
        at = place_of("require", function)
        door = _Door(requirement, chosen, *_taken_by(record, requirement, at), run or Run())
        name, place = _argument(function, requirement, of)
        note_place(requirement, at)
        return _wrapped_before(function, door, name, place)

    return decorate


def ensure(
    requirement: Proposition[Any],
    /,
    *,
    subject: Callable[..., Any] | None = None,
    mode: Mode | str = Mode.CHECK,
    record: Callable[[CheckResult], None] | Recorder | None = None,
    run: Run | None = None,
) -> Callable[[F], F]:
    """Judge what the decorated function, sync or async, returns.

    Args:
        requirement: what the result must satisfy.
        subject: makes the subject from the result and those arguments whose names it takes, like
            `lambda result, df: TrainedModel(result, train=df)`; default: the result itself. In mode ENFORCE the
            repaired subject is returned in place of the result, so it must then be of the result's own kind.
        mode: what to do with the verdict; overridden by the variable RQML_MODE.
        record: as of `require`.
        run: seed, deadline, jobs of the checks.

    Raises:
        InvalidParameter: at decoration, if `subject` takes arguments the function does not have.
    """
    chosen = _mode(mode)

    def decorate(function: F) -> F:
        if chosen is Mode.OFF:
            return function
        at = place_of("ensure", function)
        door = _Door(requirement, chosen, *_taken_by(record, requirement, at), run or Run())
        make = _subject_maker(function, subject)
        note_place(requirement, at)
        return _wrapped_after(function, door, make)

    return decorate


@attrs.frozen
class _Door:
    """One attached requirement: judges a subject and says what to go on with."""

    requirement: Proposition[Any] = attrs.field()
    mode: Mode
    record: Callable[[CheckResult, Any], None]
    enforced: Callable[[EnforcementResult], None] | None
    run: Run

    @requirement.validator
    def _is_requirement(self, _: object, value: object) -> None:
        if isinstance(value, type):
            raise InvalidParameter(f"{value.__name__} is a class: call it, {value.__name__}(...)")
        if not isinstance(value, Proposition):
            raise InvalidParameter(f"a requirement is attached to functions, got {type(value).__name__}")

    def admit(self, subject: Any) -> Any:
        result = self.requirement.check(subject, run=self.run)
        if result.status is CheckStatus.PASS and self.record is _logged:
            return subject
        self.record(result, subject)
        if result.status in HELD or self.mode is Mode.MONITOR:
            return subject
        if self.mode is Mode.ENFORCE and result.status is CheckStatus.FAIL:
            enforced = self.requirement.enforce(subject, run=self.run)
            if self.enforced is not None:
                self.enforced(enforced)
            if enforced.status in _KEPT:
                return enforced.subject
        raise RequirementViolation(result)

    async def admit_later(self, subject: Any) -> Any:
        """Cheap checks run at once; dear ones in a thread, so that the event loop goes on."""
        if cost_of(self.requirement) is Cost.INLINE:
            return self.admit(subject)
        return await asyncio.to_thread(self.admit, subject)


def _wrapped_before(function: F, door: _Door, name: str, place: int | None) -> F:
    default = inspect.signature(function).parameters[name].default
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def later(*args: Any, **kwargs: Any) -> Any:
            if name in kwargs:
                kwargs[name] = await door.admit_later(kwargs[name])
            elif place is not None and place < len(args):
                args = (*args[:place], await door.admit_later(args[place]), *args[place + 1 :])
            elif default is inspect.Parameter.empty:
                await door.admit_later(None)  # where that is let go on, the call itself says what is missing
            else:
                kwargs[name] = await door.admit_later(default)
            return await function(*args, **kwargs)

        return typing.cast(F, later)

    @functools.wraps(function)
    def now(*args: Any, **kwargs: Any) -> Any:
        if name in kwargs:
            kwargs[name] = door.admit(kwargs[name])
        elif place is not None and place < len(args):
            admitted = door.admit(args[place])
            if admitted is not args[place]:
                args = (*args[:place], admitted, *args[place + 1 :])
        elif default is inspect.Parameter.empty:
            door.admit(None)
        else:
            kwargs[name] = door.admit(default)
        return function(*args, **kwargs)

    return typing.cast(F, now)


def _wrapped_after(function: F, door: _Door, make: Callable[..., Any] | None) -> F:
    def settled(result: Any, subject: Any, admitted: Any) -> Any:
        return result if admitted is subject else admitted

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def later(*args: Any, **kwargs: Any) -> Any:
            result = await function(*args, **kwargs)
            subject = result if make is None else make(result, args, kwargs)
            return settled(result, subject, await door.admit_later(subject))

        return typing.cast(F, later)

    @functools.wraps(function)
    def now(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        subject = result if make is None else make(result, args, kwargs)
        return settled(result, subject, door.admit(subject))

    return typing.cast(F, now)


def _subject_maker(function: Callable[..., Any], subject: Callable[..., Any] | None) -> Callable[..., Any] | None:
    if subject is None:
        return None
    if not callable(subject):
        raise InvalidParameter(
            "subject must be a function of the result: ensure(requirement, subject=lambda result: ...)"
        )
    signature = inspect.signature(function)
    wanted = list(inspect.signature(subject).parameters)[1:]
    unknown = [name for name in wanted if name not in signature.parameters]
    if unknown:
        raise InvalidParameter(f"subject takes {unknown[0]!r}, which {function.__name__} has no argument for")

    def make(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        call = signature.bind(*args, **kwargs)
        call.apply_defaults()
        return subject(result, **{name: call.arguments[name] for name in wanted})

    return make


def _argument(function: Callable[..., Any], requirement: Proposition[Any], of: str | None) -> tuple[str, int | None]:
    """Name and position (None if it is keyword-only) of the argument that is judged."""
    parameters = inspect.signature(function).parameters
    names = [name for name, p in parameters.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if of is None:
        fitting = [name for name in names if _fits(function, name, requirement)]
        candidates = fitting or [name for name in names if name not in ("self", "cls")]
        if len(candidates) != 1:
            what = "several arguments" if candidates else "no argument"
            raise InvalidParameter(
                f"{what} of {function.__name__} could be meant by {requirement.key} "
                f"({', '.join(candidates) or 'it takes none'}): say which by require(..., of=...)"
            )
        of = candidates[0]
    if of not in names:
        raise InvalidParameter(f"{function.__name__} has no argument {of!r}; it has {', '.join(names) or 'none'}")
    keyword_only = parameters[of].kind is inspect.Parameter.KEYWORD_ONLY
    return of, None if keyword_only else names.index(of)


def _fits(function: Callable[..., Any], name: str, requirement: Proposition[Any]) -> bool:
    try:
        annotation = typing.get_type_hints(function).get(name)
    except Exception:
        return False
    kinds = {leaf.subject_type() for leaf in requirement.requirements()}
    return isinstance(annotation, type) and issubclass(annotation, Subject) and annotation in kinds


def _mode(mode: Mode | str) -> Mode:
    text = os.environ.get(VARIABLE) or (mode.value if isinstance(mode, Mode) else mode)
    try:
        return Mode(str(text).upper())
    except ValueError:
        known = ", ".join(one.value for one in Mode)
        raise InvalidParameter(
            f"there is no mode {text!r} (mode=, or the variable {VARIABLE}); modes are {known}"
        ) from None


def _taken_by(
    record: Callable[[CheckResult], None] | Recorder | None, requirement: Proposition[Any], place: Place
) -> tuple[Callable[[CheckResult, Any], None], Callable[[EnforcementResult], None] | None]:
    """What is called with each verdict and its subject, and with each enforcement."""
    if record is None:
        return _logged, None
    from rqml.evidence.recorder import Recorder

    if isinstance(record, Recorder):
        desk = record.of(requirement, place)
        return desk, desk.enforced
    return lambda result, _: record(result), None


def _logged(result: CheckResult, _: Any) -> None:
    if result.status not in HELD:
        _log.warning(result.message)
