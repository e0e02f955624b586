"""Finds keys, tokens and passwords in text, notebooks and model bytes, and takes them out of text and notebooks."""

from __future__ import annotations

from rqml_catalog.supply_chain.secrets_search.files import LARGEST, Place, find_in, redacted
from rqml_catalog.supply_chain.secrets_search.second_opinion import found_by_detect_secrets

__all__ = ["LARGEST", "Place", "find_in", "found_by_detect_secrets", "redacted"]
