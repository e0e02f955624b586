"""Model protection: what a model gives away of itself, and whether it is still the one that was approved."""

from rqml_catalog.model_protection.extraction_resistance import ExtractionResistance as ExtractionResistance
from rqml_catalog.model_protection.output_minimisation import OutputMinimisation as OutputMinimisation
from rqml_catalog.model_protection.release import Release as Release
from rqml_catalog.model_protection.structure_unchanged import StructureUnchanged as StructureUnchanged
