"""Where files came from: a list of origins, revisions and digests, and what is wrong with it."""

from __future__ import annotations

from rqml_catalog.supply_chain.sources.addresses import below, canonical
from rqml_catalog.supply_chain.sources.listed import Fault, Source, faults_of, pinned, read_sources

__all__ = ["Fault", "Source", "below", "canonical", "faults_of", "pinned", "read_sources"]
