"""Lock files of pip: exact pins with hashes, advisories read from a file, names that imitate others."""

from __future__ import annotations

from rqml_catalog.supply_chain.dependencies.advisories import advisories_in
from rqml_catalog.supply_chain.dependencies.judging import Fault, faults_of, mended
from rqml_catalog.supply_chain.dependencies.locks import Pin, parse

__all__ = ["Fault", "Pin", "advisories_in", "faults_of", "mended", "parse"]
