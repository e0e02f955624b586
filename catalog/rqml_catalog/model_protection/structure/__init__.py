"""The structure of a model, part by part, and how two of them differ."""

from __future__ import annotations

from rqml_catalog.model_protection.structure.differences import Difference, differences
from rqml_catalog.model_protection.structure.outline import Part, structure_of

__all__ = ["Difference", "Part", "differences", "structure_of"]
