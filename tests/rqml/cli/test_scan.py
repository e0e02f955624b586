from __future__ import annotations

import json
import os
import pickle
import re
import time
import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest


class Planted:
    """Would change the working folder to where it is, if it were loaded."""

    def __reduce__(self):
        import os

        return os.chdir, (".",)


def planted(path):
    path.write_bytes(pickle.dumps(Planted()))
    return path


def test_entries_say_path_status_and_reasons(cli):
    np.save(cli.folder / "good.npy", np.arange(3))
    planted(cli.folder / "bad.pkl")
    (cli.folder / "odd.bin").write_bytes(b"nothing known")
    result = cli.run("scan", cli.folder, "--format", "json")
    entries = {entry["path"].rpartition("/")[2]: entry for entry in json.loads(result.out)}
    assert {name: entry["status"] for name, entry in entries.items()} == {
        "good.npy": "PASS",
        "bad.pkl": "FAIL",
        "odd.bin": "INCOMPLETE",
    }
    assert entries["good.npy"]["reasons"] == []
    assert "chdir" in entries["bad.pkl"]["reasons"][0]
    assert result.code == 1


def test_exit_codes_of_clean_unknown_and_empty(cli):
    np.save(cli.folder / "good.npy", np.arange(3))
    (cli.folder / "odd.bin").write_bytes(b"nothing known")
    (cli.folder / "empty").mkdir()
    assert cli.run("scan", "good.npy").code == 0
    assert cli.run("scan", "good.npy", "odd.bin").code == 3
    assert cli.run("scan", "empty").code == 3
    assert cli.run("scan", ".", "--ignore", "*.bin", "--output", "out.txt").code == 0
    assert (cli.folder / "out.txt").read_text().endswith("1 file: 1 PASS\n")


def test_own_classes_can_be_trusted(cli):
    (cli.folder / "own.pkl").write_bytes(b"\x80\x02cshop.models\nScorer\n)\x81}b.")
    refused = cli.run("scan", "own.pkl")
    assert refused.code == 1
    assert "FAIL        own.pkl" in refused.out
    assert cli.run("scan", "own.pkl", "--trust", "shop.models.Scorer").code == 0


def test_a_name_cannot_write_to_the_terminal(cli):
    planted(cli.folder / "bad\x1b[2J.pkl")
    assert "\x1b" not in cli.run("scan", ".").out


def test_formats_agree_with_each_other(cli):
    np.save(cli.folder / "good.npy", np.arange(3))
    planted(cli.folder / "bad.pkl")
    (cli.folder / "odd.bin").write_bytes(b"nothing known")
    entries = json.loads(cli.run("scan", ".", "--format", "json").out)
    sarif = json.loads(cli.run("scan", ".", "--format", "sarif").out)
    junit = ElementTree.fromstring(cli.run("scan", ".", "--format", "junit").out)
    assert len(sarif["runs"][0]["results"]) == sum(len(entry["reasons"]) for entry in entries)
    assert {case.get("name") for case in junit} == {entry["path"] for entry in entries}
    assert (junit.get("failures"), junit.get("errors")) == ("1", "1")


def test_several_processes_say_what_one_says_in_the_same_order(cli):
    for number in range(120):
        np.save(cli.folder / f"{number:03}.npy", np.arange(number))
    planted(cli.folder / "050x.pkl")
    own = cli.folder / "051x.pkl"
    own.write_bytes(b"\x80\x02cshop.models\nScorer\n)\x81}b.")
    words = ("scan", ".", "--format", "json", "--trust", "shop.models.Scorer")
    alone = cli.run(*words, "--jobs", 1)
    together = cli.run(*words, "--jobs", 2)
    assert (alone.code, alone.out) == (together.code, together.out)
    assert [entry["path"] for entry in json.loads(alone.out) if entry["status"] == "FAIL"] == ["050x.pkl"]


def test_patterns_are_expanded_and_each_file_is_scanned_once(cli):
    (cli.folder / "deep" / "er").mkdir(parents=True)
    np.save(cli.folder / "deep" / "er" / "a.npy", np.arange(3))
    np.save(cli.folder / "[b].npy", np.arange(3))
    found = cli.run("scan", "**/*.npy", "deep", "[b].npy", "--format", "json")
    assert sorted(entry["path"] for entry in json.loads(found.out)) == ["[b].npy", "deep/er/a.npy"]
    assert cli.run("scan", "*.nothing").code == 2


