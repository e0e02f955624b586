"""A model as a tree of parts with digests: steps of pipelines, members of ensembles, layers, parameters, functions.

Each part's digest covers its children (a Merkle tree, as in R. Merkle, CRYPTO 1987), so that two models can be compared
from the root and only what differs is descended into. No part holds a value of the model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import attrs
import numpy as np

from rqml.errors import InvalidSubject
from rqml.evidence.fingerprint import fingerprint_estimator

_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType)
_SCALARS = (str, bytes, bool, int, float, complex, type(None), np.generic)
SCHEMA = "rqml.structure/1"
_DEEPEST = 50


@attrs.frozen
class Part:
    """One part of a model.

    Attributes:
        kind: its class, or the name of the function; of a list of named steps their names in order.
        digest: BLAKE2b digest of its content, children included; hex.
        children: its parts by name: attributes and steps as they are called, members of lists as "0", "1", ...
        ordered: whether the children are a list, whose members have numbers instead of names.
    """

    kind: str
    digest: str
    children: Mapping[str, Part] = attrs.field(factory=dict, repr=False)
    ordered: bool = False

    def to_json(self) -> str:
        """The record to keep of an approved model."""
        return json.dumps({"schema": SCHEMA, "structure": _plain(self)}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Part:
        """What `to_json` wrote.

        Raises:
            InvalidSubject: it is no such record.
        """
        try:
            value = json.loads(text)
            known = value["schema"] == SCHEMA
            part = _part(value["structure"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            known = False
        if not known:
            raise InvalidSubject(f"this is no record of an approved structure ({SCHEMA}): write one by to_json()")
        return part


def structure_of(model: Any) -> Part:
    """The parts of a fitted estimator, a pipeline, an ensemble or a torch module. Nothing of it is called.

    Raises:
        InvalidSubject: a part has no content that can be read.
    """
    return _outline(model, ())


def _outline(value: Any, above: tuple[int, ...]) -> Part:
    children, ordered = ({}, False) if id(value) in above or len(above) > _DEEPEST else _children(value)
    if not children:
        return Part(_kind(value), _leaf_digest(value))
    inner = {name: _outline(child, (*above, id(value))) for name, child in children.items()}
    names = "" if ordered or not isinstance(value, list | tuple) else f" of {', '.join(inner)}"
    return _node(_kind(value) + names, inner, ordered)


def _node(kind: str, children: Mapping[str, Part], ordered: bool) -> Part:
    content = json.dumps([kind, [(name, part.digest) for name, part in children.items()]])
    return Part(kind, hashlib.blake2b(content.encode(), digest_size=32).hexdigest(), children, ordered)


def _children(value: Any) -> tuple[dict[str, Any], bool]:
    """The parts of a value that are looked at one by one, and whether they are a list; none for a leaf."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        value = value.ravel().tolist()
    if isinstance(value, list | tuple):
        return _members(value)
    if isinstance(value, Mapping):
        holds = any(not isinstance(item, _SCALARS) for item in value.values())
        return ({_name(key, place): item for place, (key, item) in enumerate(value.items())} if holds else {}), False
    if hasattr(value, "get_params") or hasattr(value, "named_modules"):
        return dict(sorted(vars(value).items())), False
    return {}, False


def _members(values: Sequence[Any]) -> tuple[dict[str, Any], bool]:
    if all(isinstance(item, _SCALARS) for item in values):
        return {}, False
    named = [item for item in values if isinstance(item, tuple) and len(item) in (2, 3) and isinstance(item[0], str)]
    if len(named) == len(values) == len({item[0] for item in named}):
        return {item[0]: item[1] if len(item) == 2 else item[1:] for item in named}, False
    return {str(place): item for place, item in enumerate(values)}, True


def _name(key: object, place: int) -> str:
    """Keys may be values of data: only what could be the name of an attribute is shown."""
    return key if isinstance(key, str) and key.isidentifier() else f"item {place}"


def _kind(value: Any) -> str:
    if isinstance(value, _FUNCTIONS):
        return f"function {getattr(value, '__module__', '')}.{value.__qualname__}"
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")


def _leaf_digest(value: Any) -> str:
    if hasattr(value, "detach") and hasattr(value, "cpu"):  # a torch tensor
        value = value.detach().cpu().numpy()
    return hashlib.blake2b(fingerprint_estimator(value).encode(), digest_size=32).hexdigest()


def _plain(part: Part) -> dict[str, Any]:
    value: dict[str, Any] = {"kind": part.kind, "digest": part.digest}
    if part.children:
        value |= {"ordered": part.ordered, "children": {name: _plain(child) for name, child in part.children.items()}}
    return value


def _part(value: Mapping[str, Any]) -> Part:
    """A part whose digest is its own: one that was changed in the record is computed again."""
    children = {name: _part(child) for name, child in value.get("children", {}).items()}
    if children:
        return _node(str(value["kind"]), children, bool(value["ordered"]))
    return Part(str(value["kind"]), str(value["digest"]))
