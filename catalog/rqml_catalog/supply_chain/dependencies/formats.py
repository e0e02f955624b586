"""Reads lock files of pip, Poetry, uv, PDM and Pipenv, and the common format pylock.toml (PEP 751)."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from packaging.utils import canonicalize_name

from rqml.errors import Unsupported
from rqml_catalog.supply_chain.dependencies.locks import Index, Pin, includes_others, indexes, parse

_DIGEST = re.compile(r"sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})")
_TABLE = re.compile(r"^\[\[packages?\]\]", re.MULTILINE)
_CONDA = re.compile(r"^(?:@EXPLICIT|channels:|dependencies:)", re.MULTILINE)
_OWN = ("editable", "virtual", "directory")  # code of the project itself
_ADDRESSES = ("git", "url", "path", "vcs", "archive")
_READ = "requirements files, poetry.lock, uv.lock, pdm.lock, Pipfile.lock and pylock.toml are read"


@attrs.frozen
class Lock:
    """The requirements of a lock file.

    Attributes:
        pins: the requirements in the order of the file.
        relock: the command that makes such a file again; empty for requirements files.
        indexes: where else than from the usual index a requirements file takes packages from.
    """

    pins: tuple[Pin, ...]
    relock: str = ""
    indexes: tuple[Index, ...] = ()


def read_lock(name: str, text: str) -> Lock:
    """The requirements in a lock file; its format is told by the content, its name stands in messages only.

    Raises:
        Unsupported: it is in another format.
    """
    if _CONDA.search(text):
        raise Unsupported(f"{name} is a file of conda, whose packages are not those of PyPI: {_READ}")
    if text.lstrip().startswith("{"):
        return Lock(tuple(_pipenv(name, text)), "pipenv lock")
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        if _TABLE.search(text):
            raise Unsupported(f"{name} is broken TOML: {_READ}") from None
        value = {}
    if not value and includes_others(text):
        raise Unsupported(
            f"{name} takes requirements from other files (-r): check the lock that pip-compile makes of all"
        )
    if not value:
        return Lock(tuple(parse(text)), indexes=tuple(indexes(text)))
    packages = value.get("packages", value.get("package"))
    if not isinstance(packages, list):
        raise Unsupported(f"{name} is no lock file: {_READ}")
    return Lock(tuple(_tables(name, text, value, packages)), _relock(value))


def _relock(value: Mapping[str, Any]) -> str:
    if "lock-version" in value:
        return f"the tool that made it ({value.get('created-by', 'unknown')})"
    metadata = value.get("metadata", {})
    return "poetry lock" if "content-hash" in metadata else "pdm lock" if "content_hash" in metadata else "uv lock"


def _tables(name: str, text: str, value: Mapping[str, Any], packages: list[Any]) -> Iterator[Pin]:
    lines = [text.count("\n", 0, match.start()) + 1 for match in _TABLE.finditer(text)]
    apart = value.get("metadata", {}).get("files", {})  # where Poetry kept digests before 1.5
    for place, package in enumerate(packages):
        try:
            source = package.get("source") or {}
            if any(kind in package or kind in source for kind in _OWN) or source.get("type") == "directory":
                continue
            files = _files(package) + apart.get(package["name"], [])
            yield Pin(
                line=lines[place] if place < len(lines) else 1,
                name=canonicalize_name(package["name"]),
                version=str(package.get("version", "")),
                hashes=_digests(files),
                direct=_is_address(package, source),
                conditional=True,
            )
        except (AttributeError, KeyError, TypeError):
            raise Unsupported(f"package {place + 1} of {name} has no name or files: {_READ}") from None


def _is_address(package: Mapping[str, Any], source: Mapping[str, Any]) -> bool:
    """Whether it comes from a repository or address of its own, and not from an index."""
    index = "registry" in source or source.get("type") in ("legacy", "pypi")
    return not index and any(kind in package or kind in source for kind in _ADDRESSES)


def _files(package: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a package may be installed from."""
    files = [*package.get("files", []), *package.get("wheels", [])]
    return files + [package[kind] for kind in ("sdist", "archive") if kind in package]


def _digests(files: list[Mapping[str, Any]]) -> int:
    """How many files have a digest; none if any has not, since that one could be exchanged."""
    stated = [file.get("hash") or _spelt(file.get("hashes", {})) for file in files]
    return len(stated) if all(_DIGEST.fullmatch(str(digest)) for digest in stated) else 0


def _spelt(hashes: Mapping[str, str]) -> str:
    return next((f"{kind}:{hashes[kind]}" for kind in ("sha256", "sha384", "sha512") if kind in hashes), "")


def _pipenv(name: str, text: str) -> Iterator[Pin]:
    try:
        value = json.loads(text)
        for section in ("default", "develop"):
            for package, entry in value.get(section, {}).items():
                if entry.get("editable") or set(entry) == {"path"}:
                    continue
                version = str(entry.get("version", ""))
                yield Pin(
                    line=_line_of(text, package),
                    name=canonicalize_name(package),
                    version=version.removeprefix("==") if version.startswith("==") and "*" not in version else "",
                    hashes=sum(bool(_DIGEST.fullmatch(digest)) for digest in entry.get("hashes", [])),
                    direct=any(kind in entry for kind in ("git", "file", "path")),
                )
    except (ValueError, AttributeError, TypeError):
        raise Unsupported(f"{name} is no Pipfile.lock: {_READ}") from None


def _line_of(text: str, package: str) -> int:
    place = text.find(f"{json.dumps(package)}: {{")
    return text.count("\n", 0, max(place, 0)) + 1
