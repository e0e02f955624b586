"""The command line in-process, and a file as users write it."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from rqml.cli import main

CHECKS = """
import attrs
import pandas as pd
from rqml import (Dataset, Estimate, Measurement, Meta, Repair, Requirement, Severity, Specification, Stage, System,
                  Waiver, at_least, limit)
from rqml.errors import InsufficientEvidence, NotApplicable

@attrs.frozen(kw_only=True)
class EnoughRows(Requirement[Dataset]):
    meta = Meta(id="TST-01", title="rows", statement="At least {rows} rows.", remedy="Add rows.",
                stage=Stage.INGESTION, severity=Severity.LOW)
    rows: int = limit(default=2, stricter="higher", validator=attrs.validators.ge(1))
    trouble: str = ""
    def measure(self, dataset, run):
        if self.trouble == "na":
            raise NotApplicable("there is no condition")
        if self.trouble == "few":
            raise InsufficientEvidence("it needs 10 rows")
        return Measurement({"rows": Estimate.exact(len(dataset))})
    def judge(self, measurement):
        return at_least(measurement.estimates["rows"], self.rows, "rows")
    def repair(self, dataset, run):
        missing = self.rows - len(dataset)
        frame = pd.concat([dataset.frame] + [dataset.frame.head(1)] * missing, ignore_index=True)
        return Repair(dataset.with_frame(frame), changes=(f"added {missing} rows",), cost={"rows": missing})

def make():
    return System("shop", data=Dataset(pd.DataFrame({"a": [1, 2, 3]})))
"""


@pytest.fixture
def cli(tmp_path, monkeypatch, capsys):
    """`run(*words)` gives code, out and err; `write(name, body)` a file below the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    known = set(sys.modules)

    def run(*words: object) -> SimpleNamespace:
        with pytest.raises(SystemExit) as stopped:
            main([str(word) for word in words])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err + captured.out
        return SimpleNamespace(code=stopped.value.code or 0, out=captured.out, err=captured.err)

    def write(name: str, body: str, head: str = CHECKS):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + body)
        return path

    yield SimpleNamespace(run=run, write=write, folder=tmp_path)
    new = set(sys.modules) - known
    mine = {name for name in new if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path))}
    for name in new:
        if name.partition(".")[0] in {other.partition(".")[0] for other in mine}:
            del sys.modules[name]
