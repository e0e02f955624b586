"""What may be called while a pickle is loaded, and with what.

Every name that can be called is on the allow-list with kind C or M; the functions here look at the arguments of
those that could do harm with some: allocate without bound, decode with an arbitrary codec, wrap a class.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rqml_catalog.supply_chain.serialization import arrays, arrow
from rqml_catalog.supply_chain.serialization.arrays import detailed
from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.values import (
    Array,
    DType,
    Global,
    Instance,
    Mapping,
    ObjectSet,
    children,
    plain,
)

Judge = Callable[[Machine, Global, tuple[Any, ...]], Any]
LONGEST_TEXT = 10_000
_PRIVATE = re.compile(r"_[a-z][a-z0-9_]{0,40}")
_ARGUMENTS = arrays.ARRAY_CLASSES | {"pandas._libs.missing.NA", "pandas.NA"}
_TEXT_METHODS = frozenset({"split", "lower", "upper", "strip", "title", "casefold", "splitlines", "isdigit"})
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,40}(?:/[A-Za-z0-9_+-]{1,40}){0,2}")
BASES = frozenset({"object", "dict", "list", "tuple", "set", "frozenset", "str", "int", "float"})


def call(m: Machine, function: Any, args: Any) -> Any:
    """The value of `function(*args)`; a call that is not allowed is recorded and yields an instance all the same."""
    if not isinstance(function, Global):
        raise m.refuse("call-of-non-global", "something is called that is not a name of a module")
    if not isinstance(detailed(args), tuple):
        raise m.refuse("malformed-call", "the arguments of a call are not a tuple", function.path)
    if not function.kind:
        return Instance(function, args, m.start)  # the name itself is already a finding
    if function.kind not in "CMU":
        m.note("call-not-allowed", f"{function.path} may be referred to but not called", function.path)
        return Instance(function, args, m.start)
    judge: Judge = JUDGES.get((function.module, function.name), _generic)
    return judge(m, function, args)


def _not_with(m: Machine, function: Global) -> Exception:
    return m.refuse("call-arguments", f"{function.path} is called with arguments no pickler writes", function.path)


def _generic(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """Names among the arguments are classes of the same package."""
    if not _at_home(function, args):
        raise _not_with(m, function)
    instance = Instance(function, args, m.start)
    if function.kind in "MU":
        instance.contents = []
    return instance


def _at_home(function: Global, args: tuple[Any, ...]) -> bool:
    root = function.module.partition(".")[0]
    pending, seen = list(args), set()
    while pending:
        item = pending.pop()
        if isinstance(item, Global) and item.kind:
            foreign = item.module.partition(".")[0] != root
            if foreign or (item.kind not in "NMCU" and item.path not in _ARGUMENTS):
                return False
        inside = children(item)
        if inside and id(item) not in seen:
            seen.add(id(item))
            pending.extend(inside)
    return True


def _plain(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """Only data as arguments."""
    if not plain(args):
        raise _not_with(m, function)
    return Instance(function, args, m.start)


def _collection(m: Machine, function: Global, args: tuple[Any, ...]) -> Any:
    """set, frozenset, list, tuple, dict: of a literal list, as protocols below 4 write them."""
    if len(args) > 1 or (args and not isinstance(detailed(args[0]), list | tuple | Mapping)):
        raise _not_with(m, function)
    value = ObjectSet()
    value.items = list(children(args[0])) if args else []
    if function.name in ("set", "frozenset") and any(type(item) in (list, Mapping) for item in value.items):
        raise _not_with(m, function)
    return value


def _bytes(m: Machine, function: Global, args: tuple[Any, ...]) -> Any:
    """bytes and bytearray: empty or of bytes; a number would allocate that much."""
    if not args:
        return memoryview(b"")
    first = detailed(args[0])
    if len(args) == 1 and isinstance(first, memoryview | bytes):
        return first
    if len(args) == 2 and isinstance(first, str) and args[1] in ("latin-1", "latin1"):
        return memoryview(first.encode("latin-1", "replace"))
    raise _not_with(m, function)


def _encode(m: Machine, function: Global, args: tuple[Any, ...]) -> Any:
    """_codecs.encode: bytes below protocol 3, always in latin1."""
    if len(args) != 2 or not isinstance(detailed(args[0]), str) or args[1] not in ("latin1", "latin-1"):
        raise _not_with(m, function)
    try:
        return memoryview(args[0].encode("latin-1"))
    except UnicodeEncodeError:
        raise _not_with(m, function) from None


def _type(m: Machine, function: Global, args: tuple[Any, ...]) -> Any:
    """type: of None, NotImplemented or Ellipsis, whose classes have no name to import."""
    singleton = (
        isinstance(args[0], Global) and args[0].path in ("builtins.NotImplemented", "builtins.Ellipsis") if args else 0
    )
    if len(args) != 1 or not (args[0] is None or singleton):
        raise _not_with(m, function)
    return Instance(function, args, m.start)


def _reconstructor(m: Machine, function: Global, args: tuple[Any, ...]) -> Any:
    """copyreg._reconstructor(class, base, state): how protocols 0 and 1 make objects."""
    if len(args) != 3 or not all(isinstance(cls, Global) for cls in args[:2]):
        raise _not_with(m, function)
    cls, base, state = args
    literal = isinstance(state, Mapping) if base.name == "dict" else plain(state)
    if base.module != "builtins" or base.name not in BASES or not literal:
        raise _not_with(m, function)
    if (base.name == "object") != (state is None):
        raise _not_with(m, function)
    return construct(m, cls, ())


def _constructible(cls: Global, args: tuple[Any, ...]) -> bool:
    """Without arguments, except for classes that are called anyway and for the user's own; no built-in but object.

    Tuples with named fields are made in this way, and hold whatever else a model holds.
    """
    if cls.module == "builtins":
        return cls.name == "object" and not args
    return not args or (cls.kind in "CU" and (plain(args) or _at_home(cls, args)))


def construct(m: Machine, cls: Any, args: Any) -> Any:
    """The value of `cls.__new__(cls, *args)`."""
    if not isinstance(cls, Global):
        raise m.refuse("call-of-non-global", "something is constructed that is not a class of a module")
    if not isinstance(detailed(args), tuple):
        raise m.refuse("malformed-call", "the arguments of a construction are not a tuple", cls.path)
    if cls.kind and cls.kind not in "NMCU":
        m.note("call-not-allowed", f"{cls.path} may be referred to but not constructed", cls.path)
    elif cls.kind and not _constructible(cls, args):
        raise _not_with(m, cls)
    instance = Instance(cls, args, m.start)
    if cls.kind and cls.kind in "MU":
        instance.contents = []
    m.instances.append(instance)
    return instance


def _container(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """OrderedDict, Counter, deque: empty or of literal items; deque may have a length limit."""
    allowed = (list, tuple, Mapping, int)
    if len(args) > 2 or not all(isinstance(detailed(arg), allowed) for arg in args):
        raise _not_with(m, function)
    if args and isinstance(args[0], int):
        raise _not_with(m, function)
    instance = Instance(function, args, m.start)
    instance.contents = list(children(args[0])) if args else []
    return instance


def _defaultdict(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """defaultdict: its factory is a class or function that may be called."""
    factory = args[0] if args else None
    if len(args) > 1 or not (factory is None or isinstance(factory, Global | Instance)):
        raise _not_with(m, function)
    instance = Instance(function, args, m.start)
    instance.contents = []
    return instance


def _partial(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """functools.partial: of a name on the list or of another object; its state is judged with the rest."""
    if len(args) != 1 or not isinstance(args[0], Global | Instance):
        raise _not_with(m, function)
    return Instance(function, args, m.start)


def _getattr(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance | Global:
    """getattr: how methods are pickled; some of scipy's distributions, of str, and that of time zones."""
    named = len(args) == 2 and isinstance(detailed(args[1]), str)
    if named and isinstance(args[0], Global) and args[0].path == "builtins.str" and args[1] in _TEXT_METHODS:
        return Instance(function, args, m.start)
    if named and isinstance(args[0], Global) and (args[0].path, args[1]) == ("zoneinfo.ZoneInfo", "_unpickle"):
        return Global("zoneinfo", "ZoneInfo._unpickle", "C")
    good = len(args) == 2 and isinstance(args[0], Instance) and isinstance(detailed(args[1]), str)
    if not good or not args[0].cls.module.startswith("scipy.stats._") or not _PRIVATE.fullmatch(args[1]):
        raise _not_with(m, function)
    return Instance(args[0].cls, (), m.start)


