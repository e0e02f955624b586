"""Bills of materials of models: CycloneDX 1.6 with a model card, made from what is there and compared with it."""

from __future__ import annotations

from rqml_catalog.supply_chain.bill.compare import Fault, faults_of
from rqml_catalog.supply_chain.bill.generate import bill_of, is_valid

__all__ = ["Fault", "bill_of", "faults_of", "is_valid"]
