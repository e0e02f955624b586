"""The commit is the one that git itself tells, and no process is started for it."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from rqml.evidence import environment

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder, *words):
    options = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *options, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path, monkeypatch):
    folder = tmp_path / "repository"
    (folder / "deep").mkdir(parents=True)
    git(folder, "init", "-q")
    for message in ("one", "two"):
        git(folder, "commit", "-q", "--allow-empty", "-m", message)
    monkeypatch.chdir(folder / "deep")
    return folder


@pytest.fixture
def no_process(monkeypatch):
    def refuse():
        pytest.fail("git was asked")

    monkeypatch.setattr(environment, "_asked", refuse)


@pytest.mark.parametrize(
    "words",
    [("status",), ("checkout", "-q", "HEAD~1"), ("checkout", "-q", "-b", "a/b"), ("pack-refs", "--all"), ("gc", "-q")],
    ids=" ".join,
)
def test_the_commit_is_read_from_the_files_of_git(repository, no_process, words):
    git(repository, *words)
    assert environment.git_commit() == git(repository, "rev-parse", "HEAD") != ""


def test_the_commit_of_a_linked_work_tree(repository, no_process, monkeypatch):
    git(repository, "worktree", "add", "-q", "../linked", "HEAD~1")
    monkeypatch.chdir(repository.parent / "linked")
    assert environment.git_commit() == git(repository, "rev-parse", "HEAD~1")


def test_a_repository_without_a_commit_has_none(tmp_path, monkeypatch):
    git(tmp_path, "init", "-q")
    monkeypatch.chdir(tmp_path)
    assert environment.git_commit() == ""


def test_git_is_asked_where_its_files_do_not_tell(repository, monkeypatch):
    (repository / ".git" / "HEAD").write_text("ref: refs/heads/.invalid\n")
    monkeypatch.setattr(environment, "_asked", lambda: "what git says")
    assert environment.git_commit() == "what git says"


def test_without_git_there_is_no_commit(monkeypatch):
    def missing(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "run", missing)
    assert environment._asked() == ""
