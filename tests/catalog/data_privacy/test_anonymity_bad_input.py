"""Tables and hierarchies that are not as they should be: a clear message, or a rule that is written down."""

from __future__ import annotations

import datetime as dt
import decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from rqml import CheckStatus, Dataset, EnforcementStatus, Hierarchy
from rqml.errors import InvalidSubject
from rqml_catalog.data_privacy import KAnonymity, LDiversity, Publication, ReidentificationRisk, TCloseness
from rqml_catalog.scenarios import people

CITIES = Hierarchy.from_rows([("Bern", "CH", "*"), ("Basel", "CH", "*"), ("Köln", "DE", "*")])


def of(values, hierarchy=None, **roles):
    hierarchies = {} if hierarchy is None else {"c": hierarchy}
    return Dataset(pd.DataFrame({"c": values}), quasi_identifiers="c", hierarchies=hierarchies, **roles)


def k_of(dataset):
    return KAnonymity(k=2).check(dataset).estimates["k"].value


@pytest.mark.parametrize("frame", [pd.DataFrame({"a": [1]}), pl.DataFrame({"a": [1]}), pa.table({"a": [1]})])
def test_a_quasi_identifier_that_the_frame_lacks_is_named_with_what_there_is(frame):
    with pytest.raises(InvalidSubject, match=r"quasi_identifiers names 'b', which the frame does not have.*'a'"):
        Dataset(frame, quasi_identifiers="b")


def test_a_column_named_twice_is_refused_by_name():
    frame = pd.DataFrame([[1, 2]], columns=["age", "age"])
    with pytest.raises(InvalidSubject, match="more than once: 'age'"):
        Dataset(frame, quasi_identifiers="age")
    result = KAnonymity(k=2).check(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["age", "age"]))
    assert result.status is CheckStatus.INCOMPLETE
    assert "more than once: 'age'" in result.message


def test_an_absent_value_blocks_the_repair_not_the_check():
    dataset = of(["Bern", "Basel", "Timbuktu"], CITIES)
    assert KAnonymity(k=2).check(dataset).status is CheckStatus.FAIL
    result = KAnonymity(k=2).enforce(dataset)
    assert result.status is EnforcementStatus.INCOMPLETE
    assert "column 'c': 1 distinct values are absent from the hierarchy: add a row" in result.message
    assert "Timbuktu" not in result.message
    assert result.subject.frame is dataset.frame


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("a", "x", "*"), ("b", "*")], "levels"),
        ([("a", "x", "*"), ("a", "y", "*")], "the same leaf"),
        ([("a", "b", "*"), ("b", "a", "*")], "cyclic"),
        ([("a", "x"), ("b", "x")], r"\*"),
        ([], "no rows"),
    ],
    ids=["ragged", "a leaf twice", "cyclic", "no root", "empty"],
)
def test_what_is_no_tree_is_refused_when_it_is_made(rows, words):
    with pytest.raises(InvalidSubject, match=words):
        Hierarchy.from_rows(rows)


def test_a_cyclic_file_is_refused_when_it_is_read(tmp_path):
    (tmp_path / "cycle.csv").write_text("a;b;*\nb;a;*\n", "utf-8")
    with pytest.raises(InvalidSubject):
        Hierarchy.from_csv(tmp_path / "cycle.csv")


@pytest.mark.parametrize("recoding", ["local", "global"])
def test_k_larger_than_the_table_is_said_and_changes_nothing(recoding):
    data = people.raw(0, rows=12)
    result = KAnonymity(k=13, recoding=recoding).enforce(data)
    assert result.status is EnforcementStatus.INCOMPLETE
    assert "no generalisation reaches the limit: even all records as one class miss it" in result.message
    assert result.subject.frame is data.frame


def test_suppression_never_empties_a_table():
    rule = KAnonymity(k=13, recoding="global", suppression_limit=0.99)
    result = rule.enforce(people.raw(0, rows=12))
    assert result.status is EnforcementStatus.INCOMPLETE
    assert "no generalisation reaches the limit" in result.message


