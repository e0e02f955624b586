"""What the pytest plugin collects: a node per Specification and an item per requirement.

The requirements of a specification share one error budget and may need each other, so they are judged together: the
item that runs first judges all that were selected (and what those need), the others read their verdict off.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import traceback
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from rqml.attachments import Place, note_place
from rqml.bound import Bound
from rqml.errors import RqmlError
from rqml.evidence.session import UNWRITTEN
from rqml.loading import narrowed, system_in
from rqml.proposition import Proposition
from rqml.pytest_plugin import REPORTS
from rqml.report import Report
from rqml.requirement import Requirement
from rqml.specification import Specification
from rqml.tailoring import effective
from rqml.verdict import CheckResult, CheckStatus

FIXTURE = "system"
SHOW_CRASHES = 2  # pytest -vv
_COLLECTED: pytest.StashKey[dict[tuple[int, str], Home]] = pytest.StashKey()


class Home(NamedTuple):
    """Where a specification was collected first; holds it, so that its identity is not given to another object."""

    module: str
    name: str
    specification: Specification


def collect(module: pytest.Module, name: str, specification: Specification) -> list[pytest.Collector]:
    """The node of a module-level Specification, or nothing if it is private or was collected before.

    A specification that several modules import is collected in the first of them, and in each that has a `system` of
    its own to judge it on. Names that begin with an underscore are not collected.
    """
    if name.startswith("_"):
        return []
    own = module.nodeid if hasattr(module.obj, FIXTURE) else ""
    seen = module.config.stash.setdefault(_COLLECTED, {})
    first = seen.setdefault((id(specification), own), Home(module.nodeid, name, specification))
    if (first.module, first.name) != (module.nodeid, name):
        return []
    return [SpecificationNode.from_parent(module, name=name, specification=specification)]


class Trouble(Exception):
    """Why a specification could not be judged at all: there is no system to judge."""

    def __init__(self, text: str, cause: pytest.ExceptionInfo[BaseException] | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.cause = cause


class Violated(Exception):
    """Carries the verdict of a requirement that does not hold to the report of its item."""

    def __init__(self, result: CheckResult) -> None:
        super().__init__(result.message)
        self.result = result


class SpecificationNode(pytest.Collector):
    """A specification in a test module."""

    def __init__(self, *, specification: Specification, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.specification = specification
        self.moment = dt.datetime.now(dt.UTC)
        self.propositions = {p.key: p for p in effective(specification, self.moment)[0]}
        self._judged: tuple[Report, dict[str, CheckResult]] | None = None
        self._trouble: BaseException | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """One item a requirement; an empty specification has one that fails."""
        if not self.propositions:
            yield RequirementItem.from_parent(self, name="empty specification", callobj=_judged_by_rqml, key=None)
        for key, proposition in self.propositions.items():
            item = RequirementItem.from_parent(self, name=_title(proposition), callobj=_judged_by_rqml, key=key)
            note_place(proposition, Place("test", item.nodeid, str(self.path), self.line + 1))
            yield item

    @functools.cached_property
    def line(self) -> int:
        """Zero-based line of the module on which the specification is named."""
        found = re.search(rf"^{re.escape(self.name)}\s*[:=]", self.path.read_text(encoding="utf-8"), re.MULTILINE)
        return 0 if found is None else found.string.count("\n", 0, found.start())

    def judged(self, request: Any) -> tuple[Report, dict[str, CheckResult]]:
        """The report on the selected requirements and their verdicts by key; measured once.

        Raises:
            Trouble: there is no system, or its fixture raised.
        """
        if self._trouble is not None:
            raise self._trouble
        if self._judged is None:
            try:
                report = self._judge(request)
            except Trouble as trouble:
                self._trouble = Trouble(f"not judged: {trouble.text.splitlines()[0]}")
                raise
            except pytest.skip.Exception as skipped:
                self._trouble = skipped
                raise
            by_key = {result.label or result.requirement: result for result in report.results}
            self._judged = report, by_key
            self.config.stash[REPORTS][self.nodeid] = self._rendered(report)
        return self._judged

    def _judge(self, request: pytest.FixtureRequest) -> Report:
        system = self._system(request) if self.propositions else None
        selected = {
            item.key for item in self.session.items if isinstance(item, RequirementItem) and item.parent is self
        }
        chosen = self.specification
        if selected < self.propositions.keys():
            chosen = narrowed(self.specification, selected, self.moment)
        report = chosen.check(system, now=self.moment, ledger=self.config.getoption("--rqml-evidence"))
        for note in report.notes:
            if note.startswith(UNWRITTEN):
                self.warn(pytest.PytestWarning(note))
        return report

    def _rendered(self, report: Report) -> str:
        path = self.config.getoption("--rqml-report")
        if path is None:
            return ""
        return report.to_markdown() if path.endswith(".md") else report.to_json()

    def _system(self, request: pytest.FixtureRequest) -> Any:
        """The fixture `system`; where there is none the specification's own system, or the module's."""
        try:
            system = request.getfixturevalue(FIXTURE)
        except pytest.FixtureLookupError as error:
            if error.argname != FIXTURE or len(error.fixturestack) > 0:
                raise Trouble(f"the fixture `{FIXTURE}` could not be set up: {error.msg or error}") from None
            return self._without_fixture()
        except pytest.fail.Exception as failed:
            hint = "a parametrised `system` cannot be used: write one specification for each system"
            raise Trouble(f"the fixture `{FIXTURE}` could not be set up ({hint}): {failed}") from None
        except RqmlError as error:
            raise Trouble(f"the fixture `{FIXTURE}` could not describe the system: {error}") from None
        except Exception:
            cause = pytest.ExceptionInfo.from_current()
            raise Trouble(f"the fixture `{FIXTURE}` raised {cause.typename}", cause) from None
        if system is None:
            raise Trouble(f"the fixture `{FIXTURE}` gave None: let it return the System to judge")
        return system

    def _without_fixture(self) -> Any:
        if self.specification.system is not None:
            return None
        module = self.getparent(pytest.Module)
        try:
            found = None if module is None else system_in(module.obj)
        except RqmlError as error:
            raise Trouble(str(error)) from None
        if found is None:
            raise Trouble(_NO_SYSTEM.format(name=self.name, file=self.path.name))
        return found


_NO_SYSTEM = """\
there is nothing to judge specification `{name}` on: no fixture `system`.
Write it in {file} or in conftest.py:

    @pytest.fixture(scope="module")
    def system():
        return System("my system", dataset=Dataset(frame), ...)

