"""Toy requirements on toy subjects: small enough that a test says everything that happens."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from rqml.errors import InsufficientEvidence, NotApplicable
from rqml.estimate import Estimate
from rqml.judge import at_least
from rqml.meta import Meta, Severity, Stage, limit
from rqml.requirement import Requirement
from rqml.run import Run
from rqml.subjects.subject import Subject
from rqml.subjects.system import System
from rqml.verdict import Assurance, CheckStatus, Judgement, Measurement, Repair


def _meta(number: int, statement: str) -> Meta:
    return Meta(
        id=f"TOY-{number:02d}",
        title="a toy",
        statement=statement,
        remedy="turn it up",
        stage=Stage.SERVING,
        severity=Severity.LOW,
    )


@attrs.frozen
class Number(Subject):
    """A number to judge."""

    value: float = 0.0

    def fingerprint(self) -> str:
        return f"number:{self.value}"


@attrs.frozen
class Box(Subject):
    """A changeable place outside the process, as a file is."""

    content: list[float]

    def fingerprint(self) -> str:
        return f"box:{self.content}"


@attrs.frozen(kw_only=True)
class Enough(Requirement[Number]):
    """The number is at least `low`."""

    meta = _meta(1, "The number is at least {low}.")
    low: float = limit(default=1.0, stricter="higher")
    step: float = 10.0
    price: float = 0.25

    def measure(self, subject: Number, run: Run) -> Measurement:
        return Measurement(estimates={"value": Estimate.exact(subject.value)})

    def judge(self, measurement: Measurement) -> Judgement:
        return at_least(measurement.estimates["value"], self.low, "value")

    def repair(self, subject: Number, run: Run) -> Repair:
        raised = min(self.low, subject.value + self.step)
        return Repair(Number(raised), changes=(f"raised by {raised - subject.value:g}",), cost={"loss": self.price})


@attrs.frozen(kw_only=True)
class Stated(Requirement[Number]):
    """A verdict as asked for; every subject gets it."""

    meta = _meta(2, "It is {outcome}.")
    outcome: str = "PASS"
    assurance: Assurance | None = None

    def measure(self, subject: Number, run: Run) -> Measurement:
        if self.outcome == "NOT_APPLICABLE":
            raise NotApplicable("it does not apply")
        if self.outcome == "INCOMPLETE":
            raise InsufficientEvidence("there is too little")
        return Measurement(assurance=self.assurance)

    def judge(self, measurement: Measurement) -> Judgement:
        return Judgement(CheckStatus(self.outcome), f"stated as {self.outcome}")


@attrs.frozen(kw_only=True)
class Scripted(Requirement[Any]):
    """Measures, judges and repairs as the test says; on a Number."""

    meta = _meta(3, "The script holds.")
    measured: Callable[[Any, Run], Any] = lambda _subject, _run: Measurement()
    judged: Callable[[Measurement], Any] = lambda _measurement: Judgement(CheckStatus.PASS, "fine")
    repaired: Callable[[Any, Run], Any] | None = None

    @classmethod
    def subject_type(cls) -> type[Subject]:
        return Number

    def measure(self, subject: Any, run: Run) -> Measurement:
        return self.measured(subject, run)

    def judge(self, measurement: Measurement) -> Judgement:
        return self.judged(measurement)

    def repair(self, subject: Any, run: Run) -> Repair:
        return super().repair(subject, run) if self.repaired is None else self.repaired(subject, run)


@attrs.frozen(kw_only=True)
class FullBox(Requirement[Box]):
    """The box holds at least `low`; mended in its place, like a file."""

    meta = _meta(4, "The box holds at least {low}.")
    low: float = limit(default=1.0, stricter="higher")
    reach: float = 10.0
    contained: str = ""

    def measure(self, subject: Box, run: Run) -> Measurement:
        value = run.once(subject, "content", lambda: subject.content[0])
        return Measurement(estimates={"content": Estimate.exact(value)})

    def judge(self, measurement: Measurement) -> Judgement:
        return at_least(measurement.estimates["content"], self.low, "content")

    def repair(self, subject: Box, run: Run) -> Repair:
        before = list(subject.content)

        def apply() -> None:
            subject.content[0] = before[0] if self.contained else min(self.low, self.reach)

        def undo() -> None:
            subject.content[:] = before

        return Repair(
            subject, changes=("filled",), cost={"loss": 0.5}, apply=apply, undo=undo, contained=self.contained
        )


@attrs.frozen(kw_only=True)
class Consistent(Requirement[System]):
    """A requirement on the whole system: its model was made from its data as they are."""

    meta = _meta(5, "The model fits the data.")

    def measure(self, subject: System, run: Run) -> Measurement:
        same = subject["model"].value == 2 * subject["data"].value
        return Measurement(estimates={"same": Estimate.exact(float(same))})

    def judge(self, measurement: Measurement) -> Judgement:
        return at_least(measurement.estimates["same"], 1, "same")


@pytest.fixture(scope="session")
def toys() -> SimpleNamespace:
    """The toy classes: Number, Box, Enough, Stated, Scripted, FullBox, Consistent."""
    return SimpleNamespace(
        Number=Number,
        Box=Box,
        Enough=Enough,
        Stated=Stated,
        Scripted=Scripted,
        FullBox=FullBox,
        Consistent=Consistent,
    )
