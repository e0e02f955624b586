"""Every technique of the corpus is refused, every honest file passes."""

from __future__ import annotations

import collections
import contextlib
import decimal
import fractions
import functools
import importlib.util
import io
import pickle
import re
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.optimize
import scipy.sparse
import scipy.stats
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, StackingClassifier
from sklearn.gaussian_process import GaussianProcessRegressor, kernels
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.utils import all_estimators

from rqml_catalog.supply_chain.serialization import Status, scan_bytes

RNG = np.random.default_rng(5)
X = RNG.uniform(0.1, 1, size=(60, 4))
Y = (X[:, 0] > 0.5).astype(int)


def test_the_corpus_is_large_enough(malicious):
    assert len(malicious) >= 500


def test_every_technique_is_refused(malicious):
    passed = [name for name, content in malicious.items() if scan_bytes(content).status is not Status.FAIL]
    assert passed == []


def test_findings_name_the_offending_global_and_its_place(malicious):
    scan = scan_bytes(malicious["call in an estimator"])
    (finding,) = scan.findings
    assert (finding.technique, finding.name) == ("unlisted-global", "platform.node")
    assert malicious["call in an estimator"][finding.offset :].startswith(b"cplatform\nnode\n")
    inner = scan_bytes(malicious["zip in zip"]).findings[0]
    assert inner.member == "inner.bin!x"


def _estimators():
    """Estimators of scikit-learn, fitted where simple data suffices."""
    for _, cls in all_estimators():
        try:
            estimator = cls()
        except TypeError:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                estimator.fit(X, Y)
            except Exception:
                estimator = cls()
        yield estimator


def _composites():
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": ["x", "y"] * 30})
    columns = ColumnTransformer([("n", StandardScaler(), ["a", "b"]), ("o", OneHotEncoder(), ["c"])])
    space = {"C": scipy.stats.loguniform(0.01, 10), "degree": scipy.stats.randint(2, 4)}
    yield make_pipeline(columns, LogisticRegression()).fit(frame, Y)
    yield make_pipeline(FunctionTransformer(np.log1p), GradientBoostingClassifier(n_estimators=3)).fit(X, Y)
    yield GridSearchCV(SVC(), {"C": [1, 2]}, scoring=make_scorer(f1_score, average="macro"), cv=3).fit(X, Y)
    yield RandomizedSearchCV(SVC(), space, n_iter=2, cv=3, random_state=0).fit(X, Y)
    yield TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1).fit(X, X[:, 0])
    yield GaussianProcessRegressor(kernels.RBF() + kernels.WhiteKernel()).fit(X, X[:, 0])
    yield KNeighborsClassifier(algorithm="ball_tree", metric="minkowski", p=3).fit(X, Y)
    yield HistGradientBoostingClassifier(max_iter=3, categorical_features=[0]).fit(np.c_[np.arange(60) % 3, X], Y)
    yield SGDClassifier(loss="modified_huber").fit(X, Y)
    yield StackingClassifier([("a", LogisticRegression()), ("b", SVC())]).fit(X, Y)
    yield {"model": LogisticRegression().fit(X, Y), "data": frame, "made": pd.Timestamp("2024-01-01"), "ids": {1, 2}}


def _values():
    loop: list[object] = [1]
    loop.append(loop)
    inside: tuple[list[object]] = ([],)
    inside[0].append(inside)
    yield from (loop, inside, collections.OrderedDict(a=1), collections.defaultdict(list, {1: [2]}))
    yield from (collections.Counter("aab"), collections.deque([1], 5), functools.partial(f1_score, average="macro"))
    yield [
        decimal.Decimal("1.5"),
        1 << 70,
        -5,
        1.5,
        "\u1234\n\\",
        b"x" * 300,
        bytearray(b"a"),
        None,
        True,
        ...,
        type(None),
    ]
    yield [scipy.sparse.csr_matrix(X), scipy.sparse.coo_array(X), np.ma.masked_array([1, 2], [True, False])]
    yield [np.matrix([[1]]), np.array(["a", None], dtype=object), np.array([(1, "a")], dtype=[("x", "i4"), ("y", "O")])]
    yield np.rec.array([(1, 2.0), (3, 4.0)], dtype=[("a", "i4"), ("b", "f8")])
    yield [np.rec.array([(1, "x")], dtype=[("a", "i4"), ("b", object)]), np.rec.array([(1, (2,))], dtype="i4,(2,)f8")]
    yield [
        np.zeros((0, 3)),
        np.asfortranarray(X),
        np.array(1.5),
        np.float32(2),
        np.datetime64("2020"),
        np.random.default_rng(1),
    ]


