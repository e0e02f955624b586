"""One specification on every frame library, unchanged, and tables larger than memory counted by their engine."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from rqml import Specification
from rqml_catalog.data_privacy import KAnonymity, LDiversity, TCloseness
from rqml_catalog.scenarios import people

MEMORY = "512MB"


def verdicts(dataset):
    diverse = [LDiversity(l=2), LDiversity(l=1.5, kind="entropy", label="effective")]
    report = Specification("release", [KAnonymity(k=5), *diverse, TCloseness(t=0.35)]).check(dataset)
    return [
        (result.status.value, {n: pytest.approx(e.value, abs=1e-9) for n, e in result.estimates.items()})
        for result in report.results
    ]


def frames(frame):
    import duckdb
    import polars as pl

    table = pl.from_pandas(frame)
    arrow = table.to_arrow()
    return {"polars": table, "polars lazy": table.lazy(), "pyarrow": arrow, "duckdb": duckdb.from_arrow(arrow)}


def datasets():
    return [people.raw(0, rows=200), people.in_classes(1, 15), people.in_classes(2, 4, missing=True)]


@pytest.mark.parametrize("data", datasets(), ids=["raw", "grouped", "missing"])
@pytest.mark.parametrize("library", ["polars", "polars lazy", "pyarrow", "duckdb"])
def test_verdicts_are_those_on_pandas(library, data):
    assert verdicts(attrs.evolve(data, frame=frames(data.frame)[library])) == verdicts(data)


@pytest.fixture(scope="module")
def spark():
    lacking = pytest.fail if "spark" in os.environ.get("RQML_REQUIRE", "").split(",") else pytest.skip
    if importlib.util.find_spec("pyspark") is None:
        lacking("pyspark is not installed")
    if shutil.which("java") is None:
        lacking("Spark needs Java: install a JRE, such as default-jre-headless")
    from pyspark.sql import SparkSession

    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1"}
    builder = SparkSession.builder.master("local[1]").config(map=settings)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas")
@pytest.mark.parametrize("data", datasets(), ids=["raw", "grouped", "missing"])
def test_verdicts_on_spark_are_those_on_pandas(spark, data):
    rows = frames(data.frame)["polars"].rows()  # None where a value is missing
    frame = spark.createDataFrame(rows, list(data.frame.columns))
    assert verdicts(attrs.evolve(data, frame=frame)) == verdicts(data)


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas")
def test_a_spark_frame_is_mended_to_a_spark_frame(spark):
    data = people.raw(3, rows=200)
    mended = KAnonymity(k=5).enforce(attrs.evolve(data, frame=spark.createDataFrame(data.frame))).subject
    assert type(mended.frame).__module__.startswith("pyspark")
    assert KAnonymity(k=5).check(mended).passed


_COUNT = """
import resource, sys
import duckdb
from rqml import Dataset
from rqml_catalog.data_privacy import KAnonymity
connection = duckdb.connect()
connection.execute(f"set memory_limit='{sys.argv[2]}'; set threads=2; set temp_directory='{sys.argv[3]}'")
connection.execute("set enable_progress_bar=false")
table = connection.read_parquet(sys.argv[1])
result = KAnonymity(k=5).check(Dataset(table, quasi_identifiers=("age", "postcode", "sex", "job")))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(result.status.value, result.estimates["k"].value, result.estimates["k"].n, result.details["classes"], peak)
"""


def people_in_parquet(path: Path, rows: int) -> int:
    """Rows whose class sizes are known; returns the number of classes."""
    import duckdb

    # Seven records of each combination, but for a last one that stands alone.
    connection = duckdb.connect()
    connection.execute("set memory_limit='512MB'; set threads=2")
    groups = (rows - 1) // 7
    connection.execute(
        f"""copy (select (g % 80)::int as age, ((g // 80) % 900 + 10000)::varchar as postcode,
        case when (g // 72000) % 2 = 0 then 'f' else 'm' end as sex, (g // 144000)::int as job,
        hash(i)::varchar || hash(i + 1)::varchar || hash(i + 2) || hash(i + 3) as note
        from (select least(i // 7, {groups}) as g, i from range({7 * groups + 1}) r(i))) to '{path}' (format parquet)"""
    )
    return groups + 1


@pytest.mark.parametrize(
    "rows", [400_000, pytest.param(20_000_000, marks=pytest.mark.slow)], ids=["400k rows", "20M rows"]
)
def test_a_parquet_file_is_counted_within_the_memory_of_its_engine(tmp_path, rows):
    pytest.importorskip("resource")
    classes = people_in_parquet(tmp_path / "people.parquet", rows)
    command = [sys.executable, "-c", _COUNT, str(tmp_path / "people.parquet"), MEMORY, str(tmp_path)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert answer[:4] == ["FAIL", "1", str(7 * (classes - 1) + 1), str(classes)]
    if rows > 10**7:
        assert (tmp_path / "people.parquet").stat().st_size > 512e6
    assert int(answer[4]) < 1.2e6  # kilobytes: the engine's memory, Python and its libraries
