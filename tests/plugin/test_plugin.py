from __future__ import annotations

import json
import subprocess
import sys
import textwrap

# The inner pytest runs forget what they imported; imported here, it stays.
import blake3  # noqa: F401
import narwhals  # noqa: F401
import pandas as pd  # noqa: F401
import pytest

import rqml._pytest_items
import rqml.evidence.fingerprint
import rqml.report.json
import rqml.report.markdown  # noqa: F401

pytest_plugins = ["pytester"]

HEAD = """
import datetime as dt
import attrs
import pandas as pd
import pytest
from rqml import (AllOf, Dataset, Estimate, Measurement, Meta, Requirement, Severity, Specification, Stage, System,
                  Waiver, at_least, limit)
from rqml.errors import InsufficientEvidence, NotApplicable

MEASURED = []

@attrs.frozen(kw_only=True)
class EnoughRows(Requirement[Dataset]):
    meta = Meta(id="TST-01", title="rows", statement="At least {rows} rows.", remedy="Add rows.",
                stage=Stage.INGESTION, severity=Severity.LOW)
    rows: int = limit(default=2, stricter="higher")
    trouble: str = ""
    def measure(self, dataset, run):
        MEASURED.append(self.key)
        if self.trouble == "na":
            raise NotApplicable("there is no condition")
        if self.trouble == "few":
            raise InsufficientEvidence("it needs 10 rows")
        if self.trouble == "crash":
            raise KeyError("Alice Smith")
        return Measurement({"rows": Estimate.exact(len(dataset))})
    def judge(self, measurement):
        return at_least(measurement.estimates["rows"], self.rows, "rows")

def waiver(key, hours):
    now = dt.datetime.now(dt.timezone.utc)
    start = now - dt.timedelta(days=2)
    return Waiver(requirement=key, approver="Ann", justification="accepted", start=start,
                  expiry=now + dt.timedelta(hours=hours))

def make():
    return System("s", data=Dataset(pd.DataFrame({"a": [1, 2, 3]})))
"""
FIXTURE = """
@pytest.fixture
def system():
    print("BUILT")
    return make()
"""


@pytest.fixture(autouse=True)
def _only_this_plugin(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:cacheprovider -p rqml.pytest_plugin")


@pytest.fixture
def run(pytester):
    """Runs pytest on a module made of HEAD and the body given."""

    def run_module(body: str, *options: str, fixture: str = FIXTURE):
        pytester.makepyfile(test_security=HEAD + fixture + textwrap.dedent(body))
        return pytester.runpytest("-v", "-ra", *options)

    return run_module


def test_there_is_one_item_for_each_requirement_with_id_class_and_label(run):
    result = run("credit = Specification('any name', [EnoughRows(), EnoughRows(label='strict', rows=3)])")
    result.stdout.fnmatch_lines(
        [
            "test_security.py::credit::TST-01 EnoughRows PASSED*",
            "test_security.py::credit::TST-01 EnoughRows[[]strict[]] PASSED*",
        ]
    )
    result.assert_outcomes(passed=2)


def test_a_failure_shows_the_verdict_and_no_traceback(run):
    result = run("credit = Specification('c', [EnoughRows(rows=9)])")
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    assert "TST-01 EnoughRows FAIL: rows = 3 is below the limit 9. What to do: Add rows." in text
    assert "At least 9 rows." in text
    assert "Traceback" not in text
    assert ".py:" not in text.split("FAILURES")[1].split("short test summary")[0]
    result.stdout.fnmatch_lines(["FAILED test_security.py::credit::TST-01 EnoughRows - TST-01 EnoughRows FAIL*"])


@pytest.mark.parametrize(("option", "outcome"), [((), "failed"), (("--rqml-incomplete=skip",), "skipped")])
def test_incomplete_fails_unless_it_may_be_skipped(run, option, outcome):
    result = run("credit = Specification('c', [EnoughRows(trouble='few')])", *option)
    result.assert_outcomes(**{outcome: 1})
    assert "it needs 10 rows" in result.stdout.str()


def test_not_applicable_is_skipped_with_its_message_at_the_line_of_the_specification(run):
    result = run("credit = Specification('c', [EnoughRows(trouble='na')])")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*test_security.py:*there is no condition"])


@pytest.mark.parametrize("trouble", ["''", "'few'"])
def test_a_waived_requirement_is_expected_to_fail(run, trouble):
    body = f"credit = Specification('c', [EnoughRows(rows=9, trouble={trouble})], waivers=[waiver('TST-01', 1)])"
    result = run(body)
    result.assert_outcomes(xfailed=1)
    result.stdout.fnmatch_lines(["XFAIL*waived until * UTC by Ann (accepted): TST-01*"])


def test_a_waived_requirement_that_passes_passes(run):
    run("credit = Specification('c', [EnoughRows()], waivers=[waiver('TST-01', 1)])").assert_outcomes(passed=1)


def test_an_expired_waiver_covers_nothing(run):
    result = run("credit = Specification('c', [EnoughRows(rows=9)], waivers=[waiver('TST-01', -1)])")
    result.assert_outcomes(failed=1)


def test_a_requirement_whose_removal_is_no_longer_waived_is_an_item_again(run):
    body = """
    _base = Specification('base', [EnoughRows(rows=9), EnoughRows(label='other')])
    long_ago = dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=1)
    credit = _base.tailor(remove=['TST-01'], waivers=[waiver('TST-01', -1)], now=long_ago)
    """
    result = run(body)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["FAILED test_security.py::credit::TST-01 EnoughRows - *"])


