"""Seeded systems with evidence about them: sound or changed, fresh or stale, complete or not."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from rqml import (
    Estimate,
    Judgement,
    Measurement,
    Meta,
    ModelFile,
    Requirement,
    Run,
    Severity,
    Specification,
    Stage,
    System,
    Waiver,
    at_least,
    limit,
)
from rqml.evidence.bodies import check_entries
from rqml.evidence.jsonl import export_file, import_file
from rqml.evidence.ledger import Ledger
from rqml.evidence.sqlite_store import SqliteStore
from rqml.evidence.subject import Evidence

NOW = "2026-05-31T12:00:00+00:00"
OWNER, AUTHOR, APPROVER = "credit.risk@bank.example", "B. Builder", "A. Approver"
_PRESENT = dt.datetime.fromisoformat(NOW)

Spoil = Callable[[Path, random.Random], None]


@attrs.frozen(kw_only=True)
class Content(Requirement[ModelFile]):
    """The file has at least so many bytes: a requirement whose verdicts can be arranged."""

    meta = Meta(
        id="SCN-01",
        title="content",
        statement="The file has at least {least} bytes.",
        remedy="Write it.",
        stage=Stage.RELEASE,
        severity=Severity.LOW,
        references=("AML.T0010.003", "GDPR 25"),
    )
    least: int = limit(default=1, stricter="higher")

    def measure(self, file: ModelFile, run: Run) -> Measurement:
        """Count the bytes."""
        return Measurement({"bytes": Estimate.exact(file.path.stat().st_size)})

    def judge(self, measurement: Measurement) -> Judgement:
        """Enough of them."""
        return at_least(measurement.estimates["bytes"], self.least, "bytes")


def system(
    seed: int,
    folder: Path,
    *,
    age_days: float = 15,
    owner: str = OWNER,
    failing: bool = False,
    approver: str = "",
    waived_days: float = 20,
    changed: bool = False,
    only: Sequence[str] = ("size", "header"),
) -> System:
    """A system with a model file and the evidence of a specification about it.

    Args:
        seed: decides the content of the model.
        folder: where the files go.
        age_days: how long before `NOW` it was judged.
        owner: owner of the specification.
        failing: the requirement "header" fails.
        approver: who waived that, empty if nobody did.
        waived_days: how long the waiver lasts, from when it was judged.
        changed: the model was changed after it was judged.
        only: labels of the requirements that were judged.
    """
    rng = random.Random(seed)  # noqa: S311 - seeded content, no secret
    model = folder / "model.bin"
    model.write_bytes(rng.randbytes(rng.randint(20, 60)))
    judged = _PRESENT - dt.timedelta(days=age_days * rng.uniform(0.95, 1.0))
    expiry = judged + dt.timedelta(days=waived_days)
    waived: dict[str, Any] = {"requirement": "header", "justification": "known", "start": judged, "expiry": expiry}
    waivers = [Waiver(approver=approver, **waived)] if approver else []
    requirements = [Content(label=label, least=1000 if failing and label == "header" else 1) for label in only]
    specification = Specification("release", requirements, owner=owner, waivers=waivers)
    made = System("scorer", model=ModelFile(model), evidence=Evidence(folder / "evidence.sqlite"))
    _record(folder / "evidence.sqlite", specification, System("scorer", model=ModelFile(model)), [judged])
    if changed:
        content = bytearray(model.read_bytes())
        content[rng.randrange(len(content))] ^= 1
        model.write_bytes(bytes(content))
    return made


def log(
    seed: int, folder: Path, *, spoil: Spoil | None = None, export: bool = False, foreign: bool = False
) -> Evidence:
    """A ledger, or an export of one, of a few verifications.

    Args:
        seed: decides how many records there are, and which of them is spoilt.
        folder: where it goes.
        spoil: changes the file afterwards.
        export: JSON Lines instead of SQLite.
        foreign: with the chain of another ledger imported beside its own.
    """
    rng = random.Random(seed)  # noqa: S311 - seeded content, no secret
    path = folder / "evidence.sqlite"
    _verified(folder, path, rng.randint(3, 6))
    ledger = Ledger(path)
    if foreign:
        _verified(folder, folder / "other.sqlite", 2)
        other = Ledger(folder / "other.sqlite")
        export_file(other, folder / "other.jsonl")
        other.store.close()
        import_file(ledger, folder / "other.jsonl")
    if export:
        path = folder / "evidence.jsonl"
        export_file(ledger, path)
    ledger.store.close()
    if spoil is not None:
        spoil(path, rng)
    return Evidence(path)


def _verified(folder: Path, path: Path, times: int) -> None:
    model = folder / "model.bin"
    model.write_bytes(b"weights")
    moments = [_PRESENT - dt.timedelta(days=times - day) for day in range(times)]
    _record(path, Specification("release", [Content()], owner=OWNER), ModelFile(model), moments)


def _record(path: Path, specification: Specification, subject: Any, moments: Sequence[dt.datetime]) -> None:
    """Check at each moment, and record the verdicts; the same bytes each time, so without durations."""
    ledger = Ledger(SqliteStore(path, chain=path.stem), clock=lambda: _PRESENT)
    for moment in moments:
        report = specification.check(subject, now=moment)
        results = tuple(attrs.evolve(result, duration_s=0.0) for result in report.results)
        # as a tool would record them that does not ask who approved a waiver
        waivers = {waiver.requirement: waiver for waiver in specification.waivers}
        made = attrs.evolve(report, results=results, waivers=waivers)
        ledger.append(check_entries(made, specification.requirements))
    ledger.store.close()


def edited(path: Path, rng: random.Random) -> None:
    """One letter of one record is another."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        number, line = rng.choice(database.execute("SELECT number, line FROM record").fetchall())
        place = rng.randrange(len(line))
        line = line[:place] + chr(ord(line[place]) ^ 1) + line[place + 1 :]
        database.execute("UPDATE record SET line = ? WHERE number = ?", (line, number))


def removed(path: Path, rng: random.Random) -> None:
    """One record is gone."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        (number,) = rng.choice(database.execute("SELECT number FROM record").fetchall())
        database.execute("DELETE FROM record WHERE number = ?", (number,))


def swapped(path: Path, rng: random.Random) -> None:
    """Two records of an export have changed places."""
    lines = path.read_bytes().splitlines(keepends=True)
    place = rng.randrange(1, len(lines) - 1)
    lines[place : place + 2] = lines[place + 1], lines[place]
    path.write_bytes(b"".join(lines))


def truncated(path: Path, rng: random.Random) -> None:
    """The last records of an export are gone."""
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: rng.randrange(1, len(lines))]))


def planned(plan: Mapping[str, Any], *, evidence_only: bool = False) -> Callable[[int, Path], Any]:
    """A builder of `system(**plan)`, or of the evidence about it only."""

    def build(seed: int, folder: Path) -> Any:
        made = system(seed, folder, **plan)
        return made["evidence"] if evidence_only else made

    return build
