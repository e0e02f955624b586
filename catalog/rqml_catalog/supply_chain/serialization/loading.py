"""Loads what a scan let pass, from the very bytes that were scanned."""

from __future__ import annotations

import io
import os
import pickle
from pathlib import Path
from typing import Any

from rqml.errors import RqmlError, Unsupported
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
        if not self._allow.allows(module, name):
            raise pickle.UnpicklingError("a name that is not on the list of allowed names")
        return super().find_class(module, name)


def load(path: str | os.PathLike[str], *, allow: AllowList | None = None, limits: Limits = DEFAULT_LIMITS) -> Any:
    """The object in a model file, if a scan of it passes.

    The file is read once into memory; the scan and the loader see the same bytes, so a file that is exchanged in
    between changes nothing. Needs memory for the bytes and for the object.

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
        import joblib

        return joblib.load(io.BytesIO(content))
    if scan.format in ("npy", "npz"):
        import numpy as np

        return np.load(io.BytesIO(content), allow_pickle=True)
    if scan.format == "skops":
        from rqml.extras import optional

        skops = optional("skops.io", "supply")
        return skops.loads(content, trusted=skops.get_untrusted_types(data=content))
    if scan.format == "safetensors":
        from rqml.extras import optional

        return optional("safetensors.numpy", "supply").load(content)
    raise Unsupported(f"{scan.format} files pass the scan but have no loader here: load it with its own library")
