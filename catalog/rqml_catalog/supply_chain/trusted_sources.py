"""TrustedSources: every file comes from an allowed place, and the same revision still gives the same bytes."""

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
from rqml.meta import one_or_many
from rqml_catalog.scenarios import sourced_files as made

if TYPE_CHECKING:
    from rqml_catalog.supply_chain.sources import Fault, Source

_FAULTS_KEPT = 20


@attrs.frozen(kw_only=True)
class TrustedSources(Requirement[ModelFile]):
    """Models and data that were got from others come from allowed places, and are what they were then.

    Requires:
        A list `rqml.sources/1` in JSON beside the files: of each file its origin, revision and SHA-256 digest.
    Why:
        Tags are moved and repositories taken over; a base model or data set from a look-alike place carries a backdoor.
    Measured:
        Entries whose origin is not an allowed address or below one, whose revision is no whole commit, digest or tag,
        without digest, whose file is missing or has another digest, and revisions with two digests. Nothing is
        downloaded. Tags are told by a number, as in `v1.2` or `2024-05-01`; write others as `refs/tags/NAME`.
    Enforced:
        Entries without a digest are pinned to the file that lies there, if nothing else is wrong with any entry.
    False alarms:
        Origins written in a form that has two readings (user names, `..`, escapes): write them plainly.
    Blind spots:
        Files that the list does not name; a branch that is named as a version is; whether the origin that is written
        down is the true one; an origin that was bad from the start.
    References:
        SLSA v1.0, provenance; RFC 3986, section 6.2.

    Args:
        allowed: addresses that files may come from, themselves or below, as "https://models.example.org/team".
    """

    meta = Meta(
        id="SUP-05",
        title="trusted sources",
        statement="Each listed file comes from an allowed place, at a revision that still gives the same bytes.",
        remedy="Get the file again from an allowed place and review it; enforce() pins what has no digest yet.",
        stage=Stage.SUPPLY,
        severity=Severity.HIGH,
        references=("AML.T0010", "AML.T0115", "AML.T0002", "AML.T0109", "AML.T0111", "AML.M0014", "ML06", "NISTAML.05"),
        cost=Cost.COMMIT,
    )
    allowed: tuple[str, ...] = attrs.field(
        default=(), converter=one_or_many, validator=v.deep_iterable(v.instance_of(str))
    )

    def __attrs_post_init__(self) -> None:
        """An address with two readings allows nobody knows what."""
        from rqml_catalog.supply_chain.sources import canonical

        strange = next((address for address in self.allowed if canonical(address) is None), None)
        if strange is not None:
            raise ValueError(f"allowed takes plain addresses such as https://models.example.org/team, got {strange!r}")

    def measure(self, file: ModelFile, run: Run) -> Measurement:
        """Count the faults; several of one entry count each."""
        sources, faults = self._faults(file)
        return Measurement(
            estimates={"faults": Estimate.exact(len(faults), n=len(sources), unit="faults")},
            details={"faults": [attrs.asdict(fault) for fault in faults[:_FAULTS_KEPT]]},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """None at all; the message names the first."""
        judgement = at_most(measurement.estimates["faults"], 0, "faults")
        first = next(iter(measurement.details["faults"]), None)
        if first is None:
            return judgement
        return attrs.evolve(judgement, message=f"{judgement.message}: {first['file']}: {first['detail']}")

    def repair(self, file: ModelFile, run: Run) -> Repair:
        """Pin what has no digest."""
        from rqml_catalog.supply_chain.serialization import replace_content
        from rqml_catalog.supply_chain.sources import pinned

        _, faults = self._faults(file)
        stuck = next((fault for fault in faults if not fault.pinnable), None)
        if stuck is not None:
            raise Unsupported(f"{stuck.file}: {stuck.detail}; only a person can decide what it should be")
        content = pinned(file.path)
        backups = Backups()

        def apply() -> None:
            backups.keep(file.path)
            replace_content(file.path, content)

        changes = tuple(f"pins {fault.file} to its digest" for fault in faults)
        return Repair(subject=file, changes=changes, apply=apply, undo=backups.restore)

    def _faults(self, file: ModelFile) -> tuple[list[Source], list[Fault]]:
        from rqml_catalog.supply_chain.sources import faults_of, read_sources

        if not self.allowed:
            raise Unsupported('no origin is allowed: give allowed=("https://models.example.org/team",)')
        if not file.path.is_file():
            raise MissingSubject(f"there is no list of sources {file.path.name}")
        sources = read_sources(file.path)
        if not sources:
            raise InsufficientEvidence(f"{file.path.name} lists no source")
        return sources, faults_of(sources, file.path.parent, self.allowed)

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Lists that are in order, and ones with a wrong place, a moved tag or a missing pin."""
        rule, person = cls(allowed=made.ALLOWED), "only a person can decide"
        yield satisfied("pinned files from allowed places", rule, made.in_order)
        yield satisfied("an address below an allowed one", rule, made.nested)
        yield satisfied("another spelling of the same address", rule, made.spelt_otherwise)
        yield violated("no digest", rule, made.unpinned)
        yield violated("a place that only looks allowed", rule, made.look_alike, unrepairable=person)
        yield violated("the tag gives other bytes now", rule, made.moved_tag, unrepairable=person)
        yield violated("a branch instead of a revision", rule, made.branch, unrepairable=person)
