"""Fingerprints of arrays, fitted estimators and parameters."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from rqml.errors import InvalidSubject
from rqml.evidence.fingerprint import fingerprint_array, fingerprint_estimator, fingerprint_value

X, Y = make_classification(200, 6, random_state=0)
ESTIMATORS = {
    "logistic": LogisticRegression(),
    "tree": DecisionTreeClassifier(max_depth=3, random_state=0),
    "forest": RandomForestClassifier(5, random_state=np.random.RandomState(3)),
    "boosting": HistGradientBoostingClassifier(max_iter=5, random_state=0),
    "svc": SVC(),
    "neighbours": KNeighborsClassifier(),
    "network": MLPClassifier((4,), max_iter=3, random_state=0),
    "pipeline": make_pipeline(StandardScaler(), FunctionTransformer(np.abs), LogisticRegression()),
}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def fitted(name: str) -> Any:
    return copy.deepcopy(ESTIMATORS[name]).fit(X, Y)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_equal_fits_agree_and_other_data_do_not(name: str) -> None:
    model = fitted(name)
    expected = fingerprint_estimator(model)
    assert expected.startswith("blake3:") and len(expected) == 7 + 64
    assert fingerprint_estimator(fitted(name)) == expected
    assert fingerprint_estimator(pickle.loads(pickle.dumps(model))) == expected
    model.predict(X)
    assert fingerprint_estimator(model) == expected
    other = copy.deepcopy(ESTIMATORS[name]).fit(X[::2], Y[::2])
    assert fingerprint_estimator(other) != expected


def test_processes_agree_whatever_the_hash_seed() -> None:
    code = (
        "from sklearn.feature_extraction.text import TfidfVectorizer\n"
        "from sklearn.preprocessing import FunctionTransformer\n"
        "from sklearn.ensemble import *\n"
        "from sklearn.datasets import make_classification\n"
        "from rqml.evidence.fingerprint import fingerprint_estimator as f, fingerprint_value as v\n"
        "X, y = make_classification(100, 5, random_state=0)\n"
        "print(f(TfidfVectorizer().fit(['one two', 'two three'])))\n"
        "print(f(FunctionTransformer(kw_args={'words': {'one', 'two', 'three'}})))\n"
        "print(f(RandomForestClassifier(3, random_state=0).fit(X, y)))\n"
        "print(f(HistGradientBoostingClassifier(max_iter=2, random_state=0).fit(X, y)))\n"
        "print(f(lambda x, k={'a', 'b', 'c'}: x in {'p', 'q', 'r'}), v({'s', 't', 'u'}))\n"
    )
    outputs = set()
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        outputs.add(run.stdout)
    assert len(outputs) == 1


def test_a_single_learnt_number_counts() -> None:
    model = fitted("logistic")
    before = fingerprint_estimator(model)
    model.coef_[0, 0] = np.nextafter(model.coef_[0, 0], 9)
    assert fingerprint_estimator(model) != before


def test_a_single_threshold_of_one_tree_counts() -> None:
    model = fitted("forest")
    before = fingerprint_estimator(model)
    threshold = model.estimators_[2].tree_.threshold
    threshold[0] = np.nextafter(threshold[0], 9)
    assert fingerprint_estimator(model) != before


def test_a_parameter_and_its_type_count() -> None:
    digests = {fingerprint_estimator(RandomForestClassifier(max_features=m)) for m in (1, 1.0, None, "sqrt")}
    assert len(digests) == 4


def test_class_counts() -> None:
    assert fingerprint_estimator(SVC()) != fingerprint_estimator(LogisticRegression())


def test_order_of_a_vocabulary_does_not_count() -> None:
    words = {"a": 0, "b": 1}
    left, right = TfidfVectorizer(vocabulary=words), TfidfVectorizer(vocabulary=dict(reversed(words.items())))
    assert fingerprint_estimator(left) == fingerprint_estimator(right)


def test_sharing_is_not_content_and_cycles_end() -> None:
    part = [1, 2]
    assert fingerprint_estimator([part, part]) == fingerprint_estimator([[1, 2], [1, 2]])
    loop: list[Any] = [1]
    loop.append(loop)
    twin: list[Any] = [1]
    twin.append(twin)
    other: list[Any] = [2]
    other.append(other)
    assert fingerprint_estimator(loop) == fingerprint_estimator(twin) != fingerprint_estimator(other)
    assert fingerprint_estimator([loop, loop]) == fingerprint_estimator([twin, loop])


def test_heavily_shared_parts_are_read_once() -> None:
    node: Any = (0,)
    for _ in range(200):
        node = (node, node)
    assert fingerprint_estimator(node)


def test_functions_count_by_code_defaults_and_closure() -> None:
    def make(k: int) -> Any:
        return lambda x: x + k

    digests = [make(1), make(2), lambda x: x + 1, lambda x: x - 1, lambda x=1: x, lambda x=2: x, np.log, np.exp, len]
    digests += [partial(max, 1), partial(max, 2), "abc".upper, "abd".upper, dict.fromkeys, str]
    assert len({fingerprint_estimator(f) for f in digests}) == len(digests)
    assert fingerprint_estimator(make(1)) == fingerprint_estimator(make(1))


def test_state_of_random_generators_counts() -> None:
    for make in (np.random.RandomState, np.random.default_rng):
        generator = make(0)
        before = fingerprint_estimator(generator)
        assert fingerprint_estimator(make(0)) == before
        generator.random()
        assert fingerprint_estimator(generator) != before


def test_padding_of_records_does_not_count() -> None:
    kind = np.dtype([("a", "i1"), ("b", "f8")], align=True)
    zeros, ones = np.zeros(16 * 3, "u1"), np.ones(16 * 3, "u1")
    left, right = zeros.view(kind), ones.view(kind)
    for field in ("a", "b"):
        right[field] = left[field]
    assert left.tobytes() != right.tobytes()
    assert fingerprint_estimator(left) == fingerprint_estimator(right)


class Recipe:
    """An object whose pickle would act when loaded."""

    ran = False

    @staticmethod
    def act() -> None:
        Recipe.ran = True

    def __reduce__(self) -> Any:
        return Recipe.act, ()


def test_a_recipe_is_hashed_and_never_followed() -> None:
    assert fingerprint_estimator(Recipe())
    assert not Recipe.ran


@pytest.mark.parametrize("part", [threading.Lock(), (i for i in ()), Path(os.devnull).open()])  # noqa: SIM115
def test_a_part_without_content_is_refused(part: object) -> None:
    model = LogisticRegression()
    model.part_ = part
    with pytest.raises(InvalidSubject, match="cannot fingerprint an object of type"):
        fingerprint_estimator(model)


def test_too_deep_nesting_is_refused() -> None:
    deep: Any = None
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidSubject, match="nested too deeply"):
        fingerprint_estimator(deep)


@settings(deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=12, max_size=12), st.integers(0, 11))
def test_arrays_count_by_shape_and_values(cells: list[int], at: int) -> None:
    array = np.array(cells).reshape(3, 4)
    expected = fingerprint_array(array)
    for same in (array.astype("i1"), array.astype("f4"), np.asfortranarray(array), array[::-1][::-1], array.tolist()):
        assert fingerprint_array(same) == expected
    assert fingerprint_array(array.reshape(4, 3)) != expected
    changed = array.copy()
    changed.flat[at] += 1
    assert fingerprint_array(changed) != expected


def test_arrays_larger_than_a_tile() -> None:
    array = np.random.default_rng(0).normal(size=(300, 500))
    assert fingerprint_array(np.asfortranarray(array)) == fingerprint_array(array)
    assert fingerprint_array(array[:, ::-1]) == fingerprint_array(np.ascontiguousarray(array[:, ::-1]))


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a", "b"]),
        np.array([1, "a", None], dtype=object),
        np.array(["2020-01-01", "NaT"], dtype="M8[D]"),
        np.array(["2020", "2021"], dtype="M8[Y]"),
        np.array([1, 2], dtype="m8[s]"),
        np.array([1 + 2j]),
        np.array([1.5], dtype=np.longdouble),
        np.array([True, False]),
        np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        np.ma.masked_array([1, 2], mask=[False, True]),
        np.empty((0, 3)),
        np.float64(3),
    ],
)
def test_every_kind_of_array_has_a_digest(array: Any) -> None:
    assert fingerprint_array(array) == fingerprint_array(copy.deepcopy(array))


def test_sparse_formats_agree() -> None:
    matrix = sparse.random(20, 10, 0.2, random_state=0, format="csr")
    messy = matrix.tocoo()
    messy = sparse.coo_array(
        (np.r_[messy.data / 2, messy.data / 2], (np.r_[messy.row, messy.row], np.r_[messy.col, messy.col])), (20, 10)
    )
    assert fingerprint_array(matrix.tocsc()) == fingerprint_array(matrix) == fingerprint_array(messy)
    assert fingerprint_array(matrix * 2) != fingerprint_array(matrix)
    unsorted = matrix.copy()
    unsorted.has_sorted_indices  # noqa: B018 - the property leaves a cached flag behind
    assert fingerprint_estimator([matrix]) == fingerprint_estimator([unsorted])


class Colour(Enum):
    RED = 1
    BLUE = 2


@attrs.frozen
class Limits:
    k: int = 5
    names: tuple[str, ...] = ()


@attrs.frozen
class Twin:
    k: int = 5
    names: tuple[str, ...] = ()


def test_equal_values_agree() -> None:
    assert fingerprint_value({"a": 1, "b": [1, 2]}) == fingerprint_value({"b": (1, 2), "a": np.int8(1)})
    assert fingerprint_value(1) == fingerprint_value(1.0) == fingerprint_value(np.float32(1))
    assert fingerprint_value(Limits(3)) == fingerprint_value(Limits(3))
    assert fingerprint_value(Decimal("1.10")) == fingerprint_value(Decimal("1.1"))
    noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
    assert fingerprint_value(noon) == fingerprint_value(noon.astimezone(timezone(timedelta(hours=3))))
    assert fingerprint_value(Path("a/b")) == fingerprint_value(PurePosixPath("a/b"))
    assert fingerprint_value(np.arange(3)) == fingerprint_value([0, 1, 2])


def test_different_values_differ() -> None:
    values = [None, True, 1, 2, 1.5, "1", b"1", "", [], {}, set(), [1], [[1]], {"a": 1}, {1: "a"}, Colour.RED]
    values += [Colour.BLUE, Limits(1), Limits(2), Twin(1), Path("a"), "a", Decimal(1), datetime(2024, 1, 1)]
    values += [datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1).date(), timedelta(1), timedelta(2), Limits, len]
    values += [["a", "b"], ["ab"], {"a", "b"}, 1j, np.datetime64(1, "s"), np.datetime64(1, "Y"), np.timedelta64(1, "s")]
    assert len({fingerprint_value(v) for v in values}) == len(values)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


def typed(value: Any) -> Any:
    """The value with booleans told from numbers, which Python's == does not."""
    if isinstance(value, list):
        return [typed(item) for item in value]
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    return ("bool", value) if isinstance(value, bool) else value


@settings(deadline=None)
@given(JSON, JSON)
def test_digests_agree_exactly_when_values_do(left: Any, right: Any) -> None:
    assert (fingerprint_value(left) == fingerprint_value(right)) == (typed(left) == typed(right))
