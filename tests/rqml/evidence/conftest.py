"""Ledgers in every store there is, with a few records in them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

import attrs
import pandas as pd
import pytest

from rqml import Dataset, Estimate, Measurement, Meta, Requirement, Severity, Specification, Stage, at_least, limit
from rqml.evidence.ledger import Ledger


@attrs.frozen(kw_only=True)
class MinRows(Requirement[Dataset]):
    """The table has at least `rows` rows."""

    meta = Meta(
        id="TOY-31",
        title="rows",
        statement="At least {rows} rows.",
        remedy="Add rows.",
        stage=Stage.INGESTION,
        severity=Severity.LOW,
        references=("GDPR 25",),
    )
    rows: int = limit(default=1, stricter="higher")

    def measure(self, dataset, run):
        return Measurement({"rows": Estimate.exact(len(dataset))})

    def judge(self, measurement):
        return at_least(measurement.estimates["rows"], self.rows, "rows")


@pytest.fixture(scope="session")
def min_rows():
    return MinRows


@pytest.fixture
def table():
    return Dataset(pd.DataFrame({"a": [1, 2, 3]}), name="table")


def lacking(what, reason):
    """Skip; fail where RQML_REQUIRE, a list with commas, names what is lacking."""
    required = os.environ.get("RQML_REQUIRE", "").split(",")
    (pytest.fail if what in required else pytest.skip)(reason)


@pytest.fixture(scope="session")
def server():
    """The URL of a PostgreSQL server: RQML_TEST_POSTGRES, or one started here if it is installed."""
    given = os.environ.get("RQML_TEST_POSTGRES")
    if given:
        yield given
        return
    if not all(importlib.util.find_spec(name) for name in ("sqlalchemy", "psycopg")):
        lacking("postgresql", "sqlalchemy or psycopg is not installed: pip install 'rqml[store]'")
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    if not programs[-1].is_file():
        lacking("postgresql", "PostgreSQL is not installed: set RQML_TEST_POSTGRES to the URL of a server")
    folder = Path(tempfile.mkdtemp(prefix="rqml-pg-"))
    account = {"user": "postgres"} if os.geteuid() == 0 else {}
    if account:
        shutil.chown(folder, "postgres")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **account}
    control = programs[-1].with_name("pg_ctl")
    data = folder / "data"
    try:
        subprocess.run([programs[-1], "-D", data, "-U", "rqml", "-A", "trust", "--no-sync"], check=True, **quiet)
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        subprocess.run([control, "-D", data, "-w", "-o", options, "start"], check=True, **quiet)
    except (OSError, subprocess.CalledProcessError):
        shutil.rmtree(folder, ignore_errors=True)
        lacking("postgresql", "PostgreSQL could not be started: set RQML_TEST_POSTGRES to the URL of a server")
    yield f"postgresql+psycopg://rqml@/postgres?host={folder}"
    subprocess.run([control, "-D", data, "-m", "immediate", "stop"], check=True, **quiet)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(server):
    """The URL of a fresh, empty database."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    name = f"rqml_{uuid.uuid4().hex[:12]}"
    url = sqlalchemy.engine.make_url(server)
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    yield url.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Where a ledger can be, in each kind of store."""
    if request.param == "postgresql":
        return request.getfixturevalue("database")
    return str(tmp_path / "evidence.sqlite")


@pytest.fixture
def filled(place, min_rows, table):
    """A ledger with the verdicts of three checks: r1 and r2 pass, r9 fails."""
    requirements = [min_rows(rows=rows, label=f"r{rows}") for rows in (1, 2, 9)]
    specification = Specification("spec", requirements, owner="me")
    for _ in range(3):
        specification.check(table, ledger=place)
    return Ledger(place)


@pytest.fixture
def signing_keys(tmp_path):
    """A private and a public key, as PEM files."""
    pytest.importorskip("cryptography")
    from rqml.evidence.signing import new_keys

    private, public = tmp_path / "key.pem", tmp_path / "key.pub"
    new_keys(private, public)
    return private, public
