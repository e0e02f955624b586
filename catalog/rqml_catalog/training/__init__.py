"""Training: what was claimed of a training holds: its privacy, its origin, its repeatability."""

from rqml_catalog.training.data_use import DataUse as DataUse
from rqml_catalog.training.privacy_audit import PrivacyAudit as PrivacyAudit
from rqml_catalog.training.privacy_budget import PrivacyBudget as PrivacyBudget
from rqml_catalog.training.recorded_training import RecordedTraining as RecordedTraining
from rqml_catalog.training.reproducible_training import ReproducibleTraining as ReproducibleTraining
from rqml_catalog.training.reproduction.manifest import TrainingManifest as TrainingManifest
