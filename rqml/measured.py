"""Measured: what a requirement measured of a subject, or met instead; it concludes in a verdict."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from rqml.errors import (
    InsufficientEvidence,
    MissingSubject,
    NotApplicable,
    RqmlError,
    Stale,
    TimedOut,
    Unsupported,
    is_crash,
)
from rqml.proposition import Examination
from rqml.run import Run
from rqml.serialise import plain
from rqml.verdict import Assurance, CheckResult, CheckStatus, Judgement, Measurement, Reason

if TYPE_CHECKING:
    from rqml.requirement import Requirement

_REASONS: tuple[tuple[type[RqmlError], Reason], ...] = (
    (MissingSubject, Reason.MISSING_SUBJECT),
    (InsufficientEvidence, Reason.INSUFFICIENT_EVIDENCE),
    (Unsupported, Reason.UNSUPPORTED),
    (TimedOut, Reason.TIMEOUT),
    (Stale, Reason.STALE),
)


@attrs.frozen(slots=False)  # quicker to make than with slots, as are the values of every check
class Measured(Examination):
    """The measurement of one requirement, or the exception that came instead."""

    requirement: Requirement[Any]
    outcome: Measurement | BaseException
    subject: str
    run: Run
    duration_s: float
    reused: str | None = None

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
        elif not decided and status is CheckStatus.INCOMPLETE:
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
            self.reused,
        )


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
