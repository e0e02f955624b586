"""No output about tables with identifiers shows one: results, repairs, reports, logs, the ledger, the command line."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from random import Random
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from rqml import Dataset, Hierarchy, Specification, registry
from rqml.cli import main
from rqml.errors import RqmlError
from rqml_catalog.data_privacy import Publication
from rqml_catalog.data_privacy.access.data_files import DataFiles
from rqml_catalog.scenarios import personal_data

ROWS = 160
KINDS = ("EMAIL", "PHONE", "IBAN", "CREDIT_CARD", "US_SSN", "PERSON", "ADDRESS", "IP_ADDRESS", "URL_WITH_CREDENTIALS")
ROLES = {
    "quasi_identifiers": ["person", "age"],
    "sensitive": ["iban"],
    "identifiers": ["email"],
    "target": "y",
    "time": "seen",
    "roles": {"purpose": "purpose", "consent": "consent", "protected": "origin"},
}
# Classes that need arguments, or that only look at some of the table without them.
ARGUMENTS = {
    "PurposeAndConsent": {"purposes": ["care"]},
    "RetentionLimit": {"max_age_days": 30.0, "as_of": "2024-01-01T00:00:00+00:00"},
    "ReidentificationRisk": {"attacks": 100},
    "KeyedPseudonyms": {"budget": 3000},
    "NoDirectIdentifiers": {"treatment": "generalise"},
}


def seeded(seed: int = 77) -> pd.DataFrame:
    """A table whose texts are identifiers, one column the plain hashes of another, with what all classes look at."""
    import hashlib

    rng = Random(seed)
    table = pd.DataFrame({kind.lower(): personal_data.column(rng, kind, ROWS) for kind in KINDS})
    table["note"] = [
        f"please write to {mail} or call {phone}" for mail, phone in zip(table.email, table.phone, strict=True)
    ]
    table["pseudonym"] = [hashlib.md5(mail.encode()).hexdigest() for mail in table.email]
    table["age"] = [rng.randint(18, 90) for _ in range(ROWS)]
    table["y"] = [rng.randint(0, 1) for _ in range(ROWS)]
    table["origin"] = np.where(table.age > 50, "a", "b")
    table["seen"] = [f"20{rng.randint(10, 23)}-03-04 10:00:00" for _ in range(ROWS)]
    table["purpose"] = [f"care;{name}" if i % 9 == 0 else "care" for i, name in enumerate(table.person)]
    table["consent"] = [name if i % 7 == 0 else "yes" for i, name in enumerate(table.person)]
    return table


def secrets_of(table: pd.DataFrame) -> set[str]:
    return {str(value) for column in [*map(str.lower, KINDS), "note"] for value in table[column]}


def subject_of(name: str, table: pd.DataFrame, folder: Path):
    if name == "ControlledAccess":
        path = folder / "people.csv"
        table.to_csv(path)
        path.chmod(0o666)
        return DataFiles(folder)
    data = Dataset(table, **ROLES)
    if name != "ReidentificationRisk":
        return data
    return Publication(released=data, original=data, control=Dataset(seeded(78), **ROLES))


def requirements():
    return {cls.__name__: cls(**ARGUMENTS.get(cls.__name__, {})) for cls in registry.requirements(["data_privacy"])}


def assert_silent(table: pd.DataFrame, *outputs: object) -> None:
    everything = "\n".join(map(str, outputs))
    assert len(everything) > 100
    shown = sum(value in everything for value in secrets_of(table))
    assert shown == 0  # the values themselves are not for this message either


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(requirements()))
def test_no_output_of_any_class_shows_a_personal_value(name, caplog, capfd, tmp_path):
    caplog.set_level(logging.DEBUG)
    table, requirement = seeded(), requirements()[name]
    subject = subject_of(name, table, tmp_path)
    result, mended = requirement.check(subject), requirement.enforce(subject)
    report = Specification("all", [requirement]).check(subject)
    enforced = Specification("all", [requirement]).enforce(subject)
    outputs = [repr(result), str(result), result.to_json(), repr(mended), str(mended)]
    outputs += [repr(mended.before), repr(mended.after), *mended.changes, repr(enforced), str(enforced)]
    outputs += [repr(report), str(report), report.to_json(), report.to_markdown(), caplog.text, *capfd.readouterr()]
    assert_silent(table, *outputs)


def test_the_family_has_eleven_classes_and_most_find_fault_with_the_table(tmp_path):
    verdicts = {
        name: made.check(subject_of(name, seeded(), tmp_path)).status.name for name, made in requirements().items()
    }
    assert len(verdicts) == 11
    # Silence about what is in order would show little.
    assert sum(verdict == "FAIL" for verdict in verdicts.values()) >= 8, verdicts


SPECIFICATION = """
import pandas as pd
from rqml import Dataset, Specification, System
from rqml_catalog import data_privacy as family

