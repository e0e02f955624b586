"""Find, measure and repair direct identifiers: techniques that know no requirement."""

from __future__ import annotations

from rqml_catalog.data_privacy.identifiers.columns import ColumnFinding, identify_columns
from rqml_catalog.data_privacy.identifiers.finder import find_identifiers
from rqml_catalog.data_privacy.identifiers.spans import KINDS, STRUCTURED, Kind, Span

__all__ = ["KINDS", "STRUCTURED", "ColumnFinding", "Kind", "Span", "find_identifiers", "identify_columns"]
