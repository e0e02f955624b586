"""Artefact: a stored model with the trained model in it, as it goes to those who use it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import attrs
from attrs import validators as v

from rqml import TrainedModel
from rqml.meta import one_or_many
from rqml.subjects.subject import Subject

SUFFIX = ".cdx.json"


@attrs.frozen(eq=False)
class Artefact(Subject):
    """A stored model with the trained model in it, as it goes to those who use it.

    Attributes:
        path: the model file; its bill of materials lies beside it as `<name>.cdx.json`.
        model: the trained model that is stored there, with its data.
        use_cases: what it is for, in words; may also be written into the bill by hand.
        limitations: what it is known not to do, in words; likewise.
    """

    path: Path = attrs.field(converter=Path)
    model: TrainedModel = attrs.field(validator=v.instance_of(TrainedModel), repr=False)
    use_cases: tuple[str, ...] = attrs.field(default=(), converter=one_or_many, kw_only=True)
    limitations: tuple[str, ...] = attrs.field(default=(), converter=one_or_many, kw_only=True)

    @property
    def bill(self) -> Path:
        """Where the bill of materials lies."""
        return self.path.with_name(self.path.name + SUFFIX)

    def fingerprint(self) -> str | None:
        """Digest of the file, its bill and the trained model."""
        inner = self.model.fingerprint()
        if inner is None:
            return None
        digest = hashlib.sha256(repr((inner, self.use_cases, self.limitations)).encode())
        for path in (self.path, self.bill):
            digest.update(hashlib.sha256(path.read_bytes() if path.is_file() else b"none").digest())
        return digest.hexdigest()

    def native(self) -> Any:
        """The path."""
        return self.path

    def describe(self) -> str:
        """The name of the file."""
        return f"artefact {self.path.name}"
