"""Case: one requirement class under test, with what its laws share: built scenarios, verdicts, measurements."""

from __future__ import annotations

import functools
import itertools
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import attrs

from rqml.bound import Bound
from rqml.errors import InvalidParameter
from rqml.measured import Measured
from rqml.meta import Cost
from rqml.requirement import Requirement, resolve
from rqml.run import Run
from rqml.scenario import Scenario
from rqml.subjects.subject import Subject
from rqml.verdict import CheckResult, CheckStatus, EnforcementResult

T = TypeVar("T")

SEED = 0
"""The seed at which scenarios are built for the laws; `prove` uses many."""


class LawBroken(AssertionError):
    """A requirement class breaks a law of the contract; the text says what to change."""


def broken(text: str) -> NoReturn:
    """Stop with LawBroken."""
    raise LawBroken(text)


@attrs.frozen(eq=False)
class Situation:
    """A scenario that was built.

    Attributes:
        scenario: what was built.
        subject: the subject it gave.
        folder: where its files lie.
    """

    scenario: Scenario
    subject: Any
    folder: Path

    @property
    def name(self) -> str:
        """The name of the scenario, quoted."""
        return repr(self.scenario.name)

    def check(self, subject: Any = None, *, seed: int = SEED) -> CheckResult:
        """The verdict on the subject, or on another one."""
        return self.scenario.requirement.check(self.subject if subject is None else subject, run=Run(seed=seed))

    def enforce(self, subject: Any = None, *, dry_run: bool = False) -> EnforcementResult:
        """Enforce on the subject, or on another one."""
        given = self.subject if subject is None else subject
        return self.scenario.requirement.enforce(given, dry_run=dry_run, run=Run(seed=SEED))

    def state(self, subject: Any = None) -> tuple[object, ...]:
        """What must stay equal where nothing may change: the subject's digest, the files and their permissions."""
        kind = requirement_of(self.scenario).subject_type()
        return _digest(self.subject if subject is None else subject, kind), *_files(self.folder)

    def without_folder(self, text: str) -> str:
        """A text with the scenario's own folder blanked, so that two builds can be compared."""
        return text.replace(str(self.folder), "<folder>")


def requirement_class(value: Any) -> type[Requirement[Any]]:
    """The value, if it is a requirement class.

    Raises:
        InvalidParameter: it is something else, say a requirement instead of its class.
    """
    if isinstance(value, type) and issubclass(value, Requirement):
        return value
    told = f"the class {value.__name__}" if isinstance(value, type) else f"a {type(value).__name__}"
    raise InvalidParameter(f"this takes a requirement class, such as KAnonymity, got {told}")


class Case:
    """A requirement class under test.

    Args:
        cls: the class.
        catalog: the classes among which its id must be unique.
        retired: ids that must not be used again, with what replaced them; default: `RETIRED` of its top package.
    """

    def __init__(
        self, cls: type[Requirement[Any]], catalog: Iterable[type] = (), retired: Mapping[str, str] | None = None
    ) -> None:
        self.cls = requirement_class(cls)
        self.catalog = tuple(catalog)
        self.retired = retired
        self._folder = Path(tempfile.mkdtemp(prefix="rqml-contract-"))
        self._numbers = itertools.count()
        self._cells: dict[Any, Any] = {}
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    @functools.cached_property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios of the class."""
        return tuple(self.cls.scenarios())

    @property
    def satisfied(self) -> tuple[Scenario, ...]:
        """The clean twins."""
        return tuple(s for s in self.scenarios if s.expected is CheckStatus.PASS)

    @property
    def violated(self) -> tuple[Scenario, ...]:
        """The planted faults."""
        return tuple(s for s in self.scenarios if s.expected is CheckStatus.FAIL)

    @property
    def repairable(self) -> tuple[Scenario, ...]:
        """The planted faults that enforce must mend or contain."""
        return tuple(s for s in self.violated if not s.unrepairable)

    def some(self, scenarios: Sequence[Scenario]) -> Sequence[Scenario]:
        """All of them, or the first one where a measurement costs minutes."""
        return scenarios if self.cls.meta.cost <= Cost.COMMIT else scenarios[:1]

    def build(self, scenario: Scenario, seed: int = SEED) -> Situation:
        """The scenario, built anew in an empty folder."""
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        return Situation(scenario, scenario.build(seed, folder), folder)

    def situation(self, scenario: Scenario) -> Situation:
        """The scenario, built once; laws that use it only check it."""
        return self._once(("situation", id(scenario)), lambda: self.build(scenario))

    def result(self, scenario: Scenario) -> CheckResult:
        """The verdict on it."""
        return self._once(("result", id(scenario)), self.situation(scenario).check)

    def measured(self, scenario: Scenario) -> Measured:
        """Its measurement, not judged yet."""
        return self._once(("measured", id(scenario)), lambda: measure(self.situation(scenario)))

    def enforced(self, scenario: Scenario) -> tuple[Situation, EnforcementResult]:
        """The scenario built anew and enforced once; laws that use it leave it enforced."""
        return self._once(("enforced", id(scenario)), lambda: _enforced(self.build(scenario)))

    def _once(self, key: Any, compute: Callable[[], T]) -> T:
        if key not in self._cells:
            self._cells[key] = compute()
        value: T = self._cells[key]
        return value


def requirement_of(scenario: Scenario) -> Requirement[Any]:
    """The requirement of a scenario, without the part it may be bound to."""
    proposition = scenario.requirement
    found = proposition.proposition if isinstance(proposition, Bound) else proposition
    if not isinstance(found, Requirement):
        broken(f"scenario {scenario.name!r} judges by a {type(found).__name__}: give an instance of the class itself")
    return found


def measure(situation: Situation, requirement: Requirement[Any] | None = None) -> Measured:
    """The measurement of a situation by its own requirement, or by another in its place."""
    proposition: Any = situation.scenario.requirement
    if requirement is not None:
        bound = isinstance(proposition, Bound)
        proposition = attrs.evolve(proposition, proposition=requirement) if bound else requirement
    measured: Measured = proposition.examine(situation.subject, Run(seed=SEED))
    return measured


def _enforced(situation: Situation) -> tuple[Situation, EnforcementResult]:
    return situation, situation.enforce()


def _digest(subject: Any, kind: type[Subject]) -> str | None:
    from rqml.subjects.system import System

    if isinstance(subject, System):
        for part in subject.parts:
            subject[part]  # a derived part counts as soon as it is made, so make all of them
    _, chosen = ("", subject) if isinstance(subject, Subject) else resolve(subject, kind)
    digest: str | None = chosen.fingerprint()
    return digest


def _files(folder: Path) -> tuple[str, tuple[tuple[str, int], ...]]:
    from rqml.evidence.fingerprint import fingerprint_file

    modes = sorted((str(path.relative_to(folder)), path.lstat().st_mode) for path in folder.rglob("*"))
    return fingerprint_file(folder), tuple(modes)
