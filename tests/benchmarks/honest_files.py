"""Writes honest files over scikit-learn's estimators in an environment of any version; `rqml scan` should pass them.

    OTHER/bin/python tests/benchmarks/honest_files.py FOLDER
    rqml scan FOLDER

Needs scikit-learn, pandas and joblib of that environment, and nothing of rqml. Every estimator is fitted on several
kinds of data, and with each value that its parameters may take by name; then come scorers, functions of numpy and
scipy, distances, distributions, searches, sparse matrices and columns of pandas. Each value is pickled by one of the
protocols 2 to 5 and written by joblib with one of its codecs, in turn.
"""

from __future__ import annotations

import contextlib
import pickle
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import scipy.sparse
import scipy.special
import scipy.stats
import sklearn
from sklearn import compose, metrics, model_selection, neighbors, preprocessing
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils import all_estimators

CODECS = (0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("lzma", 3), ("xz", 3))
LARGEST = 5_000_000  # bytes; images and the like are left out
X = np.random.default_rng(77).uniform(0.1, 1, (40, 4))
Y = (X[:, 0] > 0.5).astype(int)
FRAME = pd.DataFrame(X, columns=list("abcd"))
NAMES = np.where(Y, "yes", "no")
TEXTS = ["some text", "other words", "a b c"] * 10
DATA: tuple[tuple[Any, ...], ...] = (
    (X, Y), (FRAME, NAMES), (X, X[:, 1]), (X[:, 0], X[:, 1]),
    (TEXTS, [0, 1, 0] * 10), ([{"a": 1}, {"b": 2}],), (X, np.c_[Y, 1 - Y]), (X.astype(np.float32), Y),
    (scipy.sparse.csr_matrix(X), Y), (NAMES,),
)  # fmt: skip


def made(cls: type) -> Any:
    """An estimator, with another inside where it needs one."""
    inner = LogisticRegression()
    for arguments in ((), (inner,), ([("a", inner), ("b", inner)],), (inner, {"C": [1.0, 2.0]})):
        with contextlib.suppress(TypeError):
            return cls(*arguments)
    return None


def fitted(estimator: Any, most: int) -> Iterator[Any]:
    """The estimator fitted on as many kinds of data as it takes, up to `most`."""
    count = 0
    for data in DATA:
        with contextlib.suppress(Exception):
            yield clone(estimator).fit(*data)
            count += 1
        if count >= most:
            return


def options(cls: type) -> Iterator[dict[str, Any]]:
    """Each value that a parameter may take by name."""
    for name, constraints in getattr(cls, "_parameter_constraints", {}).items():
        for constraint in constraints if isinstance(constraints, list) else ():
            for value in sorted(getattr(constraint, "options", ()), key=repr):
                yield {name: value}


def estimators() -> Iterator[tuple[str, Any]]:
    """Every estimator of scikit-learn."""
    for name, cls in all_estimators():
        estimator = made(cls)
        if estimator is None:
            continue
        yield from ((name, one) for one in (estimator, *fitted(estimator, 4)))
        for setting in options(cls):
            with contextlib.suppress(Exception):
                yield from ((name, one) for one in fitted(clone(estimator).set_params(**setting), 1))


def functions() -> Iterator[tuple[str, Any]]:
    """Scorers, and functions inside of transformers."""
    for name in metrics.get_scorer_names():
        yield f"scorer_{name}", metrics.get_scorer(name)
    for space in (np, np.linalg, scipy.special):
        for name, function in vars(space).items():
            if isinstance(function, np.ufunc):
                yield f"function_{name}", preprocessing.FunctionTransformer(function)
    for metric in ("euclidean", "manhattan", "chebyshev", "minkowski", "hamming", "canberra", "braycurtis"):
        for algorithm in ("kd_tree", "ball_tree", "brute"):
            with contextlib.suppress(Exception):
                yield metric, neighbors.KNeighborsClassifier(metric=metric, algorithm=algorithm).fit(X, Y)


def searches() -> Iterator[tuple[str, Any]]:
    """Distributions of parameters, searches and column transformers."""
    for name in scipy.stats.__all__:
        kind = getattr(scipy.stats, name)
        if isinstance(kind, scipy.stats.rv_continuous | scipy.stats.rv_discrete):
            with contextlib.suppress(Exception):
                yield f"distribution_{name}", {"C": kind(*[1.5] * kind.numargs)}
    for search in (model_selection.GridSearchCV, model_selection.HalvingGridSearchCV):
        scoring = metrics.make_scorer(metrics.fbeta_score, beta=0.5)
        yield search.__name__, search(LogisticRegression(), {"C": [1, 2]}, scoring=scoring, cv=2).fit(X, Y)
    for output in ("default", "pandas"):
        columns = compose.make_column_transformer((preprocessing.StandardScaler(), ["a"]), remainder="passthrough")
        yield "columns", make_pipeline(columns.set_output(transform=output), LogisticRegression()).fit(FRAME, Y)


def data() -> Iterator[tuple[str, Any]]:
    """Sparse matrices and columns of pandas beside a model."""
    model = LogisticRegression().fit(FRAME, Y)
    for form in ("csr", "csc", "coo", "lil", "dok", "dia", "bsr"):
        for kind in ("matrix", "array"):
            yield f"sparse_{form}", {"model": model, "X": getattr(scipy.sparse, f"{form}_{kind}")(X)}
    times, zones = pd.date_range("2020", periods=40), pd.date_range("2020", periods=40, tz="Europe/Paris")
    columns = {
        "text": NAMES, "category": pd.Categorical(NAMES), "time": times, "zone": zones, "span": times - times[0],
        "period": pd.period_range("2020", periods=40, freq="M"), "interval": pd.interval_range(0, 40),
        "string": pd.array(["a", None] * 20, dtype="string"),
        **{kind: pd.array([1, None] * 20, dtype=kind) for kind in ("Int8", "UInt16", "Int64", "Float32", "boolean")},
    }  # fmt: skip
    yield from ((name, {"model": model, "column": pd.Series(column)}) for name, column in columns.items())
    yield "frame", {"model": model, "frame": pd.DataFrame(columns), "row": pd.DataFrame(columns).iloc[0]}


def main(folder: Path) -> None:
    """Write the files and say how many there are."""
    warnings.simplefilter("ignore")
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for source in (estimators, functions, searches, data):
        for name, value in source():
            codec = CODECS[count // 2 % len(CODECS)]
            stem = folder / f"{count:05}-{re.sub('[^A-Za-z0-9_]', '', name)}"
            with contextlib.suppress(Exception):
                content = pickle.dumps(value, 2 + count // 2 % 4)
                if len(content) > LARGEST:
                    continue
                stem.with_suffix(".pkl").write_bytes(content)
                joblib.dump(value, stem.with_suffix(".joblib"), compress=codec)
                count += 2
    print(f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, pandas {pd.__version__}: {count} files")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
