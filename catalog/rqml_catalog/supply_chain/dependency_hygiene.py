"""DependencyHygiene: what is installed is exactly what was reviewed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs
from attrs import validators as v

from rqml import (
    Cost,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    ModelFile,
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
from rqml.backup import Backups
from rqml.errors import InsufficientEvidence, MissingSubject, Unsupported
from rqml_catalog.scenarios import lock_files as made

if TYPE_CHECKING:
    from rqml_catalog.supply_chain.dependencies import Fault, Lock

_FAULTS_KEPT = 20


@attrs.frozen(kw_only=True)
class DependencyHygiene(Requirement[ModelFile]):
    """Every dependency is pinned to an exact version, to digests, and to no known fault.

    Requires:
        A lock file: pip's requirements files, poetry.lock, uv.lock, pdm.lock, Pipfile.lock or pylock.toml.
    Why:
        A version that floats, a name one letter off or an archive exchanged on a mirror runs code at installation.
    Measured:
        Requirements without an exact version, taken from an address, without a digest, with a name one edit from a
        popular package of machine learning or that of its module (`sklearn`), in two versions, or in a version that a
        given advisory names; indexes without a certificate, and more than one index where a digest is missing.
        Nothing is downloaded, and nothing is asked over a network unless `audit_seconds` lets pip-audit do it.
    Enforced:
        In requirements files look-alike names become the name they imitate and vulnerable versions the first one
        that no advisory affects. Missing pins and digests need an index, and so do other formats: lock again.
    False alarms:
        An honest package whose name is one edit from a popular one.
    Blind spots:
        Faults without an advisory in the file given; what reviewed packages do; dependencies outside the lock.
    References:
        Ohm et al., Backstabber's Knife Collection, DIMVA 2020; OSV Schema 1.6; PEP 440 and PEP 751.

    Args:
        hashes: whether each requirement needs a digest.
        advisories: name of a file, folder or zip of advisories in OSV's JSON format, beside the lock file; "" for none.
        audit_seconds: how long pip-audit may take, which asks an index of advisories over the network, in seconds;
            0 does not ask it.
    """

    meta = Meta(
        id="SUP-04",
        title="dependency hygiene",
        statement="Every dependency is pinned exactly, and none is known to be faulty or to imitate another.",
        remedy="Lock the dependencies again with digests; enforce() mends names and vulnerable versions.",
        stage=Stage.SUPPLY,
        severity=Severity.HIGH,
        references=("AML.T0010.001", "AML.T0011.001", "AML.M0016", "ML06", "NISTAML.05"),
        cost=Cost.COMMIT,
    )
    hashes: bool = attrs.field(default=True, validator=v.instance_of(bool))
    advisories: str = attrs.field(default="", validator=v.instance_of(str))
    audit_seconds: int = attrs.field(default=0, validator=v.and_(v.instance_of(int), v.ge(0)))

    def measure(self, file: ModelFile, run: Run) -> Measurement:
        """Count the faults; several of one requirement count each."""
        lock, faults = self._faults(file, run)
        return Measurement(
            estimates={"faults": Estimate.exact(len(faults), n=len(lock.pins), unit="faults")},
            details={"faults": [attrs.asdict(fault) for fault in faults[:_FAULTS_KEPT]]},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """None at all; the message names the first."""
        judgement = at_most(measurement.estimates["faults"], 0, "faults")
        first = next(iter(measurement.details["faults"]), None)
        if first is None:
            return judgement
        where = f"line {first['line']} ({first['name'] or 'unreadable'}): {first['detail']}"
        return attrs.evolve(judgement, message=f"{judgement.message}: {where}")

    def repair(self, file: ModelFile, run: Run) -> Repair:
        """Mend names and versions in the text of the lock."""
        from rqml_catalog.supply_chain.dependencies import mended
        from rqml_catalog.supply_chain.serialization import replace_content

        lock, faults = self._faults(file, run)
        if lock.relock:
            raise Unsupported(f"{faults[0].name}: {faults[0].detail}: lock again by {lock.relock}")
        stuck = next((fault for fault in faults if not fault.mend), None)
        if stuck is not None or self.hashes:
            reason = stuck.detail if stuck else "a changed requirement needs the digests of its new archive"
            raise Unsupported(f"{reason}: lock again with an index, as in `uv pip compile --generate-hashes`")
        content = mended(file.path.read_text(encoding="utf-8"), faults).encode()
        backups = Backups()

        def apply() -> None:
            backups.keep(file.path)
            replace_content(file.path, content)

        changes = tuple(f"line {fault.line}: {fault.name} ({fault.kind}) becomes {fault.mend}" for fault in faults)
        return Repair(subject=file, changes=changes, apply=apply, undo=backups.restore)

    def _faults(self, file: ModelFile, run: Run) -> tuple[Lock, list[Fault]]:
        from rqml_catalog.supply_chain.dependencies import advisories_in, audited, faults_of, read_lock

        if not file.path.is_file():
            raise MissingSubject(f"there is no lock file {file.path.name}")
        try:
            lock = read_lock(file.path.name, file.path.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError:
            raise Unsupported(f"{file.path.name} is not text, so no lock file") from None
        if not lock.pins:
            raise InsufficientEvidence(f"{file.path.name} names no requirement")
        known = advisories_in(file.path.parent / self.advisories) if self.advisories else []
        asked = ("pip-audit", lock.pins)
        answers = run.once(file, asked, lambda: audited(lock.pins, self.audit_seconds)) if self.audit_seconds else []
        return lock, faults_of(lock, known, hashes=self.hashes, answers=answers)

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Locks with and without pins, digests, imitated names and known faults."""
        loose, advised = cls(hashes=False), cls(hashes=False, advisories="advisories.json")
        stuck = "pins and digests need an index"
        yield satisfied("a lock with digests", cls(), made.locked)
        yield satisfied("exact pins", loose, made.pinned)
        yield satisfied("the fixed version", advised, made.mended_version)
        yield violated("no digests", cls(), made.pinned, unrepairable=stuck)
        yield violated("a range instead of a version", loose, made.unpinned, unrepairable=stuck)
        yield violated("a look-alike name", loose, made.look_alike)
        yield violated("a version with an advisory", advised, made.vulnerable)