def test_a_table_all_of_whose_rows_are_suppressed_says_nothing():
    stars = Dataset(pd.DataFrame({"c": ["*"] * 4}), quasi_identifiers="c", hierarchies={"c": CITIES})
    assert KAnonymity(k=4).check(stars).passed
    none = KAnonymity(k=4).check(stars.with_frame(stars.frame.head(0)))
    assert none.status is CheckStatus.INCOMPLETE
    assert "no records" in none.message


def test_types_are_told_apart_and_mended_together():
    mixed = of([1, "1", 1.5, None, True, b"1"] * 2)
    assert k_of(mixed) == 2
    mended = KAnonymity(k=12).enforce(mixed)
    assert mended.status is EnforcementStatus.SUCCESS
    assert set(mended.subject.frame["c"]) == {"*"}


def test_one_and_one_point_nought_are_one_value():
    assert k_of(of([1, 1.0, 1, 1.0])) == 4


def test_unicode_is_compared_by_code_points():
    composed, decomposed = "Zürich", "Zu\u0308rich"
    assert k_of(of([composed, composed])) == 2
    assert k_of(of([composed, composed, decomposed, decomposed])) == 2
    assert k_of(of([composed, decomposed])) == 1
    mended = KAnonymity(k=2).enforce(of(["Köln", "Bern", "Basel", "Köln"], CITIES))
    assert sorted(mended.subject.frame["c"]) == ["CH", "CH", "Köln", "Köln"]


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_an_empty_string_is_a_value_and_no_missing_one(library):
    table = pl.DataFrame({"c": ["", "", None, None, "a", "a"]})
    frame = {"pandas": table.to_pandas(), "polars": table, "pyarrow": table.to_arrow()}[library]
    dataset = Dataset(frame, quasi_identifiers="c")
    result = KAnonymity(k=2).check(dataset)
    assert (result.estimates["k"].value, result.details["classes"]) == (2, 3)


def test_column_names_may_be_anything():
    frame = pd.DataFrame({'Größe in m²; "x"': [1, 1], "": ["u", "v"], "rqml__records": [0, 0]})
    result = LDiversity(l=2).check(Dataset(frame, quasi_identifiers=list(frame)[:1], sensitive=("",)))
    assert result.passed
    duck = pytest.importorskip("duckdb").from_arrow(pa.Table.from_pandas(frame))
    assert KAnonymity(k=2).check(Dataset(duck, quasi_identifiers="rqml__records")).passed


NESTED = {"lists": [["secret"], ["secret"], ["x"]], "records": [{"a": "secret"}, {"a": "x"}, {"a": "x"}]}


@pytest.mark.parametrize("values", NESTED.values(), ids=NESTED)
@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_cells_that_hold_several_values_are_refused_by_column_with_a_remedy(library, values):
    frame = library({"c": values, "d": [1, 1, 2]})
    results = [
        KAnonymity(k=2).check(Dataset(frame, quasi_identifiers="c")),
        LDiversity(l=2).check(Dataset(frame, quasi_identifiers="d", sensitive="c")),
        TCloseness(t=0.2).check(Dataset(frame, quasi_identifiers="d", sensitive="c")),
    ]
    for result in results:
        assert result.status is CheckStatus.INCOMPLETE
        assert "'c' holds lists, records or other values that cannot be grouped: make it one column" in result.message
        assert "secret" not in result.message


def test_a_publication_of_cells_that_hold_several_values_is_refused_too():
    frame = pd.DataFrame({"c": [["secret"]] * 40, "d": range(40), "s": range(40)})
    data = Dataset(frame, quasi_identifiers=("c", "d"), sensitive="s")
    result = ReidentificationRisk().check(Publication(data, data, data))
    assert result.status is CheckStatus.INCOMPLETE
    assert "column 'c' holds lists" in result.message


