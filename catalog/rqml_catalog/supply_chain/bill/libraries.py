"""The installed libraries that a model needs, found by its classes and their declared requirements."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import attrs


@attrs.frozen
class Library:
    """An installed distribution.

    Attributes:
        name: its normalised name.
        version: its version.
        record: SHA-256 (hex) of its RECORD, which holds the digests of all its files; empty if it has none.
    """

    name: str
    version: str
    record: str


def libraries_of(estimator: Any) -> list[Library]:
    """The distributions of the classes in an estimator, and what these require, sorted by name."""
    distributions = _distributions_by_package()
    pending = {name for package in _packages(estimator) for name in distributions.get(package, ())}
    found: dict[str, Library] = {}
    while pending:
        name = pending.pop()
        library = _library(name)
        if library is not None and library.name not in found:
            found[library.name] = library
            pending |= set(_required(name))
    return [found[name] for name in sorted(found)]


def _packages(estimator: Any) -> set[str]:
    parts = [estimator]
    if hasattr(estimator, "get_params"):
        parts += [value for value in estimator.get_params(deep=True).values() if hasattr(value, "get_params")]
    classes = [cls for part in parts for cls in type(part).__mro__]
    return {cls.__module__.partition(".")[0] for cls in classes} - {"builtins"}


@functools.cache
def _distributions_by_package() -> dict[str, list[str]]:
    return {package: list(names) for package, names in metadata.packages_distributions().items()}


@functools.cache
def _library(name: str) -> Library | None:
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None
    record = distribution.read_text("RECORD") or ""
    digest = hashlib.sha256(record.encode()).hexdigest() if record else ""
    return Library(_normalised(distribution.metadata["Name"]), distribution.version, digest)


def _required(name: str) -> Iterator[str]:
    from packaging.requirements import Requirement

    for text in metadata.distribution(name).requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement.name


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