def _recent():
    """What newer libraries write: zones by name, methods of text, Arrow columns, a named tuple in a model."""
    from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer

    imputer = importlib.import_module("sklearn.impute._iterative")
    yield pd.DataFrame(
        {"t": pd.date_range("2020", periods=3, tz="Europe/Berlin"), "s": pd.array(["a", None, "c"], dtype="string")}
    )
    yield [
        pd.array([1, None], dtype="UInt8"),
        pd.date_range("2020", periods=3, freq="QE"),
        pd.offsets.BDay(2),
        np.polynomial.Polynomial([1, 2]),
        scipy.stats.describe(X),
        scipy.stats.multivariate_normal([0, 0]),
        scipy.optimize.OptimizeResult(x=1),
    ]
    yield [fractions.Fraction(1, 3), collections.ChainMap({1: 2}), CountVectorizer(tokenizer=re.compile("a").findall)]
    yield [
        HashingVectorizer(tokenizer=str.split, preprocessor=str.lower),
        imputer._ImputerTriplet(0, np.arange(2), Ridge()),
    ]
    if importlib.util.find_spec("pyarrow"):
        numbers = {
            kind: pd.array([1, None, 0], dtype=f"{kind}[pyarrow]") for kind in ("int8", "int64", "double", "bool")
        }
        times = pd.array(pd.to_datetime(["2020", "2021", "2022"]), dtype="timestamp[ns][pyarrow]")
        yield pd.DataFrame(numbers | {"t": times, "s": pd.array(["a", None, "c"], dtype="string[pyarrow]")})


CODECS = ("zlib", "gzip", "bz2", "lzma", "xz")


def _files(number, value):
    """Up to three honest files of a value: pickles by both picklers, joblib with one of its codecs."""
    writers = {
        "pickle": lambda file: pickle.dump(value, file, number % 6),
        "python pickler": lambda file: pickle._Pickler(file, 5 - number % 6).dump(value),
        "joblib": lambda file: joblib.dump(value, file, compress=(CODECS[number % 5], 1) if number % 2 else 0),
    }
    for kind, write in writers.items():
        buffer = io.BytesIO()
        with contextlib.suppress(AssertionError):  # the pickler in Python cannot write some values that hold themselves
            write(buffer)
            yield kind, buffer.getvalue()


@pytest.mark.filterwarnings("ignore")
def test_no_honest_file_is_refused():
    refused, count = [], 0
    for number, value in enumerate([*_estimators(), *_composites(), *_values(), *_recent()]):
        for kind, content in _files(number, value):
            scan = scan_bytes(content)
            count += 1
            if scan.status is not Status.PASS:
                refused.append((type(value).__name__, kind, scan.reasons[:1]))
    assert refused == []
    assert count >= 300


def test_own_classes_pass_when_they_are_named():
    from rqml_catalog.supply_chain.serialization import allowed_names

    content = b"\x80\x02cshop.models\nScorer\nq\x00)\x81q\x01."
    assert scan_bytes(content).status is Status.FAIL
    assert scan_bytes(content, allow=allowed_names().extended(["shop.models.Scorer"])).status is Status.PASS
    filled = content[:-1] + b"K\x01K\x02s."
    assert scan_bytes(filled, allow=allowed_names().extended(["shop.models.Scorer"])).status is Status.PASS
    assert scan_bytes(pickle.dumps(object())).status is Status.PASS
    with pytest.raises(ValueError, match=r"package\.module\.ClassName"):
        allowed_names().extended(["not a path"])
