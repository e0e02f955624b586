"""Reference: one entry of a public taxonomy."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Reference:
    """A threat, a control or an article of law, by its public id.

    Attributes:
        id: as its source writes it ("AML.T0024", "NISTAML.032", "GDPR 5(1)c").
        name: as its source calls it; for AISVS, whose text is not shipped, chapter and level.
        source: the taxonomy, with its release.
        kind: "technique", "mitigation", "threat", "objective", "control", "verification" or "article".
        since: the first release known here that has it; empty where the source has one release only.
        until: the last release that had it; empty if the newest has it.
        successor: the id that took its place, empty if none did.
        formerly: the name it had in an earlier release, empty if it had no other.
    """

    id: str
    name: str
    source: str
    kind: str
    since: str = ""
    until: str = ""
    successor: str = ""
    formerly: str = ""

    @property
    def is_current(self) -> bool:
        """True if the newest release shipped here has it."""
        return not self.until
