"""What a model file would do when it is loaded, found out without loading it.

`scan_path`, `scan_file` and `scan_bytes` read files as a loader would, opcode by opcode, and say what they ask for;
`load` opens what passed, from the bytes that were read; `quarantine` and `skops_bytes` deal with what did not.
"""

from __future__ import annotations

from rqml_catalog.supply_chain.serialization.allowlist import AllowList, allowed_names
from rqml_catalog.supply_chain.serialization.conversion import replace_content, skops_bytes
from rqml_catalog.supply_chain.serialization.findings import Finding, Limits, Scan, Status
from rqml_catalog.supply_chain.serialization.loading import UnsafeModelFile, load
from rqml_catalog.supply_chain.serialization.parallel import scan_files
from rqml_catalog.supply_chain.serialization.quarantine import Quarantined, quarantine, quarantine_place
from rqml_catalog.supply_chain.serialization.scan import files_below, scan_bytes, scan_file, scan_path, worst

__all__ = [
    "AllowList",
    "Finding",
    "Limits",
    "Quarantined",
    "Scan",
    "Status",
    "UnsafeModelFile",
    "allowed_names",
    "files_below",
    "load",
    "quarantine",
    "quarantine_place",
    "replace_content",
    "scan_bytes",
    "scan_file",
    "scan_files",
    "scan_path",
    "skops_bytes",
    "worst",
]
