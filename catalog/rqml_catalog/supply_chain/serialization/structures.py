"""Looks into the arrays of trees and into other state that compiled code takes on trust.

It follows child indices without looking: an index out of range reads foreign memory, a cycle never ends.
scikit-learn checks dtype and shape when it restores a tree, not what the numbers point at, nor whether a tree asks
for more features than the estimator that holds it lets in.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rqml_catalog.supply_chain.serialization import indices, methods, shapes
from rqml_catalog.supply_chain.serialization.arrays import numbers
from rqml_catalog.supply_chain.serialization.indices import outside
from rqml_catalog.supply_chain.serialization.machine import Machine
from rqml_catalog.supply_chain.serialization.values import Array, Global, Instance, NeedsDetail, Opaque, fields_of

TREE = "sklearn.tree._tree.Tree"
PREDICTOR = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
_TREES = frozenset({"sklearn.neighbors._kd_tree", "sklearn.neighbors._ball_tree", "sklearn.tree._tree"})
_WHOLE = "iub"
_SPLITS = frozenset({"is_leaf", "feature_idx"})


def validate(machine: Machine) -> None:
    """Check whatever a clean stream built that has a check; each faulty one is a finding."""
    for instance in machine.instances:
        path = instance.cls.path
        check = CHECKS.get(path)
        if check and (problem := check(instance)):
            machine.note("hostile-structure", f"{path}: {problem}", path, offset=instance.offset)


def is_checked(cls: Global) -> bool:
    """Whether objects of a class have to be seen one by one."""
    return cls.path in CHECKS or cls.module in _TREES


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
    state = fields_of(instance)
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
    return _links(nodes["left_child"], nodes["right_child"], leaf) or outside(
        nodes["feature"][~leaf], args[0], "feature"
    )


def _predictor(instance: Instance) -> str | None:
    """TreePredictor of histogram gradient boosting."""
    state = fields_of(instance)
    nodes = numbers(state.get("nodes"))
    if nodes is None or nodes.ndim != 1 or nodes.dtype.names is None or not len(nodes):
        return "its nodes are not an array of numbers"
    if not {"left", "right"} | _SPLITS <= set(nodes.dtype.names):
        return "its nodes lack children or features"
    leaf = nodes["is_leaf"] != 0
    problem = _links(nodes["left"].astype(np.int64), nodes["right"].astype(np.int64), leaf)
    if problem or "is_categorical" not in nodes.dtype.names:
        return problem
    categorical = (nodes["is_categorical"] != 0) & ~leaf
    sets = numbers(state.get("raw_left_cat_bitsets"))
    known = 0 if sets is None else len(sets)
    if bool((nodes["feature_idx"][~leaf].astype(np.int64) < 0).any()):
        return "a feature index is negative"
    return outside(nodes["bitset_idx"][categorical], known, "category set") if categorical.any() else None


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
    if nodes.dtype.names is None or not {"idx_start", "idx_end", "is_leaf"} <= set(nodes.dtype.names):
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
    if not bool((nodes["is_leaf"][count // 2 :] != 0).all()):
        return "a node of the last level is no leaf"
    return shapes.distance(state[11], data.shape[1]) or outside(index, len(data), "point")


def _features(instance: Instance) -> Any:
    return fields_of(instance).get("n_features_in_")


def _members(value: Any) -> list[Any]:
    """What a list, or an array of objects, of estimators or lists of them holds."""
    found, pending, seen = [], [value], set()
    while pending:
        item = pending.pop()
        if isinstance(item, Opaque):
            raise NeedsDetail
        held = item.data if isinstance(item, Array) else item
        if isinstance(item, Instance):
            found.append(item)
        elif isinstance(held, list) and id(held) not in seen:
            seen.add(id(held))  # a list may hold itself
            pending.extend(reversed(held))
    return found


def _decision_tree(instance: Instance) -> str | None:
    tree = fields_of(instance).get("tree_")
    if not isinstance(tree, Instance) or tree.cls.path != TREE:
        return None
    return None if tree.args[:1] == (_features(instance),) else "its tree has another number of features"


def _ensemble(instance: Instance) -> str | None:
    """Forests and boosted trees check their input once, by their own number of features."""
    features = _features(instance)
    for member in _members(fields_of(instance).get("estimators_")):
        if type(features) is not int or type(_features(member)) is not int or _features(member) > features:
            return "a member has more features than the whole"
    return None


def _gradient_boosted(instance: Instance) -> str | None:
    """Gradient boosting adds the one output of each tree in compiled code."""
    for member in _members(fields_of(instance).get("estimators_")):
        tree = fields_of(member).get("tree_")
        if not isinstance(tree, Instance) or tree.cls.path != TREE or tree.args[2] != 1:
            return "a member is no tree of one output"
    return _ensemble(instance)


def _boosted(instance: Instance) -> str | None:
    """Histogram gradient boosting."""
    state = fields_of(instance)
    features = state.get("n_features_in_")
    for member in _members(state.get("_predictors")):
        nodes = numbers(fields_of(member).get("nodes"))
        if nodes is None or not set(nodes.dtype.names or ()) >= _SPLITS or type(features) is not int:
            return "its trees or its number of features are missing"
        if problem := outside(nodes["feature_idx"][nodes["is_leaf"] == 0], features, "feature"):
            return problem
    return None


_FORESTS = "RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor RandomTreesEmbedding"
CHECKS: dict[str, indices.Check] = {
    **indices.CHECKS,
    **methods.CHECKS,
    **shapes.CHECKS,
    TREE: _tree,
    PREDICTOR: _predictor,
    "sklearn.neighbors._kd_tree.newObj": _binary_tree,
    "sklearn.neighbors._ball_tree.newObj": _binary_tree,
    **{
        f"sklearn.tree._classes.{kind}Tree{task}": _decision_tree
        for kind in ("Decision", "Extra")
        for task in ("Classifier", "Regressor")
    },
    **{f"sklearn.ensemble._forest.{name}": _ensemble for name in _FORESTS.split()},
    **{f"sklearn.ensemble._gb.GradientBoosting{task}": _gradient_boosted for task in ("Classifier", "Regressor")},
    "sklearn.ensemble._iforest.IsolationForest": _ensemble,
    **{
        f"sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoosting{task}": _boosted
        for task in ("Classifier", "Regressor")
    },
}
"""The check of a class by its path; each says what is wrong, or None."""
