"""A corpus of techniques by which a file may call, smuggle or exhaust something.

Every payload names a harmless function, and no test ever loads one of these files: they are only read.
"""

from __future__ import annotations

import bz2
import gzip
import importlib.util
import io
import lzma
import pickle
import platform
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KDTree

GADGETS = """
os getcwd|os cpu_count|os getpid|os listdir|os system|posix getcwd|nt getcwd|builtins print|
builtins eval|builtins exec|builtins compile|builtins open|builtins __import__|builtins input|
builtins breakpoint|builtins vars|builtins globals|builtins dir|builtins setattr|builtins delattr|
builtins map|builtins filter|builtins apply|platform node|platform machine|subprocess check_output|
subprocess Popen|subprocess getoutput|sys exit|sys setrecursionlimit|sys _getframe|sys settrace|
runpy run_path|runpy run_module|code interact|pdb runcall|timeit timeit|cProfile run|profile run|
trace main|doctest testfile|importlib import_module|importlib reload|imp load_source|
pkgutil get_data|pkgutil resolve_name|pydoc locate|pydoc pipepager|shutil rmtree|shutil copyfile|
tempfile mktemp|glob glob|socket create_connection|socket gethostname|ssl get_server_certificate|
urllib.request urlopen|urllib.request urlretrieve|http.client HTTPConnection|ftplib FTP|
smtplib SMTP|telnetlib Telnet|webbrowser open|ctypes CDLL|ctypes memset|_ctypes dlopen|
multiprocessing Process|threading Thread|asyncio run|signal alarm|signal raise_signal|
atexit register|faulthandler enable|gc get_objects|inspect getsource|types FunctionType|
types CodeType|marshal loads|pickle loads|_pickle loads|dill loads|cloudpickle loads|
copyreg add_extension|copyreg __newobj__|shelve open|operator attrgetter|operator methodcaller|
functools reduce|itertools starmap|itertools accumulate|collections namedtuple|
logging.config dictConfig|unittest main|venv create|ensurepip bootstrap|pip main|pip._internal main|
setuptools.sandbox run_setup|distutils.spawn spawn|numpy load|numpy save|numpy fromfile|
numpy loadtxt|numpy frompyfunc|numpy vectorize|numpy memmap|numpy.testing._private.utils runstring|
numpy.f2py compile|numpy.distutils.exec_command exec_command|scipy.io loadmat|pandas read_pickle|
pandas read_csv|pandas.io.common get_handle|pandas.core.computation.eval eval|joblib load|
joblib.numpy_pickle load|joblib Memory|joblib.parallel Parallel|sklearn.datasets load_files|
sklearn.datasets fetch_openml|sklearn.utils._testing set_random_state|
sklearn.utils.discovery all_estimators|torch load|torch.hub load|torch.jit load|
torch._utils _rebuild_device_tensor_from_numpy|tensorflow.keras.models load_model|
keras.layers Lambda|yaml load|django.core.management call_command|lib2to3.main main|
idlelib.run main|antigravity geohash|this s|bdb Bdb|cgitb handler|
asyncio.unix_events _UnixSubprocessTransport|ast literal_eval|string Formatter|linecache getlines|
zipimport zipimporter|_io FileIO|io open_code|fileinput input|mmap mmap|pty spawn|
readline parse_and_bind|resource setrlimit|select select|sqlite3 connect|ssl SSLContext|
syslog syslog|uuid _get_command_stdout|zipfile ZipFile|_posixsubprocess fork_exec
"""


def called(module: str, name: str, protocol: int, argument: str = "x") -> bytes:
    """A well-formed pickle that calls one function with one string, as the pickler of a protocol writes it."""
    if protocol == 0:
        return f"c{module}\n{name}\np0\n(V{argument}\np1\ntp2\nRp3\n.".encode()
    short = lambda text: b"\x8c" + bytes([len(text)]) + text.encode() + b"\x94"  # noqa: E731
    if protocol < 4:
        body = b"X" + struct.pack("<I", len(argument)) + argument.encode() + b"q\x01"
        head = f"c{module}\n{name}\nq\x00".encode()
        return bytes([0x80, protocol]) + head + body + b"\x85q\x02Rq\x03."
    body = short(module) + short(name) + b"\x93\x94" + short(argument) + b"\x85\x94R\x94."
    return bytes([0x80, protocol]) + b"\x95" + struct.pack("<Q", len(body)) + body


