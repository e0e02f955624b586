"""Mechanism: a randomised release of something about a data set, with a neighbouring data set to tell it from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from attrs import validators as v

from rqml.errors import InvalidSubject
from rqml.subjects.subject import Subject


@attrs.frozen(eq=False)
class Mechanism(Subject):
    """A randomised release and a pair of neighbouring data sets.

    Attributes:
        release: `release(dataset, rng)` gives a number or a vector of fixed length, all randomness from `rng`
            (a numpy Generator).
        dataset: anything `release` takes.
        neighbour: the same with one record added, removed or replaced; choose the pair that is hardest to hide.
        batch: `batch(dataset, rng, n)` gives n independent releases of shape (n,) or (n, d); optional, faster.
        relation: how the two data sets differ; a claim holds under its relation only.
        name: what to call it in reports.

    Raises:
        InvalidSubject: release is not callable, or the sizes of the data sets do not fit the relation.
    """

    release: Callable[[Any, Any], Any] = attrs.field(repr=False)
    dataset: Any = attrs.field(repr=False)
    neighbour: Any = attrs.field(repr=False)
    batch: Callable[[Any, Any, int], Any] | None = attrs.field(default=None, repr=False, kw_only=True)
    relation: str = attrs.field(
        default="replace", kw_only=True, validator=v.in_(("replace", "replace, same label", "add or remove"))
    )
    name: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Check that the parts fit each other."""
        if not callable(self.release) or not (self.batch is None or callable(self.batch)):
            raise InvalidSubject("a mechanism needs release(dataset, rng), a function; batch likewise")
        try:
            difference = abs(len(self.dataset) - len(self.neighbour))
        except TypeError:
            return
        if difference != (self.relation == "add or remove"):
            raise InvalidSubject(f"data sets whose sizes differ by {difference} are no neighbours by {self.relation!r}")

    def fingerprint(self) -> str | None:
        """Digest of release and data sets; None where they cannot be digested."""
        from rqml.evidence.fingerprint import fingerprint_estimator

        try:
            return fingerprint_estimator((self.release, self.batch, self.dataset, self.neighbour, self.relation))
        except Exception:
            return None

    def describe(self) -> str:
        """Name, or the relation of its pair."""
        return self.name or f"mechanism ({self.relation})"
