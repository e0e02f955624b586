"""Wrong input at the command line: a clear message with what to do, no traceback, never a PASS."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SPEC = "credit = Specification('credit', [EnoughRows()])\n"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("import nowhere_to_be_found\n", ("checks.py:1", "ModuleNotFoundError", "nowhere_to_be_found")),
        ("def broken(:\n", ("checks.py:1", "SyntaxError")),
        ("\nraise RuntimeError('Alice Smith')\n", ("checks.py:2", "RuntimeError", "run it with python")),
        ("\n1 / 0\n", ("checks.py:2", "ZeroDivisionError")),
        ("unknown\n", ("checks.py:1", "name 'unknown' is not defined")),
        ("raise SystemExit(0)\n", ("checks.py:1", "SystemExit")),
        ("", ("holds no specification", 'credit = Specification("credit", [...])')),
        ("from rqml import KAnonimity\n", ("checks.py:1", "KAnonimity")),
        ("from rqml import Specification\nx = Specification('x', [1])\n", ("checks.py:2", "holds requirements")),
    ],
)
@pytest.mark.parametrize("command", ["check", "enforce"])
def test_a_broken_file_is_told_with_line_and_reason(cli, command, body, told):
    result = cli.run(command, cli.write("checks.py", body, head=""))
    assert result.code == 2
    assert result.out == ""
    assert all(text in result.err for text in told), result.err
    assert "Alice" not in result.err


def test_a_parameter_out_of_range_is_told_with_its_reason(cli):
    result = cli.run("check", cli.write("checks.py", "c = Specification('c', [EnoughRows(rows=0)], system=make())\n"))
    assert result.code == 2
    assert "EnoughRows: rows must be >= 1, got 0" in result.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("check", "nowhere.py"), "there is no file nowhere.py"),
        (("check", "folder"), "folder is a folder"),
        (("check", "notes.txt"), "neither a Python file"),
        (("check", "nowhere.toml"), "there is no file nowhere.toml"),
        (("enforce", "folder"), "folder is a folder"),
        (("scan", "nowhere"), "there is no file or folder nowhere"),
        (("check", "checks.py"), "nothing to judge specification 'credit' on"),
        (("check", "checks.py", "--system", "nowhere.py"), "there is no file nowhere.py"),
        (("check", "checks.py", "--system", "nowhere_module"), "No module named 'nowhere_module'"),
        (("check", "checks.py", "--system", "checks.py:credits"), "has no 'credits'"),
        (("check", "checks.py", "--output", "folder"), "give the name of a file"),
        (("check", "checks.py", "--output", "no/where.json"), "does not exist"),
        (("check", "checks.py", "--timeout", "-1"), "no length of time"),
        (("check", "checks.py", "--hard"), "say when by --timeout"),
        (("enforce", "checks.py", "--hard"), "say when by --timeout"),
        (("check", "checks.py", "--format", "html"), "html"),
        (("check", "checks.py", "--evidence", ""), "is no ledger"),
        (("check", "checks.py", "--evidence", "folder"), "is no ledger"),
        (("gate", "checks.py", "--evidence", ""), "is no ledger"),
        (("trace", "TST-01", "--evidence", " "), "is no ledger"),
        (("evidence", "list", "--evidence", "folder"), "is no ledger"),
        (("check", "checks.py", "--max-age", "-1"), "no number of days"),
        (("check", "checks.py", "--max-age", "nan"), "no number of days"),
        (("gate", "checks.py", "--max-age", "inf"), "no number of days"),
        (("gate", "checks.py", "--max-age", "old"), "no number of days"),
        (("check",), "FILE"),
        (("chek",), "chek"),
        (("catalog", "show", "KAnonimity"), "did you mean KAnonymity?"),
        (("catalog", "show", "PII-99"), "there is no requirement 'PII-99'"),
    ],
)
def test_wrong_words_are_told(cli, words, told):
    cli.write("checks.py", SPEC)
    cli.write("notes.txt", "")
    (cli.folder / "folder").mkdir()
    result = cli.run(*words)
    assert result.code == 2
    assert told in result.err


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("name = 'credit'\n[[require]\n", "spec.toml"),
        ("[[require]]\nuse = 'KAnonimity'\n", "did you mean KAnonymity?"),
        ("[[require]]\nuse = 'KAnonymity'\nq = 3\n", "spec.toml"),
        ("[[require]]\nuse = 'KAnonymity'\nk = 'many'\n", "spec.toml"),
    ],
)
def test_a_broken_toml_file_is_told_with_its_line(cli, body, told):
    cli.write("systems.py", "system = make()\n")
    result = cli.run("check", cli.write("spec.toml", body, head=""), "--system", "systems.py")
    assert result.code == 2
    assert told in result.err
    assert result.out == ""


@pytest.mark.parametrize(
    ("system", "told"),
    [
        ("def system():\n    pass\n", "returned None"),
        ("def system(x):\n    return make()\n", "takes parameters"),
        ("def system():\n    raise KeyError('Alice Smith')\n", "KeyError"),
        ("class system: pass\n", "is a class"),
        ("import pytest\n@pytest.fixture\ndef system(): return make()\n", "is a pytest fixture"),
        ("def system():\n    return Dataset(pd.DataFrame({'a': [1]}), sensitive='income')\n", "does not have"),
        ("def system():\n    return Dataset(pd.read_csv('nowhere.csv'))\n", "nowhere.csv"),
    ],
)
def test_an_unusable_system_is_told(cli, system, told):
    result = cli.run("check", cli.write("checks.py", SPEC + system))
    assert result.code == 2
    assert told in result.err
    assert "checks" in result.err
    assert "Alice" not in result.err


@pytest.mark.parametrize(
    ("requirement", "system", "told"),
    [
        ("KAnonymity()", "Dataset(pd.DataFrame({'age': []}), quasi_identifiers='age')", "no records"),
        ("KAnonymity()", "Dataset(pd.DataFrame({'age': [1, 2]}))", "quasi_identifiers"),
        ("KAnonymity()", "System('s')", "has no part that is a Dataset"),
        ("KAnonymity()", "42", "cannot judge a int"),
        (
            "MembershipInferenceResistance(at_fpr=0.1)",
            "TrainedModel(LogisticRegression(), train=data, test=others)",
            "is it fitted",
        ),
        (
            "MembershipInferenceResistance(at_fpr=0.1)",
            "TrainedModel(fitted, train=holes, test=others)",
            "missing or infinite values",
        ),
        ("SafeModelFile()", "ModelFile('nowhere.joblib')", "there is no file nowhere.joblib"),
    ],
)
def test_subjects_that_cannot_be_judged_are_incomplete_and_say_why(cli, requirement, system, told):
    body = f"""
