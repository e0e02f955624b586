"""Signatures over the digests of a model's files: a DSSE envelope around an in-toto Statement."""

from __future__ import annotations

from rqml_catalog.supply_chain.signing.digests import Contents, contents_of
from rqml_catalog.supply_chain.signing.envelope import Verified, key_id, new_key_pair, opened, sealed
from rqml_catalog.supply_chain.signing.statement import Fault, faults_of, statement_of

__all__ = [
    "Contents",
    "Fault",
    "Verified",
    "contents_of",
    "faults_of",
    "key_id",
    "new_key_pair",
    "opened",
    "sealed",
    "statement_of",
]
