from __future__ import annotations

import json

import pytest

from rqml import attachments

MODULE = """
from rqml import require, ensure

class Named(EnoughRows):
    meta = Meta(id="TST-02", title="rows", statement="At least {rows} rows.", remedy="Add rows.",
                stage=Stage.INGESTION, severity=Severity.LOW, references=("ML03", "GDPR 99"))

@require(Named(label="door"))
def train(frame):
    return frame

@ensure(Named(label="after"))
def load():
    return None

credit = Specification('credit', [EnoughRows(), Named()], system=make(), owner='me')
"""


@pytest.fixture(autouse=True)
def _nothing_attached(monkeypatch):
    """What other tests registered in this process is not there."""
    monkeypatch.setattr(attachments, "_noted", {})


@pytest.fixture
def traced(cli):
    file = cli.write("checks.py", MODULE)
    cli.run("check", file, "--evidence", "e.sqlite")

    def run(what, *words):
        result = cli.run("trace", what, "--in", file, "--evidence", "e.sqlite", "--format", "json", *words)
        return result, {link["key"]: link for link in json.loads(result.out)["requirements"]}

    run.cli, run.file = cli, file
    return run


def test_from_a_threat_to_requirement_code_evidence_and_owner(traced):
    result, links = traced("ML03:2023")
    assert result.code == 0
    assert {"TST-02", "door", "after"} <= set(links)
    assert links["TST-02"]["places"] == ["specification credit"]
    assert links["TST-02"]["verdicts"][0]["verdict"] == "PASS"
    assert links["TST-02"]["owners"] == ["me"]
    assert links["door"]["places"][0].startswith("require at ")
    assert "checks.py:" in links["door"]["places"][0]
    assert links["after"]["places"][0].startswith("ensure at ")


def test_from_a_requirement_back(traced):
    assert set(traced("TST-01")[1]) == {"TST-01"}
    assert "Named" in traced("door")[1]["door"]["title"]
    assert {"door", "after", "TST-02"} <= set(traced("Named")[1])


def test_the_ledger_is_that_of_the_folder_if_there_is_one(cli):
    file = cli.write("checks.py", MODULE)
    assert "evidence:" not in cli.run("trace", "TST-02", "--in", file).out
    cli.run("check", file, "--evidence", ".rqml/evidence.sqlite")
    assert "evidence: PASS on shop" in cli.run("trace", "TST-02", "--in", file).out


def test_from_a_content(traced):
    record = json.loads(traced.cli.run("evidence", "show", "1", "--evidence", "e.sqlite").out)
    digest = record["body"]["fingerprints"]["data"]
    assert set(traced(digest[:20])[1]) == {"TST-01", "TST-02"}


def test_from_a_file_whose_code_judges(traced):
    assert {"TST-01", "TST-02", "door", "after"} <= set(traced(traced.file)[1])


@pytest.mark.parametrize(
    ("name", "body"),
    [("spec.toml", "name = 's'\n[[require]]\nuse = 'KAnonymity'\n"), ("spec.py", "from checks import credit\n")],
)
def test_from_a_file_that_specifies(cli, name, body):
    cli.write("checks.py", "credit = Specification('credit', [EnoughRows()])\n")
    file = cli.write(name, body, head="")
    result = cli.run("trace", file, "--in", file, "--format", "json")
    (link,) = json.loads(result.out)["requirements"]
    assert (result.code, link["key"]) == (0, "PII-02" if name == "spec.toml" else "TST-01")


def test_a_whole_stands_for_what_lies_below_it(cli):
    module = MODULE.replace('"GDPR 99"', '"AML.T0010.003", "GDPR 5(1)c"')
    file = cli.write("checks.py", module)

    def keys(what):
        return {
            link["key"]
            for link in json.loads(cli.run("trace", what, "--in", file, "--format", "json").out)["requirements"]
        }

    assert {"TST-02", "door", "after"} <= keys("AML.T0010") & keys("GDPR 5") & keys("GDPR 5(1)")
    assert not {"TST-02", "door", "after"} & (keys("AML.T0010.002") | keys("GDPR 51") | keys("GDPR 5(1)b"))


def test_from_a_data_set_by_the_name_of_its_part(traced):
    result, links = traced("data")
    assert json.loads(result.out)["kind"] == "part"
    assert set(links) == {"TST-01", "TST-02"}