or give the specification its own: Specification("{name}", [...], system=System(...))."""


class RequirementItem(pytest.Function):
    """A requirement of a specification, judged as a test."""

    parent: SpecificationNode

    def __init__(self, *, key: str | None, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.key = key
        if self.config.pluginmanager.hasplugin("xdist"):
            self.add_marker(pytest.mark.xdist_group(self.parent.nodeid))

    def runtest(self) -> None:
        """Read the verdict off; the first item of a specification has it measured."""
        report, results = self.parent.judged(self.funcargs["request"])
        if self.key is None:
            raise Trouble(f"INCOMPLETE: specification `{self.parent.name}` is empty: give it requirements to judge")
        result = results[self.key]
        waiver = report.waiver_of(result)
        if result.passed:
            return
        if result.status is CheckStatus.NOT_APPLICABLE:
            raise pytest.skip.Exception(result.message, _use_item_location=True)
        if waiver is not None:
            pytest.xfail(
                f"waived until {waiver.expiry:%Y-%m-%d %H:%M} UTC by {waiver.approver} "
                f"({waiver.justification}): {result.message}"
            )
        if result.status is CheckStatus.INCOMPLETE and self.config.getoption("--rqml-incomplete") == "skip":
            raise pytest.skip.Exception(result.message, _use_item_location=True)
        raise Violated(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The verdict, not a traceback; the traceback of a fixture that raised is the user's own and is shown."""
        error = excinfo.value
        if isinstance(error, Violated):
            return Verdict(told(error.result) + self._crash(error.result.cause), error.result.message)
        if isinstance(error, Trouble):
            where = "" if error.cause is None else f"\n\n{super().repr_failure(error.cause)}"
            return Verdict(error.text + where, error.text.splitlines()[0])
        return super().repr_failure(excinfo)

    def _crash(self, cause: BaseException | None) -> str:
        """The traceback of a requirement that crashed, if asked for: it may quote data."""
        if cause is None or isinstance(cause, RqmlError):
            return ""
        if self.config.get_verbosity() < SHOW_CRASHES:
            return "\n  (pytest -vv shows the traceback of the crash, which may quote data)"
        return "\n\n" + "".join(traceback.format_exception(cause)).rstrip()

    def reportinfo(self) -> tuple[Any, int, str]:
        """The line that names the specification."""
        return self.path, self.parent.line, f"{self.parent.name}::{self.name}"


class Verdict:
    """The text of a failed item, in the form in which pytest, its summary and junit.xml want it."""

    def __init__(self, text: str, summary: str) -> None:
        self.text = text
        self.reprcrash = Crash(summary)

    def __str__(self) -> str:
        return self.text

    def toterminal(self, writer: Any) -> None:
        """Write it to pytest's terminal."""
        for line in self.text.splitlines():
            writer.line(line)


class Crash(NamedTuple):
    """The one-line summary."""

    message: str


def told(result: CheckResult) -> str:
    """A verdict for people: message, what must hold, estimates, what was judged, and the same of its parts."""
    lines = [result.message, ""]
    facts = {
        "must hold": result.statement,
        "assurance": "" if result.assurance is None else result.assurance.value,
        "reason": "" if result.reason is None else result.reason.value,
        "judged": result.subject,
        "seed": str(result.seed),
    }
    lines += [f"  {name:<10} {value}" for name, value in facts.items() if value]
    lines += [f"  {name:<10} {estimate}" for name, estimate in result.estimates.items()]
    lines += [f"  - {part.message}" for part in result.parts]
    return "\n".join(lines)


def _title(proposition: Proposition[Any]) -> str:
    """Name of an item: id and class, with the label in brackets; unique, since keys are."""
    inner = proposition.proposition if isinstance(proposition, Bound) else proposition
    name = inner.key
    if isinstance(inner, Requirement):
        name = f"{inner.meta.id} {type(inner).__name__}" + (f"[{inner.label}]" if inner.label else "")
    return name.replace("::", ":")  # "::" would be read as a level of the node id


def _judged_by_rqml(request: pytest.FixtureRequest) -> None:
    """Stands for the test function of an item, which asks for the fixtures of the session only."""