def _text(pattern: str) -> Judge:
    """A judge for constructors of one text of a given form."""
    form = re.compile(pattern)

    def judge(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
        good = len(args) == 1 and isinstance(detailed(args[0]), str) and len(args[0]) <= LONGEST_TEXT
        if not good or form.fullmatch(args[0]) is None:
            raise _not_with(m, function)
        return Instance(function, args, m.start)

    return judge


def _pattern(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """re._compile(pattern, flags)."""
    good = len(args) == 2 and isinstance(detailed(args[0]), str | memoryview) and type(args[1]) is int
    if not good or len(args[0]) > LONGEST_TEXT:
        raise _not_with(m, function)
    return Instance(function, args, m.start)


def _zone(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """pytz._p(name, ...), ZoneInfo._unpickle(name, 1): look a time zone up by its name, which is no path."""
    good = bool(args) and isinstance(detailed(args[0]), str) and _ZONE.fullmatch(args[0])
    if not good or not all(type(arg) in (int, str) for arg in args[1:]):
        raise _not_with(m, function)
    return Instance(function, args, m.start)


def _dtype(m: Machine, _: Global, args: tuple[Any, ...]) -> DType:
    return arrays.make_dtype(m, args)


def _array(m: Machine, _: Global, args: tuple[Any, ...]) -> Array:
    return arrays.reconstruct(m, args)


def _from_buffer(m: Machine, _: Global, args: tuple[Any, ...]) -> Array:
    return arrays.from_buffer(m, args)


def _scalar(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    arrays.scalar(m, args)
    return Instance(function, (), m.start)


def _tensor(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """torch._utils._rebuild_*: what it is made of was judged when it was read, but for how it is laid out."""
    stored = args and isinstance(args[0], Instance) and args[0].cls.kind == "S"
    if stored and not _fits(*args[:4]):
        raise m.refuse("torch-storage", "a tensor reaches beyond its storage", function.path)
    return Instance(function, args, m.start)


def _fits(storage: Instance, offset: Any = None, size: Any = None, stride: Any = None) -> bool:
    """Whether the last element of a tensor lies in its storage, whose elements are counted in its first argument."""
    sizes, steps = detailed(size), detailed(stride)
    if not isinstance(sizes, tuple) or not isinstance(steps, tuple) or len(sizes) != len(steps):
        return False
    if not all(type(n) is int and n >= 0 for n in (offset, *sizes, *steps)):
        return False
    last = offset + sum((n - 1) * step for n, step in zip(sizes, steps, strict=True))
    return 0 in sizes or last < storage.args[0]


_TORCH = ("tensor_v2", "tensor_v3", "parameter", "qtensor", "sparse_tensor")
EMPTY_AT_FIRST = (_container, _defaultdict)
"""Judges that let a call without arguments through, whose items follow."""
JUDGES: dict[tuple[str, str], Judge] = {
    **{("builtins", name): _collection for name in ("set", "frozenset", "list", "tuple", "dict")},
    **{("builtins", name): _bytes for name in ("bytes", "bytearray")},
    **{("builtins", name): _plain for name in ("slice", "complex", "range")},
    ("builtins", "type"): _type,
    ("builtins", "object"): _plain,
    **{("collections", name): _container for name in ("OrderedDict", "Counter", "deque")},
    ("numpy.core.multiarray", "_reconstruct"): _array,
    ("numpy._core.multiarray", "_reconstruct"): _array,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy._core.multiarray", "scalar"): _scalar,
    ("numpy.core.numeric", "_frombuffer"): _from_buffer,
    ("numpy._core.numeric", "_frombuffer"): _from_buffer,
    **{("torch._utils", f"_rebuild_{name}"): _tensor for name in _TORCH},
    ("torch", "Size"): _plain,
    ("torch", "device"): _plain,
    ("torch.serialization", "_get_layout"): _text(r"torch\.[a-z_]{1,30}"),
    ("_codecs", "encode"): _encode,
    ("copyreg", "_reconstructor"): _reconstructor,
    ("collections", "defaultdict"): _defaultdict,
    ("functools", "partial"): _partial,
    ("builtins", "getattr"): _getattr,
    ("re", "_compile"): _pattern,
    ("pytz", "_p"): _zone,
    ("zoneinfo", "ZoneInfo._unpickle"): _zone,
    ("decimal", "Decimal"): _text(r"-?[0-9.]+(?:E[+-]?\d{1,4})?|-?s?NaN\d*|-?Infinity"),
    ("fractions", "Fraction"): _text(r"-?\d+(?:/\d+)?"),
    ("pyarrow.lib", "type_for_alias"): arrow.alias,
    ("pyarrow.lib", "timestamp"): arrow.moment,
    ("pyarrow.lib", "duration"): arrow.moment,
    ("pyarrow.lib", "py_buffer"): arrow.buffer,
    ("pyarrow.lib", "_restore_array"): arrow.restore,
    ("pyarrow.lib", "chunked_array"): arrow.chunks,
    ("numpy", "dtype"): _dtype,
    ("numpy.ma.core", "_mareconstruct"): _array,
}
