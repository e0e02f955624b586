"""Data privacy: find, measure and repair personal data."""

from rqml_catalog.data_privacy.controlled_access import ControlledAccess as ControlledAccess
from rqml_catalog.data_privacy.data_minimisation import DataMinimisation as DataMinimisation
from rqml_catalog.data_privacy.k_anonymity import KAnonymity as KAnonymity
from rqml_catalog.data_privacy.keyed_pseudonyms import KeyedPseudonyms as KeyedPseudonyms
from rqml_catalog.data_privacy.l_diversity import LDiversity as LDiversity
from rqml_catalog.data_privacy.no_direct_identifiers import NoDirectIdentifiers as NoDirectIdentifiers
from rqml_catalog.data_privacy.publication import Publication as Publication
from rqml_catalog.data_privacy.purpose_and_consent import PurposeAndConsent as PurposeAndConsent
from rqml_catalog.data_privacy.reidentification_risk import ReidentificationRisk as ReidentificationRisk
from rqml_catalog.data_privacy.retention_limit import RetentionLimit as RetentionLimit
from rqml_catalog.data_privacy.special_category_proxy import SpecialCategoryProxy as SpecialCategoryProxy
from rqml_catalog.data_privacy.t_closeness import TCloseness as TCloseness
