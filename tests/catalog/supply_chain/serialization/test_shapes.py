"""State whose shapes lead compiled code out of its arrays is refused; the same classes as they were fitted pass.

Nothing hostile below is ever restored; it is only read.
"""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import scipy.interpolate
from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import DistanceMetric
from sklearn.neighbors import BallTree, KDTree
from sklearn.preprocessing import SplineTransformer
from sklearn.tree import DecisionTreeRegressor

from rqml_catalog.supply_chain.serialization import Status, scan_bytes

X = np.random.default_rng(0).random((50, 5))
Y = (X[:, 0] > 0.5).astype(int)
METRIC, NODES = 11, 2


class _Restated:
    """Pickles like a tree with another state."""

    def __init__(self, tree, state):
        self.reduced = (*tree.__reduce__()[:2], tuple(state))

    def __reduce__(self):
        return self.reduced


def _with(tree, place, value):
    state = list(tree.__getstate__())
    state[place] = value
    return _Restated(tree, state)


def _no_leaf(tree):
    nodes = np.array(tree.__getstate__()[NODES])
    nodes["is_leaf"] = 0
    return _with(tree, NODES, nodes)


def _cut(value, path, **cut):
    target = value
    for step in path:
        target = target[step] if isinstance(step, int) else getattr(target, step)
    for name, change in cut.items():
        setattr(target, name, change(getattr(target, name)))
    return value


def _boosting():
    model = GradientBoostingClassifier(n_estimators=2).fit(X, Y)
    model.estimators_[0, 0] = DecisionTreeRegressor().fit(X, np.c_[Y, Y, Y])
    return model


def _metric(name, **settings):
    return DistanceMetric.get_metric(name, **settings)


def _first_rows(array):
    return array[:1].copy()


def _first_column(array):
    return array[:, :1].copy()


SPLINE = scipy.interpolate.make_interp_spline
HOSTILE = {
    **{
        f"{kind.__name__} {name}": lambda kind=kind, metric=metric: _with(kind(X), METRIC, metric())
        for kind in (KDTree, BallTree)
        for name, metric in (
            ("without distance", lambda: None),
            ("with a tree as distance", lambda: KDTree(X)),
            ("with short variances", lambda: _metric("seuclidean", V=np.ones(1))),
            ("with a small matrix", lambda: _metric("mahalanobis", VI=np.eye(2))),
            ("with short weights", lambda: _metric("minkowski", p=3, w=np.ones(2))),
            ("on a globe", lambda: _metric("haversine")),
        )
    },
    "tree without leaves": lambda: _no_leaf(BallTree(X, leaf_size=5)),
    "spline of one coefficient": lambda: _cut(SPLINE(np.arange(6.0), np.arange(6.0)), (), c=_first_rows),
    "spline of a high degree": lambda: _cut(SPLINE(np.arange(6.0), np.arange(6.0)), (), k=lambda _: 50),
    "spline of knots in disorder": lambda: _cut(SPLINE(np.arange(6.0), np.arange(6.0)), (), t=lambda t: t[::-1].copy()),
    "spline transformer": lambda: _cut(SplineTransformer().fit(X), ("bsplines_", 0), c=_first_rows),
    "centres of one column": lambda: _cut(KMeans(2, n_init=1).fit(X), (), cluster_centers_=_first_column),
    "boosting of three outputs": _boosting,
}
HONEST = (
    *(kind(X, leaf_size=5, metric=name) for kind in (KDTree, BallTree) for name in ("euclidean", "chebyshev")),
    BallTree(X, metric="seuclidean", V=np.ones(5)), BallTree(X, metric="mahalanobis", VI=np.eye(5)),
    BallTree(X, metric="minkowski", p=3, w=np.ones(5)), BallTree(X[:, :2], metric="haversine"),
    KDTree(X.astype(np.float32)), SPLINE(np.arange(6.0), np.arange(12.0).reshape(6, 2)), SplineTransformer().fit(X),
    KMeans(2, n_init=1).fit(X), MiniBatchKMeans(2, n_init=1).fit(X), BisectingKMeans(2).fit(X), KMeans(),
    GradientBoostingClassifier(n_estimators=2).fit(X, np.arange(50) % 3),
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_shapes_that_lead_out_of_arrays_are_refused(name):
    (finding,) = {one.technique for one in scan_bytes(pickle.dumps(HOSTILE[name](), 4)).findings}
    assert finding == "hostile-structure"


@pytest.mark.parametrize("value", HONEST, ids=lambda value: type(value).__name__)
def test_what_was_fitted_passes(value):
    assert scan_bytes(pickle.dumps(value, 4)).status is Status.PASS
