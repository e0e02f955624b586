"""System: the named parts of a machine-learning system and what each is derived from."""

from __future__ import annotations

import graphlib
import threading
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs

from rqml.errors import InvalidSubject, MissingSubject, Unsupported
from rqml.subjects.subject import Subject

S = TypeVar("S", bound=Subject)


@attrs.frozen
class Derived:
    """A part that a function makes from other parts."""

    function: Callable[..., Any]
    parents: tuple[str, ...]


def derived(function: Callable[..., Any], *parents: str) -> Any:
    """Declare a part of a System as made by `function` from other parts.

    Args:
        function: called with the values of the parents, in order; gives the part. It is called when the part
            is first needed, and again after a parent was repaired. Where a requirement looks for a part by its
            kind, one without a return annotation is called to see what it gives; annotate it (`-> TrainedModel`),
            or name the part by `.on("model")`, and it is called only for what needs it.
        *parents: names of the parts it takes.

    Raises:
        InvalidSubject: no parent is named, or the function cannot be called.
    """
    if not callable(function):
        raise InvalidSubject('derived(function, "parent", ...) needs a function first')
    if not parents or not all(isinstance(parent, str) for parent in parents):
        raise InvalidSubject('derived(function, "parent", ...) needs the name of at least one parent part')
    return Derived(function, parents)


