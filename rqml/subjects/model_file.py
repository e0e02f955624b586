"""ModelFile: a stored model, judged without being loaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Self

import attrs

from rqml.subjects.subject import Subject


@attrs.frozen
class ModelFile(Subject):
    """The path of a stored model; it need not exist yet.

    Attributes:
        path: file or folder.
    """

    path: Path = attrs.field(converter=Path)

    @classmethod
    def coerce(cls, value: Any) -> Self | None:
        """A path becomes a file; a str does not: it is always the name of a part."""
        if isinstance(value, cls):
            return value
        return cls(Path(value)) if isinstance(value, os.PathLike) else None

    def fingerprint(self) -> str | None:
        """Digest of the content, None if nothing is there."""
        from rqml.evidence.fingerprint import fingerprint_file

        return fingerprint_file(self.path) if self.path.exists() else None

    def native(self) -> Any:
        """The path."""
        return self.path

    def describe(self) -> str:
        """The name of the file."""
        return f"file {self.path.name}"
