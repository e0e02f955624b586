"""Make the list of allowed names by introspection: `python generate_allowlist.py > names-of-this-environment.tsv`.

Run it once in an environment of each supported library version (it needs nothing of rqml), then
`python merge_allowlist.py one.tsv two.tsv ... > allowed.tsv` and review the difference: a name that
appears is a name that model files may ask for. Only this script imports what it lists; the scanner never does.

Kinds, one letter each:
    M  a subclass of dict or list: made like N, and items may be put into it
    N  a class: made without running its constructor, by NEWOBJ with no arguments or by copyreg
    C  a class or function that pickles call (REDUCE) while they are loaded
    R  a function that pickles call while they are loaded and never keep: kept, it could be called with anything
    F  a function or class that pickles only refer to (a metric, a kernel, a dtype): never called while loading
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import itertools
import pickle
import pkgutil
import sys
import warnings
from collections.abc import Iterator
from typing import Any, ClassVar

Row = tuple[str, str, str]

# Modules whose functions read or write files, start processes, import by name or exist for development only.
_SKIPPED = """
    tests conftest externals datasets experimental _build_utils _testing __check_build _plot _plotting
    _show_versions discovery _repr_html _estimator_html_repr parallel _joblib _test_common estimator_checks
    _export deprecation _mocking fixes _in_process _config _built_with_meson callback _distributor_init
    _pprint _user_interface _metadata_requests_viz
"""
SKIPPED = frozenset(_SKIPPED.split())
# numpy functions that touch files, run text, or change process-wide state.
_NUMPY_DENIED = """
    load save savez savez_compressed savetxt loadtxt genfromtxt fromfile fromregex memmap DataSource test info
    source lookfor deprecate runstring get_include show_config show_runtime set_printoptions seterr seterrcall
    setbufsize frompyfunc fromfunction fromiter fromstring add_docstring add_newdoc errstate
    apply_along_axis apply_over_axes piecewise vectorize set_string_function set_numeric_ops seterrobj
    recfromcsv recfromtxt safe_eval who disp _add_newdoc_ufunc bmat
"""
NUMPY_DENIED = frozenset(_NUMPY_DENIED.split())
UNQUALIFIED = ("_loss",)  # a compiled module of scikit-learn that up to 1.7 gave its name without its package
# Compiled modules whose objects models keep; other compiled classes are working memory of a fit and stay out.
SKLEARN_COMPILED = (
    "_loss",
    "sklearn._loss._loss", "sklearn._loss.loss", "sklearn.linear_model._sgd_fast", "sklearn.metrics._dist_metrics",
    "sklearn.neighbors._kd_tree", "sklearn.neighbors._ball_tree", "sklearn.tree._tree", "sklearn.utils._fast_dict",
    "sklearn.neighbors._dist_metrics", "sklearn.utils._weight_vector",
)  # fmt: skip
SKLEARN_UTILITIES = ("extmath", "validation", "sparsefuncs", "stats", "class_weight", "multiclass")
SKLEARN_CALLED = ("newObj", "newObj32", "newObj64", "__pyx_unpickle_")
# Private functions that fitted estimators store; others fetch attributes by name or call what they are given.
STORED_PRIVATE = frozenset({"_identity", "_kmeans_single_elkan", "_kmeans_single_lloyd"})
# Functions that fetch methods or functions by name, run estimators, or reach folders: no model stores one of them.
_REACHING = """
    check_is_fitted check_memory check_scoring clone cross_val_predict cross_val_score cross_validate
    get_blas_funcs get_equivalent_estimator get_lapack_funcs get_scorer has_fit_parameter learning_curve make_scorer
    partial_dependence permutation_importance permutation_test_score set_huber_delta validate_data validation_curve
