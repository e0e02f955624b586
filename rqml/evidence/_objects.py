"""The content of an object graph, such as a fitted estimator, without running anything of it.

State is read as pickle would read it (`__reduce_ex__`), but the recipe is hashed and never followed. Nothing
depends on addresses, on the hash seed or on which parts happen to be shared.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Iterable
from itertools import chain
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from rqml.errors import InvalidSubject
from rqml.evidence._encoding import digest, encode, hasher, pack, qualified_name, utf8

_SCALARS = (str, bytes, bytearray, complex, type(None), type(Ellipsis), type(NotImplemented))
_PICKLE_PROTOCOL = 4
_ADDRESS = "_stop_words_id"  # id() of the stop words of a fitted text vectorizer
_TREE_STATE = 13  # length of the state; the counters are n_trims, n_leaves, n_splits, n_calls
_TREE_COUNTERS = slice(7, 11)
_UNREADABLE = "cannot fingerprint an object of type {}: {}; drop it from the estimator or give it a __getstate__"


def object_digest(obj: object) -> bytes:
    """The 32-byte digest of an object's content.

    Raises:
        InvalidSubject: a part (a lock, an open file, a generator) has no content that can be read.
    """
    try:
        return Walk().visit(obj)
    except RecursionError as error:
        raise InvalidSubject(_UNREADABLE.format(type(obj).__qualname__, "it is nested too deeply")) from error


class Walk:
    """One traversal: what was seen, and the path from the root to tell a cycle from sharing."""

    def __init__(self) -> None:
        self._done: dict[int, tuple[object, bytes]] = {}  # keeps the objects alive, so that ids stay theirs
        self._path: dict[int, int] = {}
        self._lowest = 0  # depth of the highest ancestor that the last visited part referred back to

    def visit(self, obj: object) -> bytes:
        """The digest of one object; an ancestor is told by its distance, anything else by its content."""
        scalar = _scalar(obj)
        if scalar is not None:
            return digest("object", scalar)
        key, depth = id(obj), len(self._path)
        if key in self._done:
            return self._done[key][1]
        if key in self._path:
            self._lowest = min(self._lowest, self._path[key])
            return digest("object", pack(b"cycle", [b"%d" % (depth - self._path[key])]))
        outer, self._lowest = self._lowest, depth
        self._path[key] = depth
        result = digest("object", self._node(obj))
        del self._path[key]
        if self._lowest >= depth:  # closed in itself: the same wherever it is met
            self._done[key] = (obj, result)
        self._lowest = min(outer, self._lowest)
        return result

    def _visits(self, items: Iterable[object]) -> list[bytes]:
        return [self.visit(item) for item in items]

    def _pairs(self, items: Iterable[tuple[object, object]]) -> list[bytes]:
        return sorted(self.visit(key) + self.visit(value) for key, value in items)

    def _node(self, obj: Any) -> bytes:
        kind = type(obj)
        if kind in (list, tuple):
            return pack(kind.__name__.encode(), self._visits(obj))
        if kind in (set, frozenset):
            return pack(kind.__name__.encode(), sorted(self._visits(obj)))
        if kind is dict:
            return pack(b"dict", self._pairs(obj.items()))
        if kind is OrderedDict:
            return pack(b"ordered", self._visits(chain.from_iterable(obj.items())))
        if isinstance(obj, (FunctionType, MethodType, CodeType, CellType)):
            return self._code(obj)
        if isinstance(obj, BuiltinFunctionType):
            return pack(b"builtin", [utf8(qualified_name(obj)), self.visit(obj.__self__)])
        if isinstance(obj, type):
            return pack(b"class", [utf8(qualified_name(obj))])
        if isinstance(obj, ModuleType):
            return pack(b"module", [utf8(obj.__name__)])
        return self._numeric(obj) or self._recipe(obj)

    def _numeric(self, obj: Any) -> bytes | None:
        """Arrays by values, sparse matrices by canonical rows, random generators by state."""
        if not type(obj).__module__.startswith(("numpy", "scipy.sparse")):
            return None
        import numpy as np

        name = utf8(qualified_name(type(obj)))
        if isinstance(obj, np.ufunc):
            return pack(b"ufunc", [utf8(obj.__name__)])
        if isinstance(obj, np.dtype):
            return pack(b"dtype", [_dtype(obj)])
        if isinstance(obj, (np.ndarray, np.generic)):
            return pack(b"array", [name, self._array(np.asarray(obj))])
        if isinstance(obj, np.random.RandomState):
            return pack(b"random", [name, self.visit(obj.get_state(legacy=False))])
        if isinstance(obj, np.random.Generator):
            return pack(b"random", [name, self.visit(obj.bit_generator.state)])
        if hasattr(obj, "tocsr"):
            return pack(b"sparse", [name, self.visit(sparse_parts(obj))])
        return None

    def _array(self, array: Any) -> bytes:
        import numpy as np

        shape = b"".join(struct.pack("<Q", length) for length in array.shape)
        if array.dtype.hasobject:
            return pack(b"objects", [shape, *self._visits(array.ravel().tolist())])
        if array.dtype.names:  # field by field, since the padding between fields holds arbitrary bytes
            fields = [self._array(np.ascontiguousarray(array[name])) for name in array.dtype.names]
            return pack(b"record", [shape, *map(utf8, array.dtype.names), *fields])
        plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).reshape(-1)
        raw = hasher("array").update(plain.view(np.uint8).data if plain.size else b"").digest()
        return pack(b"plain", [shape, _dtype(array.dtype), raw])

    def _code(self, obj: Any) -> bytes:
        """Functions by name, code, defaults and what they close over; the place of the source does not count."""
        if isinstance(obj, MethodType):
            return pack(b"method", self._visits((obj.__self__, obj.__func__)))
        if isinstance(obj, CellType):
            return pack(b"closure", self._visits(_cell_contents(obj)))
        if isinstance(obj, CodeType):
            names = (obj.co_names, obj.co_varnames, obj.co_freevars, obj.co_cellvars)
            shape = (obj.co_argcount, obj.co_posonlyargcount, obj.co_kwonlyargcount, obj.co_flags)
            handlers = getattr(obj, "co_exceptiontable", b"")
            return pack(b"code", self._visits((obj.co_name, obj.co_code, handlers, obj.co_consts, names, shape)))
        parts = (obj.__code__, obj.__defaults__, obj.__kwdefaults__, obj.__closure__)
        return pack(b"function", [utf8(qualified_name(obj)), *self._visits(parts)])

    def _recipe(self, obj: Any) -> bytes:
        try:
            recipe = obj.__reduce_ex__(_PICKLE_PROTOCOL)
        except Exception as error:
            raise InvalidSubject(_UNREADABLE.format(type(obj).__qualname__, "its state cannot be read")) from error
        if isinstance(recipe, str):
            return pack(b"global", [utf8(qualified_name(obj)), utf8(recipe)])
        make, args, state, items, pairs = (*recipe, None, None, None)[:5]
        parts = (make, args, _lasting(type(obj), state), list(items or ()))
        return pack(b"object", [*self._visits(parts), *self._pairs(pairs or ())])


def _scalar(obj: Any) -> bytes | None:
    """Scalars of Python by type and exact value: unlike in a table, 1, 1.0 and True are three things here."""
    kind = type(obj)
    if kind in (bool, int):
        return pack(kind.__name__.encode(), [b"%x" % obj])
    if kind is float:
        return pack(b"float", [struct.pack("<d", obj)])
    if kind is complex:
        return pack(b"complex", [struct.pack("<dd", obj.real, obj.imag)])
    if kind is str:
        return pack(b"str", [utf8(obj)])
    if kind in (bytes, bytearray):
        return pack(kind.__name__.encode(), [bytes(obj)])
    return pack(b"constant", [repr(obj).encode()]) if kind in _SCALARS else None


def is_scalar(value: object) -> bool:
    """True for the values of Python that have no parts."""
    return _scalar(value) is not None


def _lasting(kind: type, state: Any) -> Any:
    """State without what scikit-learn keeps of the process: an address, and how often a tree was queried."""
    if isinstance(state, dict) and _ADDRESS in state:
        return {key: value for key, value in state.items() if key != _ADDRESS}
    is_tree = kind.__module__ in ("sklearn.neighbors._kd_tree", "sklearn.neighbors._ball_tree")
    if is_tree and isinstance(state, tuple) and len(state) == _TREE_STATE:
        return state[: _TREE_COUNTERS.start] + state[_TREE_COUNTERS.stop :]
    return state


def _cell_contents(cell: CellType) -> tuple[object, ...]:
    try:
        return (cell.cell_contents,)
    except ValueError:  # not assigned yet
        return ()


def _dtype(dtype: Any) -> bytes:
    return utf8(str(dtype.newbyteorder("<")) if not dtype.names else str(dtype.descr))


def sparse_parts(matrix: Any) -> tuple[object, ...]:
    """Shape and canonical CSR arrays: sorted, duplicates summed, int64 indices; the input is not touched."""
    import numpy as np

    rows = matrix.tocsr(copy=True)
    rows.sum_duplicates()
    indices = (rows.indptr.astype(np.int64), rows.indices.astype(np.int64))
    return (tuple(int(length) for length in rows.shape), *indices, np.asarray(rows.data))


def value_digest(value: object) -> bytes:
    """The 32-byte digest of a plain value; parts that are not plain count by their content as objects."""
    return digest("value", encode_any(value))


def encode_any(value: object) -> bytes:
    """Canonical bytes of any value (see `rqml.evidence._encoding.encode`)."""
    return encode(value, lambda other: pack(b"object", [object_digest(other)]))