def test_only_the_users_own_rqmlignore_counts(cli):
    (cli.folder / "theirs").mkdir()
    planted(cli.folder / "theirs" / "bad.pkl")
    (cli.folder / "theirs" / ".rqmlignore").write_text("*")
    assert cli.run("scan", "theirs").code == 1
    (cli.folder / ".rqmlignore").write_text("# known\nbad.pkl\n.rqmlignore\n")
    assert cli.run("scan", "theirs").code == 3


def test_rqmlignore_is_written_as_a_gitignore(cli):
    for name in ("a.pkl", "keep.pkl", "cache/b.pkl", "deep/cache/c.pkl", "deep/er/d.pkl", "deep/e.pkl"):
        (cli.folder / name).parent.mkdir(parents=True, exist_ok=True)
        planted(cli.folder / name)
    (cli.folder / ".rqmlignore").write_text(".rqmlignore\ncache/\n*.pkl\n!keep.pkl\n!/deep/**/d.pkl\n")

    def scanned(*words):
        return sorted(entry["path"] for entry in json.loads(cli.run("scan", *words, "--format", "json").out))

    assert scanned(".") == ["deep/er/d.pkl", "keep.pkl"]
    assert scanned("deep") == ["deep/er/d.pkl"]  # patterns speak of the folder of the file that they stand in
    assert scanned(".", "--ignore", "deep/") == ["keep.pkl"]
    assert scanned("a.pkl") == ["a.pkl"]  # what is named is scanned


def test_an_archive_is_opened(cli):
    with zipfile.ZipFile(cli.folder / "models.zip", "w") as archive:
        archive.writestr("inner/bad.pkl", pickle.dumps(Planted()))
    result = cli.run("scan", "models.zip")
    assert result.code == 1
    assert "inner/bad.pkl" in result.out


BAD_FILES = ["empty", "truncated", "fifo", "sparse", "bomb", "loop", "dangling", "odd \n\x1b name", "-dash"]


def bad_file(folder, kind):
    path = folder / f"{kind}.pkl"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "dangling":
        path.symlink_to("nowhere")
    elif kind == "sparse":
        with path.open("wb") as file:
            file.truncate(10 << 30)
    elif kind == "bomb":
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("a", "w", force_zip64=True) as big,
        ):
            for _ in range(40):
                big.write(bytes(1 << 20))
        path.write_bytes(zlib.compress(zlib.compress(path.read_bytes()) * 2000))
    else:
        path.write_bytes(pickle.dumps(list(range(99)))[: {"empty": 0, "truncated": 50}.get(kind, 9)])
    return path


@pytest.mark.parametrize("kind", BAD_FILES)
def test_no_bad_file_passes_hangs_or_crashes(cli, kind):
    path = bad_file(cli.folder, kind)
    started = time.process_time()
    for target in (path, cli.folder):
        result = cli.run("scan", "--format", "json", "--", target)
        (entry,) = json.loads(result.out)
        assert (entry["status"], result.code) in {("FAIL", 1), ("INCOMPLETE", 3)}
        assert entry["reasons"]
        assert "\x1b" not in cli.run("scan", "--", target).out
    assert time.process_time() - started < 5


def test_what_may_not_be_read_is_incomplete(cli, monkeypatch):
    path = cli.folder / "secret.npy"
    np.save(path, np.arange(3))
    path.chmod(0)
    if os.geteuid() == 0:  # for whom there is no such file
        real = os.open

        def refusing(name, *rest, **named):
            if str(name).endswith("secret.npy"):
                raise PermissionError(13, "Permission denied", name)
            return real(name, *rest, **named)

        monkeypatch.setattr(os, "open", refusing)
    result = cli.run("scan", "secret.npy")
    assert result.code == 3
    assert "Permission denied" in result.out


def test_folders_that_contain_themselves_end(cli):
    (cli.folder / "a").mkdir()
    np.save(cli.folder / "a" / "x.npy", np.arange(3))
    (cli.folder / "a" / "again").symlink_to(cli.folder)
    assert cli.run("scan", ".").out.endswith("1 file: 1 PASS\n")


def test_the_hook_for_pre_commit_names_a_command_that_exists(cli):
    yaml = pytest.importorskip("yaml")
    (hook,) = yaml.safe_load((Path(__file__).parents[3] / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"] == "rqml scan"
    wanted = ["model.pkl", "a/b.joblib.gz", "x.pt", "w.safetensors"]
    assert [name for name in [*wanted, "main.py", "pkl.md"] if re.search(hook["files"], name)] == wanted
