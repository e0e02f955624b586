"""The shipped id lists, read when first asked for."""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Iterator, Mapping

from rqml.taxonomy.reference import Reference

ATLAS_RELEASE = "2026.09"
_LAST_ARTICLE = {"GDPR": 99, "AI Act": 113}
_ARTICLE = re.compile(r"(GDPR|AI Act) ([1-9]\d{0,2})((?:\([1-9]\d?\))?)((?:\([a-z]\)|[a-z])?)")
_AISVS = re.compile(r"AISVS(?:-v1\.0)?[- ]C(\d+\.\d+\.\d+)")
_OWASP_ML = re.compile(r"ML(?:0[1-9]|10)")


def resolve(reference: str) -> Reference | None:
    """What `reference` means, or None if no shipped taxonomy has it.

    Beside the ids as their sources write them, these short forms are known: "ML03" for "ML03:2023", "AISVS C1.1.1" or
    "AISVS-C1.1.1" for "AISVS-v1.0-C1.1.1". Articles are written "GDPR 25", "GDPR 5(1)c" or "AI Act 14(4)e". An id that
    the newest release has given up still resolves, with `until` and `successor` set.

    Args:
        reference: an id, case-sensitive.
    """
    if found := _shipped().get(_canonical(reference)):
        return found
    return _article(reference)


def references(source: str = "") -> tuple[Reference, ...]:
    """The shipped references, in the order of their ids within a taxonomy.

    Args:
        source: only those whose source begins with this ("MITRE ATLAS"); empty for all.
    """
    return tuple(reference for reference in _shipped().values() if reference.source.startswith(source))


def _canonical(reference: str) -> str:
    if match := _AISVS.fullmatch(reference):
        return f"AISVS-v1.0-C{match[1]}"
    return f"{reference}:2023" if _OWASP_ML.fullmatch(reference) else reference


def _article(reference: str) -> Reference | None:
    match = _ARTICLE.fullmatch(reference)
    if match is None or int(match[2]) > _LAST_ARTICLE[match[1]]:
        return None
    law, number, paragraph, point = match.groups()
    title = _laws().get(f"{law} {number}", f"Article {number}")
    point = point.strip("()")
    name = title if not paragraph + point else f"{title}, {number}{paragraph}{point}"
    return Reference(id=f"{law} {number}{paragraph}{point}", name=name, source=law, kind="article")


@functools.cache
def _shipped() -> Mapping[str, Reference]:
    return {reference.id: reference for reference in (*_atlas(), *_controls(), *_aisvs())}


@functools.cache
def _laws() -> Mapping[str, str]:
    return {row["id"]: row["name"] for row in _rows("laws.csv")}


def _atlas() -> Iterator[Reference]:
    source = f"MITRE ATLAS {ATLAS_RELEASE}"
    return (Reference(source=source, **row) for row in _rows("atlas.csv"))


def _controls() -> Iterator[Reference]:
    return (Reference(**row) for row in _rows("controls.csv"))


def _aisvs() -> Iterator[Reference]:
    for row in _rows("aisvs.csv"):
        chapter = row["id"].partition(".")[0].removeprefix("C")
        yield Reference(
            id=f"AISVS-v1.0-{row['id']}",
            name=f"chapter {chapter}, level {row['level']}",
            source="OWASP AISVS 1.0",
            kind="verification",
        )


def _rows(name: str) -> list[dict[str, str]]:
    from importlib.resources import files

    text = files("rqml.taxonomy").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
