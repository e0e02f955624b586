"""More techniques, found by attacking the scanner: names, arguments, state, containers and settings.

Each payload names a harmless function, and nothing here is ever loaded.
"""

from __future__ import annotations

import bz2
import functools
import gzip
import io
import json
import lzma
import operator
import pickle
import platform
import struct
import tarfile
import zipfile
import zlib
from collections import OrderedDict

import numpy as np
import scipy.sparse
import scipy.stats
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.neighbors import BallTree
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._tree import Tree

NAMES = """
sklearn.utils.fixes _open_text|sklearn.datasets._base _fetch_remote|sklearn.datasets._openml _open_openml_url|
sklearn.datasets._svmlight_format_io load_svmlight_file|sklearn.externals.joblib load|sklearn show_versions|
sklearn._config set_config|sklearn.base warnings|sklearn.svm._base np|sklearn.utils.parallel joblib|
sklearn.utils.metaestimators available_if|scipy.io readsav|scipy.sparse load_npz|scipy.sparse._matrix_io load_npz|
scipy._lib.decorator FunctionMaker.create|scipy.stats._distn_infrastructure rv_continuous|numpy genfromtxt|
numpy fromregex|numpy.lib.npyio load|numpy.lib.npyio recfromtxt|numpy.lib.npyio recfromcsv|numpy.lib.utils safe_eval|
numpy.core.arrayprint set_string_function|numpy.lib._datasource DataSource|numpy.lib.format open_memmap|
numpy.core _ufunc_reconstruct|numpy._core _ufunc_reconstruct|numpy.core.records fromfile|
numpy._core.multiarray fromfile|numpy.ctypeslib load_library|numpy.lib.stride_tricks as_strided|
numpy.f2py.crackfortran myeval|pandas eval|pandas read_hdf|pandas.io.pickle read_pickle|
pandas.compat.pickle_compat load|pandas.core.frame DataFrame.query|joblib.numpy_pickle NDArrayWrapper|
joblib.numpy_pickle_compat ZNDArrayWrapper|joblib.memory MemorizedFunc|joblib._store_backends FileSystemStoreBackend|
joblib.externals.cloudpickle.cloudpickle subimport|joblib.func_inspect get_func_code|
cloudpickle.cloudpickle _make_function|dill._dill _create_code|torch.storage _load_from_bytes|
torch._tensor _rebuild_from_type_v2|
torch.utils.cpp_extension load_inline|torch._dynamo.guards GuardBuilder.get|torch.distributed.rpc rpc_sync|
catboost.core _CatBoostBase|pytz open_resource|zoneinfo reset_tzpath|random SystemRandom|types MethodType|
builtins super|builtins property|builtins memoryview|builtins iter|functools lru_cache|operator call|operator setitem|
_operator attrgetter|_functools reduce|_io open|_ctypes PyObj_FromPtr|_pickle Unpickler|_winapi CreateProcess|
_osx_support _read_output|xmlrpc.client ServerProxy|multiprocessing.util spawnv_passfds|weakref finalize|
ctypes.util find_library|site addsitedir|pathlib Path.write_text|logging FileHandler|attr._make _make_init|
builtins object.__subclasses__|collections OrderedDict.__reduce_ex__|sklearn.svm._classes SVC.__init__.__globals__|
numpy add.reduce|sklеarn.svm SVC|numpy аrray|Numpy add|os/path join|numpy ad\u200bd
"""


def text(value: str) -> bytes:
    encoded = value.encode()
    return b"\x8c" + bytes([len(encoded)]) + encoded + b"\x94"


def name(module: str, attribute: str) -> bytes:
    return text(module) + text(attribute) + b"\x93\x94"


def pickled(body: bytes) -> bytes:
    body += b"."
    return b"\x80\x04\x95" + struct.pack("<Q", len(body)) + body


class _Restated(pickle.Pickler):
    """Writes one object with another state."""

    def __init__(self, file, target, state):
        super().__init__(file, 4)
        self.target, self.state = target, state

    def reducer_override(self, value):
        if value is not self.target:
            return NotImplemented
        make, arguments, state = value.__reduce_ex__(4)[:3]
        return make, arguments, self.state(state)


