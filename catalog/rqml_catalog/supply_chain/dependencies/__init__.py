"""Lock files: exact pins with hashes, advisories read from a file or asked for, names that imitate others."""

from __future__ import annotations

from rqml_catalog.supply_chain.dependencies.advisories import advisories_in
from rqml_catalog.supply_chain.dependencies.audit import audited
from rqml_catalog.supply_chain.dependencies.formats import Lock, read_lock
from rqml_catalog.supply_chain.dependencies.judging import Fault, faults_of, mended
from rqml_catalog.supply_chain.dependencies.locks import Pin, parse

__all__ = ["Fault", "Lock", "Pin", "advisories_in", "audited", "faults_of", "mended", "parse", "read_lock"]
