"""Planting: the good classes, copied into a package of their own with one line changed."""

from __future__ import annotations

import importlib
import itertools
from pathlib import Path
from types import ModuleType

import pytest

GOOD = Path(__file__).parent / "good"
_numbers = itertools.count()


@pytest.fixture
def plant(tmp_path, monkeypatch):
    """plant(name, old, new) -> the module `name` of a fresh copy of the good classes, with `old` replaced by `new`."""

    def planted(name: str, old: str = "", new: str = "") -> ModuleType:
        package = tmp_path / f"planted_{next(_numbers)}"
        package.mkdir()
        for source in [*GOOD.glob("*.py")]:
            (package / source.name).write_text(source.read_text())
        (package / "__init__.py").touch()
        source = (package / f"{name}.py").read_text()
        assert old in source, f"nothing to mutate: {old!r} is not in {name}.py"
        (package / f"{name}.py").write_text(source.replace(old, new) if old else source + new)
        monkeypatch.syspath_prepend(str(tmp_path))
        return importlib.import_module(f"{package.name}.{name}")

    return planted
