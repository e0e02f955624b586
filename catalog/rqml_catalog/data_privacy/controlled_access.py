"""ControlledAccess: data lie where they may, and only those read them who may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    limit,
    one_or_many,
    satisfied,
    violated,
)
from rqml.errors import InvalidParameter, MissingSubject, Unsupported
from rqml.verdict import CheckStatus
from rqml_catalog.data_privacy.access.data_files import DataFiles
from rqml_catalog.scenarios import data_folders

if TYPE_CHECKING:
    from rqml_catalog.data_privacy.access.audit import Policy
    from rqml_catalog.data_privacy.access.mend import Access

_TEXTS = v.deep_iterable(v.instance_of(str))
_NAMED = 5


def _mode(needed: int) -> Callable[[Any, Any, int], None]:
    """Refuse what is no mode for data: the owner keeps the bits `needed`, and has all that others have."""

    def check(_: Any, attribute: Any, mode: int) -> None:
        owner, others = mode >> 6 & 7, (mode >> 3 | mode) & 7
        if not 0 <= mode <= 0o7777 or needed & ~owner or others & ~owner:
            slip = f"; did you mean 0o{mode}?" if set(str(mode)) <= set("01234567") else "."
            raise InvalidParameter(
                f"{attribute.name}={mode} is {mode:#o}, by which the owner could not use the data, or others could do "
                f"more than the owner{slip} Give an octal number such as 0o640 for files, 0o750 for folders"
            )

    return check


def _paths(value: Any) -> tuple[Path, ...]:
    return tuple(map(Path, (value,) if isinstance(value, str | Path) else value))


def _told(name: str, now: Access, then: Access) -> str:
    """What is changed about a place, in words."""
    handed = [
        f"{what} {old} -> {new}"
        for what, old, new in (("owner", now.owner, then.owner), ("group", now.group, then.group))
        if old != new
    ]
    narrowed = [f"mode {now.mode:04o} narrowed to {then.mode:04o}"] if now.mode != then.mode else []
    return f"{name}: {', '.join(handed + narrowed)}"


@attrs.frozen(kw_only=True)
class ControlledAccess(Requirement[DataFiles]):
    """The files of the data are readable for those allowed only, and lie where they may.

    Requires:
        A file or a folder (Path or DataFiles); for regions, DataFiles(path, region=...).
    Why:
        Data that everybody on a machine can read, or that a link leads out of the guarded place, are as good as public.
    Measured:
        For each file and folder, without following links: permission bits beyond those allowed, owner, group, location
        under the allowed roots (links resolved), links that lead out, the region stated, the mark of encryption.
    Enforced:
        Modes that are too wide are narrowed, never widened; places are handed over where the policy names one owner or
        one group only and the process may do so. A place whose group, location or lack of encryption cannot be mended
        is closed to everybody but its owner (of a link that leads out: the folder it stands in) until somebody moves or
        encrypts it: CONTAINED. Wrong owners and regions that cannot be mended are refused, and nothing is changed then.
    False alarms:
        Files whose content merely is not recognised as encrypted, such as those of an encrypted volume.
    Blind spots:
        Access control lists, network shares, whoever is root, and whether the region stated is the true one.
    References:
        GDPR Art. 25 and 32; POSIX.1-2017, file permission bits.

    Args:
        file_mode: permission bits a file may have at most, octal (0o640 and the like); its owner may read.
        folder_mode: permission bits a folder may have at most, octal; its owner may read and enter.
        owners: allowed owners, by name (one known on this machine) or number; empty for any.
        groups: allowed groups, by name (one known on this machine) or number; empty for any.
        roots: folders under which everything must lie; empty for any.
        regions: regions in which the storage may stand; empty for any.
        encrypted: whether files must be marked as encrypted (age, OpenSSL, GnuPG, LUKS, Parquet).
        max_breaches: how many breaches are tolerated (number of faults of single places).
    """

    meta = Meta(
        id="PII-11",
        title="controlled access",
        statement="Files have at most the permissions allowed and lie where they may; at most {max_breaches} breaches.",
        remedy="narrow the permissions, move or encrypt the files: enforce() narrows them, and closes what is left",
        stage=Stage.INGESTION,
        severity=Severity.HIGH,
        references=("AML.T0025", "AML.T0035", "AML.M0005", "AML.M0012", "GDPR 25", "GDPR 32"),
        cost=Cost.COMMIT,
    )

    file_mode: int = attrs.field(default=0o640, validator=[v.instance_of(int), _mode(0o4)])
    folder_mode: int = attrs.field(default=0o750, validator=[v.instance_of(int), _mode(0o5)])
    owners: tuple[str, ...] = attrs.field(default=(), converter=one_or_many, validator=_TEXTS)
    groups: tuple[str, ...] = attrs.field(default=(), converter=one_or_many, validator=_TEXTS)
    roots: tuple[Path, ...] = attrs.field(default=(), converter=_paths)
    regions: tuple[str, ...] = attrs.field(default=(), converter=one_or_many, validator=_TEXTS)
    encrypted: bool = attrs.field(default=False, validator=v.instance_of(bool))
    max_breaches: int = limit(default=0, stricter="lower", validator=v.and_(v.instance_of(int), v.ge(0)))

    def measure(self, data: DataFiles, run: Run) -> Measurement:
        """How many places break the policy, and which."""
        from rqml_catalog.data_privacy.access.audit import breaches

        if not data.path.exists():
            raise MissingSubject(f"there is no file or folder {data.path.name!r}")
        found = breaches(data, self._policy())
        named = [[breach.fault, breach.place.name] for breach in found[:_NAMED]]
        return Measurement(
            estimates={"breaches": Estimate.exact(len(found), n=len(data.places()), unit="breaches")},
            details={"by_fault": dict(Counter(breach.fault for breach in found)), "first": named},
            witness=found,
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """The number of breaches against the limit, with their kinds and the first places."""
        verdict = at_most(measurement.estimates["breaches"], self.max_breaches, "access")
        if verdict.status is not CheckStatus.FAIL:
            return verdict
        kinds = ", ".join(f"{fault}: {count}" for fault, count in measurement.details["by_fault"].items())
        places = ", ".join(f"{name} ({fault})" for fault, name in measurement.details["first"])
        return attrs.evolve(verdict, message=f"{verdict.message} ({kinds}), among them {places}")

    def repair(self, data: DataFiles, run: Run) -> Repair:
        """Narrow, hand over, close; refuse where that does not contain the fault."""
        from rqml_catalog.data_privacy.access.mend import (
            Access,
            containable,
            give,
            give_back,
            left_over,
            mended,
        )

        policy = self._policy()
        found = self.measure(data, run).witness
        left = left_over(found, policy)
        kinds = ", ".join(f"{fault}: {count}" for fault, count in Counter(breach.fault for breach in left).items())
        if len(left) <= self.max_breaches:
            left = []
        if not containable(left):
            raise Unsupported(
                f"yours to decide is ({kinds}), so nothing was changed: hand over or move the data, or check the "
                "permissions alone by a requirement without owners and regions"
            )
        after = mended(found, policy, left)
        before = {place: Access.of(place) for place in after}
        return Repair(
            subject=data,
            changes=tuple(_told(place.name, before[place], then) for place, then in after.items()),
            apply=lambda: give(after),
            undo=lambda: give_back(before),
            contained=f"closed to everybody but the owner; yours to decide is ({kinds})" if left else "",
        )

    def _policy(self) -> Policy:
        from rqml_catalog.data_privacy.access.accounts import numbers_of
        from rqml_catalog.data_privacy.access.audit import Policy

        return Policy(
            file_mode=self.file_mode,
            folder_mode=self.folder_mode,
            owners=numbers_of(self.owners, "user"),
            groups=numbers_of(self.groups, "group"),
            roots=self.roots,
            regions=frozenset(self.regions),
            encrypted=self.encrypted,
        )

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Folders in order; files everybody may read; links that lead out; files that are not encrypted."""
        usual, sealed, few = cls(), cls(encrypted=True, regions=["eu"]), cls(max_breaches=2)
        make = data_folders.folder
        out = "only the owner of the data can say where they should lie"
        yield satisfied("in order", usual, make)
        yield satisfied("encrypted in the region", sealed, lambda s, place: DataFiles(make(s, place), region="eu"))
        yield satisfied("one file too open of two tolerated", few, lambda seed, place: make(seed, place, wide=1))
        yield satisfied("link within", usual, lambda seed, place: make(seed, place, link="data"))
        yield violated("three files too open", few, lambda seed, place: make(seed, place, wide=3))
        yield violated("everything writable", usual, lambda seed, place: make(seed, place, mode=0o666))
        yield violated("link out", usual, lambda s, place: make(s, place, link="elsewhere"), unrepairable=out)
        yield violated(
            "two files in the clear", sealed, lambda s, p: DataFiles(make(s, p, plain=2), region="eu"), unrepairable=out
        )
        yield violated("another region", sealed, lambda s, p: DataFiles(make(s, p), region="us"), unrepairable=out)
