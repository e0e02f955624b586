"""The values of a scan: what was found where, and the verdict it adds up to."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import attrs


class Status(enum.StrEnum):
    """PASS: every byte was read and nothing is refused. INCOMPLETE: not all of it could be read or recognised."""

    PASS = "PASS"  # noqa: S105 (a verdict, not a password)
    FAIL = "FAIL"
    INCOMPLETE = "INCOMPLETE"


@attrs.frozen
class Finding:
    """One reason why a file does not pass.

    Attributes:
        technique: the kind of trick or defect, in kebab case, as in `unlisted-global`.
        detail: one sentence for people; holds no content of the file but names of code and of members.
        offset: byte offset in the (decompressed) stream of `member`.
        member: path inside the container, outermost first, joined by `!`; empty for the file itself.
        name: the offending global as `module.name`, where there is one.
        blocks: False where the finding only means that something could not be examined.
    """

    technique: str
    detail: str
    offset: int = 0
    member: str = ""
    name: str = ""
    blocks: bool = True

    def __str__(self) -> str:
        place = f"{self.member} at byte {self.offset}" if self.member else f"byte {self.offset}"
        return f"{self.technique}: {self.detail} ({place})"


@attrs.frozen
class Limits:
    """Bounds on what a scan will follow.

    Attributes:
        expanded: bytes that compressed parts of one file may expand to, all together.
        nesting: containers inside containers.
        members: members of one archive.
        stack: entries on the stack of one pickle.
        marks: open marks, the depth of nesting inside one pickle.
        shared: values that a pickle's shared references may unfold to (the "billion laughs" bound).
        findings: findings kept for one file.
    """

    expanded: int = 4 << 30
    nesting: int = 4
    members: int = 100_000
    stack: int = 8_000_000
    marks: int = 2_000
    shared: int = 100_000_000
    findings: int = 50


@attrs.frozen
class Scan:
    """The verdict on one file.

    Attributes:
        path: the path as it was given.
        status: PASS, FAIL or INCOMPLETE.
        format: what the content is, as in `pickle`, `joblib`, `zip`, `gzip+pickle`.
        findings: the reasons, in the order of the bytes; empty exactly when the status is PASS.
        can_call: whether the format could call code, as pickles can, clean or not.
        size: bytes of the file.
        digest: BLAKE2b digest (32 bytes, hex) of the bytes that were read; empty unless asked for.
    """

    path: str
    status: Status
    format: str = ""
    findings: tuple[Finding, ...] = ()
    can_call: bool = False
    size: int = 0
    digest: str = ""

    @property
    def reasons(self) -> list[str]:
        """The findings as text."""
        return [str(finding) for finding in self.findings]

    def to_dict(self) -> Mapping[str, Any]:
        """The entry of `rqml scan --format json`."""
        return {"path": self.path, "status": str(self.status), "format": self.format, "reasons": self.reasons}


class RefusedStream(Exception):
    """Ends the walk of one stream: what follows cannot be read with certainty."""

    def __init__(self, technique: str, detail: str, *, offset: int = 0, name: str = "", blocks: bool = True) -> None:
        super().__init__(detail)
        self.finding = Finding(technique, detail, offset, name=name, blocks=blocks)


def verdict(findings: tuple[Finding, ...]) -> Status:
    """FAIL if any finding blocks, INCOMPLETE if there are only others, PASS without any."""
    if any(finding.blocks for finding in findings):
        return Status.FAIL
    return Status.INCOMPLETE if findings else Status.PASS
