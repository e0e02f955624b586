"""Verdicts: what check() and enforce() return. Values only, nothing is computed here."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import attrs

from rqml.errors import RqmlError
from rqml.estimate import EXACT, Estimate

if TYPE_CHECKING:
    from rqml.report import Report


class _NotABool:
    def __bool__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} has more than two outcomes: compare .status, or use .passed")


class CheckStatus(_NotABool, enum.Enum):
    """What is known about a requirement."""

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    INCOMPLETE = "INCOMPLETE"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Reason(enum.Enum):
    """Why a verdict is INCOMPLETE."""

    INSUFFICIENT_EVIDENCE = "INSUFFICIENT_EVIDENCE"
    MISSING_SUBJECT = "MISSING_SUBJECT"
    UNSUPPORTED = "UNSUPPORTED"
    ERROR = "ERROR"
    TIMEOUT = "TIMEOUT"
    STALE = "STALE"
    BLOCKED = "BLOCKED"


class Assurance(enum.Enum):
    """How sure a verdict is, strongest first."""

    PROVEN = "PROVEN"
    """Counted exactly, or certified."""
    STATISTICAL = "STATISTICAL"
    """A confidence bound clears the limit."""
    EMPIRICAL = "EMPIRICAL"
    """No attack of a recorded suite broke it."""


class EnforcementStatus(_NotABool, enum.Enum):
    """What became of an enforcement."""

    SUCCESS = "SUCCESS"
    """The requirement holds afterwards: checked again, it passed."""
    CONTAINED = "CONTAINED"
    """The fault could not be mended, but it can do no harm now."""
    FAILURE = "FAILURE"
    """The repair did not reach the requirement, and was rolled back."""
    INCOMPLETE = "INCOMPLETE"
    """Nothing was repaired: not decidable, not repairable, or only planned."""


@attrs.frozen(slots=False)
class Measurement:
    """Numbers only: what a requirement's `measure` found. It never looks at a limit.

    Attributes:
        estimates: the measured numbers by name.
        details: JSON-safe facts for the reader: counts, row numbers, column names, digests. Never cell values.
        assurance: EMPIRICAL where the numbers come from attacks, which bound a risk from one side only;
            None leaves it to the estimates (exact: PROVEN, sampled: STATISTICAL).
        witness: anything `repair` needs; stays in the process, is never recorded.
    """

    estimates: Mapping[str, Estimate] = attrs.field(factory=dict)
    details: Mapping[str, Any] = attrs.field(factory=dict)
    assurance: Assurance | None = None
    witness: Any = attrs.field(default=None, repr=False, eq=False)

    @property
    def is_statistical(self) -> bool:
        """True if chance is involved in any of the numbers."""
        for estimate in self.estimates.values():  # noqa: SIM110 - any() takes thrice the time, at every check
            if estimate.method != EXACT:
                return True
        return False

    def at(self, confidence: float) -> Measurement:
        """The same measurement with all intervals at another coverage."""
        if not self.is_statistical:
            return self
        return attrs.evolve(
            self, estimates={name: estimate.at(confidence) for name, estimate in self.estimates.items()}
        )


@attrs.frozen(slots=False)
class Judgement:
    """Limits only: what a requirement's `judge` says of a measurement.

    Attributes:
        status: the outcome.
        message: what was measured, against which limit, in words.
        reason: why, where the status is INCOMPLETE.
        assurance: how sure; None leaves it to the measurement.
    """

    status: CheckStatus
    message: str
    reason: Reason | None = None
    assurance: Assurance | None = None


@attrs.frozen(slots=False)
class CheckResult(_NotABool):
    """The verdict of one requirement on one subject; survives JSON and pickle.

    Attributes:
        status: PASS, FAIL, INCOMPLETE or NOT_APPLICABLE.
        message: id, what was measured, the limit, the reason and what to do.
        reason: why it is INCOMPLETE, else None.
        assurance: how sure a PASS or FAIL is, else None.
        estimates: measured numbers by name.
        details: JSON-safe facts: counts, row numbers, column names, digests.
        requirement: id of the requirement ("PII-02"), or the operator of a composite ("AllOf").
        name: class name of the requirement.
        label: the key of the requirement in its specification.
        statement: what must hold, in plain words with the parameters filled in.
        parameters: the parameters, JSON-safe.
        subject: what was judged, in words: the part's name or the kind of subject.
        duration_s: seconds the measurement took.
        seed: root of all randomness used.
        parts: the verdicts of a composite's parts.
        cause: the exception behind reason ERROR; stays in the process, is never recorded.
        reused: when the numbers were measured (ISO 8601, UTC) if they come from evidence, else None.
    """

    status: CheckStatus
    message: str
    reason: Reason | None = None
    assurance: Assurance | None = None
    estimates: Mapping[str, Estimate] = attrs.field(factory=dict)
    details: Mapping[str, Any] = attrs.field(factory=dict)
    requirement: str = ""
    name: str = ""
    label: str = ""
    statement: str = ""
    parameters: Mapping[str, Any] = attrs.field(factory=dict)
    subject: str = ""
    duration_s: float = 0.0
    seed: int = 0
    parts: tuple[CheckResult, ...] = ()
    cause: BaseException | None = attrs.field(default=None, repr=False, eq=False)
    reused: str | None = None

    @property
    def passed(self) -> bool:
        """True only for PASS: a NOT_APPLICABLE or INCOMPLETE requirement has not passed."""
        return self.status is CheckStatus.PASS

    def to_json(self) -> str:
        """The verdict as JSON text; `cause` is left out."""
        from rqml.serialise import dumps

        return dumps(self)

    @classmethod
    def from_json(cls, text: str) -> CheckResult:
        """The verdict that `to_json` wrote."""
        from rqml.serialise import loads

        return loads(text, cls)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without the cause: a foreign exception may not survive, and may hold data values."""
        return {field.name: getattr(self, field.name) for field in attrs.fields(type(self)) if field.name != "cause"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore from `__getstate__`."""
        for name, value in state.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "cause", None)


def _sentences(value: Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@attrs.frozen
class Repair:
    """What a requirement's `repair` proposes: a new subject, the changes in words, what they cost.

    Attributes:
        subject: the repaired subject, a new object; the one given stays as it was.
        changes: what was changed, one sentence each, without cell values.
        cost: what the repair costs, by name ("loss", "accuracy"): numbers, or Estimates with an interval.
            Positive is worse. Numbers of successive repairs are summed, unless they are `rqml.costs.Share` or
            `rqml.costs.Final`.
        apply: carries out changes outside the process (files); called once, not in a dry run.
        undo: reverts `apply`.
        contained: why the fault can do no harm although it is not mended; empty if it is mended.
    """

    subject: Any = attrs.field(repr=False)
    changes: tuple[str, ...] = attrs.field(default=(), converter=_sentences)
    cost: Mapping[str, float | Estimate] = attrs.field(factory=dict)
    apply: Callable[[], None] | None = attrs.field(default=None, repr=False)
    undo: Callable[[], None] | None = attrs.field(default=None, repr=False)
    contained: str = ""


@attrs.frozen
class EnforcementResult(_NotABool):
    """What became of `enforce()`.

    Attributes:
        status: SUCCESS, CONTAINED, FAILURE or INCOMPLETE.
        subject: the subject to go on with: repaired on SUCCESS and CONTAINED, else the one given.
        changes: what was changed (in a dry run: what would be; on FAILURE: what was tried), one sentence each.
        before: the verdict (or report) before.
        after: the verdict (or report) after, None if there was no repair to judge.
        cost: what the repair cost, by name; positive is worse.
        cost_estimates: the same with intervals.
        message: what happened, in words.
        cause: the exception that stopped a repair, if one did; never recorded.
    """

    status: EnforcementStatus
    subject: Any = attrs.field(repr=False)
    before: CheckResult | Report
    after: CheckResult | Report | None = None
    changes: tuple[str, ...] = ()
    cost: Mapping[str, float] = attrs.field(factory=dict)
    cost_estimates: Mapping[str, Estimate] = attrs.field(factory=dict)
    message: str = ""
    cause: BaseException | None = attrs.field(default=None, repr=False, eq=False)
    _original: Any = attrs.field(default=None, repr=False, eq=False)
    _undo: tuple[Callable[[], None], ...] = attrs.field(default=(), repr=False, eq=False)

    def rollback(self) -> Any:
        """Take the enforcement back, files included, and return the subject as it was given.

        May be called again: what is already restored stays restored, what could not be is tried again.

        Raises:
            RqmlError: this is a pickled copy of a result whose repair changed more than its subject.
            Exception: the first error of an undo, after all others were tried.
        """
        errors: list[Exception] = []
        for undo in reversed(self._undo):
            try:
                undo()
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return self._original

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without cause and undo: what takes a repair back lives in the process that made it."""
        state = {field.name: getattr(self, field.name) for field in attrs.fields(type(self))}
        return {**state, "cause": None, "_undo": (_only_where_it_was_made,) if self._undo else ()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore from `__getstate__`."""
        for name, value in state.items():
            object.__setattr__(self, name, value)

    def to_json(self) -> str:
        """The enforcement as JSON text, without its subjects."""
        from rqml.serialise import dumps

        return dumps(self)


def _only_where_it_was_made() -> None:
    raise RqmlError("this is a copy: only the result that enforce() returned, in its own process, can take it back")
