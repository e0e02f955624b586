"""The types are part of the interface: mypy --strict on what users write, good and bad."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """Line and code of each error that mypy finds in a file, by the file's name."""
    pytest.importorskip("mypy", reason="mypy is not installed")
    folder = tmp_path_factory.mktemp("users")
    for name in ("good.py", "bad.py"):
        (folder / name).write_text((HERE / name).read_text())
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-color-output", "good.py", "bad.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    found = re.findall(r"^(\w+\.py):(\d+): error: .*\[([a-z-]+)\]$", done.stdout, re.MULTILINE)
    assert len(found) == done.stdout.count(": error: "), done.stdout + done.stderr
    return {
        name: sorted((int(line), code) for file, line, code in found if file == name) for name in ("good.py", "bad.py")
    }


def test_a_good_file_has_no_errors(errors):
    assert errors["good.py"] == []


def test_every_mistake_is_found_and_nothing_else(errors):
    marked = [
        (number, code)
        for number, line in enumerate((HERE / "bad.py").read_text().splitlines(), start=1)
        if "# error: " in line
        for code in line.partition("# error: ")[2].split(", ")
    ]
    assert errors["bad.py"] == sorted(marked)


def test_the_stub_names_what_the_facade_offers():
    import rqml

    stub = Path(rqml.__file__).with_suffix(".pyi").read_text()
    declared = {name: module for module, name in re.findall(r"^from (\S+) import (\w+) as \2$", stub, re.MULTILINE)}
    assert declared == rqml._MODULE_OF
    for name in rqml.__all__:
        assert getattr(rqml, name) is getattr(sys.modules[declared[name]], name)
