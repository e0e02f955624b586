"""Looks at numbers in the state of honest classes that compiled code uses as places in memory.

scipy and scikit-learn check them where users give them, not where pickles do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rqml_catalog.supply_chain.serialization.arrays import numbers
from rqml_catalog.supply_chain.serialization.values import Array, Instance, fields_of

Numbers = np.ndarray[Any, Any]
Check = Callable[[Instance], str | None]
_MT19937_WORDS, _PHILOX_WORDS = 624, 4


def outside(values: Numbers, bound: int, what: str) -> str | None:
    """What is wrong with values that should be whole numbers from 0 up to a bound."""
    if values.dtype.kind not in "iub":
        return f"a {what} index is not a whole number"
    if values.size and (int(values.min()) < 0 or int(values.max()) >= bound):
        return f"a {what} index is out of range"
    return None


def _shape(state: dict[str, Any]) -> tuple[int, ...] | None:
    shape = state.get("_shape")
    good = isinstance(shape, tuple) and 1 <= len(shape) <= 2 and all(type(n) is int and n >= 0 for n in shape)
    return shape if good else None


def _compressed(instance: Instance) -> str | None:
    """csr, csc and bsr: row i holds `indices[indptr[i]:indptr[i + 1]]`."""
    state = fields_of(instance)
    if "indptr" not in state:
        return None  # never filled: using it raises
    shape, data = _shape(state), state.get("data")
    pointers, indices = numbers(state["indptr"]), numbers(state.get("indices"))
    if shape is None or pointers is None or indices is None or not isinstance(data, Array) or not data.shape:
        return "its shape, indices or data are of the wrong type"
    block = data.shape[1:] or (1, 1)
    rows, columns = (1, *shape)[-2:]
    if "_csc" in instance.cls.module:
        rows, columns = columns, rows
    if pointers.ndim != 1 or indices.ndim != 1 or len(block) != 2 or 0 in block:
        return "its arrays have the wrong number of dimensions"
    if len(pointers) != rows // block[0] + 1 or pointers.dtype.kind not in "iu" or pointers[0] != 0:
        return "its row pointers do not fit its shape"
    steps = pointers.astype(np.int64)
    if bool((np.diff(steps) < 0).any()) or steps[-1] > min(len(indices), data.shape[0]):
        return "a row pointer is out of range"
    return outside(indices, columns // block[1], "column")


def _coordinates(instance: Instance) -> str | None:
    """coo: one array of indices for each dimension."""
    state = fields_of(instance)
    coordinates = state.get("coords", (state.get("row"), state.get("col")))
    shape, data = _shape(state), state.get("data")
    if shape is None or not isinstance(coordinates, tuple) or len(coordinates) != len(shape):
        return None if coordinates == (None, None) else "its shape does not fit its coordinates"
    for entry, size in zip(coordinates, shape, strict=True):
        values = numbers(entry)
        if values is None or not isinstance(data, Array) or values.shape != data.shape[:1]:
            return "its coordinates are not as many numbers as its data"
        if problem := outside(values, size, "coordinate"):
            return problem
    return None


def _random(instance: Instance) -> str | None:
    """Generators of numpy: how far the words that were drawn in advance are used up."""
    state: Any = instance.state
    if isinstance(state, tuple) and state and isinstance(state[0], str):
        place = state[2] if len(state) > 2 else 0  # the tuple of RandomState
        return None if type(place) is int and 0 <= place <= _MT19937_WORDS else "its position is out of range"
    outer = (
        fields_of(Instance(instance.cls, (), 0, state[0]))
        if isinstance(state, tuple) and state
        else fields_of(instance)
    )
    inner = fields_of(Instance(instance.cls, (), 0, outer.get("state")))
    for place, words in ((inner.get("pos", 0), _MT19937_WORDS), (outer.get("buffer_pos", 0), _PHILOX_WORDS)):
        if type(place) is not int or not 0 <= place <= words:
            return "its position is out of range"
    return None


def _support_vectors(instance: Instance) -> str | None:
    """libsvm walks the coefficients by how many vectors each class is said to have."""
    state = fields_of(instance)
    if "_n_support" not in state:
        return None
    counts, support = numbers(state["_n_support"]), numbers(state.get("support_"))
    if counts is None or support is None or counts.ndim != 1 or support.ndim != 1 or not len(counts):
        return "its support is not an array of numbers"
    if counts.dtype.kind not in "iu":
        return "the numbers of its support vectors are not whole"
    classifier = instance.cls.name.endswith("C")  # the others do not go by these numbers
    vectors = len(support)
    if classifier and (counts.dtype.kind not in "iu" or int(counts.min()) < 0 or int(counts.sum()) != vectors):
        return "the numbers of its support vectors do not add up"
    dual = state.get("_dual_coef_")
    least = len(counts) - 1 if classifier else 1
    if isinstance(dual, Array) and (len(dual.shape) != 2 or dual.shape[0] < least or dual.shape[1] != vectors):
        return "its coefficients do not fit its support vectors"
    intercepts = state.get("_intercept_")
    needed = len(counts) * (len(counts) - 1) // 2 if classifier else 1
    if not isinstance(intercepts, Array) or len(intercepts.shape) != 1 or intercepts.shape[0] < needed:
        return "it has fewer intercepts than pairs of classes"
    fitted = state.get("shape_fit_")
    bound = fitted[0] if isinstance(fitted, tuple) and fitted and type(fitted[0]) is int else 0
    return outside(support, bound, "support")


_MATRICES = {"csr": _compressed, "csc": _compressed, "bsr": _compressed, "coo": _coordinates}
_GENERATORS = (
    "_pickle.__bit_generator_ctor", "_pickle.__randomstate_ctor", "_pickle.__generator_ctor", "_mt19937.MT19937",
    "_philox.Philox", "mtrand.RandomState",
)  # fmt: skip
CHECKS: dict[str, Check] = {
    **{f"scipy.sparse._{c}.{c}_{kind}": check for c, check in _MATRICES.items() for kind in ("matrix", "array")},
    **{f"numpy.random.{name}": _random for name in _GENERATORS},
    **{f"sklearn.svm._classes.{name}": _support_vectors for name in ("SVC", "NuSVC", "SVR", "NuSVR", "OneClassSVM")},
}
"""The check of a class by its path; each says what is wrong, or None."""
