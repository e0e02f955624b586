"""The registry: finds catalogs by entry point and loads only the families that are asked for.

A catalog is a package named by an entry point of the group `rqml.catalogs`. Its subpackages are families; a
family's `__init__` imports its requirement classes, one file each. Subpackages of the names in NOT_FAMILIES hold
what families share.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs

from rqml.errors import RqmlError, UnknownName
from rqml.meta import ID_PATTERN
from rqml.requirement import Requirement

GROUP = "rqml.catalogs"
NOT_FAMILIES = frozenset({"techniques", "scenarios", "case_studies"})


@attrs.frozen
class Family:
    """A family of requirements.

    Attributes:
        name: last part of the module's name ("data_privacy").
        module: full name of the package.
    """

    name: str
    module: str

    def load(self) -> tuple[type[Requirement[Any]], ...]:
        """Its requirement classes, by id.

        Raises:
            RqmlError: its modules cannot be imported.
        """
        try:
            package = importlib.import_module(self.module)
        except ImportError:
            raise
        except Exception as error:
            raise RqmlError(
                f"the family {self.module} cannot be loaded ({type(error).__name__}: {error}): "
                "mend it, or uninstall the catalog that brings it"
            ) from error
        return tuple(sorted(_classes_of(package), key=lambda cls: cls.meta.id))


def catalogs() -> tuple[str, ...]:
    """Names of the packages of all installed catalogs."""
    return tuple(sorted({entry.value for entry in entry_points(group=GROUP)}))


@functools.cache
def families() -> tuple[Family, ...]:
    """The families of all installed catalogs; nothing of them is imported but the catalogs' own packages."""
    found = [family for catalog in catalogs() for family in _families_of(catalog)]
    return tuple(sorted(found, key=lambda family: family.module))


def requirements(names: Iterable[str] | None = None) -> tuple[type[Requirement[Any]], ...]:
    """The requirement classes of the families of these names; default: of all.

    Raises:
        UnknownName: there is no such family.
    """
    if names is None:
        return tuple(cls for family in families() for cls in family.load())
    known = {family.name for family in families()}
    for name in names:
        if name not in known:
            raise UnknownName(f"there is no family {name!r}{suggestion(name, known)}")
    wanted = set(names)
    return tuple(cls for family in families() if family.name in wanted for cls in family.load())


def find(name: str) -> type[Requirement[Any]]:
    """The requirement class of this class name, id or full name ("rqml_catalog.data_privacy.KAnonymity").

    Only the family that has a file of the class's name is imported, where there is one.

    Raises:
        UnknownName: there is none, and the message suggests what may be meant; or several catalogs have one.
    """
    found = _named(name, _likely_families(name)) or _named(name, families())
    if len(found) > 1:
        raise UnknownName(f"{name!r} is the name of several requirements: say which, {' or '.join(sorted(found))}")
    for cls in found.values():
        return cls
    everything = requirements()
    by_id = ID_PATTERN.fullmatch(name.upper()) is not None
    known = {cls.meta.id if by_id else cls.__name__ for cls in everything}
    raise UnknownName(f"there is no requirement {name!r}{suggestion(name, known)}")


def _named(name: str, among: Iterable[Family]) -> dict[str, type[Requirement[Any]]]:
    """The classes of this class name, id or full name, by their full names."""
    classes = {f"{family.module}.{cls.__name__}": cls for family in among for cls in family.load()}
    return {full: cls for full, cls in classes.items() if name in (full, cls.__name__, cls.meta.id)}


def snake_case(name: str) -> str:
    """KAnonymity -> k_anonymity, CompleteAIBOM -> complete_aibom."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _families_of(package_name: str) -> Iterator[Family]:
    package = importlib.import_module(package_name)
    for module in pkgutil.iter_modules(package.__path__):
        if module.ispkg and module.name not in NOT_FAMILIES:
            yield Family(module.name, f"{package_name}.{module.name}")


def _classes_of(package: ModuleType) -> Iterator[type[Requirement[Any]]]:
    for value in vars(package).values():
        is_requirement = isinstance(value, type) and issubclass(value, Requirement) and hasattr(value, "meta")
        if is_requirement and value.__module__.startswith(package.__name__):
            yield value


def _likely_families(name: str) -> Iterator[Family]:
    """Families that have a file named after the class."""
    name = name.rpartition(".")[2]
    for family in families():
        spec = importlib.util.find_spec(family.module)
        places = (spec.submodule_search_locations or ()) if spec is not None else ()
        if any((Path(place) / f"{snake_case(name)}.py").exists() for place in places):
            yield family


def suggestion(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: what may be meant, or what is known."""
    folded = {one.casefold(): one for one in sorted(known)}
    close = [folded[one] for one in difflib.get_close_matches(name.casefold(), folded, n=3)]
    return f"; did you mean {' or '.join(close)}?" if close else f"; known are: {', '.join(sorted(known)) or 'none'}"
