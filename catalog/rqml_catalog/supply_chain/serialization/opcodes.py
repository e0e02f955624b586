"""Which opcodes CPython's pickler writes at which protocol, and who handles them.

Handlers are plain functions of the machine, registered by the modules `literals`, `composites` and `objects`.
An opcode without a handler at a protocol is one that the pickler never emits there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rqml_catalog.supply_chain.serialization.machine import Machine

Handler = Callable[["Machine"], Any]

HIGHEST: Final = 5
TABLES: Final[list[list[Handler | None]]] = [[None] * 256 for _ in range(HIGHEST + 1)]
MEMO_PUTS: Final = frozenset(b"pqr\x94")


def opcode(codes: bytes, protocols: range) -> Callable[[Handler], Handler]:
    """Register a function for opcodes at protocols."""

    def register(handler: Handler) -> Handler:
        for protocol in protocols:
            for code in codes:
                TABLES[protocol][code] = handler
        return handler

    return register


ANY: Final = range(6)
TEXT: Final = range(2)
BINARY: Final = range(6)
"""Files without a PROTO opcode are protocol 0 or 1, which only differ in what they prefer: both share a table."""


def since(protocol: int) -> range:
    """From a protocol up to the highest."""
    return range(protocol, HIGHEST + 1)


def until(protocol: int) -> range:
    """From 0 up to and including a protocol."""
    return range(protocol + 1)