def restated(target, state) -> bytes:
    file = io.BytesIO()
    _Restated(file, target, state).dump(target)
    return file.getvalue()


def calls(called) -> dict[str, bytes]:
    """Names that must not be called or even asked for."""
    entries = [entry.rsplit(" ", 1) for entry in NAMES.replace("\n", "").split("|")]
    made = {}
    for number, (module, attribute) in enumerate(entries):
        usual = f"{module}.{attribute}".replace(".", "").isidentifier() and module.isascii()
        made[f"name {module}.{attribute}"] = called(module, attribute, number % 6 if usual else 4)
    return made


def arguments() -> dict[str, bytes]:
    """What may be called, with what it should not be called with."""
    node, get = name("platform", "node"), name("builtins", "getattr")
    array = pickle.dumps(np.arange(3), 4)[11:-1]
    index, bits = name("pandas.core.indexes.base", "_new_Index"), "numpy.random._pickle"
    return {
        "partial of partial": pickle.dumps(functools.partial(functools.partial(platform.node)), 2),
        "partial with a name": pickle.dumps(functools.partial(sum, platform.node), 4),
        "attrgetter": pickle.dumps(operator.attrgetter("__class__"), 4),
        "methodcaller": pickle.dumps(operator.methodcaller("system", "x"), 4),
        "newobj_ex with a name": pickled(name("collections", "OrderedDict") + b")}\x94" + text("a") + node + b"s\x92"),
        "method of an array": pickled(get + array + text("tofile") + b"\x86R"),
        "method of the class of arrays": pickled(get + name("numpy", "ndarray") + text("tofile") + b"\x86R"),
        "subclasses of str": pickled(get + name("builtins", "str") + text("__subclasses__") + b"\x86R"),
        "name joined from parts": pickled(get + text(".") + text("join") + b"\x86R"),
        "name decoded from bytes": pickled(
            name("_codecs", "encode") + text("platform") + text("latin1") + b"\x86R" + text("node") + b"\x93)R"
        ),
        "globals of a distribution": pickled(
            get
            + name("scipy.stats._distn_infrastructure", "rv_continuous_frozen")
            + b")\x81"
            + text("__globals__")
            + b"\x86R"
        ),
        "type of three": pickled(name("builtins", "type") + text("A") + b")}\x87R"),
        "type of a class": pickled(name("builtins", "type") + name("sklearn.svm._classes", "SVC") + b"\x85R"),
        "list of a range": pickled(
            name("builtins", "list") + name("builtins", "range") + b"J\x00\x00\x00\x7f\x85R\x85R"
        ),
        "dtype of many": pickled(name("numpy", "dtype") + text("(1000000000,1000000000)f8") + b"\x89\x88\x87R"),
        "codec": pickled(name("_codecs", "encode") + text("x") + text("zlib_codec") + b"\x86R"),
        "bit generator of a name": pickled(name(bits, "__bit_generator_ctor") + node + b"\x85R"),
        "generator of a class": pickled(
            name(bits, "__generator_ctor") + name("sklearn.svm._classes", "SVC") + b"\x85R"
        ),
        "index of a foreign class": pickled(index + name("sklearn.svm._classes", "SVC") + b"}\x86R"),
        "index of a function": pickled(index + name("numpy", "array") + b"}\x86R"),
        "array of lists": pickled(
            name("numpy._core.multiarray", "_reconstruct") + name("builtins", "list") + b"K\x00\x85C\x01b\x87R"
        ),
    }


