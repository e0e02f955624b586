"""Compare the access to files with a policy."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rqml_catalog.data_privacy.access.data_files import MAGIC_LENGTH, DataFiles

Fault = Literal["mode", "owner", "group", "link", "root", "region", "unencrypted"]
# How files begin that age, OpenSSL, GnuPG, LUKS and Parquet (encrypted footer) have encrypted.
_MARKERS = (b"age-encryption.org/", b"Salted__", b"-----BEGIN PGP MESSAGE", b"LUKS\xba\xbe", b"PARE")


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may reach the data and where they may lie; what is empty is not asked for.

    Attributes:
        file_mode: permission bits that a file may have at most, e.g. 0o640.
        folder_mode: the same for folders.
        owners: numbers of the allowed owners.
        groups: numbers of the allowed groups.
        roots: folders under which the data must lie, symbolic links resolved.
        regions: regions in which the storage may stand.
        encrypted: whether files must be marked as encrypted.
    """

    file_mode: int
    folder_mode: int
    owners: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    roots: tuple[Path, ...] = ()
    regions: frozenset[str] = frozenset()
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Breach:
    """A fault of one place."""

    fault: Fault
    place: Path


def breaches(data: DataFiles, policy: Policy) -> list[Breach]:
    """Everything that is not as the policy says."""
    found = [Breach("region", data.path)] if policy.regions and data.region not in policy.regions else []
    for place in data.places():
        found += [Breach(fault, place) for fault in _faults(place, data.path, policy)]
    return found


def _faults(place: Path, top: Path, policy: Policy) -> Iterator[Fault]:
    roots = [root.resolve() for root in policy.roots] or [top.resolve()]
    if place.is_symlink():
        # A link has no mode of its own; what counts is that it does not lead out.
        if not _under(place, roots):
            yield "link"
        return
    status = place.lstat()
    if stat.S_IMODE(status.st_mode) & ~most_bits(place, policy):
        yield "mode"
    if policy.owners and status.st_uid not in policy.owners:
        yield "owner"
    if policy.groups and status.st_gid not in policy.groups:
        yield "group"
    if policy.roots and not _under(place, roots):
        yield "root"
    if policy.encrypted and place.is_file() and not is_encrypted(place):
        yield "unencrypted"


def _under(place: Path, roots: Iterable[Path]) -> bool:
    try:
        resolved = place.resolve()
    except (OSError, RuntimeError):  # links that lead in a circle lead nowhere
        return False
    return any(resolved.is_relative_to(root) for root in roots)


def most_bits(place: Path, policy: Policy) -> int:
    """The permission bits that a file or a folder may have at most."""
    return policy.folder_mode if place.is_dir() else policy.file_mode


def is_encrypted(place: Path) -> bool:
    """Whether a file begins like one that a known tool has encrypted."""
    with place.open("rb") as file:
        return file.read(MAGIC_LENGTH).startswith(_MARKERS)
