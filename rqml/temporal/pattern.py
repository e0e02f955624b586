"""Pattern: a requirement on what happens over time. A pattern names its predicates and its core; the rest is here."""

from __future__ import annotations

import abc
import datetime as dt
import functools
import numbers
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import attrs

from rqml.errors import InvalidParameter
from rqml.meta import Meta, Severity, Stage
from rqml.proposition import Proposition
from rqml.requirement import Requirement
from rqml.run import Run
from rqml.serialise import plain
from rqml.subjects.moment import SECOND
from rqml.subjects.trace import Trace
from rqml.temporal.core import NEVER, Core
from rqml.temporal.predicate import Polarity, Predicate, predicate
from rqml.temporal.quantity import Quantity
from rqml.temporal.reaction import Reaction
from rqml.temporal.tallies import judge
from rqml.verdict import Judgement, Measurement, Repair

if TYPE_CHECKING:
    from rqml.temporal.monitor import Monitor

Asked = Sequence[tuple[Any, Polarity]]

HELPS, HURTS, EITHER, NUMBER = Polarity.HELPS, Polarity.HURTS, Polarity.EITHER, Polarity.NUMBER


@attrs.frozen(kw_only=True)
class Pattern(Requirement[Trace]):
    """Base of the patterns.

    Attributes:
        vacuous: the verdict where nothing called for the requirement: "incomplete", or "pass" if the author says so.
            A record without any event never passes.
        reaction: what `enforce()` does about a violation; see `reacting`.
    """

    vacuous: str = attrs.field(default="incomplete", validator=attrs.validators.in_(("incomplete", "pass")))
    reaction: Reaction | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.instance_of(Reaction))
    )

    @abc.abstractmethod
    def asked(self) -> Asked:
        """What is asked of each event, and how more truth of it acts on the requirement; in the core's order."""

    @abc.abstractmethod
    def core(self) -> Core:
        """A fresh automaton."""

    @functools.cached_property
    def spoken(self) -> Mapping[str, Any]:
        """The parameters by name, JSON-safe; predicates by their text."""
        hidden = {"label", "needs", "reaction"}
        return {f.name: _plain(getattr(self, f.name)) for f in attrs.fields(type(self)) if f.name not in hidden}

    @functools.cached_property
    def parameters(self) -> Mapping[str, Any]:
        """As `spoken`; functions and requirements with a digest, so that two of one name are told apart."""
        digests = {name: _digests(getattr(self, name)) for name in self.spoken}
        found = {name: value if not digests[name] else [value, digests[name]] for name, value in self.spoken.items()}
        return found if self.reaction is None else {**found, "reaction": self.reaction.kind}

    @functools.cached_property
    def statement(self) -> str:
        """What must hold, in words; parts in brackets are said only where their parameters are given."""
        values = self.spoken

        def part(found: re.Match[str]) -> str:
            names = re.findall(r"{(\w+)}", found[1])
            return found[1] if all(values[name] is not None for name in names) else ""

        template = re.sub(r"\[([^\]]*)\]", part, self.meta.statement)
        return template.format_map({name: _spoken(value) for name, value in values.items()})

    def consulted(self) -> Iterator[Proposition[Any]]:
        """The requirements among its predicates."""
        sources = (asked.source for asked, polarity in self.asked() if polarity is not NUMBER)
        return (source for source in sources if isinstance(source, Proposition))

    def measure(self, trace: Trace, run: Run) -> Measurement:
        """Evaluate the whole record at once, by numpy."""
        from rqml.temporal.offline import observe

        return observe(self, trace, run).measurement()

    def judge(self, measurement: Measurement) -> Judgement:
        """No obligation may be broken."""
        return judge(measurement, self.vacuous)

    def repair(self, trace: Trace, run: Run) -> Repair:
        """Run the bound reaction."""
        from rqml.temporal.reaction import react

        return react(self, trace, run)

    def reacting(
        self,
        call: Callable[..., Any],
        *,
        within: dt.timedelta | float | None = None,
        kind: str = "call back",
        observe: Callable[[], Trace] | None = None,
        undo: Callable[[], None] | None = None,
    ) -> Self:
        """This pattern with a reaction for `enforce()`; see `Reaction` for the arguments."""
        return attrs.evolve(self, reaction=Reaction(call, within=within, kind=kind, observe=observe, undo=undo))

    def monitor(
        self,
        *,
        now: Callable[[], Any] | None = None,
        start: Any = None,
        time: str = "time",
        lateness: dt.timedelta | float = 0,
        identity: str | None = None,
    ) -> Monitor:
        """An incremental monitor of this pattern; see `Monitor` for the arguments."""
        from rqml.temporal.monitor import Monitor

        return Monitor(self, now=now, start=start, time=time, lateness=lateness, identity=identity)


def about(number: int, title: str, statement: str, *, severity: Severity = Severity.MEDIUM) -> Meta:
    """The Meta of a pattern."""
    return Meta(
        id=f"TMP-{number:02d}",
        title=title,
        statement=statement,
        remedy="see what happened at the time of the first violation; bind a reaction by .reacting(...) for enforce()",
        stage=Stage.MONITORING,
        severity=severity,
    )


def as_span(value: Any) -> dt.timedelta:
    """A positive duration, given as timedelta or as a number of seconds.

    Raises:
        InvalidParameter: it is neither, not positive, or below a microsecond.
    """
    if isinstance(value, dt.timedelta):
        span = value
    elif isinstance(value, numbers.Real) and not isinstance(value, bool) and 0 < float(value) < 1e14:
        try:
            span = dt.timedelta(seconds=int(value) if isinstance(value, numbers.Integral) else float(value))
        except OverflowError:
            raise InvalidParameter("a duration is longer than Python's timedelta can say") from None
    else:
        raise InvalidParameter(f"a duration is a timedelta or a positive number of seconds, got {value!r}")
    if span <= dt.timedelta(0):
        raise InvalidParameter(f"a duration must be at least a microsecond, got {value!r}")
    return span


def maybe_span(value: Any) -> dt.timedelta | None:
    """A duration as `as_span` takes it, or None for no bound."""
    return None if value is None else as_span(value)


def maybe_predicate(source: Any) -> Predicate | None:
    """A predicate, or None."""
    return None if source is None else predicate(source)


def bound(span: dt.timedelta | None) -> int:
    """Microseconds of a duration; NEVER where there is no bound."""
    return NEVER if span is None else (span.days * 86_400 + span.seconds) * SECOND + span.microseconds


def _plain(value: Any) -> Any:
    if isinstance(value, Predicate | Quantity):
        return value.text
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return plain(value)


def _digests(value: Any) -> str:
    each = value if isinstance(value, tuple) else (value,)
    return " ".join(filter(None, (item.digest for item in each if isinstance(item, Predicate | Quantity))))


def _spoken(value: Any) -> str:
    if isinstance(value, list):
        return ", then ".join(map(_spoken, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
