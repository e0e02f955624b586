"""TamperEvidentLog: the evidence on record is what was written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import attrs
from attrs import validators as v

from rqml import (
    Cost,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    Repair,
    Requirement,
    Run,
    Scenario,
    Severity,
    Stage,
    at_most,
    satisfied,
    violated,
)
from rqml.errors import InsufficientEvidence, MissingSubject
from rqml.evidence.chain import Verification, parse_anchor
from rqml.evidence.subject import Evidence
from rqml_catalog.scenarios import ledgers as made

_FAULTS_KEPT = 20


def _texts(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _anchors(_: object, __: object, value: Iterable[str]) -> None:
    for text in value:
        parse_anchor(text)


@attrs.frozen(kw_only=True)
class TamperEvidentLog(Requirement[Evidence]):
    """No record of the evidence was edited, removed, moved or cut off.

    Requires:
        A ledger of rqml (SQLite file), or an export of one (JSON Lines).
    Why:
        Verdicts justify releases. Whoever hides an attack, or a shortcut, changes what was written about it.
    Measured:
        Every record must be canonical JSON with the SHA-256 digest that it carries, must carry the digest of the record
        before it, and the last must be the one that the ledger's head, or the export's header, names. Anchors given
        must be passed; with keys, each chain needs a checkpoint that one of them signed. Faults are counted.
    Enforced:
        What was written is lost and cannot be made again. The file moves to a name of its own beside its place, so that
        no gate relies on it (CONTAINED; rollback moves it back).
    False alarms:
        None known: records that others append meanwhile are not looked at.
    Blind spots:
        Without an anchor or a key, a chain that was made anew as a whole; what was never written; a liar who writes.
    References:
        Haber and Stornetta, How to time-stamp a digital document, Journal of Cryptology 3 (1991); RFC 8032.

    Args:
        anchors: heads noted down elsewhere, as `rqml evidence head` prints them.
        keys: paths of PEM files with the public keys whose signatures are demanded; none demands no signature.
    """

    meta = Meta(
        id="MON-05",
        title="tamper-evident log",
        statement="No record of the evidence was edited, removed, moved or cut off.",
        remedy="Put it aside (enforce() does), find out who could write it, and go on from the last sound export.",
        stage=Stage.MONITORING,
        severity=Severity.HIGH,
        references=("AI Act 12(1)", "AI Act 19(1)", "GDPR 5(2)"),
        cost=Cost.COMMIT,
    )
    anchors: tuple[str, ...] = attrs.field(default=(), converter=_texts, validator=_anchors)
    keys: tuple[str, ...] = attrs.field(default=(), converter=_texts, validator=v.deep_iterable(v.instance_of(str)))

    def measure(self, evidence: Evidence, run: Run) -> Measurement:
        """Follow every chain."""
        verification = self._verified(evidence)
        if verification.intact and not verification.records:
            raise InsufficientEvidence("the ledger holds no record: check something with it first")
        told = [{"record": fault.number, "what": fault.message} for fault in verification.faults[:_FAULTS_KEPT]]
        return Measurement(
            {"faults": Estimate.exact(len(verification.faults), n=verification.records, unit="faults")},
            {"faults": told, "chains": len(verification.heads), "signed": sum(verification.signed.values())},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """No fault at all."""
        judgement = at_most(measurement.estimates["faults"], 0, "faults")
        told = measurement.details["faults"]
        if not told:
            return judgement
        first = f"record {told[0]['record'] or '?'}: {told[0]['what']}"
        return attrs.evolve(judgement, message=f"{judgement.message}; the first at {first}")

    def repair(self, evidence: Evidence, run: Run) -> Repair:
        """Put the file aside."""
        aside = evidence.path.with_name(f"{evidence.path.name}.changed")
        if aside.exists():
            raise InsufficientEvidence(f"{aside.name} is there already: move it away first")

        return Repair(
            evidence,
            changes=(f"moved {evidence.path.name} to {aside.name}",),
            apply=lambda: _move(evidence.path, aside),
            undo=lambda: _move(aside, evidence.path),
            contained=f"what cannot be believed is put aside in {aside.name}; nothing relies on it any more",
        )

    def _verified(self, evidence: Evidence) -> Verification:
        from rqml.evidence.jsonl import verify_file
        from rqml.evidence.signing import PublicKeys

        anchors = [parse_anchor(text) for text in self.anchors]
        keys = PublicKeys(map(Path, self.keys)) if self.keys else None
        if not evidence.path.exists():
            raise MissingSubject(f"there is no ledger {evidence.path.name}")
        if evidence.is_export:
            return verify_file(evidence.path, anchors=anchors, keys=keys)
        with evidence.ledger() as ledger:
            return ledger.verify(anchors=anchors, keys=keys)

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Sound ledgers and exports, and some that were changed in one place."""
        yield satisfied("a ledger", cls(), made.log)
        yield satisfied("an export", cls(), lambda seed, folder: made.log(seed, folder, export=True))
        yield satisfied("two chains in one ledger", cls(), lambda seed, folder: made.log(seed, folder, foreign=True))
        for name, spoil, export in (
            ("an edited record", made.edited, False),
            ("a removed record", made.removed, False),
            ("records that changed places", made.swapped, True),
            ("an end that was cut off", made.truncated, True),
        ):
            yield violated(name, cls(), _spoilt(spoil, export=export))


def _spoilt(spoil: made.Spoil, *, export: bool) -> Callable[[int, Path], Evidence]:
    return lambda seed, folder: made.log(seed, folder, spoil=spoil, export=export)


def _move(start: Path, end: Path) -> None:
    """Move a ledger with the files that SQLite keeps beside it."""
    for suffix in ("-wal", "-shm", ""):
        source = start.with_name(start.name + suffix)
        if source.exists():
            source.rename(end.with_name(end.name + suffix))