@pytest.mark.parametrize("rule", [KAnonymity(k=2), LDiversity(l=2), TCloseness(t=0.1)], ids=lambda rule: rule.meta.id)
def test_k_l_and_t_beyond_the_table_are_said(rule):
    frame = pd.DataFrame({"c": ["a"], "s": ["x"]})
    result = rule.enforce(Dataset(frame, quasi_identifiers="c", sensitive="s"))
    if result.status is EnforcementStatus.SUCCESS:
        assert "holds already" in result.message  # one record is as close to the table as can be
        assert isinstance(rule, TCloseness)
    else:
        assert "even all records as one class miss it" in result.message


@pytest.mark.parametrize(
    "values", [["", "a", ""], ["Zürich", "zürich", "Zürich"], [1, "1", 1.0], [None, float("nan"), 1]]
)
def test_odd_sensitive_values_are_counted_by_the_same_rules(values):
    result = LDiversity(l=2).check(
        Dataset(pd.DataFrame({"c": [1] * 3, "s": values}), quasi_identifiers="c", sensitive="s")
    )
    assert result.estimates["l"].value == 2


ODD = {
    "infinities": [1.0, float("inf"), 2.0, float("-inf"), 3.0, 4.0],
    "missing": [1.0, float("nan"), 2.0, None, 3.0, 4.0],
    "all missing": [None] * 6,
    "dates": [dt.date(2020, 1, day) for day in range(1, 7)],
    "decimals": [decimal.Decimal(i) for i in range(6)],
    "booleans": [True, False, True, None, False, True],
    "empty strings": ["", "a", "", "b", " ", "c"],
    "accents": ["Köln", "Bern", "Basel", "köln", "Ko\u0308ln", "Bern"],
    "large integers": [2**62 + i for i in range(6)],
    "stars": ["*", "*", "a", "b", "c", "*"],
    "published ranges": ["[1, 2]", "[3, 4]", "*", "7", "8", None],
    "what looks like ranges": ["[1, 2", "[3.4.5, 4]", "[1e999, 2]", "7", "8", "[a, b]"],
    "bytes": [b"a", b"b", b"a", b"c", b"d", b"e"],
}
RULES = [
    KAnonymity(k=3),
    KAnonymity(k=3, recoding="global", suppression_limit=0.4, publish="representatives"),
    LDiversity(l=2, publish="representatives"),
    TCloseness(t=0.2, recoding="global", suppression_limit=0.5),
]


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("values", ODD.values(), ids=ODD)
@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_odd_but_legal_columns_are_mended_on_every_library(library, values):
    frame = library({"c": values, "s": list("ababab")})
    for rule in RULES:
        result = rule.enforce(Dataset(frame, quasi_identifiers="c", sensitive="s"))
        assert result.status is EnforcementStatus.SUCCESS, result.message
        assert type(result.subject.frame) is type(frame)
        assert 0 <= result.cost.get("loss", 0) <= 1


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_an_absent_value_is_told_on_every_library(library):
    frame = library({"c": ["Bern", "Timbuktu", "Köln"], "s": ["a", "b", "a"]})
    for rule in RULES:
        result = rule.enforce(Dataset(frame, quasi_identifiers="c", sensitive="s", hierarchies={"c": CITIES}))
        assert result.status is EnforcementStatus.INCOMPLETE
        assert "column 'c': 1 distinct values are absent from the hierarchy" in result.message


def test_a_column_that_is_known_and_secret_at_once_is_said():
    frame = pd.DataFrame({"c": list("aabbcc"), "s": list("ababab")})
    result = LDiversity(l=2).enforce(Dataset(frame, quasi_identifiers=("c", "s"), sensitive="s"))
    assert result.status is EnforcementStatus.INCOMPLETE
    assert "'s' is a quasi-identifier and sensitive" in result.message
