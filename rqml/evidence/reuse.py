"""Reuse: what was measured once is not measured again, as long as nothing it depends on has changed."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from rqml.errors import EvidenceError, InsufficientEvidence, InvalidSubject, NotApplicable, Signal, Stale
from rqml.estimate import Estimate
from rqml.evidence.behaviour import fingerprint_behaviour
from rqml.evidence.code import code_digest
from rqml.evidence.environment import package_versions
from rqml.evidence.file_digests import FileDigests, remembering
from rqml.evidence.fingerprint import fingerprint_file, fingerprint_value, noting_layouts
from rqml.evidence.record import INPUTS, Record
from rqml.proposition import with_consulted
from rqml.serialise import plain
from rqml.verdict import Assurance, Measurement

if TYPE_CHECKING:
    from rqml.evidence.ledger import Ledger
    from rqml.requirement import Requirement
    from rqml.run import Run
    from rqml.subjects.subject import Subject

MAX_AGE = dt.timedelta(days=30)
_NO_TIME = dt.timedelta(0)
_COMMON = frozenset({"label", "needs"})
_LASTING: dict[str, type[Signal]] = {"NotApplicable": NotApplicable, "InsufficientEvidence": InsufficientEvidence}

Measure = Callable[[Any, "Run"], Measurement]


@attrs.frozen(kw_only=True)
class Reuse:
    """What one verification may use again, and what it measured itself.

    Attributes:
        ledger: where earlier measurements are looked up; only in the chain that is written there.
        max_age: how long a measurement may be used again.
        now: the present, UTC.
        files: digests of files that need not be read again; None reads all.
        measured: by key of a proposition, what was measured for which inputs; filled during the verification.
    """

    ledger: Ledger
    max_age: dt.timedelta
    now: dt.datetime
    files: FileDigests | None = None
    measured: dict[str, dict[str, Any]] = attrs.field(factory=dict)

    def under(self, key: str) -> Shelf:
        """What may be used again, and will be filed, for the proposition of this key."""
        return Shelf(self, key)

    def find(self, inputs: str) -> tuple[Mapping[str, Any], str] | None:
        """What was measured for these inputs, and when (ISO 8601); None if that is not known, or too long ago."""
        try:
            rows = list(self.ledger.store.tagged(INPUTS, inputs))
            own = self.ledger.store.own_chain() if rows else ""
            for row in rows:
                if row.chain == own:
                    body = Record.from_line(row.line).body
                    time, found = body["context"]["time"], body["measurements"].get(inputs)
                    age = self.now - dt.datetime.fromisoformat(time)
                    if found is not None and _NO_TIME <= age <= self.max_age:
                        return found, time
        except EvidenceError:  # what cannot be believed is measured again
            return None
        return None


@attrs.frozen
class Shelf:
    """The part of a Reuse that belongs to one proposition."""

    reuse: Reuse
    key: str

    def recall(
        self, requirement: Requirement[Any], subject: Subject, run: Run, measure: Measure
    ) -> tuple[Measurement, str | None]:
        """The measurement, and when it was made if that was not now.

        Args:
            requirement: what measures.
            subject: what is measured.
            run: seed, confidence, deadline.
            measure: measures now.

        Raises:
            Stale: nothing is known that still holds, and the deadline has passed.
            Signal: there is nothing to measure; the same as was found earlier for the same inputs.
        """
        inputs = self.inputs(requirement, subject, run)
        found = None if inputs is None else self.reuse.find(inputs)
        if inputs is not None and found is not None:
            self.reuse.measured.setdefault(self.key, {})
            return _restored(found[0]), found[1]
        if run.deadline is not None and time.monotonic() >= run.deadline:
            raise Stale(
                "there was no time left to measure it, and there is no evidence that still holds: allow more time"
            )
        try:
            measurement = measure(subject, attrs.evolve(run, reuse=None))
        except tuple(_LASTING.values()) as signal:
            self._keep(inputs, {"signal": type(signal).__name__, "message": str(signal)})
            raise
        if inputs is not None and _survives(requirement, measurement):
            self._keep(inputs, plain(measurement))
        return measurement, None

    def inputs(self, requirement: Requirement[Any], subject: Subject, run: Run) -> str | None:
        """The digest of everything that a measurement depends on; None where that cannot be told."""
        if any(asked.meta.volatile for asked in with_consulted(requirement)):
            return None
        code = code_digest(type(requirement))
        if code is None:
            return None
        try:
            with remembering(self.reuse.files):
                content = run.once(subject, "rqml.content", lambda: content_of(subject))
                if content is None:
                    return None
                names = (field.name for field in attrs.fields(type(requirement)) if field.name not in _COMMON)
                parameters = {name: getattr(requirement, name) for name in names}
                return fingerprint_value(
                    {
                        "class": f"{type(requirement).__module__}.{type(requirement).__qualname__}",
                        "version": requirement.meta.version,
                        "code": code,
                        "parameters": parameters,
                        "behaviour": fingerprint_behaviour(list(parameters.values())),
                        "files": {str(path): fingerprint_file(path) for path in files_in(parameters.values())},
                        "subject": [type(subject).__qualname__, *content],
                        "seed": run.seed,
                        "confidence": run.confidence,
                        "packages": dict(package_versions()),
                    }
                )
        except InvalidSubject:
            return None

    def _keep(self, inputs: str | None, content: Mapping[str, Any]) -> None:
        if inputs is not None:
            self.reuse.measured.setdefault(self.key, {})[inputs] = content


def content_of(subject: Subject) -> tuple[str, list[Any]] | None:
    """The fingerprint of a subject, and the layouts of its tables, if they tell all of its content.

    For a system whose parts are derived they do not: its fingerprint knows recipes, not what these call or read.
    """
    from rqml.subjects.system import System

    if isinstance(subject, System) and subject.lineage:
        return None
    with noting_layouts() as layouts:
        fingerprint = subject.fingerprint()
    return None if fingerprint is None else (fingerprint, layouts)


def files_in(values: Iterable[Any]) -> Iterator[Path]:
    """The files and folders that parameters name: their content is an input, too."""
    for value in values:
        if isinstance(value, str | os.PathLike):
            try:
                if os.fspath(value) and Path(value).exists():
                    yield Path(value)
            except (OSError, ValueError):  # too long for a path, or with a null character
                continue
        elif isinstance(value, Mapping):
            yield from files_in(value.values())
        elif isinstance(value, list | tuple | set | frozenset):
            yield from files_in(value)


def _survives(requirement: Requirement[Any], measurement: Measurement) -> bool:
    """True if the measurement, as it would be restored, is judged as the one that was made."""
    try:
        return requirement.judge(_restored(plain(measurement))) == requirement.judge(measurement)
    except Exception:
        return False


def _restored(content: Mapping[str, Any]) -> Measurement:
    if "signal" in content:
        raise _LASTING[content["signal"]](content["message"])
    assurance = content["assurance"]
    return Measurement(
        {name: _estimate(estimate) for name, estimate in content["estimates"].items()},
        content["details"],
        None if assurance is None else Assurance(assurance),
    )


def _estimate(content: Mapping[str, Any]) -> Estimate:
    numbers = {name: float(content[name]) for name in ("value", "low", "high", "confidence")}
    return Estimate(**numbers, n=content["n"], unit=content["unit"], method=content["method"])
