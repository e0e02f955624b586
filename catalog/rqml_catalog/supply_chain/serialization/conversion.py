"""Rewrites a clean pickle in a format that cannot call code."""

from __future__ import annotations

import os
from pathlib import Path

from rqml.extras import optional
from rqml_catalog.supply_chain.serialization.allowlist import AllowList
from rqml_catalog.supply_chain.serialization.findings import Status
from rqml_catalog.supply_chain.serialization.loading import UnsafeModelFile, load
from rqml_catalog.supply_chain.serialization.scan import scan_bytes


def skops_bytes(path: str | os.PathLike[str], allow: AllowList | None = None) -> bytes:
    """The object of a model file in the skops format; the file is loaded only after a clean walk.

    Raises:
        UnsafeModelFile: the file's scan is not a PASS, or that of the result is not.
        Unsupported: skops is not installed.
    """
    skops = optional("skops.io", "supply-chain")
    content: bytes = skops.dumps(load(path, allow=allow))
    scan = scan_bytes(content, path=os.fspath(path), allow=allow)
    if scan.status is not Status.PASS:
        raise UnsafeModelFile(scan)
    return content


def replace_content(path: Path, content: bytes) -> None:
    """Write a file's new content beside it and put it in place in one step; its permissions stay."""
    draft = path.with_name(f".{path.name}.rqml-new")
    draft.write_bytes(content)
    if path.exists():
        draft.chmod(path.stat().st_mode & 0o7777)
    draft.replace(path)
