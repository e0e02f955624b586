from __future__ import annotations

import json
import pickle

import numpy as np


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
