"""Laws of check(): right, explained, pure, repeatable, and never a PASS for what was not measured."""

from __future__ import annotations

import functools
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from rqml.estimate import Estimate
from rqml.meta import limits_of
from rqml.requirement import Requirement
from rqml.run import Run
from rqml.scenario import Scenario
from rqml.subjects.subject import Subject
from rqml.testing.case import SEED, Case, Situation, broken, requirement_of
from rqml.testing.laws.form import any_instance
from rqml.verdict import CheckResult, CheckStatus

QUOTED = "zq-quoted-7319"
"""Text of the exception that a planted crash raises."""


def scenarios_get_their_verdicts(case: Case) -> None:
    """Each scenario is judged as it says; one chance miss in three seeds is forgiven (`prove` gives the rates)."""
    for scenario in case.scenarios:
        result = case.result(scenario)
        if result.status is scenario.expected:
            continue
        again = [case.build(scenario, seed).check(seed=seed) for seed in (SEED + 1, SEED + 2)]
        if any(other.status is not scenario.expected for other in again):
            broken(f"scenario {scenario.name!r} must be {scenario.expected.name}, it is: {result.message}")


def a_violation_explains_itself(case: Case) -> None:
    """A FAIL says its id, what was measured, the limit and what to do."""
    for scenario in case.violated:
        result = case.result(scenario)
        if result.status is CheckStatus.FAIL:
            _explains(case, scenario, result)


def check_leaves_everything_as_it_was(case: Case) -> None:
    """After a check the subject, its files and the requirement itself are what they were."""
    for scenario in (*case.some(case.satisfied), *case.some(case.violated)):
        situation = case.build(scenario)
        before = situation.state()
        if before[0] is None and not any(situation.folder.iterdir()):
            broken(f"the subject of scenario {situation.name} has no fingerprint: nothing shows that check() is pure")
        situation.check()
        if situation.state() != before:
            broken(f"check() changed the subject or the files of scenario {situation.name}")
        _keeps_no_state(requirement_of(scenario))


def check_is_repeatable(case: Case) -> None:
    """The same seed gives the same verdict, on the same subject and on one built again."""
    for scenario in case.some(case.scenarios):
        built, again = case.build(scenario), case.build(scenario)
        if built.state() != again.state():
            broken(f"scenario {scenario.name!r} builds another subject from the same seed")
        if _text(built, built.check()) != _text(case.situation(scenario), case.result(scenario)):
            broken(f"the same seed gives another verdict on scenario {scenario.name!r}: take randomness from run.rng")
    for scenario in (*case.satisfied[:1], *case.violated[:1]):
        situation = case.situation(scenario)
        if _text(situation, situation.check()) != _text(situation, case.result(scenario)):
            broken(f"a second check of scenario {scenario.name!r} gives another verdict than the first")


def foreign_subjects_are_incomplete(case: Case) -> None:
    """What it cannot judge is INCOMPLETE, with words, and never an exception."""
    instance, kind = any_instance(case), case.cls.subject_type()
    for subject in _foreign(kind):
        what = f"a {type(subject).__name__}"
        result = _checked(instance, subject, what)
        if result.status is not CheckStatus.INCOMPLETE or not result.message:
            broken(f"given {what} in place of a {kind.__name__} it is {result.status.name}: it must be INCOMPLETE")


def a_crash_is_incomplete(case: Case) -> None:
    """A subject that raises whenever it is touched is INCOMPLETE; the text of the exception is not shown."""
    for instance in (any_instance(case), *map(requirement_of, case.scenarios)):
        result = _checked(instance, _exploding(case.cls.subject_type()), "a subject that raises")
        if result.status is not CheckStatus.INCOMPLETE:
            broken(f"a subject that raises is {result.status.name}: let the exception out of measure()")
        if QUOTED in result.message or QUOTED in result.to_json():
            broken("the message quotes the text of a foreign exception, which may hold data values")


def what_is_empty_never_passes(case: Case) -> None:
    """No rows, or no file: nothing was measured, so it is no PASS."""
    for scenario in case.some(case.satisfied):
        empty = _emptied(case.situation(scenario).subject)
        if empty is None:
            continue
        result = _checked(requirement_of(scenario), empty, "an empty subject")
        if result.status is CheckStatus.PASS:
            broken("it passes where there is nothing to measure: raise InsufficientEvidence (or NotApplicable)")


