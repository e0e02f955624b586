from __future__ import annotations

import json
import sys

import pytest

from rqml.evidence import code

ONE = "credit = Specification('credit', [EnoughRows({parameters})], system=make(), owner='me')\n"


@pytest.fixture
def recorded(cli):
    """Two checks on record: the first passes, the second fails; 'e.sqlite'."""
    for parameters in ("", "rows=9"):
        file = cli.write("checks.py", ONE.format(parameters=parameters))
        anew()
        cli.run("check", file, "--evidence", "e.sqlite")
    return cli


def anew():
    """As in a process of its own, which has read no code yet."""
    sys.modules.pop("checks", None)
    code._closure.cache_clear()


def run(cli, *words):
    return cli.run("evidence", *words, "--evidence", "e.sqlite")


def test_a_check_says_what_it_used_again(cli):
    file = cli.write("checks.py", ONE.format(parameters=""))

    def check(*words):
        anew()
        return cli.run("check", file, "--evidence", "e.sqlite", *words).out

    check()
    assert "1 of 1 verdicts rest on measurements" in check()
    assert "rest on" not in check("--no-reuse")
    assert "rest on" not in check("--max-age", "0")
    assert "cost more than inline: TST-01" in cli.run("check", file, "--tier", "inline", "--paranoid").out


def test_list_shows_what_held(recorded):
    assert "FAIL" in run(recorded, "list").out
    assert "nothing is on record" in run(recorded, "list", "--at", "2020-05-03").out
    (entry,) = json.loads(run(recorded, "list", "TST-01", "--format", "json").out)
    assert entry["verdict"] == "FAIL"
    digest = entry["fingerprints"]["data"]
    assert "FAIL" in run(recorded, "list", "--subject", digest[:16]).out
    assert "nothing" in run(recorded, "list", "--subject", "blake3:none").out


@pytest.mark.parametrize("moment", ["yesterday", "2026-05-03T12:00:00", "2026-13-01"])
def test_moments_without_zone_are_refused(recorded, moment):
    result = run(recorded, "list", "--at", moment)
    assert result.code == 2
    assert "no moment" in result.err


def test_show_prints_a_record(recorded):
    assert json.loads(run(recorded, "show", "2").out)["body"]["result"]["status"] == "FAIL"
    assert "no record 7" in run(recorded, "show", "7").err


def test_verify_and_export(recorded):
    result = run(recorded, "verify")
    assert result.code == 0
    assert "2 records in 1 chains" in result.out
    assert "could have made it anew" in result.out
    head = run(recorded, "head").out.strip()
    anchored = run(recorded, "verify", "--anchor", head)
    assert anchored.code == 0
    assert "anew" not in anchored.out
    assert "3 lines" in run(recorded, "export", "out.jsonl").out
    assert recorded.run("evidence", "verify", "out.jsonl", "--anchor", head).code == 0
    path = recorded.folder / "out.jsonl"
    path.write_text(path.read_text().replace("FAIL", "PASS"))
    spoilt = recorded.run("evidence", "verify", "out.jsonl")
    assert spoilt.code == 1
    assert "line 3" in spoilt.out
    assert "not imported" in recorded.run("evidence", "import", "out.jsonl", "--evidence", "f.sqlite").err


def test_import_keeps_chains_apart(recorded):
    run(recorded, "export", "out.jsonl")
    result = recorded.run("evidence", "import", "out.jsonl", "--evidence", "f.sqlite")
    assert "2 new records" in result.out
    assert "2 records in 1 chains" in recorded.run("evidence", "verify", "--evidence", "f.sqlite").out


def test_in_toto_statements(recorded):
    assert "2 statements" in run(recorded, "export", "o.jsonl", "--in-toto").out
    first = json.loads((recorded.folder / "o.jsonl").read_text().splitlines()[0])
    assert first["predicate"]["result"] == "PASSED"
    assert "--in-toto only" in run(recorded, "export", "x.jsonl", "--subject", "a").err


def test_diff_and_history(recorded):
    assert "TST-01 on shop: nothing -> FAIL" in run(recorded, "diff", "2020-01-01").out
    assert "no verdict changed" in run(recorded, "diff", "2999-01-01").out
    backwards = run(recorded, "diff", "2999-01-01", "2020-01-01")
    assert (backwards.code, "give the earlier one first" in backwards.err) == (2, True)
    out = run(recorded, "history", "TST-01").out
    assert out.count("rows = 3 [3, 3]") == 2
    assert "no verdict of 'X'" in run(recorded, "history", "X").err


def test_history_as_a_picture(recorded):
    pytest.importorskip("matplotlib")
    assert "2 verdicts in h.png" in run(recorded, "history", "TST-01", "--plot", "h.png").out
    assert (recorded.folder / "h.png").read_bytes().startswith(b"\x89PNG")


def test_keys_and_signatures(recorded):
    pytest.importorskip("cryptography")
    assert recorded.run("evidence", "keys", "k.pem", "k.pub").code == 0
    unsigned = run(recorded, "verify", "--key", "k.pub")
    assert unsigned.code == 1
    assert "the evidence is not signed by any of the keys given" in unsigned.out
    assert "changed" not in unsigned.out
    assert "signed up to record 2" in run(recorded, "sign", "--key", "k.pem").out
    assert "nothing new" in run(recorded, "sign", "--key", "k.pem").out
    assert "signed up to record 2" in run(recorded, "verify", "--key", "k.pub").out


def test_a_ledger_that_is_not_there_is_said(cli):
    result = cli.run("evidence", "list")
    assert result.code == 2
    assert "there is no ledger .rqml/evidence.sqlite" in result.err


def test_an_enforcement_is_recorded(cli):
    file = cli.write("checks.py", ONE.format(parameters="rows=9"))
    assert cli.run("enforce", file, "--evidence", "e.sqlite").code == 0
    assert json.loads(run(cli, "show", "1").out)["kind"] == "enforcement"
    assert "PASS" in run(cli, "list").out


def test_impact_of_an_update(recorded):
    def impact(*words):
        anew()
        return run(recorded, "impact", *words)

    assert impact("--in", "checks.py").out == "no verdict must be renewed\n"
    unknown = impact()
    assert unknown.code == 3
    assert "TST-01 on shop: TST-01 is in no catalog that is installed" in unknown.out
    path = recorded.folder / "checks.py"
    path.write_text(path.read_text().replace("severity=Severity.LOW)", "severity=Severity.LOW, version=2)"))
    updated = impact("--in", "checks.py", "--format", "json")
    assert updated.code == 3
    (entry,) = json.loads(updated.out)
    assert entry["reasons"] == ["TST-01 was judged as version 1, and is version 2"]