def framed(body: bytes, protocol: int = 4) -> bytes:
    """A stream of opcodes with its header and frame."""
    return bytes([0x80, protocol, 0x95]) + struct.pack("<Q", len(body)) + body


class Calls:
    """Pickles as a call of a harmless function."""

    def __init__(self, function=platform.node, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


def zipped(members, **options) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(members) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def joblib_bytes(value, **options) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(value, buffer, **options)
    return buffer.getvalue()


def opcode_forms() -> dict[str, bytes]:
    """Tricks with opcodes: most reach a call, the others are what no pickler writes."""
    node = b"\x8c\x08platform\x94\x8c\x04node\x94\x93\x94"
    clean = pickle.dumps({"a": [1, 2]}, 4)
    system = b"cplatform\nnode\n"
    return {
        "inst": b"(iplatform\nnode\n.",
        "obj": b"(" + system + b"o.",
        "newobj on function": framed(node + b")\x81\x94."),
        "newobj_ex": framed(node + b")}\x92\x94."),
        "build on global": framed(b"\x8c\x08builtins\x94\x8c\x03len\x94\x93\x94}\x94\x8c\x01a\x94K\x01sb."),
        "build on class": framed(b"\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94}\x94\x8c\x01a\x94K\x01sb."),
        "build twice": framed(
            b"\x8c\x05types\x94\x8c\x0fSimpleNamespace\x94\x93\x94)\x81\x94}\x94\x8c\x01a\x94K\x01sb}\x94\x8c\x01a\x94K\x01sb."
        ),
        "setstate in state": framed(
            b"\x8c\x05types\x94\x8c\x0fSimpleNamespace\x94\x93\x94)\x81\x94}\x94\x8c\x0c__setstate__\x94K\x01sb."
        ),
        "class in state": framed(
            b"\x8c\x05types\x94\x8c\x0fSimpleNamespace\x94\x93\x94)\x81\x94}\x94\x8c\x09__class__\x94K\x01sb."
        ),
        "ext1": b"\x80\x02\x82\x01.",
        "ext2": b"\x80\x02\x83\x01\x00.",
        "ext4": b"\x80\x02\x84\x01\x00\x00\x00.",
        "persid": b"Pplatform.node\n.",
        "binpersid": b"\x80\x02X\x01\x00\x00\x00aQ.",
        "dup": framed(node + b"2."),
        "pop hides a call": framed(node + b")R\x940N."),
        "pop then memo": framed(node + b"0h\x02)R\x94."),
        "call before a list": framed(node + b")R\x94\x85\x94."),
        "call as key": framed(b"}\x94" + node + b")R\x94K\x01s."),
        "call in set": framed(b"\x8f\x94(" + node + b")R\x94\x90."),
        "call in frozenset": framed(b"(" + node + b")R\x94\x91\x94."),
        "call in args": framed(
            b"\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94" + node + b")R\x94\x85\x94R\x94."
        ),
        "call of a call": framed(node + b")R\x94)R\x94."),
        "call of a string": framed(b"\x8c\x04node\x94)R\x94."),
        "global from memo": framed(b"\x8c\x08platform\x94\x8c\x04node\x94h\x00h\x01\x93\x94)R\x94."),
        "names swapped by memo": b"\x80\x02" + system + b"q\x05)R.",
        "memo with a hole": b"\x80\x02]q\x00]q\x07.",
        "memo far out": b"\x80\x02]r\xff\xff\xff\x7f.",
        "memo read unwritten": b"\x80\x02h\x05.",
        "memo of a number": b"\x80\x02K\x01q\x00.",
        "late proto": framed(b"N0\x80\x04."),
        "proto twice": b"\x80\x04\x80\x04N.",
        "proto 6": b"\x80\x06N.",
        "proto 255": b"\x80\xffN.",
        "binput at protocol 4": framed(b"]q\x00."),
        "global at protocol 4": framed(b"cbuiltins\nlen\n\x94."),
        "memoize at protocol 2": b"\x80\x02]\x94.",
        "stack global at protocol 2": b"\x80\x02X\x08\x00\x00\x00builtinsX\x03\x00\x00\x00len\x93.",
        "next buffer": b"\x80\x05\x97.",
        "dict opcode with items": b"(K\x01K\x02d.",
        "list opcode with items": b"(K\x01K\x02l.",
        "two values left": b"\x80\x02NN.",
        "open mark left": b"\x80\x02(N.",
        "no stop": b"\x80\x02N",
        "stop on empty": b"\x80\x02.",
        "trailing byte": clean + b"\x00",
        "trailing pickle": clean + called("platform", "node", 4),
        "trailing clean pickle": clean + clean,
        "call then garbage": called("platform", "node", 2)[:-1] + b"\xff\xff\xff",
        "call then truncated": called("platform", "node", 2)[:-1],
        "text call then garbage": called("platform", "node", 0)[:-1] + b"zzz",
        "frame beyond the end": b"\x80\x04\x95" + struct.pack("<Q", 1 << 40) + b"N.",
        "frame in frame": b"\x80\x04\x95" + struct.pack("<Q", 12) + b"\x95" + struct.pack("<Q", 3) + b"NN.",
        "frame ends inside an argument": b"\x80\x04\x95" + struct.pack("<Q", 4) + b"J\x01\x00\x00\x00.",
        "frame goes on after stop": b"\x80\x04\x95" + struct.pack("<Q", 6) + b"N.NNNN",
        "empty frame": b"\x80\x04\x95" + struct.pack("<Q", 0) + b"N.",
        "long string length": b"\x80\x04\x8d" + struct.pack("<Q", 1 << 62) + b"a.",
        "negative long": b"\x80\x02\x8b\xff\xff\xff\xff.",
        "items on a function": framed(b"\x8c\x08builtins\x94\x8c\x03len\x94\x93\x94(K\x01e."),
        "items on a number": framed(b"K\x01(K\x01e."),
        "setitem on a list": framed(b"]\x94K\x00K\x01s."),
        "list as key": framed(b"}\x94]\x94K\x01s."),
        "dotted attribute": called("sklearn.svm", "sys.modules", 4),
        "dotted through numpy": called("numpy", "os.getcwd", 4),
        "dotted through joblib": called("joblib", "os.getcwd", 5),
        "dotted method": called("builtins", "str.format", 4),
        "dotted class method": called("pathlib", "Path.home", 4),
        "python 2 names": b"\x80\x02c__builtin__\neval\nq\x00X\x01\x00\x00\x001q\x01\x85q\x02Rq\x03.",
        "python 2 module": b"ccommands\ngetoutput\np0\n(Vx\ntR.",
        "latin module": b"\x80\x03c\xff\xfe\nnode\n)R.",
        "spaces in module": called("os ", "getcwd", 2),
        "empty module": called("", "node", 4),
        "module main": called("__main__", "Anything", 4),
        "codec": b"c_codecs\nencode\n(Vabc\nVrot13\ntR.",
        "bytearray of a number": b"\x80\x02cbuiltins\nbytearray\nq\x00J\xff\xff\xff\x7f\x85q\x01Rq\x02.",
        "type of three": b"cbuiltins\ntype\n(Va\n(t(dtR.",
        "getattr": b"cbuiltins\ngetattr\n(cbuiltins\nlen\nV__self__\ntR.",
        "reconstructor of a function": b"ccopyreg\n_reconstructor\n(cplatform\nnode\ncbuiltins\nobject\nNtR.",
        "getattr of a format": b"cbuiltins\ngetattr\n(cbuiltins\nstr\nVformat\ntR.",
        "getattr of a class method": b"cbuiltins\ngetattr\n(czoneinfo\nZoneInfo\nVclear_cache\ntR.",
        "time zone at a path": b"cbuiltins\ngetattr\n(czoneinfo\nZoneInfo\nV_unpickle\ntR(V../../etc/hostname\nI1\ntR.",
        "old time zone at a path": b"cpytz\n_p\n(V/etc/hostname\ntR.",
        "arrow numbers beyond": _arrow("int64", 9, bytes(64)),
        "arrow of another module": _arrow("no type", 1, bytes(8)).replace(b"cpyarrow.lib\ntype", b"cpyarrow.lit\ntype"),
        "arrow bits beyond": _arrow("bool", 65, bytes(8)),
        "arrow of a list as type": b"\x80\x02cpyarrow.lib\ntype_for_alias\nq\x00]q\x01\x85q\x02Rq\x03.",
        "fields of lists": b"\x80\x02cnumpy\ndtype\nq\x00X\x02\x00\x00\x00V8q\x01\x89\x88\x87q\x02Rq\x03"
        b"(K\x03X\x01\x00\x00\x00|q\x04N]q\x05\x85q\x06}q\x07K\x08K\x01K\x10tq\x08b.",
        "partial of a call": pickle.dumps(Calls(__import__("functools").partial, platform.node), 4),
        "defaultdict factory": b"\x80\x02ccollections\ndefaultdict\nq\x00cplatform\nnode\nq\x01\x85q\x02Rq\x03.",
        "function transformer": pickle.dumps(
            __import__("sklearn.preprocessing", fromlist=["x"]).FunctionTransformer(platform.node), 4
        ),
        "scorer": pickle.dumps(__import__("sklearn.metrics", fromlist=["x"]).make_scorer(platform.node), 4),
        "call in an estimator": pickle.dumps(_with_call(LogisticRegression()), 2),
    }


def _arrow(name: str, length: int, values: bytes) -> bytes:
    """An Arrow array of so many numbers in so many bytes."""
    text = lambda value: b"X" + struct.pack("<I", len(value)) + value.encode()  # noqa: E731
    kind = b"cpyarrow.lib\ntype_for_alias\n" + text(name) + b"\x85R"
    buffer = b"cpyarrow.lib\npy_buffer\nC" + bytes([len(values)]) + values + b"\x85R"
    state = b"(" + kind + b"K" + bytes([length]) + b"K\x00K\x00](N" + buffer + b"e]Nt"
    return b"\x80\x03cpyarrow.lib\n_restore_array\n" + state + b"\x85R."


def _with_call(estimator):
    estimator.extra_ = [Calls()]
    return estimator


def bombs() -> dict[str, bytes]:
    """What exhausts memory or time, or hides how large it is."""
    laughs = b"]\x94" + b"".join(b"]\x94(" + b"".join(b"h" + bytes([i]) for _ in range(12)) + b"e" for i in range(12))
    tuples = b")" + b"".join([b"\x85\x94", *(b"h" + bytes([i]) + b"h" + bytes([i]) + b"\x86\x94" for i in range(60))])
    return {
        "billion laughs": framed(laughs[:2] + b"(" + laughs[2:] + b"e."),
        "tuple doubling": framed(b"(" + tuples + b"t\x94."),
        "many marks": b"\x80\x02" + b"(" * 5000 + b"N.",
        "nested gzip": gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(b"x")))))),
        "truncated zlib": zlib.compress(pickle.dumps(list(range(999))))[:-20],
        "truncated bz2": bz2.compress(pickle.dumps(list(range(999))))[:-20],
        "bytes after gzip": gzip.compress(pickle.dumps([1])) + b"extra",
        "two gzip members": gzip.compress(pickle.dumps([1])) + gzip.compress(called("platform", "node", 4)),
        "two zlib streams": zlib.compress(pickle.dumps([1])) + zlib.compress(called("platform", "node", 4)),
    }


