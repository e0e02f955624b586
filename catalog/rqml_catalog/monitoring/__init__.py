"""Monitoring: what is watched while a system is in use, and whether what was written down can be believed."""

from rqml_catalog.monitoring.fresh_evidence import FreshEvidence as FreshEvidence
from rqml_catalog.monitoring.tamper_evident_log import TamperEvidentLog as TamperEvidentLog
