"""Training: what was claimed of a training holds: its privacy, its origin, its repeatability."""

from rqml_catalog.training.privacy_audit import PrivacyAudit as PrivacyAudit
