"""What evidence costs, and what it saves. Run: python tests/benchmarks/evidence.py [megabytes]

Asked for: at most 50 us a record, amortised, and as much for a call that is recorded; an unchanged system whose first
verification took 10 s or more verified again at least 100 times faster, and within 1 s for 50 requirements with 1 GB of
data in files. "without rqml" is the same measurement, called as a function.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from rqml import (
    Cost,
    Estimate,
    Measurement,
    Meta,
    ModelFile,
    Requirement,
    Severity,
    Specification,
    Stage,
    Subject,
    System,
    at_least,
    require,
)
from rqml.evidence.bodies import check_entries
from rqml.evidence.ledger import Ledger
from rqml.evidence.recorder import Recorder

RECORDS, CALLS, REQUIREMENTS, ROUNDS = 1000, 5000, 50, 5
BLOCK = 1 << 20


def checksum(path: Path, start: int = 0) -> int:
    """A pass over a file: what a requirement measures here."""
    found = hashlib.blake2b(bytes([start]), digest_size=4)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return int.from_bytes(found.digest(), "big")


@attrs.frozen(kw_only=True)
class Intact(Requirement[ModelFile]):
    """The file has a checksum above `least`; every label measures anew."""

    meta = Meta(
        id="TOY-01",
        title="intact",
        statement="The checksum is at least {least}.",
        remedy="Write it again.",
        stage=Stage.RELEASE,
        severity=Severity.LOW,
        cost=Cost.RELEASE,
    )
    start: int = 0
    least: int = 0

    def measure(self, file, run):
        return Measurement({"checksum": Estimate.exact(checksum(file.path, self.start))})

    def judge(self, measurement):
        return at_least(measurement.estimates["checksum"], self.least, "checksum")


@attrs.frozen
class Request(Subject):
    """What a serving function receives."""

    score: float = 1.0

    def fingerprint(self) -> str | None:
        return None


@attrs.frozen(kw_only=True)
class Bounded(Requirement[Request]):
    """The score is at least 0."""

    meta = attrs.evolve(Intact.meta, id="TOY-02", cost=Cost.INLINE, statement="At least 0.")

    def measure(self, request, run):
        return Measurement({"score": Estimate.exact(request.score)})

    def judge(self, measurement):
        return at_least(measurement.estimates["score"], 0.0, "score")


def best(function: Callable[[], Any], times: int = ROUNDS) -> tuple[float, float]:
    """Shortest wall and processor time of several calls, in seconds."""
    walls, processors = [], []
    for _ in range(times):
        wall, processor = time.perf_counter(), time.process_time()
        function()
        processors.append(time.process_time() - processor)
        walls.append(time.perf_counter() - wall)
    return min(walls), min(processors)


def row(what: str, times: tuple[float, float], count: int, asked: str = "") -> None:
    wall, processor = (seconds / count * 1e6 for seconds in times)
    print(f"{what:44s} {wall:9.2f} us wall {processor:9.2f} us processor  {asked}")


def per_record(folder: Path) -> None:
    file = folder / "small"
    file.write_bytes(b"x")
    specification = Specification("many", [Intact(label=f"r{number}") for number in range(RECORDS)])
    report = specification.check(System("s", file=ModelFile(file)))
    ledger = Ledger(folder / "many.sqlite")
    entries = check_entries(report, specification.requirements)
    ledger.append(entries)
    row("the check of a small file, not recorded", best(lambda: specification.check(ModelFile(file))), RECORDS)
    row("the same without rqml", best(lambda: [checksum(file) for _ in range(RECORDS)]), RECORDS)
    row("a record: made", best(lambda: check_entries(report, specification.requirements)), RECORDS)
    row("a record: appended", best(lambda: ledger.append(entries)), RECORDS)
    both = best(lambda: ledger.append(check_entries(report, specification.requirements)))
    row("a record: both", both, RECORDS, "asked: at most 50")
    count = ledger.verify().records
    row("a record: verified", best(ledger.verify, 1), count)


def per_call(folder: Path) -> None:
    recorder = Recorder(folder / "calls.sqlite")

    def serve(request: Request) -> float:
        return request.score

    checked = require(Bounded(), of="request")(serve)
    recorded = require(Bounded(), of="request", record=recorder)(serve)
    request = Request()

    def calls(function: Callable[[Request], float]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(CALLS):
                function(request)

        return run

    def waited() -> None:
        calls(recorded)()
        recorder.flush()

    recorded(request)
    recorder.flush()
    row("a call without rqml", best(calls(serve)), CALLS)
    row("a call that is checked", best(calls(checked)), CALLS)
    row("a call that is checked and recorded: caller", best(calls(recorded)), CALLS, "asked: at most 50")
    recorder.flush()
    row("the same, with all writing waited for", best(waited), CALLS)
    recorder.close()


def cold_and_warm(folder: Path, megabytes: int) -> None:
    parts = {}
    for number in range(4):
        path = folder / f"model{number}.bin"
        with path.open("wb") as file:
            for block in range(megabytes // 4):
                file.write(bytes([number, block % 256]) * (BLOCK // 2))
        parts[f"part{number}"] = ModelFile(path)
    time.sleep(2.5)  # a file changed just now is read again, since its time does not tell a later change
    requirements = [Intact(label=f"r{n}", start=n).on(f"part{n % 4}") for n in range(REQUIREMENTS)]
    specification = Specification("large", requirements)
    ledger = folder / "large.sqlite"

    def bare() -> None:
        for number in range(REQUIREMENTS):
            checksum(parts[f"part{number % 4}"].path, number)

    def check(**more: Any) -> int:
        report = specification.check(System("s", **parts), ledger=ledger, **more)
        return sum(result.reused is not None for result in report.results)

    without, cold, warm = best(bare, 1), best(check, 1), best(check)
    assert check() == REQUIREMENTS
    paranoid = best(lambda: check(paranoid=True), 1)
    print(f"{REQUIREMENTS} requirements, {megabytes} MB in 4 files")
    for name, times in {"without rqml": without, "first": cold, "again": warm, "again, paranoid": paranoid}.items():
        print(f"  {name:16s} {times[0]:8.3f} s wall {times[1]:8.3f} s processor")
    print(f"  first : without rqml = {cold[0] / without[0]:.2f} (wall), {cold[1] / without[1]:.2f} (processor)")
    print(f"  first : again = {cold[0] / warm[0]:.0f} (asked: at least 100); again: asked at most 1 s")


if __name__ == "__main__":
    load = os.getloadavg()[0]
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f}")
    with tempfile.TemporaryDirectory() as name:
        per_record(Path(name))
        per_call(Path(name))
        cold_and_warm(Path(name), int(sys.argv[1]) if len(sys.argv) > 1 else 1024)