table = pd.read_parquet("people.parquet")
roles = {roles!r}
system = System("people", data=Dataset(table, **roles))
arguments = {arguments!r}
names = {names!r}
people = Specification("people", [getattr(family, name)(**arguments.get(name, {{}})) for name in names], system=system)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the table and the specification of all classes that judge one table."""
    names = sorted(set(requirements()) - {"ControlledAccess", "ReidentificationRisk"})
    seeded().to_parquet(tmp_path / "people.parquet")
    body = SPECIFICATION.format(roles=ROLES, arguments=ARGUMENTS, names=names)
    (tmp_path / "requirements.py").write_text(body)
    (tmp_path / "test_people.py").write_text(body)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


def run(capfd, *words: str) -> SimpleNamespace:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    captured = capfd.readouterr()
    return SimpleNamespace(code=stopped.value.code, text=captured.out + captured.err)


@pytest.mark.filterwarnings("ignore")
def test_the_command_line_and_its_ledger_are_silent(project, capfd):
    table, outputs = seeded(), []
    for form in ("text", "json", "markdown"):
        ran = run(capfd, "check", "requirements.py", "--format", form, "--evidence", "ledger.db")
        assert ran.code == 1
        assert "KAnonymity" in ran.text
        outputs.append(ran.text)
    outputs.append(run(capfd, "enforce", "requirements.py", "--dry-run", "--format", "json").text)
    outputs.append(run(capfd, "evidence", "export", "ledger.db").text)
    outputs += [path.read_bytes().decode("latin-1") for path in project.glob("ledger.db*")]
    assert_silent(table, *outputs)
    # In the bytes of the ledger other encodings would hide from the comparison of texts.
    ledger = b"".join(path.read_bytes() for path in project.glob("ledger.db*"))
    assert not any(value.encode() in ledger for value in secrets_of(table))


def test_the_pytest_plugin_is_silent(project):
    command = [sys.executable, "-m", "pytest", "-vv", "-p", "no:cacheprovider", "--rqml-report", "report.json"]
    done = subprocess.run([*command, "test_people.py"], cwd=project, capture_output=True, text=True, check=False)
    assert "failed" in done.stdout
    assert_silent(seeded(), done.stdout, done.stderr, (project / "report.json").read_text())


def wrong_uses(table: pd.DataFrame):
    """Uses that end in an error about the very values."""
    from rqml_catalog.data_privacy import KAnonymity, NoDirectIdentifiers

    half = [[value, value[0], "*"] for value in sorted(set(table.person))[: ROWS // 2]]
    with_hierarchy = Dataset(table, quasi_identifiers=["person"], hierarchies={"person": Hierarchy(half)})
    yield lambda: KAnonymity().check(with_hierarchy)
    yield lambda: KAnonymity(recoding="global").enforce(with_hierarchy)
    yield lambda: Dataset(table, quasi_identifiers=["no such column"])
    yield lambda: Hierarchy([*half, [table.person[0]]])  # ragged
    yield lambda: Hierarchy([*half, half[0]])  # a leaf twice
    yield lambda: Hierarchy([*half, [half[0][1], half[0][0], "*"]])  # cyclic
    yield lambda: NoDirectIdentifiers(key_source=table.email[0], treatment="tokenise").enforce(table)
    yield lambda: Dataset(pd.concat([table, table[["email"]]], axis=1))


@pytest.mark.filterwarnings("ignore")
def test_errors_are_silent():
    table, shown = seeded(), []
    for use in wrong_uses(table):
        try:
            shown.append(str(use()))
        except (RqmlError, ValueError, TypeError) as error:
            shown.append(f"{error}")
    assert_silent(table, *shown)
