"""`rqml new`: the files of a new requirement, with everything that has to be filled in marked FILL IN."""

from __future__ import annotations

import enum
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated

import attrs
import typer

from rqml.errors import InvalidParameter, RqmlError, UnknownName

GROUP = "rqml.catalogs"
_IMPORTED = (
    *("Cost", "Estimate", "Judgement", "Measurement", "Meta", "Requirement", "Run", "Scenario", "Severity", "Stage"),
    *("at_most", "limit", "satisfied", "violated"),
)


class SubjectKind(enum.StrEnum):
    """What the new requirement judges."""

    DATASET = "Dataset"
    MODEL = "TrainedModel"
    FILE = "ModelFile"


_BUILD = {
    SubjectKind.DATASET: """\
    import numpy as np

    return Dataset.from_arrays(np.random.default_rng(seed).normal(size=(200, 3)))""",
    SubjectKind.MODEL: """\
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    values = np.random.default_rng(seed).normal(size=(200, 3))
    labels = (values[:, 0] > 0).astype(int)
    train = Dataset.from_arrays(values[:100], labels[:100])
    test = Dataset.from_arrays(values[100:], labels[100:])
    return TrainedModel(LogisticRegression().fit(values[:100], labels[:100]), train=train, test=test)""",
    SubjectKind.FILE: """\
    import numpy as np

    np.save(folder / "model.npy", np.random.default_rng(seed).normal(size=100))
    return ModelFile(folder / "model.npy")""",
}
_NEEDED = {SubjectKind.MODEL: ("Dataset", "TrainedModel")}


class NoCatalog(RqmlError):
    """The folder is not that of a catalog."""


@attrs.frozen
class Catalog:
    """A catalog's sources.

    Attributes:
        root: the project folder.
        package: import name.
        folder: where the package lies.
    """

    root: Path
    package: str
    folder: Path

    @property
    def families(self) -> list[str]:
        """Names of its families."""
        from rqml.registry import NOT_FAMILIES

        found = {path.parent.name for path in self.folder.glob("*/__init__.py")}
        return sorted(found - NOT_FAMILIES)


def new(
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="As data_privacy.", show_default=False)],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Class name, as MinimumAge.", show_default=False)],
    subject: Annotated[SubjectKind, typer.Option(help="What it judges.")] = SubjectKind.DATASET,
    id_: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Default: the next free one of the family.")
    ] = None,
    root: Annotated[Path, typer.Option(metavar="FOLDER", help="The catalog's project (with pyproject.toml).")] = Path(),
) -> None:
    """Write a new requirement and its test, and import it in its family."""
    catalog = catalog_in(root)
    if family not in catalog.families:
        from rqml.registry import suggestion

        hint = f"; or create {catalog.folder / family / '__init__.py'} for a new family"
        raise UnknownName(f"there is no family {family!r}{suggestion(family, catalog.families)}{hint}")
    stem = _stem(catalog, name)
    module = f"{catalog.package}.{family}"
    values = {
        "name": name,
        "title": stem.replace("_", " "),
        "id": _checked_id(id_) or next_id(catalog, family),
        "subject": subject.value,
        "family_module": module,
        "build": _BUILD[subject],
        "folder": "folder" if subject is SubjectKind.FILE else "_folder",
        **_gaps(own=(catalog.root / "rqml").is_dir()),
        "imports": _import_list((*_IMPORTED, *_NEEDED.get(subject, (subject.value,)))),
    }
    init = catalog.folder / family / "__init__.py"
    changed = with_import(init.read_text(encoding="utf-8"), f"from {module}.{stem} import {name} as {name}")
    source, test = catalog.folder / family / f"{stem}.py", _test_folder(catalog) / family / f"test_{stem}.py"
    for path in (source, test):
        _refuse_existing(path)
    for path, template in {source: "requirement.py.txt", test: "test.py.txt"}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(template, values), encoding="utf-8")
    init.write_text(changed, encoding="utf-8")
    print(f"wrote {source}\nwrote {test}\nedited {init} (one line)")
    print(f"Fill in what is marked FILL IN, then run: pytest {test}")