"""
REACHING = frozenset(_REACHING.split())


def environment() -> str:
    """The versions that the rows of this run hold for, as `sklearn=1.5 numpy=1.26 ...`."""
    found = []
    for package in ("sklearn", "numpy", "scipy", "pandas"):
        version = importlib.import_module(package).__version__
        found.append(f"{package}={'.'.join(version.split('.')[:2])}")
    return " ".join(found)


def modules(package: str) -> Iterator[Any]:
    """Every importable module of a package except the skipped ones."""
    root = importlib.import_module(package)
    yield root
    for entry in pkgutil.walk_packages(root.__path__, prefix=f"{package}.", onerror=lambda _: None):
        if any(part in SKIPPED for part in entry.name.split(".")):
            continue
        with contextlib.suppress(Exception):
            yield importlib.import_module(entry.name)


def pickled_name(thing: object) -> tuple[str, str] | None:
    """The (module, name) that a pickle of a class or function asks for; None for what has no plain name."""
    try:
        data = pickle.dumps(thing, protocol=3)
    except Exception:
        return None
    if not data.startswith(b"\x80\x03c") or not data.endswith(b"q\x00."):
        return None
    module, name = data[3:-3].decode().split("\n")[:2]
    return None if "." in name or "<" in name else (module, name)


def class_kind(cls: type) -> str:
    """`M` for containers, `C` when the class brings its own reduction (so that a pickle calls it), or `N`."""
    if issubclass(cls, dict | list):
        return "M"
    if issubclass(cls, tuple | str | int | float):
        return "C"
    own = cls.__reduce__ is not object.__reduce__ or cls.__reduce_ex__ is not object.__reduce_ex__
    automatic = getattr(cls.__reduce__, "__name__", "") == "__reduce_cython__"
    return "C" if own and not automatic else "N"


def referable(module: str) -> bool:
    """Whether functions of a module belong into models: of the utilities only the numeric ones do."""
    return not module.startswith("sklearn.utils.") or module.rpartition(".")[2] in SKLEARN_UTILITIES


def storable(name: str) -> bool:
    """Whether a model may keep a function of this name, and call it with whatever it keeps beside it."""
    return name in STORED_PRIVATE or not (name.startswith("_") or name in REACHING)


def is_maker(name: str) -> bool:
    """Whether a called name is a function that only pickles use: private, and not named like a class."""
    if name == "__bit_generator_ctor":  # up to numpy 2.1, states of random generators refer to it
        return False
    return name == "scalar" or name.startswith(SKLEARN_CALLED) or (name.lstrip("_")[0].islower() and name[0] == "_")


def sklearn_rows() -> Iterator[Row]:
    """Classes and functions of scikit-learn, judged module by module."""
    for module in modules("sklearn"):
        for thing in list(vars(module).values()):
            home = getattr(thing, "__module__", "") or ""
            if not home.startswith("sklearn.") and home not in UNQUALIFIED:
                continue
            if any(part in SKIPPED for part in home.split(".")):
                continue
            named = pickled_name(thing) if callable(thing) else None
            if named is None or named[0] != home:
                continue
            compiled = not (getattr(sys.modules.get(home), "__file__", None) or "").endswith(".py")
            if not inspect.isclass(thing):
                called = named[1].startswith(SKLEARN_CALLED)
                if called and home in SKLEARN_COMPILED:
                    yield "R", *named
                elif not called and not compiled and referable(home):
                    yield "F", *named
            elif not issubclass(thing, BaseException) and (not compiled or home in SKLEARN_COMPILED):
                yield class_kind(thing), *named


def numpy_rows() -> Iterator[Row]:
    """numpy functions, ufuncs and scalar types that estimators refer to."""
    import numpy as np

    for namespace in (np, np.linalg, np.fft):
        for name, thing in vars(namespace).items():
            if name.startswith("_") or name in NUMPY_DENIED or not callable(thing):
                continue
            if inspect.isclass(thing) and not issubclass(thing, np.generic | np.ndarray):
                continue
            if inspect.isclass(thing) and issubclass(thing, np.memmap):
                continue
            named = pickled_name(thing)
            if named and named[0].split(".")[0] == "numpy":
                yield "F", *named


def scipy_rows() -> Iterator[Row]:
    """scipy's ufuncs, statistics and distances as references; sparse, spline and distribution classes."""
    import scipy.interpolate
    import scipy.linalg
    import scipy.optimize
    import scipy.sparse
    import scipy.spatial.distance
    import scipy.special
    import scipy.stats

    for namespace in (scipy.special, scipy.spatial.distance, scipy.stats, scipy.linalg):
        for name in namespace.__all__:
            thing = getattr(namespace, name)
            named = None if inspect.isclass(thing) or not callable(thing) or name == "test" else pickled_name(thing)
            if named:
                yield "F", *named
    for namespace in (scipy.sparse, scipy.interpolate):
        for thing in vars(namespace).values():
            if inspect.isclass(thing) and not issubclass(thing, BaseException):
                named = pickled_name(thing)
                if named:
                    yield class_kind(thing), *named
    for name in scipy.stats.__all__:
        thing = getattr(scipy.stats, name)
        if isinstance(thing, scipy.stats.rv_continuous | scipy.stats.rv_discrete):
            named = pickled_name(type(thing))
            if named:
                yield "N", *named
    for cls in ("rv_continuous_frozen", "rv_discrete_frozen"):
        yield "N", "scipy.stats._distn_infrastructure", cls
    yield "M", "scipy.optimize._optimize", "OptimizeResult"


