"""Signatures over the digests of files: DSSE envelopes around in-toto Statements, ours and those of model-signing."""

from __future__ import annotations

from rqml_catalog.supply_chain.signing.bundle import envelope_in, is_bundle
from rqml_catalog.supply_chain.signing.digests import Contents, contents_of
from rqml_catalog.supply_chain.signing.envelope import Verified, is_envelope, key_id, new_key_pair, opened, sealed
from rqml_catalog.supply_chain.signing.statement import Fault, Signed, faults_of, signed_in, statement_of

__all__ = [
    "Contents",
    "Fault",
    "Signed",
    "Verified",
    "contents_of",
    "envelope_in",
    "faults_of",
    "is_bundle",
    "is_envelope",
    "key_id",
    "new_key_pair",
    "opened",
    "sealed",
    "signed_in",
    "statement_of",
]
