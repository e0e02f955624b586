"""Tables for the tests of anonymity: the Adult data where there are any, and random small ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ADULT_COLUMNS = ["sex", "age", "race", "marital-status", "education", "workclass"]


@pytest.fixture(scope="session")
def adult():
    """The Adult table as pandas and the hierarchies of its quasi-identifiers."""
    import pandas as pd

    from rqml.subjects.hierarchy import Hierarchy

    root = Path(__file__).parents[3]
    folder = Path(os.environ.get("RQML_ADULT", root / ".." / "shared" / "data" / "adult"))
    if not (folder / "adult.csv").exists():
        pytest.skip("the Adult data are not here: point RQML_ADULT at their folder")
    frame = pd.read_csv(folder / "adult.csv", sep=";")
    return frame, {c: Hierarchy.from_csv(folder / f"adult_hierarchy_{c}.csv") for c in ADULT_COLUMNS}
