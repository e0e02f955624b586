"""Finds keys, tokens and passwords in text, notebooks and model bytes, and takes them out of text and notebooks."""

from __future__ import annotations

from rqml_catalog.supply_chain.secrets_search.files import Place, find_in, redacted

__all__ = ["Place", "find_in", "redacted"]
