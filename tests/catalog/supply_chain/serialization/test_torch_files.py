"""Files as PyTorch 2.13 writes them, byte for byte the same opcodes and members, made here without PyTorch."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile

import numpy as np
import pytest

from rqml_catalog.supply_chain.serialization import Status, scan_bytes, torch_files


class Name:
    """A global, as pickles of protocol 2 name it."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class Stored:
    """A storage: the elements lie beside the pickle."""

    def __init__(self, key: str, elements: np.ndarray, kind: str = "Float") -> None:
        self.key, self.elements, self.kind = key, elements, kind


class Calls:
    """A call of a global, and its state where it has one."""

    def __init__(self, function: Name, *args: object, state: object = None) -> None:
        self.reduced = (function, args, state) if state is not None else (function, args)

    def __reduce__(self):
        return self.reduced


class Pickler(pickle._Pickler):
    """Writes names that need not exist, and storages as persistent ids."""

    def __init__(self, file, legacy: bool) -> None:
        super().__init__(file, 2)
        self.legacy = legacy

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, Name):
            known = self.memo.get(id(obj))
            return self.write(self.get(known[0])) if known else self.save_global(obj)
        return super().save(obj, save_persistent_id)

    def save_reduce(self, func, args, state=None, listitems=None, dictitems=None, state_setter=None, *, obj=None):
        self.save(func)
        self.save(args)
        self.write(pickle.REDUCE)
        if obj is not None:
            self.memoize(obj)
        if state is not None:
            self.save(state)
            self.write(pickle.BUILD)

    def save_global(self, obj, name=None):
        self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
        self.memoize(obj)

    def persistent_id(self, obj):
        if not isinstance(obj, Stored):
            return None
        legacy = (None,) if self.legacy else ()
        return ("storage", Name("torch", f"{obj.kind}Storage"), obj.key, "cpu", len(obj.elements), *legacy)


ORDERED = Name("collections", "OrderedDict")
REBUILD = Name("torch._utils", "_rebuild_tensor_v2")
WEIGHT = Stored("0", np.arange(6, dtype="<f4"))
STEPS = Stored("1", np.array([3], dtype="<i8"), "Long")
TENSORS = {
    "weight": Calls(REBUILD, WEIGHT, 0, (2, 3), (3, 1), False, Calls(ORDERED)),
    "transposed": Calls(REBUILD, WEIGHT, 0, (3, 2), (1, 3), False, Calls(ORDERED)),
    "steps": Calls(REBUILD, STEPS, 0, (), (), False, Calls(ORDERED)),
    "size": Calls(Name("torch", "Size"), (2, 3)),
    "dtype": Name("torch", "float32"),
    "device": Calls(Name("torch", "device"), "cpu"),
}


def pickled(value: object, *, legacy: bool = False) -> bytes:
    file = io.BytesIO()
    Pickler(file, legacy).dump(value)
    return file.getvalue()


def saved(value: object, members: dict[str, bytes] | None = None, root: str = "state") -> bytes:
    """`torch.save`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{root}/data.pkl", pickled(value))
        archive.writestr(f"{root}/byteorder", b"little")
        for stored in (WEIGHT, STEPS):
            archive.writestr(f"{root}/data/{stored.key}", stored.elements.tobytes())
        archive.writestr(f"{root}/version", b"3\n")
        archive.writestr(f"{root}/.data/serialization_id", b"0" * 40)
        for name, content in (members or {}).items():
            archive.writestr(f"{root}/{name}", content)
    return buffer.getvalue()


def saved_long_ago(value: object, keys: tuple[str, ...] = ("0", "1")) -> bytes:
    """`torch.save(_use_new_zipfile_serialization=False)`."""
    facts = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    head = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps(facts, 2)
    blocks = [
        struct.pack("<Q", len(stored.elements)) + stored.elements.tobytes()
        for key in keys
        for stored in (WEIGHT, STEPS)
        if stored.key == key
    ]
    return head + pickled(value, legacy=True) + pickle.dumps(list(keys), 2) + b"".join(blocks)


def test_the_head_of_old_files_is_what_pytorch_wrote():
    assert saved_long_ago(TENSORS).startswith(torch_files.HEAD)


@pytest.mark.parametrize(("write", "kind"), [(saved, "torch"), (saved_long_ago, "torch-legacy")])
def test_state_dictionaries_pass(write, kind):
    scan = scan_bytes(write({"model": TENSORS, "epoch": 3, "optimizer": {"lr": 0.1, "betas": (0.9, 0.999)}}))
    assert (scan.status, scan.format, scan.can_call, scan.reasons) == (Status.PASS, kind, True, [])


NODE = Name("platform", "node")


@pytest.mark.parametrize("write", [saved, saved_long_ago])
@pytest.mark.parametrize(
    ("value", "technique"),
    [
        ({"a": Calls(NODE)}, "unlisted-global"),
        ({"a": Calls(Name("torch", "load"), "x")}, "unlisted-global"),
        ({"a": Calls(Name("torch.storage", "_load_from_bytes"), "x")}, "unlisted-global"),
        ({"a": Calls(Name("torch.serialization", "_get_layout"), "os.system")}, "call-arguments"),
        ({"a": Stored("0", WEIGHT.elements, "Missing")}, "unlisted-global"),
        ({"a": Stored("../0", WEIGHT.elements)}, "persistent-id"),
        ({"a": Stored("7", WEIGHT.elements)}, "torch-storage"),
    ],
)
def test_calls_and_foreign_storages_are_refused(write, value, technique):
    scan = scan_bytes(write(TENSORS | value))
    assert scan.status is Status.FAIL
    assert technique in {finding.technique for finding in scan.findings}


@pytest.mark.parametrize("change", [lambda b: b + b"x", lambda b: b[:-1], lambda b: b[:-40] + b"\xff" * 40])
def test_storages_of_old_files_fill_the_file(change):
    assert scan_bytes(change(saved_long_ago(TENSORS))).status is Status.FAIL


def test_many_storages_of_an_old_file_are_all_found():
    keys = tuple(str(number) for number in range(900))
    stored = {key: Stored(key, WEIGHT.elements) for key in keys}
    head = saved_long_ago(TENSORS)[: len(torch_files.HEAD)]
    block = struct.pack("<Q", 6) + WEIGHT.elements.tobytes()
    content = head + pickle.dumps({}, 2) + pickled(stored, legacy=True) + pickle.dumps(list(keys), 2) + block * 900
    assert scan_bytes(content).status is Status.PASS
    assert scan_bytes(content[: -len(block)]).status is Status.FAIL


SCRIPT = {"constants.pkl": b"\x80\x02).", "code/__torch__/nets.py": b"class Net(Module):\n  pass\n"}


def test_torchscript_is_neither_passed_nor_accused():
    net = Calls(Name("__torch__.nets", "Net"), state={"training": True})
    scan = scan_bytes(saved(net, SCRIPT))
    assert (scan.status, {finding.technique for finding in scan.findings}) == (
        Status.INCOMPLETE,
        {"format-not-examined"},
    )


@pytest.mark.parametrize(
    ("value", "members"),
    [
        ([Calls(Name("__torch__.nets", "Net")), Calls(NODE)], SCRIPT),
        ({}, SCRIPT | {"constants.pkl": pickled(Calls(NODE))}),
        ({}, SCRIPT | {"hook.sh": b"echo"}),
        (Calls(Name("__torch__.nets", "Net")), {}),
        ({}, {"code/model.py": b"import os\n"}),
    ],
)
def test_what_only_looks_like_torchscript_is_refused(value, members):
    assert scan_bytes(saved(value, members)).status is Status.FAIL
