"""Fingerprints of files and directories."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml.errors import InvalidSubject
from rqml.evidence.fingerprint import fingerprint_file


@settings(deadline=None)
@given(data=st.binary(max_size=100) | st.just(b"x" * 200_000))
def test_a_file_is_its_plain_blake3(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("file") / "model.bin"
    path.write_bytes(data)
    assert fingerprint_file(path) == fingerprint_file(str(path)) == f"blake3:{blake3(data).hexdigest()}"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "sub").mkdir(parents=True)
    (root / "a.txt").write_text("one")
    (root / "sub" / "b.txt").write_text("two")
    return root


def test_a_directory_counts_by_names_and_contents(tree: Path, tmp_path: Path) -> None:
    expected = fingerprint_file(tree)
    assert fingerprint_file(shutil.copytree(tree, tmp_path / "elsewhere")) == expected
    (tree / "a.txt").touch()
    assert fingerprint_file(tree) == expected
    seen = {expected}
    (tree / "sub" / "b.txt").write_text("twO")
    seen.add(fingerprint_file(tree))
    (tree / "sub" / "b.txt").rename(tree / "sub" / "c.txt")
    seen.add(fingerprint_file(tree))
    (tree / "sub" / "c.txt").rename(tree / "c.txt")
    seen.add(fingerprint_file(tree))
    (tree / "sub").rmdir()
    seen.add(fingerprint_file(tree))
    (tree / "sub").touch()
    seen.add(fingerprint_file(tree))
    assert len(seen) == 6


def test_a_link_counts_by_target_and_content(tree: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("one")
    seen = {fingerprint_file(tree)}
    (tree / "link").symlink_to(outside)
    seen.add(fingerprint_file(tree))
    outside.write_text("changed behind the link")
    seen.add(fingerprint_file(tree))
    outside.unlink()
    seen.add(fingerprint_file(tree))
    (tree / "link").unlink()
    (tree / "link").symlink_to(tree / "a.txt")
    seen.add(fingerprint_file(tree))
    assert len(seen) == 5


def test_a_link_given_directly_is_followed(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tree / "a.txt")
    assert fingerprint_file(tmp_path / "link") == fingerprint_file(tree / "a.txt")


def test_links_in_a_circle_end(tree: Path) -> None:
    before = fingerprint_file(tree)
    (tree / "sub" / "up").symlink_to(tree, target_is_directory=True)
    (tree / "self").symlink_to("self")
    assert fingerprint_file(tree) != before


@pytest.mark.parametrize("inside", [False, True])
def test_a_pipe_is_refused_at_once(tmp_path: Path, inside: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidSubject, match="neither a file nor a directory"):
        fingerprint_file(tmp_path if inside else tmp_path / "pipe")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSubject, match="check the path"):
        fingerprint_file(tmp_path / "nothing")


def test_importing_is_light() -> None:
    code = (
        "import sys; import rqml.evidence.fingerprint, rqml.evidence._tables, rqml.evidence._arrow\n"
        "print({'numpy', 'pandas', 'narwhals', 'blake3', 'pyarrow', 'polars'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
