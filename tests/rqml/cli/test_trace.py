from __future__ import annotations

import json

import pytest

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


def test_from_a_content(traced):
    record = json.loads(traced.cli.run("evidence", "show", "1", "--evidence", "e.sqlite").out)
    digest = record["body"]["fingerprints"]["data"]
    assert set(traced(digest[:20])[1]) == {"TST-01", "TST-02"}


def test_from_a_file_whose_code_judges(traced):
    assert {"TST-01", "TST-02", "door", "after"} <= set(traced(traced.file)[1])


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
