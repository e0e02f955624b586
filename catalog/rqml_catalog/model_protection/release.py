"""Release: a model in use beside the record of the one that was approved."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from rqml.errors import InvalidSubject
from rqml.subjects.subject import Subject

if TYPE_CHECKING:
    from rqml_catalog.model_protection.structure import Part


def _record(value: Any) -> str:
    text = value.read_text(encoding="utf-8") if isinstance(value, Path) else value
    if not isinstance(text, str):
        raise InvalidSubject("the approved structure is the text, or the Path of the file, that to_json() gave")
    return text


@attrs.frozen(eq=False)
class Release(Subject):
    """A model in use beside the record of the one that was approved.

    Attributes:
        estimator: the model in use.
        approved: the approved structure, as `structure_of(model).to_json()` gave it; its text, or a Path to read.
        restore: gives the approved estimator again, as from a store that the running system cannot write to.

    Raises:
        InvalidSubject: `approved` is neither a text nor a Path, or `restore` is no function.
    """

    estimator: Any = attrs.field(repr=False)
    approved: str = attrs.field(converter=_record, repr=False)
    restore: Callable[[], Any] | None = attrs.field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        """Check what can be called."""
        if self.restore is not None and not callable(self.restore):
            raise InvalidSubject("restore must be a function without arguments that returns the approved estimator")

    @property
    def structure(self) -> Part:
        """The approved structure."""
        from rqml_catalog.model_protection.structure import Part

        return Part.from_json(self.approved)

    def fingerprint(self) -> str:
        """Digest of the model in use and of the record."""
        from rqml.evidence.fingerprint import fingerprint_estimator

        parts = fingerprint_estimator(self.estimator) + hashlib.sha256(self.approved.encode()).hexdigest()
        return hashlib.sha256(parts.encode()).hexdigest()

    def native(self) -> Any:
        """The estimator."""
        return self.estimator