def result_rows() -> Iterator[Row]:
    """What scipy.stats returns: named tuples, and plain classes without a way of loading of their own."""
    for module in modules("scipy.stats"):
        for thing in list(vars(module).values()):
            home = getattr(thing, "__module__", "") or ""
            if not inspect.isclass(thing) or not home.startswith("scipy.stats.") or issubclass(thing, BaseException):
                continue
            named = pickled_name(thing)
            own = any(hasattr(thing, method) for method in ("__setstate__", "__reduce_cython__", "__del__"))
            if named and not own:
                yield class_kind(thing), *named


def polynomial_rows() -> Iterator[Row]:
    """numpy's classes of polynomials."""
    import numpy as np

    for thing in vars(np.polynomial).values():
        named = pickled_name(thing) if inspect.isclass(thing) else None
        if named:
            yield "N", *named


def pandas_rows() -> Iterator[Row]:
    """pandas's own dtypes of columns, and its offsets of time."""
    import pandas as pd

    for cls in _below(pd.api.extensions.ExtensionDtype):
        named = pickled_name(cls) if cls.__module__.startswith("pandas") else None
        if named:
            yield class_kind(cls), *named
    for name in vars(pd.offsets):
        thing = getattr(pd.offsets, name)
        if inspect.isclass(thing) and issubclass(thing, pd.offsets.BaseOffset):
            named = pickled_name(thing)
            if named:
                yield "C", *named


def _below(cls: type) -> Iterator[type]:
    child: type
    for child in cls.__subclasses__():
        yield child
        yield from _below(child)


