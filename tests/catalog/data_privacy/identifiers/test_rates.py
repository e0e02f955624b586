"""What the docs say of each detector is what it does, and that is good enough."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from rqml_catalog.data_privacy.identifiers import KINDS

SCRIPT = Path(__file__).parents[3] / "benchmarks/identifiers.py"
FEWEST, FLOOR = 90, 0.93
FROZEN_FLOOR = 0.75  # some kinds occur there two or three times only


@pytest.fixture(scope="module")
def script():
    specification = importlib.util.spec_from_file_location("identifiers_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rates(script):
    return script.rates_per_kind()


@pytest.mark.parametrize("kind", KINDS)
def test_precision_and_recall_of_each_kind(rates, kind):
    (number, precision, recall), (_, frozen_precision, frozen_recall) = rates[kind]
    assert number >= FEWEST
    assert min(precision, recall) >= FLOOR
    assert min(frozen_precision, frozen_recall) >= FROZEN_FLOOR


def test_the_page_says_what_is_measured(script, rates):
    assert script.as_markdown(rates) in script.PAGE.read_text(encoding="utf-8")
