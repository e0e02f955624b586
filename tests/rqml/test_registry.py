"""The registry, and a third-party catalog that is really installed."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from rqml import Requirement, registry
from rqml.errors import RqmlError, UnknownName

BACKEND = '''\
"""The smallest build backend: a wheel of one package with one entry point."""
import pathlib, zipfile

NAME = "acme_rules-1.0"
FILES = {
    f"{NAME}.dist-info/METADATA": "Metadata-Version: 2.1\\nName: acme-rules\\nVersion: 1.0\\n",
    f"{NAME}.dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    f"{NAME}.dist-info/entry_points.txt": "[rqml.catalogs]\\nacme = acme_rules\\n",
}

def build_wheel(folder, config_settings=None, metadata_directory=None):
    here = pathlib.Path(__file__).parent
    wheel = f"{NAME}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / wheel, "w") as archive:
        for path in sorted((here / "acme_rules").rglob("*.py")):
            archive.write(path, path.relative_to(here))
        for name, text in FILES.items():
            archive.writestr(name, text)
        archive.writestr(f"{NAME}.dist-info/RECORD", "")
    return wheel
'''

REQUIREMENT = '''\
"""MinimumRows of the ACME catalog."""

import attrs

from rqml import Dataset, Estimate, Measurement, Meta, Requirement, Severity, Stage, at_least, limit


@attrs.frozen(kw_only=True)
class MinimumRows(Requirement[Dataset]):
    """The table has enough rows."""

    meta = Meta(id="ACME-01", title="rows", statement="At least {rows} rows.", remedy="Add rows.",
                stage=Stage.INGESTION, severity=Severity.LOW)
    rows: int = limit(default=3, stricter="higher", validator=attrs.validators.ge(1))

    def measure(self, dataset, run):
        return Measurement({"rows": Estimate.exact(len(dataset))})

    def judge(self, measurement):
        return at_least(measurement.estimates["rows"], self.rows, "rows")
'''

USE = """\
import json, pandas as pd
from rqml import Dataset, Specification, registry
from rqml.specification_toml import load
import pathlib, sys
pathlib.Path("s.toml").write_text("[[require]]\\nuse = 'MinimumRows'\\nrows = 9\\n")
report = load(pathlib.Path("s.toml")).check(Dataset(pd.DataFrame({"a": [1, 2]})))
print(json.dumps({
    "families": [f.module for f in registry.families()],
    "found": registry.find("ACME-01").__name__,
    "verdict": report.results[0].message,
}))
"""


@pytest.fixture(scope="module")
def third_party(tmp_path_factory):
    """A folder into which pip has installed the ACME catalog."""
    root = tmp_path_factory.mktemp("acme")
    family = root / "src" / "acme_rules" / "tables"
    family.mkdir(parents=True)
    (root / "src" / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "acme-rules"\nversion = "1.0"\n'
    )
    (root / "src" / "backend.py").write_text(BACKEND)
    (family.parent / "__init__.py").write_text("")
    (family / "__init__.py").write_text("from acme_rules.tables.minimum_rows import MinimumRows as MinimumRows\n")
    (family / "minimum_rows.py").write_text(REQUIREMENT)
    target = root / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", target, root / "src"], check=True, capture_output=True, cwd=root)
    return target


def test_a_third_party_catalog_is_found_and_judges(third_party, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(third_party)}
    done = subprocess.run(
        [sys.executable, "-c", USE], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    said = json.loads(done.stdout)
    assert "acme_rules.tables" in said["families"]
    assert said["found"] == "MinimumRows"
    assert said["verdict"].startswith("ACME-01 MinimumRows FAIL: rows = 2 is below the limit 9")


def test_finding_a_class_loads_its_own_family_only(third_party, tmp_path):
    code = textwrap.dedent(
        """
        import sys
        from rqml import registry
        registry.find("MinimumRows")
        print([name for name in sys.modules if name.startswith("rqml_catalog.")])
        """
    )
    environment = os.environ | {"PYTHONPATH": str(third_party)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_our_catalog_is_there():
    names = {family.name for family in registry.families()}
    assert {"data_privacy", "model_privacy", "supply_chain"} <= names
    assert not names & registry.NOT_FAMILIES
    assert all(issubclass(cls, Requirement) for cls in registry.requirements(["data_privacy"]))


def test_a_class_is_found_by_name_and_by_id():
    assert registry.find("KAnonymity") is registry.find("PII-02")


@pytest.mark.parametrize(("name", "says"), [("KAnonimity", "KAnonymity"), ("PII-99", "PII-"), ("xyzzy", "known are")])
def test_unknown_names_are_suggested_for(name, says):
    with pytest.raises(UnknownName, match=says):
        registry.find(name)


def test_unknown_families_are_suggested_for():
    with pytest.raises(UnknownName, match="data_privacy"):
        registry.requirements(["data_privcy"])


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("KAnonymity", "k_anonymity"),
        ("CompleteAIBOM", "complete_aibom"),
        ("NoSecrets", "no_secrets"),
        ("TCloseness", "t_closeness"),
    ],
)
def test_file_names(name, snake):
    assert registry.snake_case(name) == snake


@pytest.fixture
def rival(tmp_path, monkeypatch):
    """A second catalog, with a family whose class takes the id and the name of one of ours."""
    family = tmp_path / "rival_rules" / "tables"
    family.mkdir(parents=True)
    (family.parent / "__init__.py").write_text("")
    body = REQUIREMENT.replace("MinimumRows", "KAnonymity").replace("ACME-01", "PII-02")
    (family / "k_anonymity.py").write_text(body)
    (family / "__init__.py").write_text("from rival_rules.tables.k_anonymity import KAnonymity as KAnonymity\n")
    monkeypatch.syspath_prepend(tmp_path)
    ours = registry.families()
    monkeypatch.setattr(registry, "families", lambda: (*ours, registry.Family("tables", "rival_rules.tables")))
    yield family
    for name in [name for name in sys.modules if name.startswith("rival_rules")]:
        del sys.modules[name]


@pytest.mark.parametrize("name", ["KAnonymity", "PII-02"])
def test_a_second_catalog_cannot_take_a_name_silently(rival, name):
    full = "rqml_catalog.data_privacy.KAnonymity"
    with pytest.raises(UnknownName, match=f"say which, rival_rules.tables.KAnonymity or {full}"):
        registry.find(name)
    assert registry.find(full).__module__.startswith("rqml_catalog.")
    assert registry.find("rival_rules.tables.KAnonymity").__module__.startswith("rival_rules.")


def test_a_family_that_cannot_be_loaded_is_named(rival):
    (rival / "__init__.py").write_text("1 / 0\n")
    with pytest.raises(RqmlError, match=r"rival_rules\.tables cannot be loaded \(ZeroDivisionError"):
        registry.requirements()


@pytest.mark.parametrize(("name", "says"), [("pii-02", "PII-02"), ("kanonymity", "did you mean KAnonymity")])
def test_case_does_not_hide_what_is_meant(name, says):
    with pytest.raises(UnknownName, match=says):
        registry.find(name)
