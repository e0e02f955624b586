"""The CI templates of the guide are well formed, and call commands with options that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "ci-gate.md").read_text("utf-8")


def block(title):
    (found,) = re.findall(rf'```\w+ title="{re.escape(title)}"\n(.*?)```', PAGE, re.DOTALL)
    return found


def test_github_actions_is_a_workflow():
    yaml = pytest.importorskip("yaml")
    workflow = yaml.safe_load(block(".github/workflows/security.yml"))
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        assert all("uses" in step or "run" in step for step in job["steps"])


def test_gitlab_is_a_pipeline():
    yaml = pytest.importorskip("yaml")
    pipeline = yaml.safe_load(block(".gitlab-ci.yml"))
    for job in pipeline.values():
        assert job["script"]
        assert job["artifacts"]["when"] == "always"


def test_jenkins_brackets_and_quotes_match():
    text = block("Jenkinsfile")
    assert text.startswith("pipeline {")
    assert text.count("'") % 2 == 0
    depth = 0
    for letter in re.sub(r"'[^'\n]*'", "", text):
        depth += (letter in "{(") - (letter in "})")
        assert depth >= 0
    assert depth == 0


@pytest.mark.parametrize("title", [".github/workflows/security.yml", ".gitlab-ci.yml", "Jenkinsfile"])
def test_options_of_the_templates_exist(title):
    import typer

    from rqml.cli.app import app

    commands = typer.main.get_command(app).commands
    calls = re.findall(r"rqml (\w+)([^'\n]*)", block(title))
    assert calls
    for name, words in calls:
        known = {option for parameter in commands[name].params for option in parameter.opts}
        assert set(re.findall(r"--[\w-]+", words)) <= known
