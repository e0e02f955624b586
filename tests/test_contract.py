"""Every requirement class of the catalog keeps every law, and finds its planted faults.

CI proves 20 seeds (at least 19 right on each side); `-m slow` proves 100, enforcement included.
"""

from __future__ import annotations

import importlib
import os
import pkgutil

import pytest

from rqml import Cost, registry
from rqml.requirement import Requirement
from rqml.testing import parametrize_with_checks, prove

CLASSES = registry.requirements()
FEWEST = 35
"""How many classes the catalog has at least; raise it as it grows, so that a lost family is noticed."""

each_class = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)


@parametrize_with_checks(CLASSES)
def test_contract(check):
    check()


def test_no_class_is_lost():
    assert len(CLASSES) >= FEWEST


@pytest.mark.parametrize("family", registry.families(), ids=lambda family: family.name)
def test_every_class_of_a_family_is_exported_by_it(family):
    """A requirement that its family does not import is found by nobody."""
    written = set()
    for module in pkgutil.iter_modules(importlib.import_module(family.module).__path__, f"{family.module}."):
        if not module.ispkg:
            values = vars(importlib.import_module(module.name)).values()
            written |= {v for v in values if _is_requirement(v) and v.__module__ == module.name}
    assert written == set(family.load())


@each_class
def test_each_class_is_right_on_19_of_20_seeds(cls):
    jobs = 1 if cls.meta.cost <= Cost.COMMIT else os.cpu_count() or 1
    proof = prove(cls, seeds=range(5000, 5020), jobs=jobs)  # seeds that no author tunes on
    assert proof.holds, str(proof)


@pytest.mark.slow
@each_class
def test_each_class_is_right_on_95_of_100_seeds(cls):
    proof = prove(cls, seeds=range(1000, 1100), jobs=os.cpu_count() or 1, enforce=True)
    print(proof)
    assert proof.holds, str(proof)


def _is_requirement(value):
    return isinstance(value, type) and issubclass(value, Requirement) and "meta" in vars(value)
