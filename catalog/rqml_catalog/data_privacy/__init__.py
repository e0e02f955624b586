"""Data privacy: find, measure and repair personal data."""

from rqml_catalog.data_privacy.k_anonymity import KAnonymity as KAnonymity
