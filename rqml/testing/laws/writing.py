"""Laws of writing: what the docstring must say, and what importing the class may load."""

from __future__ import annotations

import functools
import inspect
import json
import re
import subprocess
import sys

import attrs

from rqml.parameters import COMMON
from rqml.testing.case import Case, broken

SECTIONS = ("Requires", "Why", "Measured", "Enforced", "False alarms", "Blind spots", "References", "Args")
HEAVY = frozenset(
    {
        *("numpy", "scipy", "sklearn", "pandas", "narwhals", "polars", "pyarrow", "duckdb", "pyspark", "dask"),
        *("art", "diffprivlib", "torch", "tensorflow", "jax", "matplotlib", "joblib", "cattrs", "sqlalchemy"),
        *("psycopg", "mlflow", "skops", "jinja2", "rich", "typer", "pytest", "hypothesis"),
    }
)
"""Libraries that nobody should pay for who only names a requirement."""

_HEADING = re.compile(r"^([A-Z][A-Za-z ]*):$", re.MULTILINE)
_PROBE = """
import importlib, json, sys
path, module, heavy = json.loads(sys.argv[1])
sys.path[:] = path
importlib.import_module(module)
print(json.dumps(sorted(set(heavy) & set(sys.modules))))
"""


def docstring_has_its_sections(case: Case) -> None:
    """One line, then Requires, Why, Measured, Enforced, False alarms, Blind spots, References and Args, all filled."""
    text = _docstring(case)
    first = text.partition("\n")[0]
    if not first.endswith("."):
        broken(f"the docstring must begin with one sentence that says what must hold, not {first!r}")
    wanted = list(SECTIONS if _own_fields(case) else SECTIONS[:-1])
    found = [heading for heading in _HEADING.findall(text) if heading in SECTIONS]
    if found != wanted:
        broken(
            f"the docstring needs the sections {', '.join(wanted)} in this order; it has {', '.join(found) or 'none'}"
        )
    empty = [heading for heading in wanted if not _section(text, heading).strip()]
    if empty:
        broken(f"section {empty[0]} of the docstring is empty: say it, or say why there is nothing to say")


def docstring_explains_every_parameter(case: Case) -> None:
    """`Args` has an entry for each field of the class, and none for what is no field."""
    own = _own_fields(case)
    fields = {field.name for field in attrs.fields(case.cls)} - COMMON
    said = re.findall(r"^ {4}(\w+):", _section(_docstring(case), "Args"), re.MULTILINE)
    missing, unknown = [name for name in own if name not in said], [name for name in said if name not in fields]
    if missing or unknown:
        broken(
            f"Args of the docstring must list the fields: missing {', '.join(missing) or 'none'}, "
            f"no field {', '.join(unknown) or 'none'}"
        )


def import_is_light(case: Case) -> None:
    """Importing its module loads no numpy and no other heavy or optional library."""
    loaded = _loaded_by(case.cls.__module__, tuple(sys.path))
    if loaded:
        broken(
            f"importing {case.cls.__module__} loads {', '.join(loaded)}: import them inside the methods that use them"
        )


@functools.cache
def _loaded_by(module: str, path: tuple[str, ...]) -> tuple[str, ...]:
    question = json.dumps([path, module, sorted(HEAVY)])
    # -I would drop the path given, so the probe sets sys.path itself
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own program
        [sys.executable, "-c", _PROBE, question], capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        broken(f"its module {module} cannot be imported in a fresh interpreter ({last})")
    return tuple(json.loads(done.stdout.splitlines()[-1]))


def _docstring(case: Case) -> str:
    return inspect.cleandoc(vars(case.cls).get("__doc__") or "")


def _section(text: str, heading: str) -> str:
    following = text.partition(f"\n{heading}:\n")[2]
    end = next((m.start() for m in _HEADING.finditer(following) if m[1] in SECTIONS), len(following))
    return following[:end]


def _own_fields(case: Case) -> list[str]:
    return [field.name for field in attrs.fields(case.cls) if not field.inherited and field.name not in COMMON]
