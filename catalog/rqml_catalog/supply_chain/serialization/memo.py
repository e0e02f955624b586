"""The memo of a machine: a byte for each entry, and the value itself where it was not skipped."""

from __future__ import annotations

from typing import Any, Final

from rqml_catalog.supply_chain.serialization import kinds
from rqml_catalog.supply_chain.serialization.values import BOX, OPAQUE, PACK, SAFE, THING, Opaque

STAND_INS: Final[dict[int, Opaque]] = {
    **dict.fromkeys((kinds.NUMBER, kinds.SPECIAL, kinds.BYTES), OPAQUE),
    kinds.TEXT: SAFE,
    **dict.fromkeys((kinds.EMPTY, kinds.SMALL, kinds.TUPLE, kinds.HOLDER, kinds.FROZEN), PACK),
    **dict.fromkeys((kinds.LIST, kinds.DICT, kinds.LOOSE, kinds.SET, kinds.BOX), BOX),
    **dict.fromkeys((kinds.OBJECT, kinds.FRESH, kinds.FILLABLE, kinds.FILLED, kinds.OTHER), THING),
}
"""What stands for a skipped value of a kind."""


class Memo:
    """Entries by number.

    Attributes:
        kinds: the kind of each entry; REAL while nobody asked for that of a value that is kept.
        values: the entries whose value is kept.
    """

    __slots__ = ("kinds", "values")

    def __init__(self) -> None:
        self.kinds = bytearray()
        self.values: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self.kinds)

    def __getitem__(self, index: int) -> Any:
        try:
            return self.values[index]
        except KeyError:
            return STAND_INS[self.kinds[index]]

    def append(self, value: Any) -> None:
        """Remember a value."""
        self.values[len(self.kinds)] = value
        self.kinds.append(kinds.REAL)

    def skip(self, entries: bytes) -> None:
        """Remember that there were values of some kinds."""
        self.kinds += entries