def containers() -> dict[str, bytes]:
    """Tricks with containers; the payload is a call of a harmless function."""
    bad, good = called("platform", "node", 4), pickle.dumps({"a": 1}, 4)
    plain = zipped([("model.pkl", good)])
    renamed = plain.replace(b"model.pkl", b"other.pkl", 1)
    flagged = bytearray(plain)
    flagged[6] |= 1
    central = plain.index(b"PK\x01\x02")
    central_flag = bytearray(plain)
    central_flag[central + 8] |= 1
    crc = bytearray(plain)
    crc[central + 16] ^= 0xFF
    both_crc = bytearray(crc)
    both_crc[14] ^= 0xFF
    method = bytearray(plain)
    method[8] = method[central + 10] = 99
    twice = zipped([("a.pkl", good), ("b.pkl", bad)]).replace(b"b.pkl", b"a.pkl")
    link = io.BytesIO()
    with tarfile.open(fileobj=link, mode="w") as archive:
        entry = tarfile.TarInfo("model.pkl")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(entry)
    compressed = {
        f"{name} around a call": pack(bad)
        for name, pack in (
            ("gzip", gzip.compress),
            ("bz2", bz2.compress),
            ("xz", lzma.compress),
            ("lzma", lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE)),
            ("zlib", zlib.compress),
            ("zlib best", lambda data: zlib.compress(data, 9)),
        )
    }
    objects = io.BytesIO()
    np.save(objects, np.array([Calls()], dtype=object), allow_pickle=True)
    npz = io.BytesIO()
    np.savez(npz, a=np.array([Calls()], dtype=object))
    long_npy = io.BytesIO()
    np.save(long_npy, np.zeros(3))
    return compressed | {
        "zip": zipped([("model.pkl", bad)]),
        "zip deflated": zipped([("model.pkl", bad)], compression=zipfile.ZIP_DEFLATED),
        "zip with odd names": zipped([("weights.txt", bad)]),
        "zip in zip": zipped([("inner.bin", zipped([("x", bad)]))]),
        "zip in gzip": gzip.compress(zipped([("x", bad)])),
        "zip protocol 0": zipped([("x.txt", called("platform", "node", 0))]),
        "torch": zipped([("archive/data.pkl", bad), ("archive/version", b"3\n")]),
        "torch with code": zipped([("archive/data.pkl", good), ("archive/code/model.py", b"import os\n")]),
        "torch second pickle": zipped([("archive/data.pkl", good), ("archive/extra.pkl", bad)]),
        "torch missing storage": zipped([("archive/data.pkl", _torch_storage()), ("archive/version", b"3\n")]),
        "zip names differ": renamed,
        "zip local flag": bytes(flagged),
        "zip central flag": bytes(central_flag),
        "zip central crc": bytes(crc),
        "zip wrong crc": bytes(both_crc),
        "zip unknown method": bytes(method),
        "zip duplicate": twice,
        "zip climbs out": zipped([("../model.pkl", good)]),
        "zip absolute": zipped([("/model.pkl", good)]),
        "zip prefix": b"#!/bin/sh\n" + plain,
        "zip suffix": plain + b"\x00" * 8,
        "zip comment": plain[:-2] + struct.pack("<H", len(bad)) + bad,
        "zip gap": plain[:central] + b"hole" + plain[central:],
        "pickle with zip tail": good + zipped([("data.pkl", bad)]),
        "npy with zip tail": long_npy.getvalue() + zipped([("data.pkl", bad)]),
        "tar": tarred([("model.pkl", bad)]),
        "tar in gzip": gzip.compress(tarred([("model.pkl", bad)])),
        "tar in zip": zipped([("model.tar", tarred([("model.pkl", bad)]))]),
        "tar duplicate": tarred([("a", good), ("a", bad)]),
        "tar climbs out": tarred([("../a", good)]),
        "tar link": link.getvalue(),
        "tar with tail": tarred([("a", good)]) + bad,
        "npy of objects": objects.getvalue(),
        "npz of objects": npz.getvalue(),
        "npy longer than its header": long_npy.getvalue() + b"12345678",
        "npy header with a call": b"\x93NUMPY\x01\x00\x16\x00" + b"__import__('platform')\n",
        "safetensors overlap": _safetensors({"a": ("F32", [2], [0, 8]), "b": ("F32", [1], [4, 8])}, 8),
        "safetensors tail": _safetensors({"a": ("F32", [2], [0, 8])}, 8) + bad,
        "skops unlisted": zipped(
            [("schema.json", b'{"__class__": "node", "__module__": "platform", "__loader__": "ObjectNode"}')]
        ),
        "skops method": zipped(
            [("schema.json", b'{"__class__": "x", "__module__": "builtins", "__loader__": "MethodNode"}')]
        ),
        "skops extra member": zipped(
            [
                ("schema.json", b'{"__class__": "dict", "__module__": "builtins", "__loader__": "DictNode"}'),
                ("x.pkl", bad),
            ]
        ),
        "joblib": joblib_bytes({"a": np.arange(9), "b": Calls()}),
        "joblib after the array": joblib_bytes([np.arange(10_000), Calls()]),
        "joblib compressed": joblib_bytes([np.arange(100), Calls()], compress=("xz", 3)),
        "joblib object array": joblib_bytes(np.array([1, Calls()], dtype=object)),
        "joblib trailing": joblib_bytes(np.arange(9)) + b"x",
        "joblib wrapper method": joblib_bytes(np.arange(9)).replace(b"allow_mmap", b"read_array"),
        "joblib short block": joblib_bytes(np.arange(900))[:-100],
    }