def test_an_empty_specification_fails(run):
    result = run("credit = Specification('c', [])")
    result.assert_outcomes(failed=1)
    assert "INCOMPLETE: specification `credit` is empty" in result.stdout.str()


def test_a_specification_is_measured_once_and_a_fixture_of_function_scope_is_built_once(run):
    body = """
    credit = Specification('c', [EnoughRows(), EnoughRows(label='other')])
    def test_each_was_measured_once():
        assert sorted(MEASURED) == ['TST-01', 'other']
    """
    result = run(body, "-s")
    result.assert_outcomes(passed=3)
    assert result.stdout.str().count("BUILT") == 1


def test_only_the_selected_requirements_and_what_they_need_are_measured(run):
    body = """
    credit = Specification('c', [EnoughRows(), EnoughRows(label='first'), EnoughRows(label='second', needs='first')])
    def test_second_is_not_alone():
        assert MEASURED == ['first', 'second']
    """
    run(body, "-k", "second").assert_outcomes(passed=2, deselected=2)


def test_an_item_can_be_selected_by_its_node_id(run, pytester):
    run("credit = Specification('c', [EnoughRows(), EnoughRows(label='strict', rows=9)])")
    result = pytester.runpytest("test_security.py::credit::TST-01 EnoughRows[strict]")
    result.assert_outcomes(failed=1)


def test_a_specification_with_two_names_or_a_private_name_is_collected_once_or_not_at_all(run):
    body = """
    credit = Specification('c', [EnoughRows()])
    again = credit
    _draft = Specification('d', [EnoughRows()])
    """
    run(body).assert_outcomes(passed=1)


def test_an_imported_specification_is_judged_once_and_again_where_another_system_is_defined(pytester):
    pytester.makeconftest("import pytest\nfrom specs import make\n@pytest.fixture\ndef system(): return make()\n")
    imported = "from specs import *\n"
    pytester.makepyfile(
        specs=HEAD + "credit = Specification('c', [EnoughRows()])",
        test_a=imported,
        test_b=imported,
        test_c=imported + "@pytest.fixture\ndef system(): return pd.DataFrame({'a': [1]})\n",
    )
    result = pytester.runpytest("-v")
    result.stdout.fnmatch_lines(["test_a.py::credit::*PASSED*", "test_c.py::credit::*FAILED*"])
    result.assert_outcomes(passed=1, failed=1)


def test_without_a_fixture_the_message_says_what_to_write(run):
    result = run("credit = Specification('c', [EnoughRows(), EnoughRows(label='b')])", fixture="")
    result.assert_outcomes(failed=2)
    text = result.stdout.str()
    assert "there is nothing to judge specification `credit` on: no fixture `system`." in text
    assert '@pytest.fixture(scope="module")' in text
    assert "Traceback" not in text
    assert "fixture 'system' not found" not in text


def test_missing_fixture_is_no_incomplete_verdict_that_may_be_skipped(run):
    result = run("credit = Specification('c', [EnoughRows()])", "--rqml-incomplete=skip", fixture="")
    result.assert_outcomes(failed=1)


@pytest.mark.parametrize(
    "body",
    [
        "credit = Specification('c', [EnoughRows()], system=make())",
        "credit = Specification('c', [EnoughRows()])\nsystem = make()",
        "credit = Specification('c', [EnoughRows()])\ndef system():\n    return make()",
    ],
)
def test_without_a_fixture_the_systems_of_the_specification_and_of_the_module_serve(run, body):
    run(body, fixture="").assert_outcomes(passed=1)


def test_the_fixture_comes_before_the_systems_own(run):
    body = "credit = Specification('c', [EnoughRows()], system=System('t', d=Dataset(pd.DataFrame({'a': []}))))"
    run(body).assert_outcomes(passed=1)


def test_a_fixture_that_raises_shows_its_traceback_once(run):
    fixture = "\n@pytest.fixture\ndef system():\n    raise ZeroDivisionError('of the fixture')\n"
    result = run("credit = Specification('c', [EnoughRows(), EnoughRows(label='b')])", fixture=fixture)
    result.assert_outcomes(failed=2)
    text = result.stdout.str()
    assert text.count("raise ZeroDivisionError") == 1
    assert "not judged: the fixture `system` raised ZeroDivisionError" in text


def test_a_system_described_wrongly_is_told_without_traceback(run):
    fixture = "\n@pytest.fixture\ndef system():\n    return Dataset(pd.DataFrame({'a': [1]}), sensitive='income')\n"
    result = run("credit = Specification('c', [EnoughRows()])", fixture=fixture)
    result.assert_outcomes(failed=1)
    assert "sensitive names 'income', which the frame does not have" in result.stdout.str()
    assert "def system" not in result.stdout.str()