PARTS = """
from rqml import ModelFile, derived
from pathlib import Path

class Small(Requirement[ModelFile]):
    meta = Meta(id="TST-03", title="small", statement="Small.", remedy="Shrink it.",
                stage=Stage.RELEASE, severity=Severity.LOW)
    def measure(self, file, run):
        return Measurement({"bytes": Estimate.exact(file.path.stat().st_size)})
    def judge(self, measurement):
        return at_least(measurement.estimates["bytes"], 1, "bytes")

PLACE = Path("model.bin")
files = Specification('files', [Small(label='raw').on("model"), Small(label='packed').on("wheel")],
                      system=System("s", model=ModelFile(PLACE), wheel=derived(lambda m: m, "model")))
"""


def test_a_changed_file_touches_what_is_bound_to_it_and_what_derives_from_it(cli):
    (cli.folder / "model.bin").write_bytes(b"one")
    file = cli.write("checks.py", PARTS)
    result = cli.run("trace", "model.bin", "--in", file, "--format", "json")
    assert {link["key"] for link in json.loads(result.out)["requirements"]} == {"raw", "packed"}


def test_a_changed_file_touches_what_judged_its_earlier_content(cli, monkeypatch):
    from rqml.evidence import file_digests

    monkeypatch.setattr(file_digests, "_SETTLED_NS", -(10**18))
    (cli.folder / "model.bin").write_bytes(b"one")
    cli.run("check", cli.write("checks.py", PARTS), "--evidence", "e.sqlite")
    (cli.folder / "model.bin").write_bytes(b"another")
    assert cli.run("trace", "model.bin", "--evidence", "e.sqlite").out.startswith("model.bin (file): 2 requirements")


TESTS = """
import pytest

credit = Specification('credit', [EnoughRows(label='tested')], owner='me')

@pytest.fixture
def system():
    return make()
"""


def test_tests_register_themselves(cli):
    cli.write("suite/test_credit.py", TESTS)
    trace = ("trace", "tested", "--tests", "suite", "--format", "json")
    (link,) = json.loads(cli.run(*trace).out)["requirements"]
    (place,) = link["places"]
    assert place.startswith("test at suite/test_credit.py::credit::TST-01 EnoughRows[tested] (suite/test_credit.py:")
    line = int(place.rstrip(")").rpartition(":")[2])
    assert (cli.folder / "suite/test_credit.py").read_text().splitlines()[line - 1].startswith("credit = ")
    assert "tested" in cli.run("trace", "suite/test_credit.py", "--tests", "suite").out
    assert "there is no file or folder none" in cli.run("trace", "tested", "--tests", "none").err


def test_tests_that_cannot_be_collected_are_said(cli):
    cli.write("suite/test_broken.py", "raise RuntimeError")
    result = cli.run("trace", "tested", "--tests", "suite")
    assert result.code == 2
    assert "pytest cannot collect suite" in result.err


def test_the_code_places_are_on_record(cli):
    """A trace by evidence alone, in a process that imported nothing of it."""
    import subprocess
    import sys

    cli.write("test_credit.py", TESTS)
    run = [sys.executable, "-m", "pytest", "-q", "--rqml-evidence", "e.sqlite"]
    subprocess.run(run, check=True, cwd=cli.folder, capture_output=True)
    result = cli.run("trace", "tested", "--evidence", "e.sqlite", "--format", "json")
    (link,) = json.loads(result.out)["requirements"]
    assert link["places"][0].startswith("test at test_credit.py::credit::TST-01 EnoughRows[tested] (test_credit.py:")
    assert link["verdicts"][0]["verdict"] == "PASS"
    assert link["owners"] == ["me"]
    assert "tested" in cli.run("trace", "test_credit.py", "--evidence", "e.sqlite").out


def test_what_nothing_touches_and_what_nobody_knows(traced):
    (traced.cli.folder / "other.bin").write_bytes(b"x")
    result = traced("other.bin")[0]
    assert result.code == 3
    unknown = traced.cli.run("trace", "nonsense")
    assert unknown.code == 2
    assert "nothing is known by the name" in unknown.err


def test_text(traced):
    out = traced.cli.run("trace", "door", "--in", traced.file, "--evidence", "e.sqlite").out
    assert "door (requirement): 1 requirement" in out
    assert "judged at: require at" in out
    assert "names: " in out


@pytest.mark.parametrize("what", ["", "  "])
def test_nothing_to_trace_is_refused(cli, what):
    result = cli.run("trace", what)
    assert result.code == 2
    assert "name what to trace" in result.err
