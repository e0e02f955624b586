"""SmallFile: a requirement on files that keeps every law, repair and rollback on disk included."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import attrs
from attrs import validators as v

from rqml import (
    Estimate,
    Judgement,
    Measurement,
    Meta,
    ModelFile,
    Repair,
    Requirement,
    Run,
    Scenario,
    Severity,
    Stage,
    at_most,
    limit,
    satisfied,
    violated,
)
from rqml.errors import MissingSubject


@attrs.frozen(kw_only=True)
class SmallFile(Requirement[ModelFile]):
    """The file is small.

    Requires:
        A ModelFile.
    Why:
        Large files fill the disk.
    Measured:
        Its size.
    Enforced:
        What is too much is cut off.
    False alarms:
        None.
    Blind spots:
        Files beside it.
    References:
        None needed beyond arithmetic.

    Args:
        max_bytes: largest size (bytes).
    """

    meta = Meta(
        id="GAP-03",
        title="small file",
        statement="The file has at most {max_bytes} bytes.",
        remedy="make it smaller",
        stage=Stage.SUPPLY,
        severity=Severity.LOW,
        references=("AML.M0014",),
    )

    max_bytes: int = limit(default=100, stricter="lower", validator=v.and_(v.instance_of(int), v.ge(0)))

    def measure(self, file: ModelFile, run: Run) -> Measurement:
        """The size."""
        if not file.path.is_file():
            raise MissingSubject("there is no such file: give the path of one")
        return Measurement(estimates={"size": Estimate.exact(float(file.path.stat().st_size), unit="bytes")})

    def judge(self, measurement: Measurement) -> Judgement:
        """The size against its limit."""
        return at_most(measurement.estimates["size"], self.max_bytes, "size")

    def repair(self, file: ModelFile, run: Run) -> Repair:
        """Cut the end off."""
        path, content = file.path, file.path.read_bytes()
        return Repair(
            subject=file,
            changes=(f"cut {len(content) - self.max_bytes} bytes off",),
            apply=lambda: _write(path, content[: self.max_bytes]),
            undo=lambda: _write(path, content),
        )

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Files half and twice as large as the limit."""
        yield satisfied("empty", cls(), lambda seed, folder: file_of(folder, 0))
        yield satisfied("half", cls(), lambda seed, folder: file_of(folder, 50))
        yield satisfied("two thirds", cls(), lambda seed, folder: file_of(folder, 66))
        yield violated("twice", cls(), lambda seed, folder: file_of(folder, 200))
        yield violated("half again", cls(), lambda seed, folder: file_of(folder, 150))
        yield violated("tiny limit", cls(max_bytes=4), lambda seed, folder: file_of(folder, 8))


def file_of(folder: Path, size: int) -> ModelFile:
    """A file of `size` bytes."""
    path = folder / "model.bin"
    path.write_bytes(bytes(range(200))[:size])
    return ModelFile(path)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
