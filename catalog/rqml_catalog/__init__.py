"""The catalog of rqml: one package per family of requirements, one file per requirement class."""