def states() -> dict[str, bytes]:
    """State that replaces the class of an object, or a method that is called while it is restored."""
    plain, norm = name("types", "SimpleNamespace") + b")\x81", scipy.stats.norm
    booster, ordered = name("lightgbm.basic", "Booster"), name("collections", "OrderedDict") + b")R"
    dtype = name("numpy", "dtype") + text("U9") + b"\x89\x88\x87R(K\x03" + text("<") + b"NNNK\x24K\x04K\x08tb"
    key = name("numpy._core.multiarray", "scalar") + dtype + b"C\x24" + "__class__".encode("utf-32-le") + b"\x86R"
    call = functools.partial(np.full, (2,), 0)
    return {
        "class in slots": pickled(plain + b"N}" + text("__class__") + booster + b"s\x86b"),
        "class in ordered slots": pickled(plain + b"N" + ordered + text("__class__") + booster + b"s\x86b"),
        "class by a text of numpy": pickled(plain + b"N}" + key + booster + b"s\x86b"),
        "ordered state": pickled(plain + ordered + text("__setstate__") + name("numpy", "add") + b"sb"),
        "state is a pair": pickled(
            plain + name("sklearn.utils._metadata_requests", "MethodPair") + b"N" + text("x") + b"\x86\x81b"
        ),
        "distribution attaches": restated(norm, lambda state: {**state, "_attach_argparser_methods": call}),
        "distribution attaches methods": restated(norm, lambda state: {**state, "_attach_methods": call}),
        "distribution with a text": restated(norm, lambda state: {**state, "_parse_arg_template": "import platform"}),
        "distribution in order": restated(norm, lambda s: OrderedDict({**s, "_parse_arg_template": "import platform"})),
        "call as state": pickled(plain + name("platform", "node") + b")Rb"),
    }


def _forged(tree: Tree, features: int, outputs: int) -> Tree:
    """The same tree, said to have more features, of which its root asks for the last."""
    state = tree.__getstate__()
    state["nodes"] = state["nodes"].copy()
    state["nodes"]["feature"][0] = features - 1
    forged = Tree(features, np.array([outputs], dtype=np.intp), 1)
    forged.__setstate__(state)
    return forged


def _changed(value, array: np.ndarray, place, number, field: str | None = None) -> bytes:
    """The pickle of a value with one number of one of its arrays exchanged."""
    other = array.copy()
    (other if field is None else other[field])[place] = number
    content = pickle.dumps(value, 4)
    assert array.tobytes() in content
    return content.replace(array.tobytes(), other.tobytes(), 1)


def structures() -> dict[str, bytes]:
    """Honest classes whose numbers lead compiled code out of its arrays."""
    X = np.random.default_rng(0).normal(size=(80, 3))
    y = X[:, 0] > 0
    tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, y)
    tree.tree_ = _forged(tree.tree_, 1000, 2)
    forest = RandomForestClassifier(2, max_depth=2, random_state=0).fit(X, y)
    member = forest.estimators_[1]
    member.tree_, member.n_features_in_ = _forged(member.tree_, 500, 2), 500
    boosted = GradientBoostingClassifier(n_estimators=2, max_depth=2).fit(X, y)
    member = boosted.estimators_[0, 0]
    member.tree_, member.n_features_in_ = _forged(member.tree_, 500, 1), 500
    histograms = HistGradientBoostingClassifier(max_iter=1, random_state=0).fit(X, y)
    ball, svc, rows = BallTree(X, leaf_size=5), SVC().fit(X, y), scipy.sparse.csr_matrix(X)
    places, generator = scipy.sparse.coo_matrix(X), pickle.dumps(np.random.RandomState(0), 4)
    support = svc._n_support
    return {
        "tree beyond its estimator": pickle.dumps(tree, 4),
        "forest with a foreign member": pickle.dumps(forest, 4),
        "boosting with a foreign member": pickle.dumps(boosted, 4),
        "predictor feature beyond": _changed(histograms, histograms._predictors[0][0].nodes, 0, 10**6, "feature_idx"),
        "ball tree range": _changed(ball, np.asarray(ball.get_arrays()[2]), 2, -5, "idx_start"),
        "csr column beyond": _changed(rows, rows.indices, 0, 10**8),
        "csr column negative": _changed(rows, rows.indices, 0, -9),
        "csr rows beyond": _changed(rows, rows.indptr, -1, 10**8),
        "coo row beyond": _changed(places, places.row, 0, 10**7),
        "svc support": pickle.dumps(svc, 4).replace(
            b"C\x08" + support.tobytes(), b"C\x08" + np.array([10**6, support[1]], support.dtype).tobytes()
        ),
        "svc support index": _changed(svc, svc.support_, 0, 10**6),
        "generator position": generator.replace(b"\x8c\x03pos\x94M\x70\x02", b"\x8c\x03pos\x94M\x70\xff"),
    }


