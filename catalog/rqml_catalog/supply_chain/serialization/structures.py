"""Looks into the arrays of trees before anything walks along them.

Compiled code follows child indices without looking: an index out of range reads foreign memory, a cycle never
ends. scikit-learn checks dtype and shape when it restores a tree, not what the numbers point at.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.values import Array, DType, Instance, Mapping, NeedsDetail, Opaque

BINARY_TREES = frozenset({"sklearn.neighbors._kd_tree", "sklearn.neighbors._ball_tree"})
_WHOLE = "iub"
PREDICTOR = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"


def validate(machine: Machine) -> None:
    """Check every tree that a clean stream built; the first faulty one is a finding."""
    for instance in machine.instances:
        path = instance.cls.path
        problem = None
        if path == "sklearn.tree._tree.Tree":
            problem = _tree(instance)
        elif path == PREDICTOR:
            problem = _predictor(instance)
        elif instance.cls.module in BINARY_TREES and instance.cls.name == "newObj":
            problem = _binary_tree(instance)
        if problem:
            machine.note("hostile-structure", f"{path}: {problem}", path, offset=instance.offset)


def numbers(array: Any) -> np.ndarray[Any, Any] | None:
    """A numpy view of an abstract array of plain or structured numbers; None for anything else."""
    if isinstance(array, Opaque):
        raise NeedsDetail
    if not isinstance(array, Array) or array.dtype is None or isinstance(array.data, list):
        return None
    spec = _spec(array.dtype)
    if spec is None or array.data is None or array.dtype.has_object or array.dtype.itemsize == 0:
        return None
    flat = np.frombuffer(array.data, dtype=np.dtype(spec), count=math.prod(array.shape))
    return flat.reshape(array.shape, order="F" if array.order == "F" else "C")


def _spec(dtype: DType) -> Any:
    order = dtype.order if dtype.order in "<>" else "<"
    if dtype.fields is None:
        if dtype.code[0] not in "biuf":
            return None
        return "?" if dtype.code == "b1" else order + dtype.code
    specs = [(name, _spec(field), offset) for name, (field, offset) in dtype.fields.items()]
    if any(spec is None for _, spec, _ in specs):
        return None
    names, formats, offsets = zip(*specs, strict=True)
    return {"names": list(names), "formats": list(formats), "offsets": list(offsets), "itemsize": dtype.itemsize}


def _state(instance: Instance) -> dict[str, Any]:
    if isinstance(instance.state, Opaque):
        raise NeedsDetail
    return instance.state.text_items() if isinstance(instance.state, Mapping) else {}


def _tree(instance: Instance) -> str | None:
    """sklearn.tree._tree.Tree(n_features, n_classes, n_outputs) and its nodes."""
    args = instance.args
    if not isinstance(args, tuple) or len(args) != 3:
        return "built with other arguments than (n_features, n_classes, n_outputs)"
    classes = numbers(args[1])
    if type(args[0]) is not int or type(args[2]) is not int or classes is None or classes.ndim != 1:
        return "built with arguments of the wrong type"
    if args[0] < 0 or args[2] < 0 or len(classes) != args[2] or classes.dtype.kind not in _WHOLE:
        return "the number of outputs differs from the number of class counts"
    if instance.state is None:
        return None
    state = _state(instance)
    nodes, values = numbers(state.get("nodes")), numbers(state.get("values"))
    count = state.get("node_count")
    if nodes is None or values is None or nodes.ndim != 1 or nodes.dtype.names is None:
        return "its nodes or values are not arrays of numbers"
    if count != len(nodes) or values.ndim != 3 or len(values) < count or values.shape[1] != args[2]:
        return "the number of nodes differs from the arrays that hold them"
    if count and classes.max(initial=0) > values.shape[2]:
        return "more classes than the values of its nodes"
    needed = {"left_child", "right_child", "feature"}
    if not needed <= set(nodes.dtype.names):
        return "its nodes lack children or features"
    leaf = nodes["left_child"] == -1
    return _links(nodes["left_child"], nodes["right_child"], leaf) or _within(
        nodes["feature"][~leaf], args[0], "feature"
    )


def _predictor(instance: Instance) -> str | None:
    """TreePredictor of histogram gradient boosting."""
    state = _state(instance)
    nodes = numbers(state.get("nodes"))
    if nodes is None or nodes.ndim != 1 or nodes.dtype.names is None or not len(nodes):
        return "its nodes are not an array of numbers"
    if not {"left", "right", "is_leaf", "feature_idx"} <= set(nodes.dtype.names):
        return "its nodes lack children or features"
    leaf = nodes["is_leaf"] != 0
    problem = _links(nodes["left"].astype(np.int64), nodes["right"].astype(np.int64), leaf)
    if problem or "is_categorical" not in nodes.dtype.names:
        return problem
    categorical = (nodes["is_categorical"] != 0) & ~leaf
    sets = numbers(state.get("raw_left_cat_bitsets"))
    known = 0 if sets is None else len(sets)
    if negative := bool((nodes["feature_idx"][~leaf].astype(np.int64) < 0).any()):
        return "a feature index is negative" if negative else None
    return _within(nodes["bitset_idx"][categorical], known, "category set") if categorical.any() else None


def _links(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any], leaf: np.ndarray[Any, Any]) -> str | None:
    """Children in range and each node with one parent at most: then every walk from the root ends."""
    if left.dtype.kind not in _WHOLE or right.dtype.kind not in _WHOLE:
        return "its children are not whole numbers"
    children = np.concatenate([left[~leaf], right[~leaf]]).astype(np.int64)
    count = len(left)
    if not len(children):
        return None
    if children.min() < 1 or children.max() >= count:
        return "a child index is out of range"
    if np.bincount(children, minlength=count).max() > 1:
        return "a node has two parents, so a walk may never end"
    return None


def _within(values: np.ndarray[Any, Any], bound: int, what: str) -> str | None:
    if values.dtype.kind not in _WHOLE:
        return f"a {what} index is not a whole number"
    if len(values) and (int(values.min()) < 0 or int(values.max()) >= bound):
        return f"a {what} index is out of range"
    return None


def _binary_tree(instance: Instance) -> str | None:
    """KDTree and BallTree: a tuple of data, index, node data, node bounds and counters."""
    if instance.state is None:
        return None
    if isinstance(instance.state, Opaque):
        raise NeedsDetail
    state = instance.state
    if not isinstance(state, tuple) or len(state) < 12:
        return "its state is not the tuple that the tree writes"
    data, index, nodes, bounds = (numbers(part) for part in state[:4])
    if data is None or index is None or nodes is None or bounds is None or data.ndim != 2 or index.ndim != 1:
        return "its arrays are not arrays of numbers"
    if nodes.dtype.names is None or not {"idx_start", "idx_end"} <= set(nodes.dtype.names):
        return "its nodes lack their index ranges"
    leaf_size, levels, count = state[4:7]
    if not all(type(number) is int for number in (leaf_size, levels, count)):
        return "its counters are not integers"
    if not 0 < levels < 40 or count != 2**levels - 1 or len(nodes) != count:
        return "the number of nodes differs from the depth of the tree"
    if bounds.ndim != 3 or bounds.shape[1] < count or bounds.shape[2] != data.shape[1]:
        return "its bounds do not fit its nodes"
    if len(index) != len(data):
        return "its index does not cover its data"
    start, stop = nodes["idx_start"], nodes["idx_end"]
    if len(nodes) and (int(start.min()) < 0 or int(stop.max()) > len(data) or bool((start > stop).any())):
        return "a node covers points out of range"
    return _within(index, len(data), "point")
