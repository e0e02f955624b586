"""Attestation: a person vouches, for a stated scope and time, for what cannot be measured."""

from __future__ import annotations

import datetime as dt

import attrs

from rqml.errors import InvalidSpecification
from rqml.waiver import moment, said, same_person


@attrs.frozen(kw_only=True)
class Attestation:
    """What a person states about a requirement, and who approved it. It never changes a verdict.

    Attributes:
        requirement: key (label or id) of the requirement it speaks of.
        statement: what is stated, in words, without personal values.
        author: who states it.
        approver: who approved it; somebody else.
        start: from when on, a moment with a time zone.
        expiry: until when, later than start.
        subject: fingerprint of what it is about; empty for whatever the requirement judges.
        specification: name of the specification it speaks of; empty for any.

    Raises:
        InvalidSpecification: a field is empty, author and approver are one, or it ends before it starts.
    """

    requirement: str = attrs.field(validator=said)
    statement: str = attrs.field(validator=said)
    author: str = attrs.field(validator=said)
    approver: str = attrs.field(validator=said)
    start: dt.datetime = attrs.field(converter=moment)
    expiry: dt.datetime = attrs.field(converter=moment)
    subject: str = attrs.field(default="", validator=attrs.validators.instance_of(str))
    specification: str = attrs.field(default="", validator=attrs.validators.instance_of(str))

    def __attrs_post_init__(self) -> None:
        """Refuse what approves itself, and what never holds."""
        if same_person(self.author, self.approver):
            raise InvalidSpecification(
                f"the attestation for {self.requirement} is approved by its own author: somebody else must approve it"
            )
        if self.expiry <= self.start:
            raise InvalidSpecification(f"the attestation for {self.requirement} expires before it starts")
