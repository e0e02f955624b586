"""No output about a table with identifiers shows one: results, repairs, reports, logs and the command line."""

from __future__ import annotations

import logging
from random import Random

import pandas as pd
import pytest

from rqml import Dataset, Specification, registry
from rqml.errors import RqmlError
from rqml_catalog.scenarios import personal_data

ROWS = 60
KINDS = ("EMAIL", "PHONE", "IBAN", "CREDIT_CARD", "US_SSN", "PERSON", "ADDRESS", "IP_ADDRESS", "URL_WITH_CREDENTIALS")


def seeded() -> pd.DataFrame:
    """A table whose every cell of text is an identifier, with roles for most requirements."""
    rng = Random(77)
    table = pd.DataFrame({kind.lower(): personal_data.column(rng, kind, ROWS) for kind in KINDS})
    table["note"] = [
        f"please write to {mail} or call {phone}" for mail, phone in zip(table.email, table.phone, strict=True)
    ]
    table["age"] = [rng.randint(18, 90) for _ in range(ROWS)]
    table["y"] = [rng.randint(0, 1) for _ in range(ROWS)]
    return table


def requirements():
    """Each class of the family that can be made without arguments."""
    for cls in registry.requirements(["data_privacy"]):
        try:
            yield cls()
        except (TypeError, ValueError, RqmlError):
            continue


@pytest.mark.filterwarnings("ignore")
def test_no_output_shows_a_personal_value(caplog, capfd):
    caplog.set_level(logging.DEBUG)
    table = seeded()
    data = Dataset(table, quasi_identifiers=["person", "age"], sensitive=["iban"], identifiers=["email"], target="y")
    outputs = []
    wanted = list(requirements())
    assert len(wanted) >= 5
    for requirement in wanted:
        result, mended = requirement.check(data), requirement.enforce(data)
        outputs += [repr(result), str(result), result.to_json()]
        outputs += [repr(mended), str(mended), repr(mended.before), repr(mended.after)]
    report = Specification("all", wanted).check(data)
    outputs += [repr(report), str(report), report.to_json(), report.to_markdown(), caplog.text, *capfd.readouterr()]
    everything = "\n".join(outputs)
    values = {str(value) for column in [*map(str.lower, KINDS), "note"] for value in table[column]}
    shown = sum(value in everything for value in values)
    assert shown == 0