def test_a_fixture_that_skips_skips_every_requirement(run):
    fixture = "\n@pytest.fixture\ndef system():\n    pytest.skip('no data here')\n"
    result = run("credit = Specification('c', [EnoughRows(), EnoughRows(label='b')])", fixture=fixture)
    result.assert_outcomes(skipped=2)


@pytest.mark.parametrize(
    ("fixture", "message"),
    [
        ("\n@pytest.fixture\ndef system():\n    make()\n", "the fixture `system` gave None"),
        ("\n@pytest.fixture\ndef system(nowhere):\n    return make()\n", "nowhere"),
        ("\n@pytest.fixture(params=[1, 2])\ndef system(request):\n    return make()\n", "could not be set up"),
    ],
)
def test_an_unusable_fixture_is_told(run, fixture, message):
    result = run("credit = Specification('c', [EnoughRows()])", "--rqml-incomplete=skip", fixture=fixture)
    result.assert_outcomes(failed=1)
    assert message in result.stdout.str()


def test_a_crash_withholds_its_text_unless_asked_for(run, pytester):
    result = run("credit = Specification('c', [EnoughRows(trouble='crash')])")
    result.assert_outcomes(failed=1)
    assert "it crashed with KeyError in test_security.py" in result.stdout.str()
    assert "Alice" not in result.stdout.str()
    assert "KeyError: 'Alice Smith'" in pytester.runpytest("-vv").stdout.str()


def test_composites_show_the_verdicts_of_their_parts(run):
    body = "credit = Specification('c', [EnoughRows(label='a') & EnoughRows(label='b', rows=9)])"
    result = run(body)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*AllOf(a, b) FAILED*", "*- TST-01 EnoughRows PASS*", "*- TST-01 EnoughRows FAIL*"])


def test_the_report_is_written_as_json(run, pytester):
    run("credit = Specification('credit', [EnoughRows(), EnoughRows(label='b', rows=9)])", "--rqml-report=out.json")
    report = json.loads((pytester.path / "out.json").read_text())
    assert report["schema"] == "rqml.report/1"
    assert [result["status"] for result in report["results"]] == ["PASS", "FAIL"]


def test_the_reports_of_several_specifications_are_a_list_or_pages(run, pytester):
    body = "one = Specification('one', [EnoughRows()])\ntwo = Specification('two', [EnoughRows()])"
    run(body, "--rqml-report=out.json")
    assert [report["specification"] for report in json.loads((pytester.path / "out.json").read_text())] == [
        "one",
        "two",
    ]
    pytester.runpytest("--rqml-report=out.md")
    text = (pytester.path / "out.md").read_text()
    assert "# one: PASS" in text
    assert "# two: PASS" in text


@pytest.mark.parametrize("path", ["out.html", "nowhere/out.json", "."])
def test_a_report_that_cannot_be_written_is_refused_before_anything_runs(run, path):
    result = run("credit = Specification('credit', [EnoughRows()])", f"--rqml-report={path}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--rqml-report=*"])


def test_workers_of_xdist_agree_and_write_one_report(run, pytester):
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    labels = ", ".join(f"EnoughRows(label='r{i}', rows={i})" for i in range(6))
    result = run(f"credit = Specification('credit', [{labels}])", "-p", "xdist", "-n2", "--rqml-report=out.json")
    result.assert_outcomes(passed=4, failed=2)
    report = json.loads((pytester.path / "out.json").read_text())
    assert report["counts"]["FAIL"] == 2
    assert len(report["results"]) == 6


def test_evidence_is_recorded_and_used_again(run, pytester):
    from rqml.evidence.ledger import Ledger

    body = "credit = Specification('credit', [EnoughRows(), EnoughRows(label='strict', rows=9)], owner='me')"
    run(body, "--rqml-evidence=e.sqlite").assert_outcomes(passed=1, failed=1)
    pytester.runpytest("--rqml-evidence=e.sqlite").assert_outcomes(passed=1, failed=1)
    bodies = [record.body for record in Ledger(pytester.path / "e.sqlite").records()]
    assert [body["key"] for body in bodies] == ["TST-01", "strict"] * 2
    assert [body["result"]["reused"] is not None for body in bodies] == [False, False, True, True]
    assert bodies[0]["places"][0]["name"] == "test_security.py::credit::TST-01 EnoughRows"
    assert bodies[0]["places"][0]["file"] == "test_security.py"


def test_evidence_that_cannot_be_written_costs_no_verdict_and_is_said(run, pytester):
    (pytester.path / "file").write_text("")
    result = run("credit = Specification('credit', [EnoughRows()])", "--rqml-evidence=file/e.sqlite")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*the evidence of this could not be written*"])


def test_importing_the_plugin_imports_nothing_of_the_kernel():
    code = (
        "import pytest, sys; before = set(sys.modules); import rqml.pytest_plugin; "
        "print(sorted(set(sys.modules) - before))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "['rqml', 'rqml.pytest_plugin']"
