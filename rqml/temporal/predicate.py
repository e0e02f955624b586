"""Predicates: what is asked of one event. The answer is True, False, or None where it is not known."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

from rqml.errors import InvalidParameter, InvalidSubject, RqmlError, is_crash
from rqml.proposition import Proposition
from rqml.subjects.trace import Trace, field_of
from rqml.temporal.expression import Expression, known, parse
from rqml.verdict import CheckResult, CheckStatus

if TYPE_CHECKING:
    import numpy as np

Test = Callable[[Any], "bool | None"]

NO_ARRAYS = (TypeError, ValueError, OverflowError)
"""What numpy raises where columns cannot be computed with."""

_VERDICTS = {CheckStatus.PASS: True, CheckStatus.FAIL: False}


class Polarity(enum.Enum):
    """What more truth of a predicate does to a pattern; decides how an unknown truth is taken."""

    HELPS = "helps"
    """It can only mend: unknown is True for the optimist, False for the pessimist."""
    HURTS = "hurts"
    """It can only break: unknown is False for the optimist, True for the pessimist."""
    EITHER = "either"
    """It can do both: from an unknown truth on, nothing more is decided."""
    NUMBER = "number"
    """Not a truth but a number; a missing one is no observation."""


@attrs.frozen
class Predicate:
    """A question to one event.

    Attributes:
        source: an expression, a function of the event, or a requirement checked on what the event holds.
        text: the question in words, for statements and reports.
        negated: True asks for the opposite; unknown stays unknown.
        field: for a requirement: the field of the event that holds its subject.
    """

    source: Expression | Callable[[Any], Any] | Proposition[Any] = attrs.field(repr=False)
    text: str
    negated: bool = False
    field: str = "subject"

    @property
    def digest(self) -> str:
        """Of a function or requirement: the end of its fingerprint, since its name does not say all; else empty."""
        return digest_of(self.source)

    def test(self) -> Test:
        """A function of the event; an exception in the question makes the answer None."""
        ask = self._ask()
        if self.negated:
            return lambda event: None if (answer := ask(event)) is None else not answer
        return ask

    def _ask(self) -> Test:
        if isinstance(self.source, Proposition):
            requirement, field = self.source, self.field
            return lambda event: _VERDICTS.get(requirement.check(field_of(event, field)).status)
        function = self.source.compiled() if isinstance(self.source, Expression) else self.source
        return _guarded(function)

    def truths(self, trace: Trace) -> tuple[np.ndarray, np.ndarray | None]:
        """Truth of all events, and where it is not known (None: nowhere): boolean arrays of shape (events,)."""
        import numpy as np

        found: tuple[np.ndarray, np.ndarray | None] | None = None
        if isinstance(self.source, Expression):
            found = _by_columns(self.source, trace)
        if found is None:
            ask = self._ask()
            answers = [ask(record) for record in trace.records()]
            unknown = np.array([answer is None for answer in answers], dtype=bool)
            found = np.array([answer is True for answer in answers], dtype=bool), unknown if unknown.any() else None
        return (~found[0] if self.negated else found[0]), found[1]

    def __invert__(self) -> Predicate:
        """The opposite question."""
        return attrs.evolve(self, negated=not self.negated, text=f"not ({self.text})")


def predicate(source: Any) -> Predicate:
    """The predicate that a text, a function or a requirement stands for.

    Raises:
        InvalidParameter: it is none of these, or the text is not an expression.
    """
    if isinstance(source, Predicate):
        return source
    if isinstance(source, str):
        return Predicate(parse(source), source.strip())
    if isinstance(source, Proposition):
        return Predicate(source, f"{source.key} holds")
    if callable(source) and not isinstance(source, type):
        return Predicate(source, str(getattr(source, "__name__", type(source).__name__)))
    raise InvalidParameter(
        "a predicate is a text such as \"status == 'FAIL'\", a function of the event or a requirement, "
        f"not a {type(source).__name__}"
    )


def named(name: str, source: Any) -> Predicate:
    """A predicate with a name of its own for statements and reports: named("alarm", lambda e: ...)."""
    return attrs.evolve(predicate(source), text=name)


def holds(requirement: Proposition[Any], field: str = "subject") -> Predicate:
    """The predicate that a requirement passes on what the event holds in `field`; FAIL is False, else unknown."""
    return attrs.evolve(predicate(requirement), field=field)


ANY_EVENT = Predicate(parse("True"), "any event")


def digest_of(source: Any) -> str:
    """The end of the fingerprint of what a function or requirement does; empty for a text, "?" where it has none."""
    if isinstance(source, Expression):
        return ""
    from rqml.evidence.behaviour import fingerprint_behaviour

    try:
        return fingerprint_behaviour(source)[-12:]
    except InvalidSubject:
        return "?"


def _guarded(function: Callable[[Any], Any]) -> Test:
    def ask(event: Any) -> bool | None:
        try:
            answer = function(event)
            if answer is True or answer is False or answer is None:
                return answer
            return _as_truth(answer)
        except BaseException as error:
            if not is_crash(error):
                raise
            return None

    return ask


def _as_truth(answer: Any) -> bool | None:
    if isinstance(answer, CheckResult):
        answer = answer.status
    if isinstance(answer, CheckStatus):
        return _VERDICTS.get(answer)
    return None if known(answer) is None else bool(answer)


def _by_columns(expression: Expression, trace: Trace) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Truths by numpy, or None where the columns cannot be computed with."""
    import numpy as np

    from rqml.temporal.columns import over_columns

    try:
        value, mask = over_columns(expression.tree, trace.column)
        truth = np.broadcast_to(np.asarray(value), (len(trace),)).astype(bool)
    except NO_ARRAYS as error:
        if isinstance(error, RqmlError):
            raise
        return None
    return truth, mask
