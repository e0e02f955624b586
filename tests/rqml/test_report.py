import json
import math

import attrs
import jsonschema
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml import (
    AtLeast,
    CheckResult,
    CheckStatus,
    Dataset,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    Reason,
    Requirement,
    Severity,
    Specification,
    Stage,
    System,
    Waiver,
)
from rqml.report.json import json_schema
from rqml.report.report import Report


@attrs.frozen(kw_only=True)
class Says(Requirement[Dataset]):
    """Has the status it is told to have."""

    meta = Meta(
        id="TOY-11",
        title="says",
        statement="It says | {status} <b>.",
        remedy="Say something else.",
        stage=Stage.INGESTION,
        severity=Severity.LOW,
    )
    status: str = "PASS"

    def measure(self, dataset, run):
        estimates = {
            "share": Estimate.proportion(3, 10),
            "none": Estimate.proportion(0, 0),
            "far": Estimate.exact(math.inf),
            "exact": Estimate.exact(2.5, unit="rows"),
        }
        return Measurement(estimates, {"rows": [1, 2], "note": "a|b"})

    def judge(self, measurement):
        status = CheckStatus(self.status)
        return Judgement(status, "it was told to", Reason.STALE if status is CheckStatus.INCOMPLETE else None)


SYSTEM = System("sys", t=Dataset(pd.DataFrame({"a": [1]})))
WAIVER = Waiver(
    requirement="FAIL",
    approver="A",
    justification="pipes | and\nlines",
    start="2026-01-01T00:00:00Z",
    expiry="2999-01-01T00:00:00Z",
)


def report_of(*statuses, waivers=()):
    requirements = [Says(status=status, label=status) for status in statuses]
    return Specification("spec", requirements, owner="me", waivers=waivers).check(SYSTEM)


@pytest.mark.parametrize(
    ("statuses", "waived", "code"),
    [
        (["PASS"], False, 0),
        (["PASS", "NOT_APPLICABLE"], False, 0),
        (["NOT_APPLICABLE"], False, 3),
        ([], False, 3),
        (["PASS", "INCOMPLETE"], False, 3),
        (["FAIL", "INCOMPLETE"], False, 1),
        (["FAIL", "INCOMPLETE"], True, 3),
        (["FAIL", "PASS"], True, 0),
        (["FAIL"], True, 0),
    ],
)
def test_exit_codes(statuses, waived, code):
    assert report_of(*statuses, waivers=[WAIVER] if waived else []).exit_code == code


@given(st.lists(st.sampled_from(["PASS", "FAIL", "INCOMPLETE", "NOT_APPLICABLE"]), unique=True))
def test_every_report_fits_the_schema(statuses):
    report = report_of(*statuses, waivers=[WAIVER])
    data = json.loads(report.to_json())
    jsonschema.validate(data, json_schema(), format_checker=jsonschema.FormatChecker())
    assert [result["status"] for result in data["results"]] == statuses
    assert data["exit_code"] == report.exit_code


def test_composites_fit_the_schema():
    whole = AtLeast(1, Says(status="FAIL"), Says(label="x"), label="one")
    data = json.loads(Specification("spec", [whole]).check(SYSTEM).to_json())
    jsonschema.validate(data, json_schema())
    assert [part["status"] for part in data["results"][0]["parts"]] == ["FAIL", "PASS"]


@pytest.mark.parametrize(
    "spoil", [lambda d: d.pop("owner"), lambda d: d.update(extra=1), lambda d: d.update(exit_code=2)]
)
def test_the_schema_refuses_what_is_wrong(spoil):
    data = json.loads(report_of("PASS").to_json())
    spoil(data)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, json_schema())


def test_results_survive_json():
    for result in report_of("PASS", "FAIL", "INCOMPLETE").results:
        assert CheckResult.from_json(result.to_json()).to_json() == result.to_json()


def test_markdown_tells_what_failed_and_who_waived_it():
    text = report_of("PASS", "FAIL", waivers=[WAIVER]).to_markdown()
    assert text.startswith("# spec: FAIL\n")
    assert "What to do: Say something else." in text
    assert "Waived by A until 2999-01-01 00:00 UTC: pipes \\| and lines" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all("<b>" not in row for row in rows)
    assert any("TOY-11 Says (FAIL)" in row and "FAIL, waived" in row for row in rows)


def test_the_console_shows_brackets_as_they_are():
    text = str(report_of("PASS"))
    assert "share = 0.3 [0.06674, 0.6525]" in text
    assert "exit code 0" in text
    assert "\x1b" not in text


def test_a_report_is_frozen():
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        report_of("PASS").seed = 3
    assert isinstance(report_of("PASS"), Report)