def catalog_in(root: Path) -> Catalog:
    """The catalog whose project folder this is: its pyproject.toml has an entry point of the group rqml.catalogs.

    Raises:
        NoCatalog: there is none, or its package is not found.
    """
    project = root / "pyproject.toml"
    what = f"{root.resolve()} is no project of a catalog"
    if not project.is_file():
        raise NoCatalog(f"{what}: there is no pyproject.toml; run this in the catalog's folder, or give --root")
    try:
        data = tomllib.loads(project.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise NoCatalog(f"{project} is no TOML: {error}") from None
    packages = list(data.get("project", {}).get("entry-points", {}).get(GROUP, {}).values())
    if not packages:
        raise NoCatalog(f'{what}: its pyproject.toml needs [project.entry-points."{GROUP}"] with my_rules = "my_rules"')
    for package in packages:
        for place in (root, root / "src", *(path for path in sorted(root.iterdir()) if path.is_dir())):
            folder = place.joinpath(*package.split("."))
            if (folder / "__init__.py").is_file():
                return Catalog(root, package, folder)
    raise NoCatalog(f"{what}: the package {packages[0]} is not in it, nor in a folder of it")


def next_id(catalog: Catalog, family: str) -> str:
    """The number after the highest that any file of the catalog mentions, with the prefix most used in the family."""
    declared = [
        m for text in _texts(catalog.folder / family) for m in re.findall(r'\bid="([A-Z][A-Z0-9]{1,7})-\d', text)
    ]
    prefix = max(set(declared), key=declared.count) if declared else _initials(family)
    pattern = re.compile(rf"\b{prefix}-(\d{{2,4}})\b")
    used = [int(number) for text in _texts(catalog.folder) for number in pattern.findall(text)]
    return f"{prefix}-{max(used, default=0) + 1:02d}"


def with_import(text: str, line: str) -> str:
    """The text of a family's `__init__` with one more import line, among its imports in alphabetical order."""
    lines = text.splitlines()
    stem = line.rpartition(".")[0]
    imports = [index for index, other in enumerate(lines) if other.startswith(stem)]
    if not imports:
        head = "\n".join(lines).rstrip()
        return f"{head}\n\n{line}\n" if head else f"{line}\n"
    later = [index for index in imports if lines[index] > line]
    lines.insert(later[0] if later else imports[-1] + 1, line)
    return "\n".join(lines) + "\n"


def _stem(catalog: Catalog, name: str) -> str:
    from rqml.registry import snake_case

    if not re.fullmatch(r"[A-Z][A-Za-z0-9]+", name):
        raise InvalidParameter(f"{name!r} is no class name: write it like MinimumAge, stating what holds")
    for path in catalog.folder.glob(f"*/{snake_case(name)}.py"):
        raise InvalidParameter(f"{name} exists already: {path}")
    return snake_case(name)


def _checked_id(value: str | None) -> str | None:
    from rqml.meta import ID_PATTERN

    if value is not None and not ID_PATTERN.fullmatch(value):
        raise InvalidParameter(f"a requirement id reads like PII-02 (capitals, dash, 2-4 digits), got {value!r}")
    return value


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise InvalidParameter(f"{path} exists already; nothing was overwritten")


def _test_folder(catalog: Catalog) -> Path:
    tests = catalog.root / "tests"
    return tests / "catalog" if (tests / "catalog").is_dir() else tests


def _gaps(*, own: bool) -> dict[str, str]:
    """Blank lines among imports as isort wants them: rqml is first-party in its own project, third-party elsewhere."""
    return {"gap_before_rqml": "\n" if own else "", "gap_after_rqml": "" if own else "\n"}


def _filled(template: str, values: dict[str, str]) -> str:
    text = files("rqml.cli").joinpath("templates", template).read_text(encoding="utf-8")
    return Template(text).substitute(values)


def _import_list(names: tuple[str, ...]) -> str:
    ordered = sorted(names, key=lambda name: (name.islower(), name))
    return "\n".join(f"    {name}," for name in ordered)


def _texts(folder: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py"))]


def _initials(family: str) -> str:
    words = family.upper().split("_")
    return "".join(word[0] for word in words) if len(words) > 1 else words[0][:3]
