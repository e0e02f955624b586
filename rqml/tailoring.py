"""Tailoring: a specification that extends another may demand more; demanding less needs a waiver in force."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from rqml.bound import Bound
from rqml.errors import InvalidSpecification
from rqml.proposition import Proposition
from rqml.requirement import Requirement
from rqml.waiver import Waiver, counting

if TYPE_CHECKING:
    from rqml.specification import Specification


class Kind(enum.Enum):
    """How a requirement changed."""

    ADDED = "added"
    REMOVED = "removed"
    STRICTER = "stricter"
    WEAKER = "weaker"


@attrs.frozen
class Change:
    """One difference between two specifications.

    Attributes:
        key: key of the requirement.
        kind: added, removed, stricter or weaker (which includes changes that cannot be compared).
        before: what held before, in words; empty if it is new.
        after: what holds now, in words; empty if it was removed.
    """

    key: str
    kind: Kind
    before: str = ""
    after: str = ""

    @property
    def weakens(self) -> bool:
        """True if less is demanded, or it cannot be shown that as much is."""
        return self.kind in (Kind.REMOVED, Kind.WEAKER)

    def __str__(self) -> str:
        told = " -> ".join(text for text in (self.before, self.after) if text)
        return f"{self.key} {self.kind.value}: {told}"


def changes_between(base: Specification, other: Specification) -> tuple[Change, ...]:
    """What `other` changes against `base`, in the order of `base`, additions last."""
    old = {proposition.key: proposition for proposition in base.requirements}
    new = {proposition.key: proposition for proposition in other.requirements}
    changes = []
    for key, proposition in old.items():
        if key not in new:
            changes.append(Change(key, Kind.REMOVED, before=str(proposition)))
        elif new[key] != proposition:
            kind = Kind.STRICTER if refines(new[key], proposition) else Kind.WEAKER
            changes.append(Change(key, kind, *_told_apart(proposition, new[key])))
    changes += [Change(key, Kind.ADDED, after=str(new[key])) for key in new if key not in old]
    return tuple(changes)


def _told_apart(old: Proposition[Any], new: Proposition[Any]) -> tuple[str, str]:
    """Both in words, with all parameters where the sentences alone do not differ."""
    before, after = str(old), str(new)
    return (before, after) if before != after else (f"{before} {_spelt(old)}", f"{after} {_spelt(new)}")


def _spelt(proposition: Proposition[Any]) -> str:
    parts = [f"{name} = {value}" for leaf in proposition.requirements() for name, value in _values(leaf)]
    return f"({', '.join(parts)})"


def _values(requirement: Requirement[Any]) -> list[tuple[str, Any]]:
    needs = [("needs", ", ".join(requirement.needs))] if requirement.needs else []
    return [*requirement.parameters.items(), *needs]


def refines(new: Proposition[Any], old: Proposition[Any]) -> bool:
    """True if `new` demands at least what `old` does, of the same part."""
    if isinstance(new, Bound) and isinstance(old, Bound):
        return bool(new.target == old.target) and refines(new.proposition, old.proposition)
    if isinstance(new, Requirement) and isinstance(old, Requirement):
        return new.refines(old)
    return new == old


def tailored(
    base: Specification,
    *,
    name: str | None,
    parameters: Mapping[str, Mapping[str, Any]],
    add: Sequence[Proposition[Any]],
    remove: Sequence[str],
    waivers: Sequence[Waiver],
    owner: str | None,
    now: dt.datetime,
) -> Specification:
    """The specification that `Specification.tailor` gives."""
    for key in (*parameters, *remove):
        base[key]  # an unknown key is an error that names the known ones
    kept = [proposition for proposition in base.requirements if proposition.key not in remove]
    changed = [_with(p, parameters[p.key]) if p.key in parameters else p for p in kept]
    child = attrs.evolve(
        base,
        name=base.name if name is None else name,
        requirements=[*changed, *add],
        owner=base.owner if owner is None else owner,
        waivers=tuple(waivers),
        parent=base,
    )
    for change in changes_between(base, child):
        if change.weakens and not _covered(change.key, child, now):
            raise InvalidSpecification(
                f"specification {child.name!r} weakens {base.name!r} ({change}); "
                f"give tailor(...) a Waiver for {change.key!r} that is in force, or demand at least as much"
            )
    return child


def effective(specification: Specification, now: dt.datetime) -> tuple[tuple[Proposition[Any], ...], tuple[str, ...]]:
    """The requirements that judge now, with notes: a weakening whose waiver is not in force is undone."""
    if specification.parent is None:
        return specification.requirements, ()
    inherited, notes = effective(specification.parent, now)
    chosen = {proposition.key: proposition for proposition in specification.requirements}
    undone = []
    for proposition in inherited:
        mine = chosen.get(proposition.key)
        if (mine is None or not refines(mine, proposition)) and not _covered(proposition.key, specification, now):
            chosen[proposition.key] = proposition
            undone.append(
                f"{proposition.key} is judged as {specification.parent.name!r} demands ({proposition}): "
                f"no waiver in force covers its weakening in {specification.name!r}"
            )
    return tuple(chosen.values()), (*notes, *undone)


def weakened_keys(specification: Specification) -> set[str]:
    """Keys of what this specification, or one it extends, demands less of."""
    return {change.key for level in specification.lineage() for change in level.diff() if change.weakens}


def _covered(key: str, specification: Specification, now: dt.datetime) -> bool:
    return key in counting(specification.all_waivers(), specification.owner, now)


def _with(proposition: Proposition[Any], parameters: Mapping[str, Any]) -> Proposition[Any]:
    if isinstance(proposition, Bound):
        return attrs.evolve(proposition, proposition=_with(proposition.proposition, parameters))
    if not isinstance(proposition, Requirement):
        raise InvalidSpecification(f"{proposition.key} is a composite: remove it and add it anew instead")
    return attrs.evolve(proposition, **parameters)