def results_survive_json_and_pickle(case: Case) -> None:
    """A verdict is the same after JSON and after pickle, and an enforcement can be exported as JSON."""
    for scenario in case.scenarios:
        result = case.result(scenario)
        text = result.to_json()
        try:
            restored, unpickled = CheckResult.from_json(text), pickle.loads(pickle.dumps(result))  # noqa: S301
        except Exception as error:
            broken(f"the verdict on scenario {scenario.name!r} does not survive JSON or pickle: {type(error).__name__}")
        if json.loads(restored.to_json()) != json.loads(text) or unpickled.to_json() != text:
            broken(f"the verdict on scenario {scenario.name!r} is another one after JSON or pickle")


def number_forms(value: Any) -> set[str]:
    """How a message may write a number: plainly, with few digits, or in percent."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return {str(value)}
    number = float(value)
    return {str(value), str(Estimate.exact(number)), f"{number:g}", f"{100 * number:g} %", f"{100 * number:g}%"}


def _explains(case: Case, scenario: Scenario, result: CheckResult) -> None:
    meta, requirement = case.cls.meta, requirement_of(scenario)
    where = f"the message on scenario {scenario.name!r}"
    if meta.id not in result.message or meta.remedy not in result.message:
        broken(f"{where} lacks the id or the remedy")
    if not any(_says(result.message, estimate.value) for estimate in result.estimates.values()):
        broken(f"{where} does not say what was measured ({', '.join(result.estimates) or 'no estimates'})")
    limits = [getattr(requirement, name) for name in limits_of(case.cls)]
    given = [value for value in limits if value is not None]
    if given and not any(_says(result.message, value) for value in given):
        broken(f"{where} does not say the limit: judge by at_least or at_most")


def _says(message: str, value: Any) -> bool:
    return any(re.search(rf"(?<![\w.]){re.escape(form)}(?!\w|\.\d)", message) for form in number_forms(value))


def _keeps_no_state(requirement: Requirement[Any]) -> None:
    allowed = {field.name for field in attrs.fields(type(requirement))} | {"__weakref__"}
    hidden = [
        name
        for name in getattr(requirement, "__dict__", {})
        if name not in allowed and not isinstance(_defined(type(requirement), name), functools.cached_property)
    ]
    if hidden:
        broken(f"an instance keeps hidden state ({', '.join(hidden)}): values belong to the run or the measurement")


def _defined(cls: type, name: str) -> Any:
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)


def _text(situation: Situation, result: CheckResult) -> str:
    return situation.without_folder(attrs.evolve(result, duration_s=0.0).to_json())


def _checked(instance: Requirement[Any], subject: Any, what: str) -> CheckResult:
    try:
        result = instance.check(subject, run=Run(seed=SEED))
    except Exception as error:
        broken(f"check() raises {type(error).__name__} when given {what}: it must answer INCOMPLETE")
    return result


def _foreign(kind: type[Subject]) -> Iterator[Any]:
    from rqml.subjects.model_file import ModelFile
    from rqml.subjects.system import System

    raw: tuple[Any, ...] = (None, object(), 3.14, "a name", b"bytes", [1, 2], {"a": 1})
    for value in (*raw, _Stray(), System("empty"), ModelFile(Path("no such file"))):
        if not isinstance(value, kind) and kind.coerce(value) is None:
            yield value


class _Stray(Subject):
    """A kind of subject that no requirement knows."""

    def fingerprint(self) -> str | None:
        """None."""
        return None


def _exploding(kind: type[Subject]) -> Any:
    """A subject of the right kind that raises whenever something of it is used."""

    def explode(self: Any, name: str) -> Any:
        if name.startswith("__") or name in ("describe", "fingerprint"):
            return object.__getattribute__(self, name)
        raise RuntimeError(QUOTED)

    body = {"__getattribute__": explode, "describe": lambda _: "a subject", "fingerprint": lambda _: None}
    return object.__new__(type(f"Exploding{kind.__name__}", (kind,), body))


def _emptied(subject: Any) -> Any:
    """The subject without its rows or its file; None for kinds that cannot be emptied."""
    from rqml.subjects.dataset import Dataset
    from rqml.subjects.model import TrainedModel
    from rqml.subjects.model_file import ModelFile

    if isinstance(subject, Dataset):
        return subject.with_frame(subject.to_pandas().iloc[:0])
    if isinstance(subject, TrainedModel):
        test = None if subject.test is None else _emptied(subject.test)
        return attrs.evolve(subject, train=_emptied(subject.train), test=test)
    if isinstance(subject, ModelFile):
        return ModelFile(subject.path.with_name("there is no such file"))
    return None
