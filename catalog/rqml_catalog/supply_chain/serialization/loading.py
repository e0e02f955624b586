"""Loads what a scan let pass, from the very bytes that were scanned."""

from __future__ import annotations

import inspect
import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

from rqml.errors import RqmlError, Unsupported
from rqml_catalog.supply_chain.serialization import formats, streams
from rqml_catalog.supply_chain.serialization.allowlist import AllowList, allowed_names
from rqml_catalog.supply_chain.serialization.findings import Limits, Scan, Status
from rqml_catalog.supply_chain.serialization.scan import DEFAULT_LIMITS, scan_bytes, scan_file


class UnsafeModelFile(RqmlError):
    """A file was not loaded because its scan did not pass; `scan` says why."""

    def __init__(self, scan: Scan) -> None:
        reasons = "; ".join(scan.reasons[:3])
        super().__init__(f"{scan.path} was not loaded, its scan says {scan.status}: {reasons}")
        self.scan = scan


class _Listed(pickle.Unpickler):
    """An unpickler that asks the list once more: what the walk let pass it lets pass, and nothing else."""

    def __init__(self, file: io.BytesIO, allow: AllowList) -> None:
        super().__init__(file)
        self._allow = allow

    def find_class(self, module: str, name: str) -> Any:
        _ask(self._allow, module, name)
        return super().find_class(module, name)


def _ask(allow: AllowList, module: str, name: str) -> None:
    if not allow.allows(module, name):
        raise pickle.UnpicklingError("a name that is not on the list of allowed names")


def _unpickled_by_joblib(content: bytes, allow: AllowList) -> Any:
    """What joblib's own unpickler makes of expanded bytes, each name asked for once more."""
    from joblib.numpy_pickle import NumpyUnpickler

    class Listed(NumpyUnpickler):  # type: ignore[misc]
        def find_class(self, module: str, name: str) -> Any:
            if module != "joblib.numpy_pickle":  # the wrappers of its arrays, which the walk has crossed
                _ask(allow, module, name)
            return super().find_class(module, name)

    # From 1.5 on, joblib asks in what order of bytes arrays shall come back.
    order = {"ensure_native_byte_order": True} if _takes_order(NumpyUnpickler) else {}
    return Listed("", io.BytesIO(content), **order).load()


def _takes_order(unpickler: type) -> bool:
    return "ensure_native_byte_order" in inspect.signature(unpickler).parameters


def _array(content: bytes, allow: AllowList) -> Any:
    """The array of a .npy file; one of objects is a pickle, whose names are asked for once more."""
    import numpy as np

    begin, pickled, _ = formats.npy_header(content)
    if pickled:
        return _Listed(io.BytesIO(content[begin:]), allow).load()
    return np.load(io.BytesIO(content), allow_pickle=False)


def load(path: str | os.PathLike[str], *, allow: AllowList | None = None, limits: Limits = DEFAULT_LIMITS) -> Any:
    """The object in a model file, if a scan of it passes.

    The file is read once into memory; the scan and the loader see the same bytes, so a file that is exchanged in
    between changes nothing. Needs memory for the bytes and for the object.

    Returns:
        What was saved; of a .npz file a dictionary of its arrays.

    Args:
        path: a pickle, joblib, .npy, .npz, skops or safetensors file, plain or compressed as joblib does.
        allow: the names that may be asked for; the shipped list by default.
        limits: bounds of the scan.

    Raises:
        UnsafeModelFile: the scan is not a PASS.
        Unsupported: the file passes but is of a format without a loader here.
    """
    shown = os.fspath(path)
    names = allow or allowed_names()
    unreadable = scan_file(path, allow=names, limits=limits) if not _is_regular(path) else None
    if unreadable is not None:
        raise UnsafeModelFile(unreadable)
    content = Path(path).read_bytes()
    scan = scan_bytes(content, path=shown, allow=names, limits=limits)
    if scan.status is not Status.PASS:
        raise UnsafeModelFile(scan)
    return _loaded(content, scan, names)


def _is_regular(path: str | os.PathLike[str]) -> bool:
    return Path(path).is_file() and os.access(path, os.R_OK)


def _loaded(content: bytes, scan: Scan, allow: AllowList) -> Any:
    kind = scan.format.rpartition("+")[2]
    if scan.format == "pickle":
        return _Listed(io.BytesIO(content), allow).load()
    if kind in ("joblib", "pickle"):
        codec = streams.codec_of(content[:16])
        expanded = streams.expand(content, codec, DEFAULT_LIMITS.expanded) if codec else content
        return _unpickled_by_joblib(bytes(expanded), allow)
    if scan.format == "npy":
        return _array(content, allow)
    if scan.format == "npz":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name.removesuffix(".npy"): _array(archive.read(name), allow) for name in archive.namelist()}
    if scan.format == "skops":
        from rqml.extras import optional

        skops = optional("skops.io", "supply-chain")
        return skops.loads(content, trusted=skops.get_untrusted_types(data=content))
    if scan.format == "safetensors":
        from rqml.extras import optional

        return optional("safetensors.numpy", "supply-chain").load(content)
    raise Unsupported(f"{scan.format} files pass the scan but have no loader here: load it with its own library")
