"""Mend the access to files as far as a program may: modes, owners and groups that the policy leaves no choice about."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rqml_catalog.data_privacy.access.audit import Breach, Policy, most_bits

# Where these are wrong, it does no harm while nobody but the owner gets at the place.
_CONTAINABLE = frozenset({"group", "link", "root", "unencrypted"})
_OWNER_ONLY = 0o7700


@dataclass(frozen=True, slots=True)
class Access:
    """Who may reach a place.

    Attributes:
        mode: permission bits.
        owner: number of the owner.
        group: number of the group.
    """

    mode: int
    owner: int
    group: int

    @classmethod
    def of(cls, place: Path) -> Access:
        """The access to a file or folder as it is now."""
        status = place.lstat()
        return cls(stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)


def left_over(found: Iterable[Breach], policy: Policy) -> list[Breach]:
    """The breaches that no change of mode, owner or group mends."""
    return [breach for breach in found if breach.fault != "mode" and _handed_over(breach, policy) is None]


def containable(breaches: Iterable[Breach]) -> bool:
    """Whether closing the places to everybody but their owner leaves no harm."""
    return all(breach.fault in _CONTAINABLE for breach in breaches)


def mended(found: Sequence[Breach], policy: Policy, closed: Iterable[Breach] = ()) -> dict[Path, Access]:
    """The access that places shall have which have another now.

    Args:
        found: the breaches.
        policy: what it should be; no mode is widened.
        closed: breaches whose places (of a link: its folder) are closed to everybody but the owner.
    """
    access: dict[Path, Access] = {}
    for breach in found:
        now = access.get(breach.place) or Access.of(breach.place)
        if breach.fault == "mode":
            access[breach.place] = replace(now, mode=now.mode & most_bits(breach.place, policy))
        else:
            access[breach.place] = _handed_over(breach, policy, now) or now
    for breach in closed:
        place = breach.place.parent if breach.fault == "link" else breach.place
        now = access.get(place) or Access.of(place)
        access[place] = replace(now, mode=now.mode & _OWNER_ONLY)
    return {place: then for place, then in access.items() if then != Access.of(place)}


def _handed_over(breach: Breach, policy: Policy, now: Access | None = None) -> Access | None:
    """The access once the place belongs to whom the policy names, if it names one only and this process may do that."""
    now = now or Access.of(breach.place)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if breach.fault == "owner" and len(policy.owners) == 1 and root:
        return replace(now, owner=next(iter(policy.owners)))
    if breach.fault == "group" and len(policy.groups) == 1:
        group = next(iter(policy.groups))
        if root or (now.owner == os.geteuid() and group in os.getgroups()):
            return replace(now, group=group)
    return None


def give(access: Mapping[Path, Access]) -> None:
    """Give each place its access, deepest first, so that no folder is closed before what is in it was reached."""
    for place in sorted(access, key=lambda path: len(path.parts), reverse=True):
        _give(place, access[place])


def give_back(access: Mapping[Path, Access]) -> None:
    """Give each place the access back that it had, folders first."""
    for place in sorted(access, key=lambda path: len(path.parts)):
        _give(place, access[place])


def _give(place: Path, then: Access) -> None:
    now = Access.of(place)
    if (now.owner, now.group) != (then.owner, then.group):
        os.chown(place, then.owner, then.group)
    place.chmod(then.mode)  # behind chown, which takes bits away
