"""Opcodes that name, call, construct and fill objects."""

from __future__ import annotations

import _compat_pickle
import hashlib
import math
from typing import Any

from rqml_catalog.supply_chain.serialization import arrays, calls
from rqml_catalog.supply_chain.serialization.arrays import detailed
from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.opcodes import ANY, opcode, since, until
from rqml_catalog.supply_chain.serialization.values import (
    SAFE,
    Array,
    DType,
    Global,
    Instance,
    Mapping,
    NeedsDetail,
    Opaque,
)

WRAPPER = ("joblib.numpy_pickle", "NumpyArrayWrapper")
WRAPPER_STATE = frozenset({"subclass", "shape", "order", "dtype", "allow_mmap", "numpy_array_alignment_bytes"})
MULTIVARIATE = "scipy.stats._multivariate"  # its distributions carry no text that is compiled
HARMLESS_DUNDERS = frozenset(
    {"__orig_class__", "__doc__", "__name__", "__qualname__", "__module__", "__annotations__", "__weakref__"}
)


@opcode(b"c", range(4))
def global_(m: Machine) -> None:
    """GLOBAL: two lines, module and name."""
    try:
        module, name = m.line().decode(), m.line().decode()
    except UnicodeDecodeError:
        raise m.refuse("malformed-text", "the name of a global is not UTF-8") from None
    m.stack.append(resolve(m, module, name))


@opcode(b"i", until(3))
def inst(m: Machine) -> None:
    """INST of Python 2: names a class and calls it; the name is a finding of its own when it is not listed."""
    global_(m)
    raise m.refuse("old-style-instance", "INST constructs an object in a way no Python 3 writes", m.stack[-1].path)


@opcode(b"\x93", since(4))
def stack_global(m: Machine) -> None:
    """STACK_GLOBAL: module and name from the stack."""
    name, module = m.pop(), m.pop()
    if isinstance(name, Opaque) or isinstance(module, Opaque):
        raise NeedsDetail
    if type(name) is not str or type(module) is not str:
        raise m.refuse("malformed-global", "the name of a global is not text")
    m.stack.append(resolve(m, module, name))


def resolve(m: Machine, module: str, name: str) -> Global:
    """The global a pickle asks for, with its kind; one that is not listed is a finding."""
    m.names.append((module, name))
    if m.protocol < 3:
        module, name = _modern(module, name)
    kind = m.allow.kind(module, name)
    found = Global(module, name, kind)
    if not kind:
        if "." in name:
            m.note("dotted-name", f"{found.path!r} reaches through a module into its parts", found.path)
        else:
            m.note("unlisted-global", f"{found.path!r} is not on the list of allowed names", found.path)
    elif kind == "W" and (not m.stack or detailed(m.stack[-1]) != "subclass"):
        m.note("unlisted-global", f"{found.path!r} is only allowed as the class of a joblib array", found.path)
    return found


def _modern(module: str, name: str) -> tuple[str, str]:
    """Python 2 names as unpicklers map them."""
    if (module, name) in _compat_pickle.NAME_MAPPING:
        return _compat_pickle.NAME_MAPPING[module, name]
    return _compat_pickle.IMPORT_MAPPING.get(module, module), name


@opcode(b"R", ANY)
def reduce_(m: Machine) -> None:
    """REDUCE: a call."""
    args, function = m.pop(), m.pop()
    value = calls.call(m, function, args)
    if isinstance(value, Instance):
        m.instances.append(value)
    m.stack.append(value)


@opcode(b"\x81", since(2))
def newobj(m: Machine) -> None:
    """NEWOBJ: a class, made without its constructor."""
    args, cls = m.pop(), m.pop()
    m.stack.append(calls.construct(m, cls, args))


@opcode(b"\x92", since(4))
def newobj_ex(m: Machine) -> None:
    """NEWOBJ_EX: the same with keyword arguments, which no listed class takes."""
    kwargs, args, cls = m.pop(), m.pop(), m.pop()
    if not isinstance(detailed(kwargs), Mapping):
        raise m.refuse("malformed-call", "the keyword arguments of a construction are not a dictionary")
    if kwargs.flat:
        name = cls.path if isinstance(cls, Global) else ""
        raise m.refuse("call-arguments", "a class is constructed with keyword arguments", name)
    m.stack.append(calls.construct(m, cls, args))


@opcode(b"b", ANY)
def build(m: Machine) -> None:
    """BUILD: sets the state of the object below."""
    state, target = m.pop(), m.top()
    if isinstance(target, DType):
        arrays.set_dtype_state(m, target, state)
    elif isinstance(target, Array):
        arrays.set_array_state(m, target, state)
    elif isinstance(target, Instance):
        _set_state(m, target, state)
    elif isinstance(target, Opaque):
        raise NeedsDetail
    elif isinstance(target, Global):
        raise m.refuse("state-set-on-global", "state is set on a class or function, not on an object", target.path)
    else:
        raise m.refuse("state-set-on-data", "state is set on plain data")


