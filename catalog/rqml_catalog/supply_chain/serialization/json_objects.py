"""JSON of files that are not trusted: objects without double keys, looked at one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; ValueError if it has a key twice, since readers differ in which they take."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key appears twice")
    return dict(pairs)


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a value of JSON, itself included, however deep."""
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, dict):
            pending.extend(node.values())
            yield node
