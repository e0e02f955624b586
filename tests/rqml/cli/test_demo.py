from __future__ import annotations

import pytest

from rqml import registry

STUDY = '''"""A study: what it shows.

More.
"""

def main(folder, console):
    console.print(f"files in {folder.name}")
    (folder / "report.md").write_text("done")
    return 3
'''


@pytest.fixture
def demos(cli, monkeypatch):
    cli.write("acme_demos/__init__.py", "", head="")
    cli.write("acme_demos/case_studies/first_one.py", STUDY, head="")
    cli.write("acme_demos/case_studies/_helper.py", "raise RuntimeError", head="")
    monkeypatch.syspath_prepend(str(cli.folder))
    monkeypatch.setattr(registry, "catalogs", lambda: ("acme_demos",))
    return cli


def test_demos_are_listed_with_their_first_line(demos):
    assert demos.run("demo").out == "first-one  A study: what it shows.\n"


def test_a_demo_runs_in_a_folder_and_gives_its_exit_code(demos):
    result = demos.run("demo", "first-one")
    assert result.code == 3
    assert result.out == "files in first-one\n"
    assert (demos.folder / "rqml-demo/first-one/report.md").read_text() == "done"
    demos.run("demo", "first-one", "--folder", "elsewhere")
    assert (demos.folder / "elsewhere/report.md").exists()


def test_an_unknown_demo_is_told(demos):
    result = demos.run("demo", "first")
    assert result.code == 2
    assert "did you mean first-one?" in result.err


def test_a_catalog_without_demos_lists_none(cli, monkeypatch):
    monkeypatch.setattr(registry, "catalogs", lambda: ("json",))
    assert cli.run("demo").code == 0
