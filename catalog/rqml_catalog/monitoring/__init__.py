"""Monitoring: what is watched while a system is in use, and whether what was written down can be believed."""

from rqml_catalog.monitoring.fresh_evidence import FreshEvidence as FreshEvidence
from rqml_catalog.monitoring.tamper_evident_log import TamperEvidentLog as TamperEvidentLog
from rqml_catalog.monitoring.timely_response import TimelyResponse as TimelyResponse
