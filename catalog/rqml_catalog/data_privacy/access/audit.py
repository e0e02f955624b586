"""Compare the access to files with a policy, and narrow their modes."""

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
        owners: allowed owners, names or numbers as text.
        groups: allowed groups, names or numbers as text.
        roots: folders under which the data must lie, symbolic links resolved.
        regions: regions in which the storage may stand.
        encrypted: whether files must be marked as encrypted.
    """

    file_mode: int
    folder_mode: int
    owners: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
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
    if stat.S_IMODE(status.st_mode) & ~_most(place, policy):
        yield "mode"
    if policy.owners and not _names(status.st_uid, "user") & policy.owners:
        yield "owner"
    if policy.groups and not _names(status.st_gid, "group") & policy.groups:
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


def _most(place: Path, policy: Policy) -> int:
    return policy.folder_mode if place.is_dir() else policy.file_mode


def _names(number: int, kind: Literal["user", "group"]) -> frozenset[str]:
    """The number as text and, where the system knows one, the name."""
    try:
        import grp
        import pwd

        name = pwd.getpwuid(number).pw_name if kind == "user" else grp.getgrgid(number).gr_name
    except (ImportError, KeyError):
        return frozenset({str(number)})
    return frozenset({str(number), name})


def is_encrypted(place: Path) -> bool:
    """Whether a file begins like one that a known tool has encrypted."""
    with place.open("rb") as file:
        return file.read(MAGIC_LENGTH).startswith(_MARKERS)


def narrower_modes(found: Iterable[Breach], policy: Policy) -> dict[Path, tuple[int, int]]:
    """The mode now and the mode to be of each place whose mode is too wide; nothing is widened."""
    modes = {}
    for breach in found:
        if breach.fault == "mode":
            now = stat.S_IMODE(breach.place.lstat().st_mode)
            modes[breach.place] = now, now & _most(breach.place, policy)
    return modes


def set_modes(modes: dict[Path, int]) -> None:
    """Give each place its mode, deepest first, so that no folder is closed before what is in it was reached."""
    for place in sorted(modes, key=lambda path: len(path.parts), reverse=True):
        place.chmod(modes[place])


def restore_modes(modes: dict[Path, int]) -> None:
    """Give each place its mode back, folders first."""
    for place in sorted(modes, key=lambda path: len(path.parts)):
        place.chmod(modes[place])
