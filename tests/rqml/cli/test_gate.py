from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
import sys

import attrs
import pytest

ONE = "credit = Specification('credit', [EnoughRows({parameters})], system=make(), owner='me'{more})\n"
WAIVED = (
    ", waivers=[Waiver(requirement='TST-01', approver='Ann', justification='so', start='2020-01-01T00:00:00Z', "
    "expiry='2999-01-01T00:00:00Z')]"
)


@pytest.fixture
def judged(cli):
    """`judged(parameters, more, check=True)` writes checks.py, checks it, and gives a function that asks the gate."""

    def prepare(parameters="", more="", check=True):
        file = cli.write("checks.py", ONE.format(parameters=parameters, more=more))
        if check:
            sys.modules.pop("checks", None)
            cli.run("check", file, "--evidence", "e.sqlite")

        def gate(*words):
            sys.modules.pop("checks", None)
            return cli.run("gate", file, "--evidence", "e.sqlite", *words)

        return gate

    prepare.folder, prepare.run = cli.folder, cli.run
    return prepare


def test_what_passes_may_be_released(judged):
    result = judged()()
    assert result.code == 0
    assert result.out == "credit: yes\n"


def test_what_fails_may_not(judged):
    result = judged("rows=9")("--format", "json")
    assert result.code == 1
    answer = json.loads(result.out)
    assert answer["release"] is False
    assert answer["obstacles"] == {"credit": ["TST-01: FAIL, and not waived"]}


def test_no_waiver_counts_where_nobody_knows_the_author(judged, monkeypatch):
    monkeypatch.setitem(globals(), "ONE", ONE.replace("owner='me'", "owner=' '"))
    gate = judged("rows=9", WAIVED)
    result = gate()
    assert result.code == 1
    assert "FAIL, and its waiver does not count: name the author" in result.out
    assert gate("--author", "Bob").code == 0
    assert gate("--author", "Ann").code == 1


def test_a_waiver_counts_unless_its_approver_is_the_author(judged):
    gate = judged("rows=9", WAIVED)
    assert gate().code == 0
    assert gate("--author", "Bob").code == 0
    result = gate("--author", "ANN")
    assert result.code == 1
    assert "approved by its own author" in result.out


def test_the_owner_cannot_waive_what_is_theirs(judged):
    result = judged("rows=9", WAIVED.replace("Ann", "ME"))()
    assert result.code == 1
    assert "approved by its own author" in result.out


@pytest.mark.parametrize("years", [(2021, 2999), (2999, 2021)])
def test_an_expired_waiver_does_not_hide_another(judged, years):
    one = WAIVED.partition("[")[2].rstrip("]")
    both = ", ".join(one.replace("2999", str(year)) for year in years)
    assert judged("rows=9", f", waivers=[{both}]")().code == 0


def test_a_verdict_by_other_rules_releases_nothing(judged):
    gate = judged("rows=2")
    assert gate().code == 0
    result = judged("rows=3", check=False)()
    assert result.code == 3
    assert "judged with other parameters" in result.out
    assert judged("rows=2", check=False)().code == 0


def test_the_code_of_a_requirement_is_one_of_its_rules(judged):
    from rqml.evidence import code

    judged()
    path = judged.folder / "checks.py"
    path.write_text(path.read_text() + "\nFACTOR = 2\n")
    code._closure.cache_clear()
    sys.modules.pop("checks", None)
    result = judged.run("gate", path, "--evidence", "e.sqlite")
    assert result.code == 3
    assert "the code of TST-01 is another" in result.out


def test_waivers_count_as_they_are_now(judged, monkeypatch):
    # Here the class lies in the file of the waivers, so that editing these edits its code.
    monkeypatch.setattr("rqml.evidence.rules.other_class", lambda *_: "")
    judged("rows=9", WAIVED)
    assert judged("rows=9", check=False)().code == 1
    expired = WAIVED.replace("2999", "2021")
    result = judged("rows=9", expired, check=False)()
    assert result.code == 1
    assert "its waiver expired on" in result.out
    judged("rows=9")
    assert judged("rows=9", WAIVED, check=False)().code == 0


