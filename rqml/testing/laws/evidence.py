"""Law of evidence: nothing that names a person gets into a verdict or the record of an enforcement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import attrs

from rqml.requirement import resolve
from rqml.serialise import dumps
from rqml.subjects.dataset import Dataset
from rqml.subjects.model import TrainedModel
from rqml.testing.case import Case, Situation, broken, requirement_of
from rqml.verdict import CheckResult, CheckStatus, EnforcementResult

_SHORTEST = 4
_SHORTEST_NUMBER = 7
_PLANTED = "rqml_contact"


def evidence_holds_no_identifier_values(case: Case) -> None:
    """No value of an identifier column occurs in a message, a detail or a change; e-mail addresses are planted too."""
    for scenario in case.scenarios:
        _search(case.situation(scenario), case.result(scenario))
    for scenario in case.some(case.repairable):
        original = case.situation(scenario)
        _search(original, case.enforced(scenario)[1])
    for scenario in (*case.satisfied[:1], *case.violated[:1]):
        _search_with_planted_addresses(case.build(scenario))


def _search_with_planted_addresses(situation: Situation) -> None:
    planted = _with_addresses(_chosen(situation))
    if planted is None:
        return
    requirement, planted_in = requirement_of(situation.scenario), attrs.evolve(situation, subject=planted)
    if situation.scenario.expected is CheckStatus.PASS or situation.scenario.unrepairable:
        _search(planted_in, requirement.check(planted))
    else:
        _search(planted_in, requirement.enforce(planted))  # holds the verdicts before and after


def _search(situation: Situation, result: CheckResult | EnforcementResult) -> None:
    text = f"{dumps(result)}\n{result.message}"
    for dataset in _datasets(situation.subject):
        for column, value in _identifying(dataset):
            if value in text and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text):
                what = "an enforcement" if isinstance(result, EnforcementResult) else "a verdict"
                broken(
                    f"{what} on scenario {situation.name} quotes a value of identifier column {column!r}: "
                    "give counts, row numbers or digests instead"
                )


def _identifying(dataset: Dataset) -> Iterator[tuple[str, str]]:
    if not dataset.identifiers:
        return
    frame = dataset.to_pandas(dataset.identifiers)
    names = set(dataset.columns)
    for column in dataset.identifiers:
        for value in frame[column].drop_duplicates():
            if isinstance(value, str) and _telling(value) and value not in names:
                yield column, value


def _telling(value: str) -> bool:
    """False for what counts and common words may equal by chance."""
    return len(value) >= (_SHORTEST_NUMBER if value.isdigit() else _SHORTEST)


def _datasets(subject: Any) -> Iterator[Dataset]:
    from rqml.subjects.system import System

    if isinstance(subject, Dataset):
        yield subject
    elif isinstance(subject, TrainedModel):
        yield subject.train
        if subject.test is not None:
            yield subject.test
    elif isinstance(subject, System):
        for part in subject.parts:
            yield from _datasets(subject[part])


def _chosen(situation: Situation) -> Any:
    requirement = situation.scenario.requirement
    if requirement is not requirement_of(situation.scenario):
        return None
    return resolve(situation.subject, requirement_of(situation.scenario).subject_type())[1]


def _with_addresses(subject: Any) -> Any:
    """The subject with one more identifier column, of e-mail addresses; None for kinds that hold no table."""
    if isinstance(subject, TrainedModel):
        test = None if subject.test is None else _with_addresses(subject.test)
        return attrs.evolve(subject, train=_with_addresses(subject.train), test=test)
    if not isinstance(subject, Dataset):
        return None
    frame = subject.to_pandas()
    frame[_PLANTED] = [f"zofia.q{row:05d}@mail.example.org" for row in range(len(frame))]
    return attrs.evolve(subject, frame=frame, identifiers=(*subject.identifiers, _PLANTED))
