"""Doors to the scanner that cost nothing to import: for serving code, scripts and the command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rqml_catalog.supply_chain.serialization import Scan


def load(path: str | os.PathLike[str], *, trusted: Iterable[str] = ()) -> Any:
    """The object in a model file, if a scan of it passes; the scan and the loader see the same bytes.

    Args:
        path: a pickle, joblib, .npy, .npz, skops or safetensors file.
        trusted: your own classes that it may build, each as "package.module.ClassName".

    Raises:
        UnsafeModelFile: the scan did not pass; its text and its `scan` say why.
        Unsupported: the format has no loader here.
    """
    from rqml_catalog.supply_chain import serialization

    return serialization.load(path, allow=serialization.allowed_names().extended(trusted))


def scan_path(
    path: str | os.PathLike[str], *, trusted: Iterable[str] = (), ignored: tuple[str, ...] = ()
) -> list[Scan]:
    """The verdicts on a file, or on every file below a folder, without loading any.

    Args:
        path: a file or folder.
        trusted: your own classes, each as "package.module.ClassName".
        ignored: what to leave out, as the lines of a `.gitignore`.
    """
    from rqml_catalog.supply_chain import serialization

    return serialization.scan_path(path, allow=serialization.allowed_names().extended(trusted), ignored=ignored)


def scan_paths(
    paths: Iterable[str | os.PathLike[str]],
    *,
    trusted: Iterable[str] = (),
    ignored: tuple[str, ...] = (),
    base: str | os.PathLike[str] | None = None,
    jobs: int = 1,
    progress: Callable[[int, int, str], None] | None = None,
) -> list[Scan]:
    """The verdicts on many files and folders, each file once, in the order of the paths.

    Args:
        paths: files and folders.
        trusted: your own classes, each as "package.module.ClassName".
        ignored: what to leave out of folders, as the lines of a `.gitignore`.
        base: the folder that these lines speak of; each folder given by default.
        jobs: processes.
        progress: told (done, total, what) now and then.
    """
    from rqml_catalog.supply_chain import serialization

    files: dict[str, None] = {}
    for path in paths:
        folder = os.path.isdir(path)  # noqa: PTH112 (no error for paths that loop or hold a zero byte)
        found = serialization.files_below(path, ignored, base=base) if folder else (path,)
        files.update(dict.fromkeys(os.fspath(name) for name in found))
    return serialization.scan_files(list(files), trusted=tuple(trusted), jobs=jobs, progress=progress)