def _torch_storage() -> bytes:
    return (
        b"\x80\x02(X\x07\x00\x00\x00storageq\x00ctorch\nFloatStorage\nq\x01X\x01\x00\x00\x000q\x02"
        b"X\x03\x00\x00\x00cpuq\x03K\x04tq\x04Q."
    )


def _safetensors(entries, size: int) -> bytes:
    import json

    header = json.dumps({k: {"dtype": d, "shape": s, "data_offsets": o} for k, (d, s, o) in entries.items()}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(size)


def hostile_state() -> dict[str, bytes]:
    """Allowed classes with a state that reads out of bounds, never ends, or becomes pointers."""
    X = np.random.default_rng(0).normal(size=(80, 3))
    forest = RandomForestClassifier(1, max_depth=3, random_state=0).fit(X, X[:, 0] > 0)
    nodes = forest.estimators_[0].tree_.__getstate__()["nodes"]
    content = pickle.dumps(forest, 4)
    boosted = HistGradientBoostingClassifier(max_iter=1, random_state=0).fit(X, X[:, 0] > 0)
    predictor = boosted._predictors[0][0].nodes
    tree = KDTree(X, leaf_size=5)
    index = np.asarray(tree.get_arrays()[1])
    made = {}
    for name, field, row, value in (
        ("child beyond", "left_child", 0, 10**6),
        ("child negative", "right_child", 0, -7),
        ("child cycle", "left_child", 1, 1),
        ("child root", "right_child", 0, 0),
        ("feature beyond", "feature", 0, 999),
    ):
        faulty = nodes.copy()
        faulty[field][row] = value
        made[f"tree {name}"] = content.replace(nodes.tobytes(), faulty.tobytes())
        made[f"joblib tree {name}"] = joblib_bytes(forest).replace(nodes.tobytes(), faulty.tobytes())
    for name, field, value in (("beyond", "left", 10**6), ("root", "right", 0)):
        faulty = predictor.copy()
        faulty[field][0] = value
        made[f"predictor child {name}"] = pickle.dumps(boosted, 4).replace(predictor.tobytes(), faulty.tobytes())
    faulty = index.copy()
    faulty[0] = 10**7
    made["kd-tree point beyond"] = pickle.dumps(tree, 4).replace(index.tobytes(), faulty.tobytes())
    made["tree of void classes"] = pickle.dumps(forest.estimators_[0], 3).replace(b"i8q", b"V8q", 1)
    objects = pickle.dumps(np.array([1, None], dtype=object), 2)
    made["dtype denies objects"] = objects.replace(b"K?tq", b"K\x00tq")
    fields = pickle.dumps(np.zeros(2, dtype=[("a", "i4"), ("b", "f8")]), 2)
    made["dtype field beyond"] = fields.replace(b"K\x04\x86", b"K\x40\x86")
    made["array too short"] = pickle.dumps(np.arange(4.0), 2).replace(b"K\x04\x85", b"K\x09\x85")
    dist = pickle.dumps(__import__("scipy.stats", fromlist=["x"]).norm(0, 1), 4)
    made["code in a distribution"] = dist.replace(b"return self", b"return 1234", 1)
    return made


def all_malicious() -> dict[str, bytes]:
    """Every technique by name."""
    names = [entry.split() for entry in GADGETS.replace("\n", "").split("|")]
    gadgets = {
        f"call of {module}.{name} (protocol {number % 6})": called(module, name, number % 6)
        for number, (module, name) in enumerate(names)
    }
    return gadgets | opcode_forms() | bombs() | containers() | hostile_state() | _more_routes()


def _more_routes() -> dict[str, bytes]:
    spec = importlib.util.spec_from_file_location("routes", Path(__file__).with_name("routes.py"))
    routes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(routes)
    return routes.all_routes(called, zipped)


@pytest.fixture(scope="session")
def malicious() -> dict[str, bytes]:
    return all_malicious()
