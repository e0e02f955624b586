"""The names that a model file may ask for: exact (module, name) pairs, each with how it may be used.

`allowed.tsv` is written by `generate_allowlist.py` from the installed libraries; what the standard library and
others contribute is short enough to be written here by hand. Kinds are explained in `generate_allowlist.py`;
by hand there are three more: `W` the array class of a joblib wrapper, `S` a storage class of PyTorch, `U` a class
of the user's own, which may be made, called and filled.
"""

from __future__ import annotations

import _compat_pickle
import functools
from collections.abc import Iterable, Mapping
from importlib import resources

import attrs

from rqml.errors import InvalidParameter

Names = Mapping[tuple[str, str], str]

_XGBOOST = "XGBModel XGBClassifier XGBRegressor XGBRanker XGBRFClassifier XGBRFRegressor"
_LIGHTGBM = "LGBMModel LGBMClassifier LGBMRegressor LGBMRanker _LGBMCheckXYNotEmpty"

BY_HAND = (
    ("C", "builtins", "bytes bytearray set frozenset slice complex range list dict tuple object"),
    ("R", "builtins", "type getattr"),
    ("F", "builtins", "int float bool str len sum min max abs round sorted any all divmod pow zip NotImplemented"),
    ("F", "builtins", "Ellipsis hash repr"),
    ("R", "copyreg", "_reconstructor"),
    ("R", "_codecs", "encode"),
    ("M", "collections", "OrderedDict defaultdict Counter deque"),
    ("N", "collections", "ChainMap UserDict UserList"),
    ("C", "datetime", "datetime date time timedelta timezone"),
    ("C", "decimal", "Decimal"),
    ("C", "fractions", "Fraction"),
    ("C", "ipaddress", "IPv4Address IPv4Network IPv6Address IPv6Network"),
    ("N", "statistics", "NormalDist"),
    ("N", "uuid", "UUID SafeUUID"),
    ("C", "pathlib", "PosixPath PurePosixPath WindowsPath PureWindowsPath Path"),
    ("C", "pathlib._local", "PosixPath PurePosixPath WindowsPath PureWindowsPath Path"),
    ("R", "functools", "partial"),
    ("R", "operator", "itemgetter"),
    ("C", "random", "Random"),
    ("R", "re", "_compile"),
    ("C", "types", "SimpleNamespace"),
    ("F", "math", "sqrt exp log log2 log10 log1p expm1 sin cos tan floor ceil fabs pow isnan tanh"),
    ("F", "operator", "add sub mul truediv neg abs eq ne lt le gt ge"),
    ("N", "numpy.random._mt19937", "MT19937"),
    ("N", "numpy.random._pcg64", "PCG64 PCG64DXSM"),
    ("N", "numpy.random._philox", "Philox"),
    ("N", "numpy.random._sfc64", "SFC64"),
    ("N", "numpy.random.bit_generator", "SeedSequence"),
    ("N", "joblib.numpy_pickle", "NumpyArrayWrapper"),
    ("W", "numpy", "memmap"),
    ("W", "numpy.core.memmap", "memmap"),
    ("R", "numpy.core.multiarray", "_reconstruct scalar"),
    ("R", "numpy._core.multiarray", "_reconstruct scalar"),
    ("R", "numpy.core.numeric", "_frombuffer"),
    ("R", "numpy._core.numeric", "_frombuffer"),
    ("F", "numpy.matrixlib.defmatrix", "matrix"),
    ("F", "scipy._lib.array_api_compat.numpy._aliases", "asarray"),
    ("F", "scipy._external.array_api_compat.numpy._aliases", "asarray"),
    ("F", "sklearn.externals.array_api_compat.numpy._aliases", "asarray"),
    ("N", "xgboost.sklearn", _XGBOOST),
    ("N", "xgboost.core", "Booster"),
    ("N", "xgboost.callback", "EarlyStopping LearningRateScheduler EvaluationMonitor"),
    ("N", "lightgbm.sklearn", _LIGHTGBM),
    ("N", "lightgbm.basic", "Booster"),
    ("N", "catboost.core", "CatBoost CatBoostClassifier CatBoostRegressor CatBoostRanker"),
    ("F", "zoneinfo", "ZoneInfo"),
    ("R", "pytz", "_UTC _p"),
    ("R", "pyarrow.lib", "type_for_alias timestamp duration py_buffer _restore_array chunked_array"),
    ("N", "pandas.arrays", "ArrowStringArray ArrowExtensionArray"),
    ("N", "pandas.core.arrays.arrow.array", "ArrowExtensionArray"),
    ("N", "pandas.core.dtypes.dtypes", "ArrowDtype"),
    ("N", "pandas", "ArrowDtype"),
    ("N", "pandas.core.arrays.string_arrow", "ArrowStringArray ArrowStringArrayNumpySemantics"),
    ("R", "torch._utils", "_rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_qtensor"),
    ("R", "torch._utils", "_rebuild_sparse_tensor"),
    ("R", "torch.serialization", "_get_layout"),
    ("C", "torch", "Size device"),
    ("F", "torch", "float16 bfloat16 float32 float64 uint8 int8 int16 int32 int64 bool complex64 complex128"),
    ("F", "torch", "uint16 uint32 uint64 float8_e4m3fn float8_e5m2 per_tensor_affine per_channel_affine"),
    ("F", "pandas", "get_dummies isna notna to_datetime to_numeric to_timedelta"),
    ("F", "pandas.core.dtypes.missing", "isna notna"),
    ("F", "pandas.core.reshape.encoding", "get_dummies"),
    ("F", "pandas.core.tools.datetimes", "to_datetime"),
    ("F", "pandas.core.tools.numeric", "to_numeric"),
    ("F", "pandas.core.tools.timedeltas", "to_timedelta"),
    ("N", "argparse", "Namespace"),
    ("S", "torch", "FloatStorage DoubleStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage"),
    (
        "S",
        "torch",
        "CharStorage ByteStorage BoolStorage ComplexFloatStorage ComplexDoubleStorage QInt8Storage QUInt8Storage",
    ),
    ("S", "torch", "QInt32Storage"),
    ("S", "torch.storage", "UntypedStorage TypedStorage"),
)


