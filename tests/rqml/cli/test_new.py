from __future__ import annotations

import os
import subprocess
import sys

import pytest

from rqml.cli.new import with_import

PROJECT = """
[project]
name = "acme"
version = "1"
[project.entry-points."rqml.catalogs"]
acme_rules = "acme_rules"
"""
BROKEN_UNTIL_FILLED_IN = {"references_resolve", "scenarios_get_their_verdicts"}


@pytest.fixture
def catalog(cli):
    """A third party's catalog with one family and one requirement."""
    cli.write("pyproject.toml", PROJECT, head="")
    cli.write("src/acme_rules/__init__.py", '"""Rules."""\n', head="")
    init = '"""Ages."""\n\nfrom acme_rules.ages.oldest import Oldest as Oldest\n'
    cli.write("src/acme_rules/ages/__init__.py", init, head="")
    cli.write("src/acme_rules/ages/oldest.py", 'meta = dict(id="AGE-03")\n', head="")
    cli.write("src/acme_rules/names/__init__.py", "", head="")
    return cli


def test_two_files_are_written_and_one_line_of_one_file_is_edited(catalog):
    before = {path: path.read_text() for path in catalog.folder.rglob("*") if path.is_file()}
    assert catalog.run("new", "ages", "MinimumAge").code == 0
    after = {path: path.read_text() for path in catalog.folder.rglob("*") if path.is_file()}
    assert sorted(str(path.relative_to(catalog.folder)) for path in after.keys() - before.keys()) == [
        "src/acme_rules/ages/minimum_age.py",
        "tests/ages/test_minimum_age.py",
    ]
    edited = [path for path in before if before[path] != after[path]]
    assert [path.name for path in edited] == ["__init__.py"]
    assert set(after[edited[0]].splitlines()) - set(before[edited[0]].splitlines()) == {
        "from acme_rules.ages.minimum_age import MinimumAge as MinimumAge"
    }
    source = (catalog.folder / "src/acme_rules/ages/minimum_age.py").read_text()
    assert 'id="AGE-04"' in source


@pytest.mark.parametrize("subject", ["Dataset", "TrainedModel", "ModelFile"])
def test_the_scaffold_keeps_the_contract_but_for_what_has_to_be_filled_in(catalog, subject):
    catalog.run("new", "names", "MinimumAge", "--subject", subject)
    code = (
        "from rqml.testing import LawBroken, check_requirement; from acme_rules.names import MinimumAge\n"
        "try:\n    check_requirement(MinimumAge)\nexcept LawBroken as broken:\n    print(broken)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(catalog.folder / "src"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    breaches = dict(line[2:].split(": ", 1) for line in done.stdout.splitlines() if line.startswith("- "))
    assert breaches.keys() == BROKEN_UNTIL_FILLED_IN
    assert "FILL IN _violations()" in breaches["scenarios_get_their_verdicts"]
    source = (catalog.folder / "src/acme_rules/names/minimum_age.py").read_text()
    assert "references=(),  # FILL IN" in source


@pytest.mark.parametrize("subject", ["Dataset", "TrainedModel", "ModelFile"])
def test_the_scaffold_is_formatted_and_linted(catalog, subject):
    pytest.importorskip("ruff", reason="ruff is not installed")
    catalog.run("new", "names", "MinimumAge", "--subject", subject)
    rules = ["--isolated", "--line-length=120"]
    for command in (["format", "--check", *rules], ["check", *rules, "--select=E,F,I,N,UP,B,ARG001,RUF"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "."], capture_output=True, text=True, check=False
        )
        # what the fixture of this test wrote is none of the scaffold
        assert not [line for line in done.stdout.splitlines() if "minimum_age" in line], done.stdout


def test_the_test_of_the_scaffold_fails_until_everything_is_filled_in(catalog):
    catalog.run("new", "names", "MinimumAge")
    environment = os.environ | {"PYTHONPATH": "src", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "--import-mode=importlib", "tests"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    failed = {
        line.split(" - ")[0].rpartition("::")[2] for line in done.stdout.splitlines() if line.startswith("FAILED")
    }
    laws = {f"test_contract[MinimumAge-{law}]" for law in BROKEN_UNTIL_FILLED_IN}
    assert failed == laws | {"test_nothing_is_left_to_fill_in"}


def test_the_project_may_be_named(catalog, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert catalog.run("new", "ages", "MinimumAge", "--root", catalog.folder, "--id", "AGE-77").code == 0
    assert 'id="AGE-77"' in (catalog.folder / "src/acme_rules/ages/minimum_age.py").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("age", "MinimumAge"), "did you mean ages?"),
        (("ages", "Oldest"), "exists already"),
        (("names", "Oldest"), "exists already"),
        (("ages", "minimum_age"), "is no class name"),
        (("ages", "MinimumAge", "--id", "age-1"), "reads like PII-02"),
        (("ages", "MinimumAge", "--root", "src"), "no pyproject.toml"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_touched(catalog, words, message):
    before = {path: path.read_text() for path in catalog.folder.rglob("*") if path.is_file()}
    result = catalog.run("new", *words)
    assert result.code == 2
    assert message in result.err
    assert {path: path.read_text() for path in catalog.folder.rglob("*") if path.is_file()} == before


def test_an_existing_test_is_not_overwritten(catalog):
    catalog.write("tests/ages/test_minimum_age.py", "mine", head="")
    result = catalog.run("new", "ages", "MinimumAge")
    assert result.code == 2
    assert "nothing was overwritten" in result.err
    assert not (catalog.folder / "src/acme_rules/ages/minimum_age.py").exists()


@pytest.mark.parametrize("text", ["[project]\n", "[project\n", PROJECT.replace('= "acme_rules"', '= "other"')])
def test_a_project_without_catalog_is_told(cli, text):
    cli.write("pyproject.toml", text, head="")
    result = cli.run("new", "ages", "MinimumAge")
    assert result.code == 2
    assert "pyproject.toml" in result.err or "the package other" in result.err


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "from a.f.m import M as M\n"),
        ('"""Doc."""\n', '"""Doc."""\n\nfrom a.f.m import M as M\n'),
        ("from a.f.b import B as B\n", "from a.f.b import B as B\nfrom a.f.m import M as M\n"),
        ("from a.f.z import Z as Z\n", "from a.f.m import M as M\nfrom a.f.z import Z as Z\n"),
        (
            "import os\nfrom a.f.b import B as B\nfrom a.f.z import Z as Z\n\nx = 1\n",
            "import os\nfrom a.f.b import B as B\nfrom a.f.m import M as M\nfrom a.f.z import Z as Z\n\nx = 1\n",
        ),
    ],
)
def test_the_import_is_put_in_its_place(before, after):
    assert with_import(before, "from a.f.m import M as M") == after