def test_what_is_not_known_may_not(judged):
    assert judged("trouble='few'")().code == 3
    gate = judged("label='new'", check=False)
    assert "new: there is no verdict on record" in gate().out
    assert gate().code == 3


def test_old_and_changed_content_may_not(judged):
    gate = judged()
    assert "days ago" in gate("--max-age", "0").out
    path = judged.folder / "checks.py"
    path.write_text(path.read_text().replace('"a": [1, 2, 3]', '"a": [1, 2, 4]'))
    result = gate()
    assert result.code == 3
    assert "part 'data' is not what was judged" in result.out


def test_nothing_that_applies_may_not(judged):
    assert judged("trouble='na'")().code == 3
    gate = judged()
    path = judged.folder / "checks.py"
    path.write_text(path.read_text().replace("[EnoughRows()]", "[]"))
    assert "the specification is empty" in gate().out


def test_a_verdict_of_the_future_releases_nothing(judged):
    gate = judged()
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    again = sys.modules["checks"].credit.check(ledger="e.sqlite", now=tomorrow)
    assert again.results[0].reused, "the measurement is of today"
    result = gate()
    assert result.code == 3
    assert "judged in the future" in result.out


def test_what_others_recorded_cannot_write_on_the_screen(judged):
    judged()
    specification = attrs.evolve(sys.modules["checks"].credit, owner="x\n\x1b[2Jcredit: yes\u202e")
    specification.check(ledger="e.sqlite")
    listed = judged.run("evidence", "list", "--evidence", "e.sqlite").out
    assert listed.count("\n") == 1
    assert listed.rstrip("\n").isprintable()
    assert r"x\n\x1b[2Jcredit: yes\u202e" in listed


def test_changed_evidence_releases_nothing(judged):
    gate = judged()
    with contextlib.closing(sqlite3.connect(judged.folder / "e.sqlite")) as database, database:
        database.execute("UPDATE record SET line = replace(line, 'PASS', 'FAIL')")
    result = gate()
    assert result.code == 1
    assert "the evidence was changed" in result.out


@pytest.fixture
def keys(cli):
    pytest.importorskip("cryptography")
    for name in ("one", "other"):
        cli.run("evidence", "keys", f"{name}.pem", f"{name}.pub")


def test_with_a_key_every_verdict_must_be_signed_by_it(judged, keys):
    gate, sign = judged(), ("evidence", "sign", "--evidence", "e.sqlite", "--key")
    unsigned = gate("--key", "one.pub")
    assert unsigned.code == 1
    assert "not signed by any of the keys given" in unsigned.out
    assert "changed" not in unsigned.out
    judged.run(*sign, "one.pem")
    assert gate("--key", "one.pub").code == 0
    assert gate("--key", "other.pub", "--key", "one.pub").code == 0
    other = gate("--key", "other.pub")
    assert other.code == 1
    assert "not signed by any of the keys given" in other.out
    later = judged()("--key", "one.pub")  # judged again, and not signed again
    assert later.code == 3
    assert "recorded after the last signature" in later.out
    judged.run(*sign, "one.pem")
    assert gate("--key", "one.pub").code == 0


def test_an_anchor_keeps_an_older_ledger_from_being_put_back(judged):
    gate = judged()
    older = ("--evidence", "older.sqlite")
    with contextlib.closing(sqlite3.connect("e.sqlite")) as now, contextlib.closing(sqlite3.connect(older[1])) as then:
        now.backup(then)
    judged()
    head = judged.run("evidence", "head", "--evidence", "e.sqlite").out.strip()
    assert gate("--anchor", head).code == 0
    assert gate(*older).code == 0, "it is sound in itself"
    replayed = gate(*older, "--anchor", head)
    assert replayed.code == 1
    assert "the end was cut off" in replayed.out


def test_a_gate_without_a_ledger_is_wrong_usage(cli):
    file = cli.write("checks.py", ONE.format(parameters="", more=""))
    assert cli.run("gate", file).code == 2
