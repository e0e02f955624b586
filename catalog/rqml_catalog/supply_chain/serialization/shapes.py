"""Looks at shapes of arrays in the state of honest classes, on which compiled code relies without looking.

A distance walks its weights by the width of the data, a spline its coefficients by its knots, k-means its centres by
the width of what it is given.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rqml_catalog.supply_chain.serialization.arrays import numbers
from rqml_catalog.supply_chain.serialization.indices import Check
from rqml_catalog.supply_chain.serialization.values import Global, Instance, NeedsDetail, Opaque, fields_of

_DISTANCES = "sklearn.metrics._dist_metrics"
_DOUBLE = np.dtype("f8")


def distance(metric: Any, width: int) -> str | None:
    """What is wrong with the distance of a tree over data of so many columns."""
    if isinstance(metric, Opaque):
        raise NeedsDetail
    made = metric.args[0] if isinstance(metric, Instance) and metric.args else None
    if not isinstance(made, Global) or made.module != _DISTANCES or metric.cls.path != f"{_DISTANCES}.newObj":
        return "its distance is none of scikit-learn"
    state = metric.state
    if isinstance(state, Opaque):
        raise NeedsDetail
    if not isinstance(state, tuple) or len(state) < 3:
        return "its distance has no state"
    weights, matrix = numbers(state[1]), numbers(state[2])
    if weights is None or matrix is None or weights.dtype != _DOUBLE or matrix.dtype != _DOUBLE:
        return "its distance is weighted by no numbers"
    name = made.name.removesuffix("32").removesuffix("64").removesuffix("Distance")
    sizes = {"SEuclidean": {width}, "WMinkowski": {width}, "Minkowski": {0, width}}.get(name)
    fits = weights.ndim == 1 and matrix.ndim == 2 and (sizes is None or len(weights) in sizes)
    if not fits or (name == "Mahalanobis" and matrix.shape != (width, width)) or (name == "Haversine" and width != 2):
        return "its distance is for data of another width"
    return None


def _spline(instance: Instance) -> str | None:
    """BSpline: a coefficient for each of its basis functions, knots in order."""
    state = fields_of(instance)
    knots, degree = numbers(state.get("_t", state.get("t"))), state.get("k")
    factors = numbers(state.get("_c", state.get("c")))
    if knots is None or factors is None or knots.ndim != 1 or not factors.ndim or type(degree) is not int:
        return "its knots, coefficients or degree are of the wrong type"
    count = len(knots) - degree - 1
    if degree < 0 or count < degree + 1 or len(factors) < count:
        return "it has fewer coefficients than its knots ask for"
    return None if bool((np.diff(knots) >= 0).all()) else "its knots are out of order"


def _centres(instance: Instance) -> str | None:
    """k-means: centres as wide as the data."""
    state = fields_of(instance)
    if "cluster_centers_" not in state:
        return None
    centres = numbers(state["cluster_centers_"])
    if centres is None or centres.ndim != 2 or centres.shape[1] != state.get("n_features_in_"):
        return "its centres are for data of another width"
    return None


_KMEANS = ("_kmeans.KMeans", "_kmeans.MiniBatchKMeans", "_bisect_k_means.BisectingKMeans")
CHECKS: dict[str, Check] = {
    "scipy.interpolate._bsplines.BSpline": _spline,
    **{f"sklearn.cluster.{name}": _centres for name in _KMEANS},
}
"""The check of a class by its path; each says what is wrong, or None."""
