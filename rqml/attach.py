"""Attach requirements to functions: `require` judges an argument before the call, `ensure` the result after it."""

from __future__ import annotations

import asyncio
import enum
import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

from rqml.attachments import Place, note_place, place_of
from rqml.doors import F, argument_of, subject_maker, wrapped_after, wrapped_before
from rqml.errors import InvalidParameter, RequirementViolation
from rqml.meta import Cost
from rqml.proposition import Proposition
from rqml.run import Run
from rqml.runner import HELD, cost_of
from rqml.verdict import CheckResult, CheckStatus, EnforcementResult, EnforcementStatus

if TYPE_CHECKING:
    from rqml.evidence.recorder import Recorder

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
    chosen = chosen_mode(mode)

    def decorate(function: F) -> F:
        if chosen is Mode.OFF:
            return function
        at = place_of("require", function)
        door = _Door(requirement, chosen, *taken_by(record, requirement, at), run or Run())
        name, place = argument_of(function, requirement, of)
        note_place(requirement, at)
        return wrapped_before(function, door, name, place)

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
    chosen = chosen_mode(mode)

    def decorate(function: F) -> F:
        if chosen is Mode.OFF:
            return function
        at = place_of("ensure", function)
        door = _Door(requirement, chosen, *taken_by(record, requirement, at), run or Run())
        make = subject_maker(function, subject)
        note_place(requirement, at)
        return wrapped_after(function, door, make)

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


def chosen_mode(mode: Mode | str) -> Mode:
    """The mode given, or that of the variable RQML_MODE.

    Raises:
        InvalidParameter: there is no such mode.
    """
    text = os.environ.get(VARIABLE) or (mode.value if isinstance(mode, Mode) else mode)
    try:
        return Mode(str(text).upper())
    except ValueError:
        known = ", ".join(one.value for one in Mode)
        raise InvalidParameter(
            f"there is no mode {text!r} (mode=, or the variable {VARIABLE}); modes are {known}"
        ) from None


def taken_by(
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