def samples() -> Iterator[object]:
    """Objects of numpy and pandas as estimators keep them; their pickles show which names are called."""
    import numpy as np
    import pandas as pd
    import scipy.stats

    yield from (np.arange(3), np.array(["a"], dtype=object), np.float64(1), np.ma.masked_array([1, 2], [False, True]))
    yield from (np.matrix([[1]]), np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), np.datetime64(1, "s"))
    yield from (np.random.RandomState(0), np.random.default_rng(0), np.random.Philox(1), np.random.SFC64(1))
    yield from (np.random.PCG64DXSM(1), np.random.SeedSequence(1), np.poly1d([1, 2]), np.add, np.ma.masked)
    yield np.array([(1,)], dtype=[("a", "i4")]).view(np.recarray)
    frame = pd.DataFrame(
        {
            "i": [1, 2], "f": [1.0, None], "s": ["a", "b"], "b": [True, False],
            "t": pd.date_range("2020", periods=2, tz="UTC"), "n": pd.to_timedelta([1, 2], unit="s"),
            "c": pd.Categorical(["x", "y"]), "I": pd.array([1, None], dtype="Int64"),
            "F": pd.array([1.0, None], dtype="Float64"), "B": pd.array([True, None], dtype="boolean"),
            "S": pd.array(["a", None], dtype="string"), "p": pd.period_range("2020", periods=2, freq="M"),
            "v": pd.arrays.IntervalArray.from_breaks([0, 1, 2]),
            "z": pd.arrays.SparseArray([0, 1]), "d": pd.date_range("2020", periods=2),
        }
    )  # fmt: skip
    frame["o"] = frame["s"].astype(object)
    yield frame
    yield from (frame[column] for column in frame)
    yield from (frame[column].dtype for column in frame)
    yield from (pd.Index(frame[column]) for column in frame)
    yield from (frame.iloc[0]["t"], frame.iloc[0]["n"], pd.NA, pd.NaT, pd.Interval(0, 1), pd.Period("2020", "M"))
    yield from (pd.RangeIndex(3), pd.MultiIndex.from_tuples([(1, 2)]), frame.columns, pd.offsets.Day(1))
    yield from (pd.date_range("2020", periods=3, freq="D").freq, pd.Timestamp("2020-01-01"), pd.Timedelta(1))
    yield from (scipy.stats.uniform(0, 1), scipy.stats.randint(1, 3), scipy.stats.loguniform(1, 2))


_Unpickler: Any = pickle._Unpickler


class _Recorder(_Unpickler):  # type: ignore[misc]
    """Loads pickles made in this process and notes what they ask for and how it is used."""

    dispatch: ClassVar[dict[int, Any]] = dict(_Unpickler.dispatch)

    def __init__(self, file: io.BytesIO, found: dict[tuple[str, str], str]) -> None:
        super().__init__(file)
        self.found = found
        self.names: dict[int, tuple[str, str]] = {}

    def find_class(self, module: str, name: str) -> Any:
        thing = super().find_class(module, name)
        made = inspect.isclass(thing) and not module.startswith("numpy")
        self.found.setdefault((module, name), "N" if made else "F")
        self.names[id(thing)] = (module, name)
        return thing

    def load_reduce(self) -> None:
        named = self.names.get(id(self.stack[-2]))
        if named:
            self.found[named] = "C"
        super().load_reduce()

    def load_newobj(self) -> None:
        named = self.names.get(id(self.stack[-2]))
        if named and self.found[named] == "F":
            self.found[named] = "N"
        super().load_newobj()

    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.NEWOBJ[0]] = load_newobj


def sampled_rows() -> Iterator[Row]:
    """What pickles of the samples ask for, at each protocol that names things differently."""
    found: dict[tuple[str, str], str] = {}
    for sample in samples():
        for protocol in (3, 5):
            with contextlib.suppress(Exception):
                _Recorder(io.BytesIO(pickle.dumps(sample, protocol)), found).load()
    for (module, name), kind in found.items():
        if "." not in name and module.split(".")[0] in {"numpy", "pandas", "scipy"}:
            yield "R" if kind == "C" and is_maker(name) else kind, module, name


def distribution_templates() -> Iterator[Row]:
    """Digests of the source text that scipy's distributions carry in their state and compile when loaded."""
    import hashlib

    import scipy.stats

    for name in scipy.stats.__all__:
        text = getattr(getattr(scipy.stats, name), "_parse_arg_template", None)
        if isinstance(text, str):
            yield "T", "scipy.stats", hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def main() -> None:
    """Write the rows of this environment."""
    warnings.simplefilter("ignore")
    found = (
        sklearn_rows(), numpy_rows(), polynomial_rows(), scipy_rows(), result_rows(), pandas_rows(), sampled_rows(),
        distribution_templates(),
    )  # fmt: skip
    rows = {row for row in itertools.chain.from_iterable(found) if row[0] != "F" or storable(row[2])}
    print(f"# {environment()}")
    for row in sorted(rows, key=lambda row: (row[1], row[2], row[0])):
        print("\t".join(row))


if __name__ == "__main__":
    main()
