"""The house rules that a machine can check: what is imported, by whom, how large a module may grow."""

from __future__ import annotations

import ast
import graphlib
import importlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import rqml

ROOT = Path(rqml.__file__).parent
CATALOG = Path(str(next(iter(importlib.util.find_spec("rqml_catalog").submodule_search_locations))))  # type: ignore[union-attr,arg-type]
HEAVY = {
    "art", "cattrs", "dask", "diffprivlib", "duckdb", "jinja2", "joblib", "narwhals", "numpy", "pandas", "polars",
    "pyarrow", "rich", "scipy", "sklearn", "sqlalchemy", "torch", "typer",
}  # fmt: skip
OPTIONAL = HEAVY - {"numpy"}


def modules(root: Path, package: str) -> dict[str, Path]:
    """Module name -> file of all modules below a package."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join((package, *(parts[:-1] if parts[-1] == "__init__" else parts)))
        found[name] = path
    return found


KERNEL = modules(ROOT, "rqml")
FAMILIES = modules(CATALOG, "rqml_catalog")


def imports(path: Path, *, everywhere: bool) -> Iterator[str]:
    """Names of the modules a file imports: everywhere, or only when it is itself imported."""

    def visit(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno}: imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        deferred = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        )
        if everywhere or not deferred:
            for child in ast.iter_child_nodes(node):
                yield from visit(child)

    yield from visit(ast.parse(path.read_text(encoding="utf-8")))


def loaded_by(statement: str) -> set[str]:
    """Top-level names of what a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    return set(json.loads(answer.stdout.splitlines()[-1]))


def test_importing_rqml_loads_next_to_nothing() -> None:
    base = loaded_by("import importlib")
    assert loaded_by("import rqml") - base == {"rqml"}


@pytest.mark.parametrize(
    "statement",
    [
        "from rqml import Requirement, Specification",
        "from rqml import Dataset, TrainedModel, ModelFile, System, AllOf, Not, Estimate, Run",
        "from rqml import require, ensure, Mode",
    ],
)
def test_using_the_facade_loads_nothing_heavy(statement: str) -> None:
    loaded = loaded_by(statement)
    assert "rqml" in loaded
    assert not loaded & HEAVY


def test_the_probe_sees_what_is_heavy() -> None:
    assert {"pandas", "numpy"} <= loaded_by("import pandas") & HEAVY


def test_every_name_of_the_facade_is_there() -> None:
    for name in rqml.__all__:
        assert getattr(rqml, name) is not None
    assert set(rqml.__all__) | {"__version__"} == set(dir(rqml))
    with pytest.raises(AttributeError, match="no attribute 'Requirment'"):
        rqml.Requirment  # type: ignore[attr-defined]  # noqa: B018


def test_the_stub_names_what_the_facade_gives() -> None:
    tree = ast.parse((ROOT / "__init__.pyi").read_text(encoding="utf-8"))
    declared = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            declared.update({alias.asname: node.module for alias in node.names})
    assert declared == rqml._MODULE_OF
    for name, module in declared.items():
        assert getattr(importlib.import_module(str(module)), str(name)) is getattr(rqml, str(name))


def test_the_kernel_never_imports_the_catalog() -> None:
    guilty = {
        name
        for name, path in KERNEL.items()
        for imported in imports(path, everywhere=True)
        if imported.split(".")[0] == "rqml_catalog"
    }
    assert guilty == set()


def test_families_do_not_import_each_other() -> None:
    shared = {"techniques", "scenarios", "case_studies"}
    guilty = set()
    for name, path in FAMILIES.items():
        family = name.split(".")[1] if "." in name else ""
        if not family or family in {"case_studies"}:
            continue
        for imported in imports(path, everywhere=True):
            parts = imported.split(".")
            if parts[0] == "rqml_catalog" and len(parts) > 1 and parts[1] not in {family, *shared}:
                guilty.add((name, imported))
    assert guilty == set()


@pytest.mark.parametrize("known", [KERNEL, FAMILIES], ids=["kernel", "catalog"])
def test_no_module_imports_itself_by_a_detour(known: dict[str, Path]) -> None:
    graph = {
        # The own parent package is always there first: `from package import sibling` is no detour.
        name: {i for i in imports(path, everywhere=False) if i in known and not f"{name}.".startswith(f"{i}.")}
        for name, path in known.items()
    }
    graphlib.TopologicalSorter(graph).prepare()


def test_the_kernel_imports_no_heavy_library_at_module_level() -> None:
    guilty = {
        (name, imported)
        for name, path in KERNEL.items()
        for imported in {i.split(".")[0] for i in imports(path, everywhere=False)} & OPTIONAL
        if not name.startswith(("rqml.cli", "rqml.report.console", "rqml.evidence._"))
    }
    assert guilty == set()


def test_requirement_files_import_no_array_library_at_module_level() -> None:
    guilty = set()
    for name, path in FAMILIES.items():
        if len(name.split(".")) != 3 or name.split(".")[1] in {"techniques", "scenarios", "case_studies"}:
            continue
        guilty |= {(name, i) for i in imports(path, everywhere=False) if i.split(".")[0] in HEAVY}
    assert guilty == set()


@pytest.mark.parametrize("path", [*KERNEL.values(), *FAMILIES.values()], ids=[*KERNEL, *FAMILIES])
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 360, "a module has one idea: split it"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert length <= 50, f"{node.name} has {length} lines: at most 50"


@pytest.mark.parametrize("path", [*KERNEL.values(), *FAMILIES.values()], ids=[*KERNEL, *FAMILIES])
def test_modules_say_what_they_are(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    if any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body) and path != ROOT / "__init__.py":
        assert "annotations" in {
            alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
        }
