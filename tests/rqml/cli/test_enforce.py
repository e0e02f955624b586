from __future__ import annotations

import json

import pytest

FILE = "credit = Specification('credit', [EnoughRows(rows=5)], system=make())\n"


def test_what_changed_and_what_it_cost_is_told_with_both_reports(cli):
    result = cli.run("enforce", cli.write("checks.py", FILE))
    assert result.code == 0
    assert "credit: SUCCESS" in result.out
    assert "- added 2 rows" in result.out
    assert "rows: 2" in result.out
    before, after = result.out.split("After:")
    assert "rows = 3 is below the limit 5" in before
    assert "PASS" in after


def test_a_dry_run_plans_and_keeps_the_exit_code_of_what_is(cli):
    result = cli.run("enforce", cli.write("checks.py", FILE), "--dry-run")
    assert result.code == 1
    assert "- added 2 rows" in result.out
    assert "dry run: nothing was changed" in result.out
    assert "After:" not in result.out


def test_a_repair_above_its_ceiling_is_undone(cli):
    result = cli.run("enforce", cli.write("checks.py", FILE), "--max-cost", "rows=1")
    assert result.code == 1
    assert "credit: FAILURE" in result.out
    assert "rows 2 > 1" in result.out


def test_json_holds_both_reports(cli):
    result = cli.run("enforce", cli.write("checks.py", FILE), "--format", "json", "--output", "out.json")
    told = json.loads((cli.folder / "out.json").read_text())
    assert result.code == told["exit_code"] == 0
    assert told["schema"] == "rqml.enforcement/1"
    assert told["status"] == "SUCCESS"
    assert told["before"]["status"] == "FAIL"
    assert told["after"]["status"] == "PASS"
    assert told["cost"] == {"rows": 2}


@pytest.mark.parametrize("word", ["rows", "rows=", "rows=few"])
def test_a_ceiling_that_is_no_number_is_refused(cli, word):
    result = cli.run("enforce", cli.write("checks.py", FILE), "--max-cost", word)
    assert result.code == 2
    assert "write it as name=number" in result.err