def depths() -> dict[str, bytes]:
    """Containers in containers, deeper than the stack of the process."""
    deep = 30_000
    return {
        "deep tuple as key": pickled(b"})" + b"\x85" * deep + b"Ns"),
        "deep tuple with memo": pickled(b"})" + b"\x85\x94" * deep + b"Ns"),
        "deep pairs as key": pickled(b"})" + b"N\x86" * deep + b"Ns"),
        "deep tuple in a set": pickled(b"()" + b"\x85" * deep + b"\x91"),
        "deep lists": pickled(b"]" * deep + b"a" * (deep - 1)),
    }


def streams(called) -> dict[str, bytes]:
    """What stands before, between and after pickles and compressed streams."""
    bad, good = called("platform", "node", 4), pickle.dumps({"a": 1}, 4)
    old = called("platform", "node", 0)
    return {
        "popped prefix": b"I1\n0" + old,
        "popped prefix and junk": b"I1\n0" + old + b"junk",
        "popped mark": b"(1" + old,
        "padding after stop": old + b"PADDING" * 9,
        "call without stop": old[:-1],
        "frame, then opcodes outside": b"\x80\x04\x95" + struct.pack("<Q", 1) + b"N0" + bad[11:],
        "strings of Python 2": b"\x80\x02U\x08platformU\x04node\x93)R.",
        "out of band": b"\x80\x05\x97\x98.",
        "xz after xz": lzma.compress(good) + lzma.compress(bad),
        "bz2 after bz2": bz2.compress(good) + bz2.compress(bad),
        "zeros and a pickle after gzip": gzip.compress(good) + bytes(100) + bad,
        "gzip with a name": b"\x1f\x8b\x08\x08\0\0\0\0\0\x03x.json\0" + gzip.compress(bad)[10:],
        "codec in codec": bz2.compress(gzip.compress(zlib.compress(bad))),
    }


def _one_member(member: bytes = b"a.pkl", data: bytes = b"{}", **changes: object) -> bytes:
    """A zip of one stored member, with some of its fields exchanged."""
    use = {"flags": 0, "local_flags": 0, "method": 0, "mode": 0, "extra": b"", "local_name": member, **changes}
    crc, size = zlib.crc32(data), len(data)
    head = struct.pack("<HHHIIIH", use["method"], 0, 33, crc, size, size, len(member))
    local = (
        struct.pack("<4sHH", b"PK\3\4", 20, use["local_flags"]) + head + struct.pack("<H", 0) + use["local_name"] + data
    )
    extra, mode = use["extra"], use["mode"] << 16
    central = struct.pack("<4sHHH", b"PK\1\2", 0x314, 20, use["flags"]) + head
    central += struct.pack("<HHHHII", len(extra), 0, 0, 0, mode, 0) + member + extra
    return local + central + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local), 0)


def _tar_header(size: bytes, kind: bytes) -> bytes:
    header = bytearray(512)
    header[:1], header[100:107], header[124:136], header[156:157] = b"d", b"0000644", size.ljust(12, b"\0"), kind
    header[257:265], header[148:156] = b"ustar\x0000", b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def _tar_of(**attributes: object) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("model.pkl")
        for key, value in attributes.items():
            setattr(entry, key, value)
        archive.addfile(entry)
    return buffer.getvalue()


