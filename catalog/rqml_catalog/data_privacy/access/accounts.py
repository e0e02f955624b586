"""Users and groups of this machine, by name or number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from rqml.errors import Unsupported


def numbers_of(names: Iterable[str], kind: Literal["user", "group"]) -> frozenset[int]:
    """The numbers of users or groups.

    Args:
        names: names, or numbers as text.
        kind: what they are.

    Raises:
        Unsupported: a name is not known here.
    """
    return frozenset(int(name) if name.isdecimal() else _number_of(name, kind) for name in names)


def _number_of(name: str, kind: Literal["user", "group"]) -> int:
    try:
        import grp
        import pwd

        return pwd.getpwnam(name).pw_uid if kind == "user" else grp.getgrnam(name).gr_gid
    except (ImportError, KeyError):
        raise Unsupported(
            f"there is no {kind} {name!r} on this machine: correct the name, or give its number"
        ) from None
