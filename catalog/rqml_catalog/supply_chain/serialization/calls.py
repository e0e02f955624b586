"""What may be called while a pickle is loaded, and with what.

Every name that can be called is on the allow-list with kind C or M; the functions here look at the arguments of
those that could do harm with some: allocate without bound, decode with an arbitrary codec, wrap a class.
"""

from __future__ import annotations

import re
from typing import Any

from rqml_catalog.supply_chain.serialization import arrays, arrow, makers
from rqml_catalog.supply_chain.serialization.arrays import detailed
from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.makers import Judge, not_with
from rqml_catalog.supply_chain.serialization.values import (
    Array,
    DType,
    Global,
    Instance,
    Mapping,
    NeedsDetail,
    ObjectSet,
    Skipped,
    children,
    plain,
)

_PRIVATE = re.compile(r"_[a-z][a-z0-9_]{0,40}")
_ARGUMENTS = arrays.ARRAY_CLASSES | {"pandas._libs.missing.NA", "pandas.NA"}
_PATTERN_METHODS = frozenset({"findall", "fullmatch", "match", "search", "split"})
_TEXT_METHODS = frozenset({"split", "lower", "upper", "strip", "title", "casefold", "splitlines", "isdigit"})
BASES = frozenset({"object", "dict", "list", "tuple", "set", "frozenset", "str", "int", "float"})


def call(m: Machine, function: Any, args: Any) -> Any:
    """The value of `function(*args)`; a call that is not allowed is recorded and yields an instance all the same."""
    if not isinstance(function, Global):
        raise m.refuse("call-of-non-global", "something is called that is not a name of a module")
    if not isinstance(detailed(args), tuple):
        raise m.refuse("malformed-call", "the arguments of a call are not a tuple", function.path)
    if not function.kind:
        return Instance(function, args, m.start)  # the name itself is already a finding
    if function.kind not in "CMRU":
        m.note("call-not-allowed", f"{function.path} may be referred to but not called", function.path)
        return Instance(function, args, m.start)
    judge: Judge = JUDGES.get((function.module, function.name), _generic)
    return judge(m, function, args)


