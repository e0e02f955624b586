"""Skips runs of plain data in bulk."""

from __future__ import annotations

from rqml_catalog.supply_chain.serialization.machine import Machine


def skip_bulk(m: Machine) -> None:
    """Nothing yet."""
