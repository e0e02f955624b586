"""What models keep and call: public functions of data, never what fetches methods or calls whatever it is given.

No hostile pipeline below is ever run; they are only read.
"""

from __future__ import annotations

import collections
import functools
import io
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.random import _pickle as numpy_pickle
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.metrics.pairwise import _transposed_dist_wrapper
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.validation import _check_response_method

from rqml_catalog.supply_chain.serialization import Status, allowed_names, scan_bytes
from rqml_catalog.supply_chain.serialization.generate_allowlist import STORED_PRIVATE, storable

FRAME = pd.DataFrame({"a": [1]})
FETCH = functools.partial(_check_response_method, FRAME)
MAKES_STATE, MAKES_GENERATOR = numpy_pickle.__randomstate_ctor, numpy_pickle.__bit_generator_ctor
MANY = 5000  # enough for bulk reading


def _fetched(method: str, **more: object):
    """A pipeline that fetches a method of its input by name and then calls it."""
    fetch = FunctionTransformer(_check_response_method, kw_args={"response_method": method})
    call = FunctionTransformer(_transposed_dist_wrapper, kw_args={"dist_matrix": {}, "slice_": 0, **more})
    return make_pipeline(FunctionTransformer(pd.DataFrame), fetch, call)


def _stack():
    stack = StackingClassifier([("a", LogisticRegression())])
    stack.estimators_, stack.stack_method_ = [FRAME], ["eval"]
    return stack


def _scorer():
    scorer = make_scorer(accuracy_score)
    scorer._response_method = "eval"
    return scorer


HOSTILE = {
    "expression": _fetched("eval", expr="1 + 1"),
    "file": _fetched("tofile", file="x"),
    "fetcher": FunctionTransformer(_check_response_method),
    "caller": FunctionTransformer(_transposed_dist_wrapper),
    "getattr": FunctionTransformer(getattr),
    "type": FunctionTransformer(type),
    "partial": FunctionTransformer(functools.partial),
    "partial of getattr": FunctionTransformer(functools.partial(getattr, FRAME, "eval")),
    "factory": collections.defaultdict(functools.partial(FETCH, "to_csv")),
    "factory of getattr": collections.defaultdict(getattr),
    "stacked method": _stack(),
    "scored method": _scorer(),
    "in a list": [1, getattr],
    "in a set": {getattr, 1},
    "as key": {getattr: 1, 2: 3},
    "many factories": [collections.defaultdict(getattr) for _ in range(MANY)],
    "many partials": [functools.partial(getattr, number) for number in range(MANY)],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_fetches_or_calls_anything_is_refused(name):
    for protocol in range(6):
        assert scan_bytes(pickle.dumps(HOSTILE[name], protocol)).status is Status.FAIL
    buffer = io.BytesIO()
    joblib.dump(HOSTILE[name], buffer)
    assert scan_bytes(buffer.getvalue()).status is Status.FAIL


@pytest.mark.parametrize("function", [_check_response_method, getattr, type])
def test_skops_keeps_the_same_functions_out(function):
    skops = pytest.importorskip("skops.io")
    assert scan_bytes(skops.dumps(FunctionTransformer(function))).status is Status.FAIL
    assert scan_bytes(skops.dumps(FunctionTransformer(np.log1p))).status is Status.PASS


def test_honest_functions_and_methods_still_pass():
    kept = [
        FunctionTransformer(np.log1p), *map(FunctionTransformer, (pd.get_dummies, pd.isna, pd.to_numeric)),
        functools.partial(np.log1p), collections.defaultdict(list),
        make_scorer(accuracy_score), make_scorer(accuracy_score, response_method="predict_proba"),
        StackingClassifier([("a", LogisticRegression())]).fit(np.arange(20).reshape(-1, 1), [0, 1] * 10),
    ]  # fmt: skip
    assert [scan_bytes(pickle.dumps(value)).status for value in kept] == [Status.PASS] * len(kept)


def test_no_listed_function_is_private_or_reaches_for_names():
    functions = [name for (_, name), kind in allowed_names().names.items() if kind == "F"]
    assert [name for name in functions if not storable(name)] == []
    assert {name for name in functions if name.startswith("_")} <= STORED_PRIVATE


class _OlderRandomState:
    """A state as numpy before 2.2 pickles it: beside the name stands the function that makes the generator."""

    def __reduce__(self):
        state = np.random.RandomState(0).get_state(legacy=False)
        return MAKES_STATE, ("MT19937", MAKES_GENERATOR), state


@pytest.mark.parametrize("protocol", range(2, 6))
def test_random_states_of_older_numpy_pass(protocol):
    assert scan_bytes(pickle.dumps({"rng": _OlderRandomState()}, protocol)).status is Status.PASS
