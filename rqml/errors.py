"""The errors of rqml: each says what is wrong and what to do about it.

`RqmlError` is raised to callers who used the library wrongly (a misspelt column, a broken specification).
`Signal` is how a measurement says why it cannot give numbers: the template of `Requirement.check` turns each
signal into a verdict, so users never see one raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rqml.verdict import CheckResult


class RqmlError(Exception):
    """Base of everything rqml raises on purpose; its text is written for users and holds no data values."""


class InvalidSubject(RqmlError, ValueError):
    """A subject (dataset, model, file, system) is described wrongly: a missing column, a wrong type."""


class InvalidParameter(RqmlError, ValueError):
    """A parameter of a requirement is out of its domain or of the wrong type.

    Attributes:
        parameter: its name; empty where it is not one alone that is at fault.
    """

    def __init__(self, message: str, parameter: str = "") -> None:
        super().__init__(message)
        self.parameter = parameter


class InvalidSpecification(RqmlError, ValueError):
    """A specification, waiver or catalog entry is not well formed."""


class UnknownName(RqmlError, LookupError):
    """A requirement, family, part or demo of this name does not exist."""


class EvidenceError(RqmlError):
    """Evidence cannot be read, written or believed: a damaged, newer or read-only ledger, a full disk, a fork."""


class Signal(RqmlError):
    """Why a measurement, or a repair, has nothing to say; becomes a verdict, never an exception to users."""


class NotApplicable(Signal):
    """The part is there, but the condition under which the requirement speaks does not hold for it."""


class MissingSubject(Signal):
    """The part that the requirement names is missing."""


class InsufficientEvidence(Signal):
    """The data cannot decide (too few rows, nothing observed); the text says how many would."""


class Unsupported(Signal):
    """This kind of subject, or this installation, cannot be judged; the text says what would help."""


class TimedOut(Signal):
    """The deadline passed before there was a measurement."""


class Stale(Signal):
    """There is no time left to measure, and no evidence that still holds."""


def is_crash(error: BaseException) -> bool:
    """True for what a verdict absorbs; False for what must stop the program (Ctrl-C, a cancelled task)."""
    # A panic in a Rust extension (polars) arrives as a BaseException of this name.
    return isinstance(error, Exception | SystemExit) or type(error).__name__ == "PanicException"


class RequirementViolation(RqmlError):
    """Raised at an attached function whose requirement does not hold; `result` is the verdict.

    Attributes:
        result: the CheckResult that was not a PASS.
    """

    def __init__(self, result: CheckResult) -> None:
        super().__init__(result.message)
        self.result = result
