from __future__ import annotations

import json

import jsonschema
import pytest

from rqml.cli.options import seconds
from rqml.report.json import json_schema

ONE = "credit = Specification('credit', [EnoughRows({parameters})], system=make())\n"
WAIVED = (
    "credit = Specification('credit', [EnoughRows(rows=9)], system=make(), waivers=[Waiver(requirement='TST-01', "
    "approver='Ann', justification='so', start='2020-01-01T00:00:00Z', expiry='{expiry}')])\n"
)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (ONE.format(parameters=""), 0),
        (ONE.format(parameters="rows=9"), 1),
        (ONE.format(parameters="trouble='few'"), 3),
        (ONE.format(parameters="trouble='na'"), 3),
        ("credit = Specification('credit', [], system=make())", 3),
        (WAIVED.format(expiry="2999-01-01T00:00:00Z"), 0),
        (WAIVED.format(expiry="2021-01-01T00:00:00Z"), 1),
        (ONE.format(parameters="") + ONE.format(parameters="trouble='few'").replace("credit", "other"), 3),
        (ONE.format(parameters="rows=9") + ONE.format(parameters="trouble='few'").replace("credit", "other"), 1),
    ],
)
def test_the_exit_code_says_what_was_found(cli, body, code):
    assert cli.run("check", cli.write("checks.py", body)).code == code


def test_text_holds_the_verdict_and_what_to_do(cli):
    result = cli.run("check", cli.write("checks.py", ONE.format(parameters="rows=9")))
    assert "TST-01 EnoughRows FAIL: rows = 3 is below the limit 9. What to do: Add rows." in result.out
    assert "\x1b[" not in result.out
    assert result.err == ""


def test_json_keeps_to_the_schema(cli):
    result = cli.run("check", cli.write("checks.py", ONE.format(parameters="rows=9")), "--format", "json")
    report = json.loads(result.out)
    jsonschema.validate(report, json_schema())
    assert report["exit_code"] == result.code == 1


def test_several_specifications_are_a_list_and_one_can_be_chosen(cli):
    file = cli.write("checks.py", ONE.format(parameters="") + ONE.format(parameters="").replace("credit", "other"))
    reports = json.loads(cli.run("check", file, "--format", "json").out)
    assert [report["specification"] for report in reports] == ["credit", "other"]
    assert json.loads(cli.run("check", file, "--format", "json", "--only", "other").out)["specification"] == "other"
    assert "there are: credit, other" in cli.run("check", file, "--only", "third").err


@pytest.mark.parametrize(("name", "begin"), [("out.json", "{"), ("out.md", "# credit: PASS"), ("out.txt", "credit on")])
def test_output_chooses_its_format_by_suffix_and_leaves_one_line(cli, name, begin):
    result = cli.run("check", cli.write("checks.py", ONE.format(parameters="")), "--output", name)
    assert (cli.folder / name).read_text().strip().startswith(begin)
    assert result.out == f"credit: PASS (exit code 0), report in {name}\n"


@pytest.mark.parametrize("source", ["systems.py", "systems.py:other", "systems", "systems:other"])
def test_the_system_may_lie_elsewhere(cli, source):
    cli.write("systems.py", "def system():\n    return make()\nother = make()\n")
    file = cli.write("checks.py", "credit = Specification('credit', [EnoughRows()])\n")
    assert cli.run("check", file, "--system", source).code == 0


def test_the_option_comes_before_the_specifications_own_system_and_that_before_the_modules(cli):
    empty = "System('empty', data=Dataset(pd.DataFrame({'a': []})))"
    cli.write("systems.py", f"system = {empty}\n")
    file = cli.write("checks.py", f"credit = Specification('c', [EnoughRows()], system=make())\nsystem = {empty}\n")
    assert cli.run("check", file).code == 0
    assert cli.run("check", file, "--system", "systems.py").code == 1


@pytest.mark.parametrize("system", ["system = make()", "def system():\n    return make()"])
def test_the_module_may_hold_the_system(cli, system):
    file = cli.write("checks.py", f"credit = Specification('credit', [EnoughRows()])\n{system}\n")
    assert cli.run("check", file).code == 0


def test_a_toml_file_is_judged_on_the_system_named(cli):
    cli.write("systems.py", "system = make()\n")
    file = cli.write("spec.toml", 'name = "credit"\n[[require]]\nuse = "KAnonymity"\nk = 2\n', head="")
    result = cli.run("check", file, "--system", "systems.py", "--format", "json")
    assert json.loads(result.out)["results"][0]["requirement"] == "PII-02"


def test_a_spent_budget_is_incomplete(cli):
    assert cli.run("check", cli.write("checks.py", ONE.format(parameters="")), "--budget", "1e-9").code == 3


def test_a_seed_is_kept(cli):
    file = cli.write("checks.py", ONE.format(parameters=""))
    assert json.loads(cli.run("check", file, "--seed", "7", "--jobs", "2", "--format", "json").out)["seed"] == 7


def test_a_hard_timeout_kills_what_never_looks_at_the_clock(cli):
    body = """
import time
class Slow(EnoughRows):
    def measure(self, dataset, run):
        time.sleep(60)
c = Specification("c", [Slow()], system=make())
"""
    result = cli.run("check", cli.write("checks.py", body), "--timeout", "0.5", "--hard", "--format", "json")
    assert result.code == 3
    assert "was stopped" in result.out


@pytest.mark.parametrize(
    ("text", "expected"), [("90", 90), ("90s", 90), ("1.5m", 90), ("2 h", 7200), ("0.5", 0.5), ("1e-9", 1e-9)]
)
def test_lengths_of_time_have_units(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "0", "-5", "nan", "inf", "5 days", "s"])
def test_what_is_no_length_of_time_is_refused(cli, text):
    file = cli.write("checks.py", "")
    result = cli.run("check", file, f"--budget={text}")
    assert result.code == 2
    assert "no length of time" in result.err


def test_a_budget_in_seconds_is_kept_to(cli):
    file = cli.write("checks.py", "one = Specification('one', [EnoughRows()], system=make())\n")
    assert cli.run("check", file, "--budget", "60s", "--timeout", "1m").code == 0
