"""Subject: what a requirement can judge. The set is open: a family may define further kinds."""

from __future__ import annotations

import abc
from typing import Any, Self


class Subject(abc.ABC):
    """Base of everything that can be judged."""

    @classmethod
    def coerce(cls, value: Any) -> Self | None:
        """The subject that a raw value stands for (a frame, a path), or None if it stands for none of this kind."""
        return value if isinstance(value, cls) else None

    @abc.abstractmethod
    def fingerprint(self) -> str | None:
        """Digest of the content, or None where it cannot be had without loading what is too large."""

    def native(self) -> Any:
        """The raw value this stands for (the frame, the path), or itself where there is none."""
        return self

    def describe(self) -> str:
        """What this is, in words for a report, without any of its values."""
        return type(self).__name__

    def obstacle(self) -> str:
        """What in it may have made a measurement crash, and what to do about it, without any values; empty: nothing."""
        return ""