import numpy as np
from sklearn.linear_model import LogisticRegression
from rqml import ModelFile, TrainedModel
from rqml_catalog.data_privacy import KAnonymity
from rqml_catalog.model_privacy import MembershipInferenceResistance
from rqml_catalog.supply_chain import SafeModelFile
rng = np.random.default_rng(0)
X, y = rng.normal(size=(120, 2)), np.arange(120) % 2
data, others = Dataset.from_arrays(X[:60], y[:60]), Dataset.from_arrays(X[60:], y[60:])
fitted = LogisticRegression().fit(X, y)
holes = Dataset.from_arrays(np.where(X > 0, X, np.nan)[:60], y[:60])
system = {system}
credit = Specification('credit', [{requirement}])
"""
    result = cli.run("check", cli.write("checks.py", body), "--format", "json")
    assert result.code == 3, result.out + result.err
    (verdict,) = json.loads(result.out)["results"]
    assert verdict["status"] == "INCOMPLETE"
    assert told.lower() in verdict["message"].lower()


@pytest.mark.parametrize(
    ("words", "code"), [(["check", "nowhere.py"], 2), (["--version"], 0), (["catalog", "list"], 0)]
)
def test_the_program_itself_shows_no_traceback(tmp_path, words, code):
    command = [sys.executable, "-m", "rqml", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode == code


def test_a_crash_of_ours_is_neither_a_fail_nor_a_pass(monkeypatch, capsys):
    import rqml.cli.app
    from rqml.cli import main

    def crash(**_):
        raise ZeroDivisionError("quotes bob@example.com")

    monkeypatch.setattr(rqml.cli.app, "app", crash)
    with pytest.raises(SystemExit) as stopped:
        main(["catalog", "list"])
    said = capsys.readouterr().err
    assert stopped.value.code == 3
    assert "ZeroDivisionError" in said and "bob@" not in said
