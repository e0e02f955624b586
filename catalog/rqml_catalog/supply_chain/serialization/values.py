"""The abstract values on the stack of a walked pickle.

Numbers, strings, None, lists, tuples and dictionaries stand for themselves; bytes are memoryviews of the file.
What a pickle would import or build is represented by the small classes below and never imported or built.
"""

from __future__ import annotations

from typing import Any, Final

Buffer = bytes | bytearray | memoryview


class NeedsDetail(Exception):
    """Skipped data turned out to matter: the stream has to be walked again without skipping."""


class Opaque:
    """Data whose content was skipped."""

    __slots__ = ()


UNKNOWN: Final = -1
SMALL_LENGTH: Final = 8


class Skipped(Opaque):
    """Values in a row inside a container; their number may be UNKNOWN, and so may be whether all are `hashable`."""

    __slots__ = ("count", "hashable")

    def __init__(self, count: int, *, hashable: bool = False) -> None:
        self.count, self.hashable = count, hashable


OPAQUE: Final = Opaque()
"""A number or bytes, or a text that begins like a special attribute."""
SAFE: Final = Opaque()
"""A text that is no special attribute."""
PACK: Final = Opaque()
"""A tuple or frozenset of plain data and objects."""
BOX: Final = Opaque()
"""A list, dictionary or set of plain data and objects."""
THING: Final = Opaque()
"""An object of a listed class with plain state."""
_DATA: Final = (OPAQUE, SAFE)


class Global:
    """What a pickle asks to import. `kind` is its letter in the allow-list, empty when it is not on it."""

    __slots__ = ("kind", "module", "name")

    def __init__(self, module: str, name: str, kind: str) -> None:
        self.module, self.name, self.kind = module, name, kind

    @property
    def path(self) -> str:
        """`module.name`."""
        return f"{self.module}.{self.name}"


class Mapping:
    """A dictionary, as a flat list of keys and values: keys need not be hashable here."""

    __slots__ = ("flat",)

    def __init__(self) -> None:
        self.flat: list[Any] = []

    def text_items(self) -> dict[str, Any]:
        """The entries with string keys; a later one wins, as it does on loading."""
        flat = self.flat
        if any(isinstance(key, Opaque) for key in flat[::2]):
            raise NeedsDetail
        return {key: value for key, value in zip(flat[::2], flat[1::2], strict=False) if type(key) is str}


class ObjectSet:
    """A set or frozenset."""

    __slots__ = ("items",)

    def __init__(self) -> None:
        self.items: list[Any] = []


class Instance:
    """The result of a call or of a construction, with the state that was set on it."""

    __slots__ = ("args", "cls", "contents", "offset", "state")

    def __init__(self, cls: Global, args: Any, offset: int, state: Any = None) -> None:
        self.cls, self.args, self.offset, self.state = cls, args, offset, state
        self.contents: list[Any] | None = None


def fields_of(instance: Instance) -> dict[str, Any]:
    """The attributes that a state gives an object; none where it has no state, or one of another kind."""
    if isinstance(instance.state, Opaque):
        raise NeedsDetail
    return instance.state.text_items() if isinstance(instance.state, Mapping) else {}


class DType:
    """A numpy dtype: `code` is its kind and size as in `f8`; `fields` maps names to (dtype, offset)."""

    __slots__ = ("built", "code", "fields", "has_object", "itemsize", "order")

    def __init__(self, code: str, itemsize: int, has_object: bool) -> None:
        self.code, self.itemsize, self.has_object = code, itemsize, has_object
        self.order = "|"
        self.fields: dict[str, tuple[DType, int]] | None = None
        self.built = False


class Array:
    """A numpy array: `data` views its bytes in the file, or is the list of its objects."""

    __slots__ = ("data", "dtype", "offset", "order", "shape", "subclass")

    def __init__(self, subclass: Global, offset: int) -> None:
        self.subclass, self.offset = subclass, offset
        self.shape: tuple[int, ...] = ()
        self.dtype: DType | None = None
        self.order = "C"
        self.data: Buffer | list[Any] | None = None


def plain(value: object) -> bool:
    """Whether a value is data through and through: no names, no instances, no arrays."""
    pending, seen = [value], set()
    while pending:
        item = pending.pop()
        if isinstance(item, Global | Instance | Array | DType):
            return False
        if isinstance(item, Opaque) and item not in _DATA:
            raise NeedsDetail
        if isinstance(item, list | tuple | Mapping | ObjectSet) and id(item) not in seen:
            seen.add(id(item))
            pending.extend(children(item))
    return True


def length(items: list[Any]) -> int:
    """The number of values in an abstract list, skipped ones included."""
    counts = [item.count if type(item) is Skipped else 1 for item in items]
    if UNKNOWN in counts:
        raise NeedsDetail
    return sum(counts)


def is_small(value: object) -> bool:
    """Whether a value is a short tuple of data: reading it many times adds little, and nothing is added to it."""
    if type(value) is not tuple or len(value) > SMALL_LENGTH:
        return False
    return all(isinstance(item, int | float | str | memoryview) or item is None for item in value)


def children(value: object) -> list[Any] | tuple[Any, ...]:
    """The values directly inside a container; instances and arrays count as leaves."""
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, Mapping):
        return value.flat
    return value.items if isinstance(value, ObjectSet) else ()


def unfolded_size(value: object, bound: int) -> int:
    """How many values a container unfolds to when shared parts are counted each time, up to `bound`.

    Hashing, comparing and printing take this long. A container inside itself counts once.
    """
    sizes: dict[int, int] = {}
    pending: list[tuple[object, bool]] = [(value, False)]
    while pending:
        item, ready = pending.pop()
        inside = children(item)
        if not inside:
            continue
        if ready:
            sizes[id(item)] = min(bound, 1 + sum(sizes.get(id(child), 1) for child in inside))
        elif id(item) not in sizes:
            sizes[id(item)] = 1
            pending.append((item, True))
            pending.extend((child, False) for child in inside)
    return max(sizes.values(), default=1)