def containers(called, zipped) -> dict[str, bytes]:
    """Archives that two readers read in two ways, or that lead out of themselves."""
    bad, good = called("platform", "node", 4), pickle.dumps({"a": 1}, 4)
    whole = zipped([("a.pkl", good)])
    renamed = struct.pack("<HHBI", 0x7075, 14, 1, zlib.crc32(b"a.json")) + b"model.pkl"
    return {
        "zip encrypted": _one_member(flags=1, local_flags=1),
        "zip strongly encrypted": _one_member(flags=0x40, local_flags=0x40),
        "zip encrypted here only": _one_member(local_flags=1),
        "zip masked": _one_member(flags=0x2000, local_flags=0x2000),
        "zip bz2": _one_member(method=12),
        "zip name in other case": _one_member(local_name=b"A.pkl"),
        "zip link": _one_member(b"a.json", mode=0o120777),
        "zip renamed": _one_member(b"a.json", extra=renamed),
        "zip sizes twice": _one_member(b"a.json", extra=struct.pack("<HHQ", 1, 8, 2) * 2),
        "zip extra cut": _one_member(b"a.json", extra=b"\x01\x00\xff"),
        "zip back slash": _one_member(b"..\\a.json"),
        "zip drive": _one_member(b"C:/a.json"),
        "zip accents": zipped([("e\u0301.pkl", good), ("\u00e9.pkl", good)]),
        "zip two ends": whole + whole[-22:],
        "zip after zip": zipped([("a.pkl", bad)]) + whole,
        "zip far behind a pickle": good + bytes(70_000) + whole,
        "zip after a picture": b"\x89PNG\r\n\x1a\n" + bytes(50) + zipped([("a", bad)]),
        "folder with content": zipped([("a/", bad)]),
        "pickle named npy": zipped([("w.npy", bad)]),
        "torch two roots": zipped([("a/data.pkl", good), ("a/version", b"3"), ("b/data.pkl", bad)]),
        "torch data at the root": zipped([("data.pkl", bad), ("version", b"3")]),
        "tar of torch": _tar_members([("pickle", bad), ("storages", good)]),
        "tar size negative": _tar_header(b"-1000", b"5") + bytes(1024),
        "tar size signed": _tar_header(b"+0", b"0") + bytes(1024),
        "tar hard link": _tar_of(type=tarfile.LNKTYPE, linkname="/etc/hostname"),
        "tar pipe": _tar_of(type=tarfile.FIFOTYPE),
        "tar device": _tar_of(type=tarfile.CHRTYPE),
        "tar sparse by pax": _tar_of(pax_headers={"GNU.sparse.name": "x"}),
    }


def _tar_members(members) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for member, content in members:
            entry = tarfile.TarInfo(member)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _tensors(entry: object, body: bytes = bytes(8), **more: object) -> bytes:
    header = json.dumps({"a": entry, **more}).encode()
    return struct.pack("<Q", len(header)) + header + body


def tensors() -> dict[str, bytes]:
    """safetensors headers that only a lenient reader takes, and views of PyTorch beyond their storage."""
    good = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}

    def view(offset: int, size: int, step: int) -> bytes:
        long = lambda text: b"X" + struct.pack("<I", len(text)) + text.encode()  # noqa: E731
        number = lambda value: b"J" + struct.pack("<i", value)  # noqa: E731
        storage = b"(" + long("storage") + b"ctorch\nFloatStorage\n" + long("0") + long("cpu") + b"K\x04tQ"
        body = (
            b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(offset) + number(size) + b"\x85" + number(step)
        )
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("a/data.pkl", b"\x80\x02" + body + b"\x85\x89ccollections\nOrderedDict\n)RtR.")
            archive.writestr("a/version", b"3\n")
            archive.writestr("a/data/0", bytes(16))
        return buffer.getvalue()

    return {
        "safetensors negative shape": _tensors({**good, "shape": [-1, -2]}),
        "safetensors broken shape": _tensors({**good, "shape": [2.0]}),
        "safetensors truth as offset": _tensors({"dtype": "U8", "shape": [1], "data_offsets": [False, True]}, b"\0"),
        "safetensors more keys": _tensors({**good, "code": "import os"}),
        "safetensors hole": _tensors({**good, "data_offsets": [8, 16]}, bytes(16)),
        "safetensors metadata": _tensors(good, __metadata__={"x": {"y": 1}}),
        "torch view beyond": view(0, 1 << 20, 1),
        "torch offset beyond": view(1 << 20, 4, 1),
        "torch step backwards": view(0, 4, -1),
    }


def _message(number: int, payload: bytes | str | int) -> bytes:
    """One field of a protobuf message."""
    if isinstance(payload, int):
        return bytes([number << 3, payload])
    payload = payload.encode() if isinstance(payload, str) else payload
    key = number << 3 | 2
    head = bytes([key]) if key < 0x80 else bytes([key & 0x7F | 0x80, key >> 7])
    return head + bytes([len(payload)]) + payload


