"""Loads a file in a child process that is watched, and says what it tried to do there."""

from __future__ import annotations

from rqml_catalog.supply_chain.sandbox.parent import Bounds, Observed, load_watched

__all__ = ["Bounds", "Observed", "load_watched"]
