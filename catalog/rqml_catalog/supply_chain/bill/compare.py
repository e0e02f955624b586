"""What a bill of materials leaves out, and where it says something else than what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

HUMAN = ("useCases", "technicalLimitations")


@attrs.frozen
class Fault:
    """One fault of a bill.

    Attributes:
        kind: incomplete, differs, missing or not-there.
        place: the entry, as in `library:numpy.version`.
    """

    kind: str
    place: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.place}"


def faults_of(found: Mapping[str, Any], true: Mapping[str, Any]) -> list[Fault]:
    """The faults of a bill against the one that was made just now. It may say more about an entry than that one.

    Args:
        found: the bill, valid CycloneDX.
        true: the bill that `bill_of` makes now.
    """
    entries, wanted = _entries(found), _entries(true)
    faults = [Fault("missing", ref) for ref in wanted if ref not in entries]
    faults += [Fault("not-there", ref) for ref in entries if ref not in wanted]
    for ref in wanted.keys() & entries.keys():
        faults += [Fault("differs", f"{ref}{path}") for path in _unlike(entries[ref], wanted[ref])]
    card = entries.get("model", {}).get("modelCard", {}).get("considerations", {})
    faults += [Fault("incomplete", f"model.modelCard.considerations.{name}") for name in HUMAN if not card.get(name)]
    faults += [Fault("incomplete", f"{ref} has no digest") for ref, entry in wanted.items() if not _has_digest(entry)]
    return sorted(faults, key=str)


def considerations_of(bill: Mapping[str, Any]) -> dict[str, Any]:
    """What people wrote into a bill, to be kept when it is made again."""
    card = _entries(bill).get("model", {}).get("modelCard", {}).get("considerations", {})
    return dict(card)


def _entries(bill: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    model = bill.get("metadata", {}).get("component", {})
    return {str(entry.get("bom-ref", "")): entry for entry in (model, *bill.get("components", []))}


def _unlike(found: Any, true: Any, path: str = "") -> Iterator[str]:
    """Where what is said differs from what is true; considerations are people's own."""
    if isinstance(true, Mapping) and isinstance(found, Mapping):
        for key, value in true.items():
            if key != "considerations":
                yield from _unlike(found.get(key), value, f"{path}.{key}")
    elif isinstance(true, list) and isinstance(found, list) and _named(true) is not None and _named(found) is not None:
        yield from _unlike(_named(found), _named(true), path)
        yield from (f"{path}.{name}" for name in _ours(found) - _ours(true))
    elif found != true:
        yield path


def _named(values: list[Any]) -> dict[str, Any] | None:
    """Properties by name, so that others may be added."""
    if not all(isinstance(value, Mapping) and "name" in value for value in values):
        return None
    return {str(value["name"]): value for value in values}


def _ours(values: list[Any]) -> set[str]:
    return {name for name in _named(values) or () if name.startswith("rqml:")}


def _has_digest(entry: Mapping[str, Any]) -> bool:
    properties = entry.get("properties", [])
    for data in entry.get("data", []):
        properties = [*properties, *data.get("contents", {}).get("properties", [])]
    digests = {"rqml:record:sha256", "rqml:fingerprint"}
    return bool(entry.get("hashes")) or any(p["name"] in digests and p.get("value") for p in properties)
