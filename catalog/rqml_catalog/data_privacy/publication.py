"""Publication: a released table, the records it was made from, and records it was not made from."""

from __future__ import annotations

from typing import Any

import attrs

from rqml.errors import InvalidSubject
from rqml.subjects.dataset import Dataset
from rqml.subjects.subject import Subject


def _dataset(value: Any) -> Dataset:
    found = Dataset.coerce(value)
    if found is None:
        raise InvalidSubject(
            f"a publication is made of three tables: give frames or Datasets, not {type(value).__name__}"
        )
    return found


@attrs.frozen(eq=False)
class Publication(Subject):
    """What an attacker sees, and what the attacks on it are judged by.

    The roles are those of the original: the two others may be frames as they are.

    Attributes:
        released: the published table: synthetic, recoded or a sample; it has at least the roles' columns.
        original: the records behind it; its quasi-identifiers are what an attacker may know of a person
            (auxiliary data), its sensitive columns what the attacker wants to learn.
        control: records of the same population that had no part in the release, with the same columns. What an
            attacker finds out about them comes from the population, not from the release.

    Raises:
        InvalidSubject: one of the three is no table, or lacks a column with a role.
    """

    released: Dataset = attrs.field(converter=_dataset)
    original: Dataset = attrs.field(converter=_dataset)
    control: Dataset = attrs.field(converter=_dataset)

    def __attrs_post_init__(self) -> None:
        """Check that the three tables can be compared."""
        wanted = {*self.original.quasi_identifiers, *self.original.sensitive}
        for name in ("released", "control"):
            missing = sorted(wanted - set(getattr(self, name).columns))
            if missing:
                raise InvalidSubject(f"{name} lacks the columns {', '.join(map(repr, missing))} of the original")

    def fingerprint(self) -> str | None:
        """Digest of the three tables; None if one cannot be digested."""
        from rqml.evidence.fingerprint import fingerprint_value

        parts = {name: getattr(self, name).fingerprint() for name in ("released", "original", "control")}
        return None if None in parts.values() else fingerprint_value(parts)

    def describe(self) -> str:
        """The name of the released table."""
        return f"publication of {self.released.describe()}"