def _set_state(m: Machine, target: Instance, state: Any) -> None:
    if target.state is not None:
        raise m.refuse("state-set-twice", "the state of an object is set twice", target.cls.path)
    _data_as_state(m, target, detailed(state))
    _no_special_names(m, target, state)
    target.state = state if state is not None else ()
    if (target.cls.module, target.cls.name) == WRAPPER:
        m.stack[-1] = _cross_block(m, state)
    elif _is_univariate(target.cls):
        _known_template(m, target, state)


def _data_as_state(m: Machine, target: Instance, state: Any) -> None:
    """Subclasses of dict and tuple would be taken for them, and what they hold is not looked at here."""
    parts = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    named_pair = isinstance(state, Instance) and state.cls.kind == "C"
    if named_pair or any(isinstance(part, Instance) and part.contents is not None for part in parts):
        raise m.refuse("foreign-state", "the state of an object is itself an object that holds others", target.cls.path)


def _no_special_names(m: Machine, target: Instance, state: Any) -> None:
    """Attributes with double underscores change what an object is, or what its next opcode calls."""
    parts = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    for part in parts:
        if not isinstance(detailed(part), Mapping):
            continue
        for key in part.flat[::2]:
            if key is SAFE:
                continue
            if isinstance(key, Instance):  # a text of numpy is a name too
                raise m.refuse("special-attribute", "an attribute is named by an object", target.cls.path)
            if type(detailed(key)) is str and key[:2] == "__" == key[-2:] and key not in HARMLESS_DUNDERS:
                raise m.refuse("special-attribute", f"the state of an object sets {key[:40]}", target.cls.path)


def _is_univariate(cls: Global) -> bool:
    return cls.module.startswith("scipy.stats._") and cls.module != MULTIVARIATE and cls.name.endswith("_gen")


def _known_template(m: Machine, target: Instance, state: Any) -> None:
    """scipy's distributions compile a text of their state on loading: only texts that scipy ships are let through."""
    fields = state.text_items() if isinstance(state, Mapping) else {}
    if any(name.startswith("_attach") for name in fields):
        raise m.refuse(
            "special-attribute", "a distribution replaces what it calls when it is restored", target.cls.path
        )
    text = fields.get("_parse_arg_template")
    if isinstance(text, Opaque):
        raise NeedsDetail
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest() if isinstance(text, str) else ""
    if digest not in m.allow.templates:
        raise m.refuse("code-in-state", "a distribution carries source text that scipy does not ship", target.cls.path)


def _cross_block(m: Machine, state: Any) -> Any:
    """Step over the raw bytes that follow a joblib wrapper and return the array they hold."""
    if not m.joblib or (m.frame_end and m.frame_end != m.pos):
        raise m.refuse("joblib-block", "a joblib array where none can be read", ".".join(WRAPPER))
    fields = state.text_items() if isinstance(state, Mapping) else {}
    if not fields or not set(fields) <= WRAPPER_STATE or len(fields) * 2 != len(state.flat):
        raise m.refuse("joblib-block", "the wrapper of a joblib array has unknown attributes", ".".join(WRAPPER))
    array = Array(arrays.array_class(m, fields.get("subclass")), m.pos)
    dtype, order = detailed(fields.get("dtype")), fields.get("order")
    if not isinstance(dtype, DType) or order not in ("C", "F"):
        raise m.refuse("joblib-block", "the wrapper of a joblib array has no dtype or order")
    array.shape, array.dtype, array.order = arrays.shape_of(m, fields.get("shape")), dtype, order
    m.arrays_crossed += 1
    m.frame_end = 0
    if dtype.has_object:
        return _nested_pickle(m, array)
    alignment = fields.get("numpy_array_alignment_bytes")
    if alignment is not None:
        _skip_padding(m, alignment)
    size = math.prod(array.shape) * dtype.itemsize
    begin = m.take(size)
    array.data = memoryview(m.data)[begin : begin + size]
    return array


def _skip_padding(m: Machine, alignment: Any) -> None:
    padding = m.data[m.take(1)]
    begin = m.take(padding)
    if alignment != 16 or padding > 16 or m.data[begin : begin + padding].strip(b"\xff"):
        raise m.refuse("joblib-block", "the padding before a joblib array is not padding")


def _nested_pickle(m: Machine, array: Array) -> Any:
    """An array of objects is a pickle of its own inside the joblib stream."""
    inner = Machine(m.data, m.pos, m.end, m.allow, m.limits)
    value = inner.walk()
    m.pos = inner.pos
    m.findings.extend(inner.findings)
    m.instances.extend(inner.instances)
    m.names.extend(inner.names)
    m.shared += inner.shared
    if not isinstance(value, Array) or value.dtype is None or not value.dtype.has_object:
        raise m.refuse("joblib-block", "the pickle inside a joblib array is not an array of objects")
    value.offset = array.offset
    return value


@opcode(b"Q", since(1))
@opcode(b"Q", until(1))
def binpersid(m: Machine) -> None:
    """BINPERSID: an object kept elsewhere."""
    identity = m.pop()
    if m.persistent is None:
        raise m.refuse("persistent-id", "the stream refers to an object outside of it")
    m.stack.append(m.persistent(m, identity))


@opcode(b"P", until(1))
def persid(m: Machine) -> None:
    """PERSID, its text form."""
    raise m.refuse("persistent-id", "the stream refers to an object outside of it")