class System(Subject):
    """A machine-learning system: named parts, some derived from others.

    Args:
        name: what the system is called in reports.
        **parts: subjects, raw frames, paths, or `derived(function, "parent", ...)`.

    Raises:
        InvalidSubject: a parent does not exist, or parts are derived from each other in a circle.
    """

    def __init__(self, name: str, /, **parts: Any) -> None:
        if not isinstance(name, str):
            raise InvalidSubject(f"a system needs a name first, got {type(name).__name__}")
        self.name = name
        self._values = {part: value for part, value in parts.items() if not isinstance(value, Derived)}
        self._derived = {part: value for part, value in parts.items() if isinstance(value, Derived)}
        self._names = tuple(parts)
        self._made: set[str] = set()
        self._coerced: dict[tuple[str, type], Any] = {}
        self._lock = threading.RLock()
        self._order = self._sorted()

    def __getstate__(self) -> dict[str, Any]:
        """Without the lock, so that worker processes can be sent a system."""
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore from `__getstate__`, with a lock of its own."""
        vars(self).update(state, _lock=threading.RLock())

    def __repr__(self) -> str:
        return f"System({self.name!r}: {', '.join(self._names)})"

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts, parents before what derives from them."""
        return self._order

    @property
    def lineage(self) -> Mapping[str, tuple[str, ...]]:
        """The parents of each derived part."""
        return {part: value.parents for part, value in self._derived.items()}

    def __contains__(self, part: object) -> bool:
        return part in self._names

    def __getitem__(self, part: str) -> Any:
        """The value of a part, made now if it is derived and was not needed before.

        Raises:
            MissingSubject: there is no such part.
        """
        if part not in self._names:
            known = ", ".join(map(repr, self._names)) or "none"
            raise MissingSubject(f"system {self.name!r} has no part {part!r}; its parts are {known}")
        with self._lock:
            if part not in self._values:
                recipe = self._derived[part]
                self._values[part] = recipe.function(*(self[parent] for parent in recipe.parents))
                self._made.add(part)
            return self._values[part]

    def select(self, kind: type[S], part: str | None = None) -> tuple[str, S]:
        """Name and value of the part of kind `kind`, or of the part named `part` as that kind.

        Raises:
            MissingSubject: no part of this name or kind is there.
            Unsupported: several are, or the named part is of another kind.
        """
        if part is not None:
            found = self._as(part, kind)
            if found is None:
                raise Unsupported(
                    f"part {part!r} of system {self.name!r} is a {type(self[part]).__name__}, not a {kind.__name__}"
                )
            return part, found
        names = [name for name in self._order if self._may_be(name, kind) and self._as(name, kind) is not None]
        if not names:
            raise MissingSubject(
                f"system {self.name!r} has no part that is a {kind.__name__}; "
                f"give it one: System({self.name!r}, ..., name=...)"
            )
        if len(names) > 1:
            raise Unsupported(
                f"system {self.name!r} has several parts that are a {kind.__name__} "
                f"({', '.join(map(repr, names))}): name one by .on({names[0]!r})"
            )
        value = self._as(names[0], kind)
        assert value is not None  # noqa: S101
        return names[0], value

    def replace(self, **parts: Any) -> System:
        """A system with other values for some parts; what derives from them is made anew when needed.

        Raises:
            MissingSubject: a part of this name does not exist.
        """
        for part in parts:
            if part not in self._names:
                raise MissingSubject(f"system {self.name!r} has no part {part!r} to replace")
        stale = {name for part in parts for name in self.descendants(part)} - set(parts)
        recipes: dict[str, Any] = {name: self._derived.get(name, self._values.get(name)) for name in self._names}
        new_recipes = {name: value for name, value in parts.items() if isinstance(value, Derived)}
        other = System(self.name, **(recipes | new_recipes))
        kept = {name: value for name, value in self._values.items() if name not in stale}
        other._values = {name: value for name, value in (kept | parts).items() if name not in new_recipes}
        other._made = (self._made - stale) - set(parts)
        return other

    def descendants(self, part: str) -> tuple[str, ...]:
        """The parts that derive from `part`, directly or not, parents first."""
        found = {part}
        for name in self._order:
            if found & set(self._derived[name].parents if name in self._derived else ()):
                found.add(name)
        return tuple(name for name in self._order if name in found and name != part)

    def fingerprint(self) -> str | None:
        """Digest of the parts given and of the recipes of those derived; None if a part has no digest.

        It does not depend on which derived parts have been made already.
        """
        from rqml.evidence.fingerprint import fingerprint_value

        recipes = {name: recipe for name, recipe in self._derived.items() if self._is_recipe(name)}
        told = {name: {"from": recipe.parents, "by": recipe.function} for name, recipe in recipes.items()}
        digests = {name: self._digest(name) for name in self._names if name not in recipes}
        return None if None in digests.values() else fingerprint_value({"given": digests, "derived": told})

    def fingerprints(self) -> dict[str, str | None]:
        """Digest of the content of each part that has been made, by name; None where there is none."""
        return {name: self._digest(name) for name in self._order if name in self._values}

    def _is_recipe(self, part: str) -> bool:
        return part in self._derived and (part in self._made or part not in self._values)

    def _digest(self, part: str) -> str | None:
        from rqml.subjects.dataset import Dataset
        from rqml.subjects.model_file import ModelFile

        value = self._values[part]
        subject = value if isinstance(value, Subject) else ModelFile.coerce(value) or Dataset.coerce(value)
        return subject.fingerprint() if subject is not None else None

    def describe(self) -> str:
        """The name of the system."""
        return f"system {self.name}"

    def _as(self, part: str, kind: type[S]) -> S | None:
        value = self[part]
        if isinstance(value, kind):
            return value
        if (part, kind) not in self._coerced:
            self._coerced[part, kind] = kind.coerce(value)
        found: S | None = self._coerced[part, kind]
        return found

    def _may_be(self, part: str, kind: type) -> bool:
        """False only if a derived part not made yet says by its annotation that it is of another kind."""
        if part in self._values:
            return True
        try:
            says = typing.get_type_hints(self._derived[part].function).get("return")
        except Exception:
            return True
        return not (isinstance(says, type) and issubclass(says, Subject)) or issubclass(says, kind)

    def _sorted(self) -> tuple[str, ...]:
        graph = {name: set(self._derived[name].parents if name in self._derived else ()) for name in self._names}
        for name, parents in graph.items():
            unknown = sorted(parents - set(self._names))
            if unknown:
                raise InvalidSubject(
                    f"part {name!r} of system {self.name!r} is derived from {unknown[0]!r}, which is no part of it"
                )
        try:
            return tuple(graphlib.TopologicalSorter(graph).static_order())
        except graphlib.CycleError as error:
            circle = " -> ".join(map(str, error.args[1]))
            raise InvalidSubject(f"parts of system {self.name!r} are derived in a circle: {circle}") from None
