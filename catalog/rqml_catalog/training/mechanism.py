"""Mechanism: a randomised release of something about a data set, with a neighbouring data set to tell it from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from attrs import validators as v

from rqml.errors import InvalidSubject
from rqml.subjects.subject import Subject
from rqml_catalog.training.audit.neighbours import check_neighbours

RELATIONS = ("replace", "replace, same label", "add or remove")


@attrs.frozen(eq=False)
class Mechanism(Subject):
    """A randomised release and a pair of neighbouring data sets.

    Attributes:
        release: `release(dataset, rng)` gives a number or a vector of fixed length, all randomness from `rng`
            (a numpy Generator).
        dataset: anything `release` takes.
        neighbour: the same with one record added, removed or replaced; choose the pair that is hardest to hide.
        batch: `batch(dataset, rng, n)` gives n independent releases of shape (n,) or (n, d); optional, faster.
        relation: how the two data sets differ; a claim holds under its relation only. "replace": one record is another
            one; "replace, same label": so, but of the same class (looked at in (X, y), {"X": X, "y": y} and a Dataset
            with a target); "add or remove": one of the two has a record more.
        name: what to call it in reports.
        canaries: see `with_canaries`; 0 for a release that is run many times.

    Raises:
        InvalidSubject: release is not callable, or the data sets are no neighbours by the relation (arrays, frames,
            lists and sets of records, and tables of columns, such as (X, y) or {"X": X, "y": y}, are compared record by
            record; of other data sets the audit's details say that nobody looked).
    """

    release: Callable[[Any, Any], Any] = attrs.field(repr=False)
    dataset: Any = attrs.field(repr=False)
    neighbour: Any = attrs.field(repr=False)
    batch: Callable[[Any, Any, int], Any] | None = attrs.field(default=None, repr=False, kw_only=True)
    relation: str = attrs.field(default="replace", kw_only=True, validator=v.in_(RELATIONS))
    name: str = attrs.field(default="", kw_only=True)
    canaries: int = attrs.field(default=0, kw_only=True, validator=v.and_(v.instance_of(int), v.ge(0)))

    def __attrs_post_init__(self) -> None:
        """Check that the parts fit each other."""
        if not callable(self.release) or not (self.batch is None or callable(self.batch)):
            raise InvalidSubject("a mechanism needs release(dataset, rng), a function; batch likewise")
        if not self.canaries:
            check_neighbours(self.dataset, self.neighbour, self.relation)

    @classmethod
    def with_canaries(cls, train: Callable[[Any, Any], Any], canaries: int, *, name: str = "") -> Mechanism:
        """A training that is audited by a single run, under "add or remove".

        Args:
            train: `train(included, rng)` trains with those canary records that `included`, (canaries,) booleans, says,
                and gives (canaries,) scores, such as the negative loss of each: higher should mean that it was in.
            canaries: how many canary records there are; hundreds at least.
            name: what to call it in reports.
        """
        import numpy as np

        if not isinstance(canaries, int) or canaries < 1:
            raise InvalidSubject("canaries is the number of canary records, at least 1")
        everyone = np.ones(canaries, dtype=bool)
        return cls(train, everyone, np.arange(canaries) > 0, relation="add or remove", name=name, canaries=canaries)

    def fingerprint(self) -> str | None:
        """Digest of release and data sets; None where they cannot be digested."""
        from rqml.evidence.fingerprint import fingerprint_estimator

        try:
            return fingerprint_estimator(
                (self.release, self.batch, self.dataset, self.neighbour, self.relation, self.canaries)
            )
        except Exception:
            return None

    def describe(self) -> str:
        """Name, or the relation of its pair."""
        return self.name or f"mechanism ({self.relation})"