@attrs.frozen(eq=False)
class AllowList:
    """Exact names and their kinds.

    Attributes:
        names: (module, name) to the kind letter.
        templates: digests of source text that scipy's distributions keep in their state and compile on loading.
    """

    names: Names
    templates: frozenset[str] = frozenset()

    def kind(self, module: str, name: str) -> str:
        """The kind letter of a name, or an empty string when it is not on the list."""
        return self.names.get((module, name), "")

    def allows(self, module: str, name: str) -> bool:
        """Whether an unpickler may be asked for a name, in its modern spelling or in that of Python 2."""
        modern = _compat_pickle.NAME_MAPPING.get((module, name))
        modern = modern or (_compat_pickle.IMPORT_MAPPING.get(module, module), name)
        return (module, name) in self.names or modern in self.names

    def extended(self, classes: Iterable[str]) -> AllowList:
        """This list and the user's own classes, each as `package.module.ClassName`.

        Such a class may be made with plain arguments, called, filled and given its state: its constructor,
        `__setstate__` and `__new__` are trusted.

        Raises:
            InvalidParameter: an entry is not a dotted path of identifiers.
        """
        added: dict[tuple[str, str], str] = {}
        for path in classes:
            module, _, name = path.rpartition(".")
            if not module or not all(part.isidentifier() for part in path.split(".")):
                raise InvalidParameter(f"{path!r} is not of the form package.module.ClassName")
            added[module, name] = self.names.get((module, name), "U")
        return AllowList({**self.names, **added}, self.templates) if added else self


@functools.cache
def allowed_names() -> AllowList:
    """The shipped list."""
    names: dict[tuple[str, str], str] = {}
    templates = set()
    text = resources.files(__package__).joinpath("allowed.tsv").read_text(encoding="ascii")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        kind, module, _, entries = line.split("\t")
        if kind == "T":
            templates.update(entries.split())
        else:
            names.update(((module, name), kind) for name in entries.split())
    for kind, module, entries in BY_HAND:
        names.update(((module, name), kind) for name in entries.split())
    return AllowList(names, frozenset(templates))