def _generic(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """Names among the arguments are classes of the same package."""
    if not _at_home(function, args):
        raise not_with(m, function)
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
        raise not_with(m, function)
    return Instance(function, args, m.start)


def _collection(m: Machine, function: Global, args: tuple[Any, ...]) -> Any:
    """set, frozenset, list, tuple, dict: of a literal list, as protocols below 4 write them."""
    if len(args) > 1 or (args and not isinstance(detailed(args[0]), list | tuple | Mapping)):
        raise not_with(m, function)
    value = ObjectSet()
    value.items = list(children(args[0])) if args else []
    hashed = function.name in ("set", "frozenset")
    if hashed and any(type(item) is Skipped and not item.hashable for item in value.items):
        raise NeedsDetail
    if hashed and any(type(item) in (list, Mapping) for item in value.items):
        raise not_with(m, function)
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
    raise not_with(m, function)


def _encode(m: Machine, function: Global, args: tuple[Any, ...]) -> Any:
    """_codecs.encode: bytes below protocol 3, always in latin1."""
    if len(args) != 2 or not isinstance(detailed(args[0]), str) or args[1] not in ("latin1", "latin-1"):
        raise not_with(m, function)
    try:
        return memoryview(args[0].encode("latin-1"))
    except UnicodeEncodeError:
        raise not_with(m, function) from None


def _type(m: Machine, function: Global, args: tuple[Any, ...]) -> Any:
    """type: of None, NotImplemented or Ellipsis, whose classes have no name to import."""
    singleton = (
        isinstance(args[0], Global) and args[0].path in ("builtins.NotImplemented", "builtins.Ellipsis") if args else 0
    )
    if len(args) != 1 or not (args[0] is None or singleton):
        raise not_with(m, function)
    return Instance(function, args, m.start)


def _reconstructor(m: Machine, function: Global, args: tuple[Any, ...]) -> Any:
    """copyreg._reconstructor(class, base, state): how protocols 0 and 1 make objects."""
    if len(args) != 3 or not all(isinstance(cls, Global) for cls in args[:2]):
        raise not_with(m, function)
    cls, base, state = args
    held = {"dict": Mapping, "tuple": tuple, "list": list}.get(base.name)
    literal = isinstance(state, held) if held else plain(state)
    if base.module != "builtins" or base.name not in BASES or not literal:
        raise not_with(m, function)
    if (base.name == "object") != (state is None):
        raise not_with(m, function)
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
        raise not_with(m, cls)
    instance = Instance(cls, args, m.start)
    if cls.kind and cls.kind in "MU":
        instance.contents = []
    m.instances.append(instance)
    return instance


def _container(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """OrderedDict, Counter, deque: empty or of literal items; deque may have a length limit."""
    allowed = (list, tuple, Mapping, int)
    if len(args) > 2 or not all(isinstance(detailed(arg), allowed) for arg in args):
        raise not_with(m, function)
    if args and isinstance(args[0], int):
        raise not_with(m, function)
    instance = Instance(function, args, m.start)
    instance.contents = list(children(args[0])) if args else []
    return instance


def _defaultdict(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """defaultdict: its factory is a class or function that may be called."""
    factory = args[0] if args else None
    if len(args) > 1 or not (factory is None or isinstance(factory, Global | Instance)):
        raise not_with(m, function)
    instance = Instance(function, args, m.start)
    instance.contents = []
    return instance


def _partial(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    """functools.partial: of a name on the list or of another object; its state is judged with the rest."""
    if len(args) != 1 or not isinstance(args[0], Global | Instance):
        raise not_with(m, function)
    return Instance(function, args, m.start)


def _getattr(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance | Global:
    """getattr: how methods are pickled; some of scipy's distributions, of texts and patterns, that of time zones."""
    named = len(args) == 2 and isinstance(detailed(args[1]), str)
    if named and isinstance(args[0], Global) and args[0].path == "builtins.str" and args[1] in _TEXT_METHODS:
        return Instance(function, args, m.start)
    if named and isinstance(args[0], Global) and (args[0].path, args[1]) == ("zoneinfo.ZoneInfo", "_unpickle"):
        return Global("zoneinfo", "ZoneInfo._unpickle", "C")
    good = len(args) == 2 and isinstance(args[0], Instance) and isinstance(detailed(args[1]), str)
    if good and args[0].cls.path == "re._compile" and args[1] in _PATTERN_METHODS:
        return Instance(function, args, m.start)
    if not good or not args[0].cls.module.startswith("scipy.stats._") or not _PRIVATE.fullmatch(args[1]):
        raise not_with(m, function)
    return Instance(args[0].cls, (), m.start)


def _dtype(m: Machine, _: Global, args: tuple[Any, ...]) -> DType:
    return arrays.make_dtype(m, args)


def _array(m: Machine, _: Global, args: tuple[Any, ...]) -> Array:
    return arrays.reconstruct(m, args)


def _from_buffer(m: Machine, _: Global, args: tuple[Any, ...]) -> Array:
    return arrays.from_buffer(m, args)


def _scalar(m: Machine, function: Global, args: tuple[Any, ...]) -> Instance:
    arrays.scalar(m, args)
    return Instance(function, (), m.start)


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
    **{("torch._utils", f"_rebuild_{name}"): makers.tensor for name in _TORCH},
    ("torch", "Size"): _plain,
    ("torch", "device"): _plain,
    ("torch.serialization", "_get_layout"): makers.text(r"torch\.[a-z_]{1,30}"),
    ("_codecs", "encode"): _encode,
    ("copyreg", "_reconstructor"): _reconstructor,
    ("collections", "defaultdict"): _defaultdict,
    ("functools", "partial"): _partial,
    ("builtins", "getattr"): _getattr,
    ("re", "_compile"): makers.pattern,
    ("pytz", "_p"): makers.zone,
    ("zoneinfo", "ZoneInfo._unpickle"): makers.zone,
    ("decimal", "Decimal"): makers.text(makers.DECIMAL),
    ("fractions", "Fraction"): makers.fraction,
    ("pyarrow.lib", "type_for_alias"): arrow.alias,
    ("pyarrow.lib", "timestamp"): arrow.moment,
    ("pyarrow.lib", "duration"): arrow.moment,
    ("pyarrow.lib", "py_buffer"): arrow.buffer,
    ("pyarrow.lib", "_restore_array"): arrow.restore,
    ("pyarrow.lib", "chunked_array"): arrow.chunks,
    ("numpy", "dtype"): _dtype,
    ("numpy.ma.core", "_mareconstruct"): _array,
}
