"""What evidence costs, and what it saves. Run: python tests/benchmarks/evidence.py [megabytes]

Asked for: at most 50 us a record, amortised; an unchanged system whose first verification took 10 s or more verified
again at least 100 times faster, and within 1 s for 50 requirements with 1 GB of data in files.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

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
    System,
    at_least,
)
from rqml.evidence.bodies import check_entries
from rqml.evidence.ledger import Ledger

RECORDS = 1000
REQUIREMENTS = 50


@attrs.frozen(kw_only=True)
class Large(Requirement[ModelFile]):
    """The file has content; measured slowly, as a real measurement is."""

    meta = Meta(
        id="TOY-01",
        title="large",
        statement="The file has content.",
        remedy="Fill it.",
        stage=Stage.RELEASE,
        severity=Severity.LOW,
        cost=Cost.RELEASE,
    )
    seconds: float = 0.0

    def measure(self, file, run):
        time.sleep(self.seconds)
        return Measurement({"bytes": Estimate.exact(file.path.stat().st_size)})

    def judge(self, measurement):
        return at_least(measurement.estimates["bytes"], 1, "bytes")


def best(function, times=5):
    """Shortest wall and processor time of several calls, in seconds."""
    walls, processors = [], []
    for _ in range(times):
        wall, processor = time.perf_counter(), time.process_time()
        function()
        processors.append(time.process_time() - processor)
        walls.append(time.perf_counter() - wall)
    return min(walls), min(processors)


def per_record(folder):
    file = folder / "small"
    file.write_bytes(b"x")
    specification = Specification("many", [Large(label=f"r{number}") for number in range(RECORDS)])
    report = specification.check(System("s", file=ModelFile(file)))
    ledger = Ledger(folder / "many.sqlite")
    entries = check_entries(report, specification.requirements)
    ledger.append(entries)
    bodies, appends = (
        best(lambda: check_entries(report, specification.requirements)),
        best(lambda: ledger.append(entries)),
    )
    for what, (wall, processor) in {"making a record": bodies, "appending it": appends}.items():
        print(f"{what}: {wall / RECORDS * 1e6:.1f} us wall, {processor / RECORDS * 1e6:.1f} us of the processor")
    wall, _ = best(ledger.verify, 1)
    print(f"verifying: {wall / ledger.verify().records * 1e6:.1f} us a record")


def cold_and_warm(folder, megabytes):
    parts = {}
    for number in range(4):
        path = folder / f"model{number}.bin"
        with path.open("wb") as file:
            for block in range(megabytes // 4):
                file.write(bytes([number, block % 256]) * (1 << 19))
        parts[f"part{number}"] = ModelFile(path)
    time.sleep(2.5)  # a file changed just now is read again, since its time does not tell a later change
    requirements = [Large(label=f"r{n}", seconds=0.2).on(f"part{n % 4}") for n in range(REQUIREMENTS)]
    specification = Specification("large", requirements)
    ledger = folder / "large.sqlite"

    def check(**more):
        started = time.perf_counter()
        report = specification.check(System("s", **parts), ledger=ledger, **more)
        return time.perf_counter() - started, sum(result.reused is not None for result in report.results)

    first, _ = check()
    warm = min(check() for _ in range(5))
    paranoid, _ = check(paranoid=True)
    print(
        f"{REQUIREMENTS} requirements, {megabytes} MB: first {first:.2f} s, again {warm[0]:.3f} s ({warm[1]} reused), "
        f"ratio {first / warm[0]:.0f}; paranoid {paranoid:.2f} s"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        per_record(Path(name))
        cold_and_warm(Path(name), int(sys.argv[1]) if len(sys.argv) > 1 else 1024)
