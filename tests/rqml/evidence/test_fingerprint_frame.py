"""Laws of table fingerprints: what counts as content, across libraries, chunks and orders."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml.errors import InvalidSubject
from rqml.evidence.fingerprint import fingerprint_frame as fingerprint

INT64 = st.integers(-(2**63), 2**63 - 1)
NAIVE = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1))
VALUES = {
    "int": INT64,
    "float": st.floats(allow_nan=False),
    "bool": st.booleans(),
    "text": st.text(st.characters(exclude_categories=("Cs",)), max_size=4),
    "binary": st.binary(max_size=4),
    "date": st.dates(),
    "datetime": NAIVE,
    "instant": NAIVE.map(lambda v: v.replace(tzinfo=UTC)),
    "duration": st.timedeltas(timedelta(-9999), timedelta(9999)),
    "time": st.times(),
    "decimal": st.decimals(-1000, 1000, allow_nan=False, places=3),
    "list": st.lists(st.none() | INT64, max_size=3),
    "struct": st.fixed_dictionaries({"a": INT64, "b": st.none() | st.text("xyz", max_size=2)}),
}
ARROW_TYPES = {
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "text": pa.string(),
    "binary": pa.binary(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "instant": pa.timestamp("us", tz="UTC"),
    "duration": pa.duration("us"),
    "time": pa.time64("us"),
    "decimal": pa.decimal128(10, 3),
    "list": pa.list_(pa.int64()),
    "struct": pa.struct({"a": pa.int64(), "b": pa.string()}),
}


@st.composite
def tables(draw: st.DrawFn, min_rows: int = 0) -> pa.Table:
    kinds = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3))
    rows = draw(st.integers(min_rows, 6))
    columns = {}
    for i, kind in enumerate(kinds):
        cells = draw(st.lists(st.none() | VALUES[kind], min_size=rows, max_size=rows))
        columns[f"c{i}"] = pa.array(cells, ARROW_TYPES[kind])
    return pa.table(columns)


def objects(table: pa.Table) -> pd.DataFrame:
    """The table as pandas columns of plain Python objects."""
    return pd.DataFrame({name: pd.Series(table[name].to_pylist(), dtype=object) for name in table.column_names})


@settings(deadline=None)
@given(tables())
def test_libraries_agree(table: pa.Table) -> None:
    expected = fingerprint(table)
    assert fingerprint(pl.from_arrow(table)) == expected
    assert fingerprint(table.to_pandas(types_mapper=pd.ArrowDtype)) == expected
    assert fingerprint(objects(table)) == expected


@settings(deadline=None)
@given(tables(), st.integers(1, 4))
def test_chunks_leave_no_trace(table: pa.Table, size: int) -> None:
    parts = [table.slice(start, size) for start in range(0, len(table), size)] or [table]
    chunked = pa.concat_tables(parts)
    assert fingerprint(chunked) == fingerprint(table)
    assert fingerprint(pl.concat([pl.from_arrow(part) for part in parts], rechunk=False)) == fingerprint(table)


@settings(deadline=None)
@given(tables(), st.randoms())
def test_order_of_columns_does_not_count(table: pa.Table, random) -> None:
    names = list(table.column_names)
    random.shuffle(names)
    assert fingerprint(table.select(names)) == fingerprint(table)


@settings(max_examples=300, deadline=None)
@given(tables(min_rows=1), st.data())
def test_every_cell_counts(table: pa.Table, data: st.DataObject) -> None:
    column = data.draw(st.integers(0, table.num_columns - 1))
    row = data.draw(st.integers(0, len(table) - 1))
    kind = next(k for k, t in ARROW_TYPES.items() if t == table.schema[column].type)
    cells = table[column].to_pylist()
    old = cells[row]
    cells[row] = data.draw((st.none() | VALUES[kind]).filter(lambda new: new != old))
    changed = table.set_column(column, table.column_names[column], pa.array(cells, ARROW_TYPES[kind]))
    assert fingerprint(changed) != fingerprint(table)
    assert fingerprint(objects(changed)) != fingerprint(objects(table))


@settings(deadline=None)
@given(tables(min_rows=2), st.data())
def test_order_of_rows_counts(table: pa.Table, data: st.DataObject) -> None:
    i, j = data.draw(st.lists(st.integers(0, len(table) - 1), min_size=2, max_size=2, unique=True))
    rows = list(range(len(table)))
    rows[i], rows[j] = j, i
    same = table.slice(i, 1).to_pylist() == table.slice(j, 1).to_pylist()
    assert (fingerprint(table.take(rows)) == fingerprint(table)) == same


@settings(deadline=None)
@given(st.lists(st.none() | st.integers(-100, 100), min_size=1, max_size=8))
def test_width_of_a_number_does_not_count(cells: list[int | None]) -> None:
    expected = fingerprint(pa.table({"a": pa.array(cells, pa.int64())}))
    for kind in (pa.int8(), pa.int32(), pa.float32(), pa.float64(), pa.float16()):
        assert fingerprint(pa.table({"a": pa.array(cells, pa.int64()).cast(pa.float64()).cast(kind)})) == expected
    assert fingerprint(pd.DataFrame({"a": cells})) == expected  # float64 as soon as one is missing
    for nullable in ("Int64", "Int8", "Float32", "Float64"):
        assert fingerprint(pd.DataFrame({"a": pd.array(cells, dtype=nullable)})) == expected


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=6), st.data())
def test_large_integers_keep_their_last_digit(cells: list[int], data: st.DataObject) -> None:
    whole = fingerprint(pl.DataFrame({"a": pl.Series(cells, dtype=pl.UInt64)}))
    assert fingerprint(pd.DataFrame({"a": pd.Series(cells, dtype=object)})) == whole
    assert fingerprint(pd.DataFrame({"a": np.array(cells, dtype=np.uint64)})) == whole
    at = data.draw(st.integers(0, len(cells) - 1))
    near = [*cells[:at], cells[at] ^ 1, *cells[at + 1 :]]
    assert fingerprint(pd.DataFrame({"a": np.array(near, dtype=np.uint64)})) != whole


def test_the_row_of_a_large_integer_counts() -> None:
    near = [2**60, 2**60 + 1]  # one float64 for both
    assert fingerprint(pl.DataFrame({"a": near})) != fingerprint(pl.DataFrame({"a": near[::-1]}))


@pytest.mark.parametrize("edge", [2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), -(2**53) - 1])
def test_integers_at_the_edge_of_float64(edge: int) -> None:
    digests = {fingerprint(pl.DataFrame({"a": [edge + d]})) for d in (-1, 0, 1) if -(2**63) <= edge + d < 2**63}
    assert len(digests) == (2 if abs(edge) >= 2**63 - 1 else 3)
    as_float = fingerprint(pl.DataFrame({"a": [float(edge)]}))
    assert (as_float == fingerprint(pl.DataFrame({"a": [edge]}))) == (int(float(edge)) == edge)


@pytest.mark.parametrize("missing", [None, math.nan, pd.NA, pd.NaT, np.float64("nan"), Decimal("nan")])
@pytest.mark.parametrize("present", [1.5, "a", True, date(2020, 1, 1), b"x", Decimal("1.5"), [1]])
def test_every_missing_value_is_the_same(missing: object, present: object) -> None:
    frame = pd.DataFrame({"a": pd.Series([present, missing], dtype=object)})
    assert fingerprint(frame) == fingerprint(pa.table({"a": pa.array([present, None])}))


def test_a_column_without_values_has_no_type() -> None:
    empty = fingerprint(pa.table({"a": pa.nulls(2)}))
    for kind in (pa.int64(), pa.float64(), pa.string(), pa.bool_(), pa.date32(), pa.list_(pa.int8())):
        assert fingerprint(pa.table({"a": pa.nulls(2, kind)})) == empty
    assert fingerprint(pd.DataFrame({"a": [math.nan, math.nan]})) == empty
    assert fingerprint(pl.DataFrame({"a": [None, None]})) == empty
    assert fingerprint(pl.DataFrame({"a": [None]})) != empty


def test_nan_payload_and_sign_of_zero_do_not_count() -> None:
    odd = np.array([0x7FF8000000000123], dtype="u8").view("f8")
    assert fingerprint(pd.DataFrame({"a": [*odd, -0.0]})) == fingerprint(pd.DataFrame({"a": [math.nan, 0.0]}))


def test_a_category_is_its_values() -> None:
    plain = pl.DataFrame({"a": ["x", None, "y", "x"], "n": [1, 2, None, 2**60 + 1]})
    frame = pd.DataFrame({"a": ["x", None, "y", "x"], "n": pd.Series([1, 2, None, 2**60 + 1], dtype=object)})
    assert fingerprint(frame.astype("category")) == fingerprint(plain)
    assert fingerprint(plain.with_columns(pl.col("a").cast(pl.Categorical))) == fingerprint(plain)
    assert fingerprint(plain.with_columns(pl.col("a").cast(pl.Enum(["y", "x"])))) == fingerprint(plain)
    assert fingerprint(plain.to_arrow().set_column(0, "a", plain["a"].to_arrow().dictionary_encode())) == fingerprint(
        plain
    )


@pytest.mark.parametrize("dtype", ["string[python]", "string[pyarrow]", "str", object, "category"])
def test_text_types_of_pandas_agree(dtype: object) -> None:
    cells = ["a", None, "", "é😀"]
    assert fingerprint(pd.DataFrame({"a": pd.array(cells, dtype=dtype)})) == fingerprint(pl.DataFrame({"a": cells}))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_time_units_and_zones_agree(unit: str) -> None:
    moments = [datetime(2024, 2, 29, 12, tzinfo=UTC), None, datetime(1900, 1, 1, tzinfo=timezone(timedelta(hours=5)))]
    expected = fingerprint(pa.table({"a": pa.array(moments, pa.timestamp("us", tz="UTC"))}))
    frame = pd.DataFrame({"a": pd.to_datetime(moments, utc=True).as_unit(unit)})
    assert fingerprint(frame) == expected
    assert fingerprint(frame.assign(a=frame["a"].dt.tz_convert("Asia/Tokyo"))) == expected
    assert fingerprint(frame.assign(a=frame["a"].dt.tz_localize(None))) != expected
    assert fingerprint(frame.astype(object)) == expected


def test_nanoseconds_and_far_dates_count() -> None:
    base = pd.Timestamp("2024-01-01").as_unit("ns")
    tick = base + pd.Timedelta(1, "ns")
    assert fingerprint(pd.DataFrame({"a": [base]})) != fingerprint(pd.DataFrame({"a": [tick]}))
    assert fingerprint(pd.DataFrame({"a": pd.Series([tick], dtype=object)})) == fingerprint(pd.DataFrame({"a": [tick]}))
    far = pl.DataFrame({"a": [date(9999, 12, 31)]})
    assert fingerprint(far) == fingerprint(pd.DataFrame({"a": pd.Series([date(9999, 12, 31)], dtype=object)}))
    assert fingerprint(far) != fingerprint(pl.DataFrame({"a": [datetime(9999, 12, 31)]}))


MIXED = [1, "1", True, b"1", 1.5, None, Decimal(1), date(2020, 1, 1), time(1), (1, 2), {"a": 1}, 1j, {1}]


def test_mixed_cells_are_told_apart_by_type() -> None:
    digests = {fingerprint(pd.DataFrame({"a": pd.Series(["x", cell], dtype=object)})) for cell in MIXED}
    assert len(digests) == len(MIXED)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"a": ["bc"], "b": [""]}, {"a": ["b"], "b": ["c"]}),
        ({"a": ["x", ""]}, {"a": ["", "x"]}),
        ({"a": ["1"]}, {"a": [1]}),
        ({"a": [1]}, {"a": [True]}),
        ({"a": ["x"]}, {"a": [b"x"]}),
        ({"a": [1], "b": [2]}, {"a": [2], "b": [1]}),
        ({"a": [1]}, {"b": [1]}),
        ({"a": [1]}, {"a": [1], "b": [1]}),
        ({"a": [[1], [2, 3]]}, {"a": [[1, 2], [3]]}),
        ({"a": [[]]}, {"a": [None]}),
        ({"a": [""]}, {"a": [None]}),
        ({"a": [0]}, {"a": [None]}),
        ({"a": [False]}, {"a": [None]}),
    ],
)
def test_no_two_tables_share_an_encoding(left: dict[str, list[object]], right: dict[str, list[object]]) -> None:
    assert fingerprint(pd.DataFrame(left)) != fingerprint(pd.DataFrame(right))
    assert fingerprint(pl.DataFrame(left)) != fingerprint(pl.DataFrame(right))


def test_index_labels_do_not_count() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    assert fingerprint(frame.set_index(pd.Index(["p", "q"]))) == fingerprint(frame)


@given(st.integers(1, 40), st.sampled_from(["float64", "float32", "int64", "bool"]))
@settings(max_examples=20, deadline=None)
def test_layout_in_memory_does_not_count(width: int, dtype: str) -> None:
    values = (np.arange(9000 * width).reshape(9000, width) % 251).astype(dtype)
    by_rows = pd.DataFrame(values)
    by_columns = pd.DataFrame({i: np.ascontiguousarray(values[:, i]) for i in range(width)})
    assert fingerprint(by_rows) == fingerprint(by_columns) == fingerprint(by_rows.iloc[::-1].iloc[::-1])


def test_threads_give_the_same_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(70_000, 40))).assign(t=rng.integers(0, 9, 70_000).astype(str))
    threaded = fingerprint(frame)
    monkeypatch.setattr("rqml.evidence._columns._MAX_THREADS", 1)
    assert fingerprint(frame) == threaded
    frame.iloc[69_999, 39] += 1
    assert fingerprint(frame) != threaded


def test_extra_counts_and_does_not_depend_on_its_order() -> None:
    frame = pl.DataFrame({"a": [1]})
    assert fingerprint(frame, {"x": 1, "y": ("a",)}) == fingerprint(frame, {"y": ("a",), "x": 1})
    assert fingerprint(frame, {"x": 1}) != fingerprint(frame, {"x": 2})
    assert fingerprint(frame, {}) == fingerprint(frame)


def test_the_input_is_not_changed() -> None:
    values = np.array([[1.0, np.nan], [-0.0, 2.0]])
    before = values.tobytes()
    fingerprint(pd.DataFrame(values, copy=False))
    assert values.tobytes() == before


def test_digest_is_pinned() -> None:
    """Stored evidence must stay comparable: a change of the encoding needs a new version of the domain."""
    frame = pl.DataFrame({"a": [1, None], "b": ["x", "é"], "c": [True, False]})
    assert fingerprint(frame) == PINNED


def test_polars_lazy_frame_is_collected() -> None:
    frame = pl.DataFrame({"a": [3, 1, 2]})
    assert fingerprint(frame.lazy()) == fingerprint(frame)


ROWS = (
    "(VALUES (1, 'a', 1.5::DOUBLE, [1, 2]), (2, NULL, 'nan'::DOUBLE, NULL), (3, 'c', -0.0::DOUBLE, [3])) t(i, s, f, l)"
)


def test_duckdb_counts_rows_as_a_multiset() -> None:
    base = fingerprint(duckdb.sql(f"SELECT * FROM {ROWS}"))
    assert base is not None and base.startswith("duckdb:")
    same = ("i, s, f, l FROM {} ORDER BY i DESC", "l, f, s, i FROM {}", "i, s, if(isnan(f), NULL, f) AS f, l FROM {}")
    for query in same:
        assert fingerprint(duckdb.sql("SELECT " + query.format(ROWS))) == base
    other = (
        "i, s, f, l FROM {} WHERE i > 1",
        "i, coalesce(s, '') AS s, f, l FROM {}",
        "i, s AS z, f, l FROM {}",
        "i + (i = 3)::INT AS i, s, f, l FROM {}",
        "i, s, f, l FROM {} UNION ALL SELECT * FROM {}",
        "i, s, coalesce(f, 0) AS f, if(i = 3, [4], l) AS l FROM {}",
    )
    digests = {fingerprint(duckdb.sql("SELECT " + query.replace("{}", ROWS))) for query in other}
    assert len(digests | {base}) == len(other) + 1
    assert fingerprint(duckdb.sql(f"SELECT * FROM {ROWS}"), {"role": "x"}) != base


def test_duckdb_reads_every_kind_of_column() -> None:
    columns = ("TIMESTAMPTZ '2020-01-01 00:00:00.00000{}+00'", "'\\x0{}'::BLOB", "INTERVAL {} DAY", "{}::DECIMAL(9, 2)")
    columns += (
        "DATE '2020-01-0{}'",
        "TIME '01:00:0{}'",
        "{{'a': {}}}",
        "MAP {{'k': {}}}",
        "'{}'::FLOAT",
        "('{}' = '1')",
    )
    for column in columns:
        one, same, two = (fingerprint(duckdb.sql(f"SELECT {column.format(n)} AS c")) for n in (1, 1, 2))
        assert one == same != two


@pytest.mark.parametrize("special", ["'inf'::DOUBLE", "'infinity'::TIMESTAMPTZ", "'infinity'::DATE"])
def test_duckdb_reads_infinity(special: str) -> None:
    negative = special.replace("inf", "-inf", 1)
    assert fingerprint(duckdb.sql(f"SELECT {special} AS c")) != fingerprint(duckdb.sql(f"SELECT {negative} AS c"))


def test_duckdb_of_no_rows_has_a_digest() -> None:
    assert fingerprint(duckdb.sql(f"SELECT * FROM {ROWS} WHERE i > 9")) is not None


def test_an_engine_that_cannot_answer_gives_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import narwhals as nw

    monkeypatch.setattr(nw.Implementation, "is_polars", lambda self: False)
    assert fingerprint(pl.LazyFrame({"a": [1]})) is None


@pytest.mark.parametrize("bad", [[1, 2], {"a": [1]}, 3, None, "table.csv"])
def test_what_is_no_table_is_refused(bad: object) -> None:
    with pytest.raises(InvalidSubject, match="pass a pandas"):
        fingerprint(bad)


def test_duplicate_names_are_refused() -> None:
    with pytest.raises(InvalidSubject, match="same name"):
        fingerprint(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_a_cell_without_content_is_refused() -> None:
    with pytest.raises(InvalidSubject, match="cannot fingerprint"):
        fingerprint(pd.DataFrame({"a": [(i for i in ()), 1]}))


PINNED = "blake3:fd2dafc0896a4dcd2e734b91cdb36e535313bf7ca43d1182c248f172a704bd0e"
