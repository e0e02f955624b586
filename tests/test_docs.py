"""What the README and the pages say is what happens: their code runs, their outputs are real, their commands exist."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [DOCS / "index.md", *sorted((DOCS / "guide").glob("*.md"))]
README = ROOT / "README.md"
PROGRAMS = {"python", "python3", "pip", "pytest", "rqml", "mkdocs", "echo", "cat", "head"}


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / "_ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


page_code = _load("page_code")


def blocks(page: Path, language: str) -> list:
    return [block for block in page_code.blocks_of(page.read_text("utf-8")) if block.language == language]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_of_a_page_runs_and_gives_what_the_page_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("RQML_MODE", raising=False)
    before = set(sys.modules)
    try:
        page_code.expect(page_code.play(page, tmp_path), page)
    finally:
        for name in set(sys.modules) - before:  # pages share names of files
            if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]


def test_a_wrong_output_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n", "utf-8")
    with pytest.raises(page_code.WrongOutput, match=r"page\.md:6"):
        page_code.expect(page_code.play(page, tmp_path), page)


@pytest.mark.parametrize("page", [*PAGES, README], ids=lambda page: page.stem)
def test_data_blocks_are_well_formed(page):
    for block in blocks(page, "toml"):
        tomllib.loads(block.code)


@pytest.mark.parametrize("page", [*PAGES, README], ids=lambda page: page.stem)
def test_commands_exist(page):
    lines = [line for block in blocks(page, "sh") for line in block.code.splitlines()]
    told = re.findall(r"^ *- (?:run: )?((?:rqml|pip|pytest) .*)$", page.read_text("utf-8"), re.M)
    inline = re.findall(r"`(rqml [a-z][^`]*)`", page.read_text("utf-8"))
    for line in [*lines, *told, *inline]:
        program, *arguments = shlex.split(line.partition("|")[0])
        assert Path(program).name in PROGRAMS, line
        if Path(program).name == "rqml":
            _assert_command(arguments, line)


def _assert_command(arguments: list[str], line: str) -> None:
    import typer.main

    from rqml.cli.app import app

    command = typer.main.get_command(app)
    for argument in arguments:
        if argument.startswith("--"):
            options = {name for parameter in command.params for name in parameter.opts}
            assert argument.partition("=")[0] in options, f"{line}: no option {argument}"
        elif hasattr(command, "commands"):
            assert argument in command.commands, f"{line}: no command {argument}"
            command = command.commands[argument]


def test_readme_opens_with_the_two_commands():
    first, second = (block.code for block in blocks(README, "sh")[:2])
    for block in (first, second):
        assert block.startswith("python3 -m venv .venv\n.venv/bin/pip install -q ")
    assert first.splitlines()[-1] == ".venv/bin/rqml demo triage"
    assert second.splitlines()[-1] == ".venv/bin/pytest -q -n 2"
    assert "'.[test]'" in second


@pytest.mark.parametrize("page", [README, DOCS / "guide" / "triage.md"], ids=lambda page: page.stem)
def test_the_story_is_the_same_program_everywhere(page):
    (told,) = [block.code for block in blocks(page, "python") if block.title == "triage.py"]
    story = (DOCS / "triage.py").read_text("utf-8")
    assert told == story
    assert len(story.splitlines()) < 60


@pytest.fixture(scope="module")
def story(tmp_path_factory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("triage")
    done = subprocess.run(
        [sys.executable, DOCS / "triage.py"], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, folder


def test_the_story_finds_and_repairs_the_three_faults(story):
    output, folder = story
    before, after = output.split("generalised column", 1)
    found = {
        "PII-02 KAnonymity": "FAIL",
        "PRV-01 MembershipInferenceResistance": "FAIL",
        "SUP-01 SafeModelFile": "PASS",
    }
    assert dict(reversed(_verdicts(before))) == found
    assert dict(reversed(_verdicts(after))) == dict.fromkeys(found, "PASS")
    assert "contained" in after
    assert "payload ran" not in output
    assert not (folder / "partner.pkl").exists()
    assert {"report.json", "report.md", "triage.joblib"} <= {path.name for path in folder.iterdir()}


def test_the_page_shows_the_verdicts_that_the_story_gives(story):
    (told,) = [b.code for b in blocks(DOCS / "guide" / "triage.md", "console") if b.title == "output"]
    assert _verdicts(told) == _verdicts(story[0])


def test_the_readme_shows_the_verdicts_that_the_story_gives(story):
    told = re.findall(r"^(PASS|FAIL) +(\S+ \w+(?: \([^)]+\))?)", README.read_text("utf-8"), re.M)
    assert [(name, verdict) for verdict, name in told] == _verdicts(story[0], labels=True)[: len(told)]
    assert len(told) == 4


def test_the_readme_shows_the_repairs_that_the_story_makes(story):
    told = re.findall(r"^- (?!cost|[A-Z])(.*)$", blocks(README, "text")[1].code, re.M)
    made = {re.sub(r"\d+", "#", line) for line in story[0].splitlines()}
    assert len(told) == 7
    assert {re.sub(r"\d+", "#", line) for line in told} <= made


@pytest.mark.parametrize("page", [README, DOCS / "guide" / "triage.md"], ids=lambda page: page.stem)
@pytest.mark.parametrize("figure", [r"tpr = ([\d.]+) \[", r"cost: loss ([\d.]+)"])
def test_the_pages_show_the_figures_that_the_story_gives(story, page, figure):
    told, measured = (float(re.search(figure, text)[1]) for text in (page.read_text("utf-8"), story[0]))
    assert told == pytest.approx(measured, abs=0.03)  # other versions of scikit-learn give other last digits


def _verdicts(output: str, *, labels: bool = False) -> list[tuple[str, str]]:
    """Requirement and verdict of each row of the tables in a console output."""
    rows = re.findall(r"^│ ([A-Z]+)[^│]*│ ([A-Z]+-\d+ \w+)( \([^)]*\))? *│", output, re.M)
    return [(name + label if labels else name, verdict) for verdict, name, label in rows]


def test_readme_names_requirements_that_exist():
    from rqml.registry import find

    rows = re.findall(r"^\| ([A-Z]+-\d+) \| `([\w.]+)\.(\w+)`", README.read_text("utf-8"), re.M)
    assert rows
    for id_, module, name in rows:
        assert find(id_).__name__ == name
        assert getattr(importlib.import_module(module), name).meta.id == id_


@pytest.mark.parametrize("page", [README, *PAGES], ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if not target.startswith("http") and "catalog/" not in target:  # the catalog's pages are made at build
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_api_pages_name_everything_of_the_facade():
    import rqml

    told = "\n".join(path.read_text("utf-8") for path in (DOCS / "api").glob("*.md"))
    named = set(re.findall(r"^::: [\w.]+\.(\w+)$", told, re.M))
    modules = re.findall(r"^::: ([\w.]+)$", told, re.M)
    named |= {name for module in modules if "errors" in module for name in vars(importlib.import_module(module))}
    assert set(rqml.__all__) <= named


def test_a_third_party_catalog_is_found_once_installed(tmp_path, monkeypatch):
    page = DOCS / "guide" / "third-party-catalog.md"
    monkeypatch.chdir(tmp_path)
    page_code.play(page, tmp_path)
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text("utf-8"))["project"]
    _install(project, tmp_path)
    program = "from rqml.registry import find; print(find('BNK-01').__name__)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "EnoughRows", done.stderr


def _install(project: dict, folder: Path) -> None:
    """What an installer leaves: the metadata beside the package, with the entry points of the project."""
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(groups))