def onnx_models() -> dict[str, bytes]:
    """Tensors outside of the model's folder, in every place that may hold a tensor."""

    def tensor(place: str) -> bytes:
        return _message(1, 4) + _message(2, 1) + _message(13, _message(1, "location") + _message(2, place))

    def model(graph: bytes, *more: bytes) -> bytes:
        return _message(1, 8) + _message(7, graph) + _message(8, _message(2, 18)) + b"".join(more)

    away = tensor("../x")
    constant = _message(1, _message(4, "Constant") + _message(5, _message(5, away)))
    return {
        **{
            f"onnx at {place!r}": model(_message(5, tensor(place)))
            for place in ("../x", "/x", "C:\\x", "file:///x", "~/x")
        },
        "onnx constant": model(constant),
        "onnx branch": model(_message(1, _message(5, _message(6, _message(5, away))))),
        "onnx list": model(_message(1, _message(5, _message(10, away)))),
        "onnx sparse": model(_message(15, _message(1, away))),
        "onnx function": model(b"", _message(25, _message(7, constant[2:]))),
        "onnx training": model(b"", _message(20, _message(2, _message(5, away)))),
    }


def settings(zipped) -> dict[str, bytes]:
    """Settings and schemas that libraries take code from."""
    layer = json.dumps({"config": {"layers": [{"class_name": "Lambda", "config": {}}]}}).encode()
    function = {"module": "os", "class_name": "function", "config": "system", "registered_name": "function"}
    template = "{{ cycler.__init__.__globals__.os }}"
    kind = b"ARROW:extension:name\0arrow.py_extension_type"
    footer = struct.pack("<i", 20)

    def parquet(shift: int) -> bytes:
        import base64

        return b"PAR1" + bytes(9) + base64.b64encode(bytes(shift) + kind) + bytes(20) + footer + b"PAR1"

    return {
        "keras layer": layer,
        "keras archive": zipped([("config.json", layer), ("metadata.json", b"{}")]),
        "keras archive with weights": zipped(
            [("config.json", layer), ("model.weights.h5", b"\x89HDF\r\n\x1a\n" + bytes(99))]
        ),
        "keras hdf5": b"\x89HDF\r\n\x1a\n" + bytes(99) + layer,
        "keras function": json.dumps({"layers": [function]}).encode(),
        "template": json.dumps({"chat_template": template}).encode(),
        "template among others": json.dumps({"chat_template": [{"name": "a", "template": template}]}).encode(),
        "template written in escapes": json.dumps({"chat_template": "{{ x['\\x5f\\x5fclass\\x5f\\x5f'] }}"}).encode(),
        "gguf template": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + b"tokenizer.chat_template" + template.encode(),
        "yaml call": b"a: !!python/object/apply:platform.node [x,y]\nb: [1,2]\n",
        "yaml call by escapes": b"# a,b\n!!%70ython/object/apply:platform.node [x,]\n",
        "yaml call by late escapes": b"# a,b\n!!pyth%6Fn/object/apply:platform.node [x,]\n",
        "yaml call by a whole tag": b"# a,b\n!<tag:yaml%2Eorg,2002:python/object/apply:platform.node> []\n",
        "yaml call by a directive": b"%TAG !e! tag:yaml.org,2002:\n--- !e!python/object/apply:platform.node [x,]\n",
        "arrow type": b"ARROW1\0\0" + bytes(40) + kind + bytes(20) + footer + b"ARROW1",
        **{f"parquet type {shift}": parquet(shift) for shift in range(3)},
        "skops twice": zipped(
            [("schema.json", b'{"__class__":"system","__module__":"os","__class__":"dict","__module__":"builtins"}')]
        ),
    }


def all_routes(called, zipped) -> dict[str, bytes]:
    """Every technique by name."""
    return (
        calls(called)
        | arguments()
        | states()
        | structures()
        | depths()
        | streams(called)
        | containers(called, zipped)
        | tensors()
        | onnx_models()
        | settings(zipped)
    )
