"""What stands in the way of a release: verdicts missing, open, stale, or failed, without a statement that counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from rqml.evidence.queries import Verdict
from rqml.evidence.record import ATTESTATION, WAIVER
from rqml.evidence.rules import other_rules
from rqml.evidence.signing import PublicKeys
from rqml.evidence.statements import IN_FORCE, Statement, digest_of
from rqml.serialise import plain
from rqml.waiver import Waiver, moment, same_person

if TYPE_CHECKING:
    from rqml.proposition import Proposition

FOR_EVER = dt.timedelta.max
HELD = ("PASS", "NOT_APPLICABLE")


def present(as_of: str) -> dt.datetime:
    """The moment that a text (ISO 8601, with a time zone) stands for; the present if it is empty."""
    return moment(as_of) if as_of else dt.datetime.now(dt.UTC)


def a_moment(_: object, __: object, value: str) -> None:
    """Refuse what is neither empty nor a moment with a time zone; an attrs validator."""
    present(value)


@attrs.frozen
class Obstacle:
    """Why a requirement stands in the way.

    Attributes:
        key: key of the requirement.
        reason: why, in words.
        failed: True if it is known not to hold, False if that is not known.
    """

    key: str
    reason: str
    failed: bool = False

    def __str__(self) -> str:
        return f"{self.key}: {self.reason}"


def stale(verdict: Verdict, current: Mapping[str, str | None], now: dt.datetime, max_age: dt.timedelta) -> str:
    """Why a verdict says nothing about the present any more; empty if it does.

    Args:
        verdict: a verdict on record.
        current: digests of the parts as they are now, by name.
        now: the present.
        max_age: how old the measurement behind a verdict may be.
    """
    if now - verdict.measured > max_age:
        return f"it was measured {(now - verdict.measured) / dt.timedelta(days=1):.1f} days ago"
    if verdict.time > now + dt.timedelta(minutes=5):
        return "it was judged in the future: a clock is wrong"
    if not verdict.fingerprints:
        return "it is bound to no content"
    for part, digest in sorted(verdict.fingerprints.items()):
        if digest is None:
            return f"part {part!r} had no digest when it was judged"
        if current.get(part) != digest:
            return f"part {part!r} is not what was judged"
    return ""


@attrs.frozen(kw_only=True)
class Approvals:
    """The waivers and attestations on record, and which of them count.

    Attributes:
        statements: what is on record.
        author: who made what is released, by default the owner on record; what the same person approved counts for
            nothing, and no waiver counts where neither is known.
        keys: public keys; then only what one of them signed counts. None: signatures are not asked for.
        signed: with keys, the number of the last record that a signature covers, by chain.
        now: the present.
        waivers: those of the specification as it is now; None: as they stand in the records.
    """

    statements: Sequence[Statement] = ()
    author: str = ""
    keys: PublicKeys | None = None
    signed: Mapping[str, int] = attrs.field(factory=dict)
    now: dt.datetime
    waivers: Sequence[Waiver] | None = None

    def vouches_for(self, verdict: Verdict) -> bool:
        """True if a signature covers the record of a verdict, where signatures are asked for."""
        return self.keys is None or verdict.record.number <= self.signed.get(verdict.record.chain, 0)

    def refusal(self, verdict: Verdict) -> str:
        """Why no waiver covers a verdict; empty if one does."""
        recorded = verdict.record.body["waiver"]
        offered = ([Waiver(**recorded)] if recorded else []) if self.waivers is None else self.waivers
        refusals = [self._refused(one, verdict) for one in offered if one.requirement == verdict.key]
        return "" if "" in refusals else next((f"and its waiver {why}" for why in refusals), "and not waived")

    def attested(self, key: str, specification: str, current: Mapping[str, str | None]) -> bool:
        """True if an attestation in force, approved by somebody else than the author, vouches for a requirement."""
        counting = [
            one
            for one in self.statements
            if one.kind == ATTESTATION
            and one.covers(key, specification, current)
            and one.state(self.now) == IN_FORCE
            and not same_person(one.author, one.approver)
            and not (self.author and same_person(self.author, one.approver))
        ]
        return bool(counting) if self.keys is None else self._signed(counting)

    def _refused(self, waiver: Waiver, verdict: Verdict) -> str:
        digest = digest_of(WAIVER, verdict.specification, plain(waiver))
        author = self.author or verdict.owner
        if not author.strip():
            return "does not count: name the author (or an owner), who cannot be told from its approver"
        if why := waiver.refusal(author, self.now):
            return why
        if self.keys is not None and not self._signed(one for one in self.statements if one.digest == digest):
            return "is not signed by any of the keys given"
        return ""

    def _signed(self, statements: Iterable[Statement]) -> bool:
        return self.keys is not None and any(one.signed_by(self.keys) for one in statements)


def obstacles(
    verdicts: Iterable[Verdict],
    current: Mapping[str, str | None],
    *,
    obligatory: Collection[str] | Mapping[str, Proposition[Any]] = (),
    approvals: Approvals,
    max_age: dt.timedelta,
    specification: str = "",
) -> Iterator[Obstacle]:
    """What stands in the way of a release, requirement by requirement.

    An attestation stands for a measurement that is missing or INCOMPLETE; a FAIL needs a waiver, a stale verdict
    another measurement.

    Args:
        verdicts: the last verdict of each requirement.
        current: digests of the parts to be released, by name.
        obligatory: keys of the requirements that must hold, or by key the requirements as they are now, which a
            verdict must have been judged by; empty: all that have a verdict.
        approvals: the waivers and attestations that count.
        max_age: how old the measurement behind a verdict may be.
        specification: name of the specification that is to hold; empty for any.
    """
    last = {verdict.key: verdict for verdict in verdicts}
    rules = obligatory if isinstance(obligatory, Mapping) else {}
    for key in obligatory or last:
        verdict = last.get(key)
        open_ = verdict is None or verdict.status == "INCOMPLETE"
        if open_ and approvals.attested(key, specification or getattr(verdict, "specification", ""), current):
            continue
        if verdict is None:
            yield Obstacle(key, "there is no verdict on record")
        elif not approvals.vouches_for(verdict):
            yield Obstacle(key, "its verdict was recorded after the last signature: see `rqml evidence sign`")
        elif why := stale(verdict, current, approvals.now, max_age) or _other_rules(verdict, rules.get(key)):
            yield Obstacle(key, f"its verdict is stale: {why}")
        elif verdict.status not in HELD and (refused := approvals.refusal(verdict)):
            yield Obstacle(key, f"{verdict.status}, {refused}", failed=verdict.status == "FAIL")


def _other_rules(verdict: Verdict, proposition: Proposition[Any] | None) -> str:
    return "" if proposition is None else other_rules(verdict.record.body, proposition)
