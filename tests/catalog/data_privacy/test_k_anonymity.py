"""KAnonymity on every library, its repair, and bad input."""

from __future__ import annotations

import duckdb
import pandas as pd
import polars as pl
import pytest

from rqml import CheckStatus, Dataset, EnforcementStatus, Hierarchy, Reason
from rqml_catalog.data_privacy.k_anonymity import KAnonymity
from rqml_catalog.scenarios import people

ROLES = {"quasi_identifiers": ("age", "postcode", "sex"), "sensitive": ("illness",)}


def on_every_library(frame):
    arrow = pl.from_pandas(frame).to_arrow()
    return [frame, pl.from_arrow(arrow), pl.from_arrow(arrow).lazy(), arrow, duckdb.from_arrow(arrow)]


@pytest.mark.parametrize("scenario", list(KAnonymity.scenarios()), ids=lambda s: s.name)
def test_scenarios_get_their_verdict_and_faults_are_mended(scenario, tmp_path):
    for seed in range(20):
        assert scenario.requirement.check(scenario.build(seed, tmp_path)).status is scenario.expected
    if scenario.expected is CheckStatus.FAIL:
        mended = scenario.requirement.enforce(scenario.build(0, tmp_path))
        assert mended.status is EnforcementStatus.SUCCESS
        assert {"loss", "suppressed", "ncp", "discernibility", "accuracy"} <= set(mended.cost)


def test_the_message_counts_small_classes_and_shows_no_value():
    frame = pd.DataFrame({"age": [90210] * 3 + [11] * 2 + [12]})
    message = KAnonymity(k=3).check(Dataset(frame, quasi_identifiers="age")).message
    assert "2 classes with 3 records are too small (1 of size 1, 1 of size 2)" in message
    assert "90210" not in message


def test_verdict_and_repair_are_the_same_on_every_library():
    data = people.raw(1, rows=300)
    verdicts, ages = set(), []
    for frame in on_every_library(data.frame):
        dataset = Dataset(frame, hierarchies=data.hierarchies, **ROLES)
        result = KAnonymity(k=10).enforce(dataset)
        assert result.status is EnforcementStatus.SUCCESS
        assert type(result.subject.frame) is type(frame)
        verdicts.add((result.before.status.value, result.before.estimates["k"].value))
        ages.append(result.subject.to_pandas(["age"])["age"].tolist())
    assert verdicts == {("FAIL", 1)}
    assert all(column == ages[0] for column in ages)


def test_rows_index_and_other_columns_stay():
    data = people.raw(2, rows=200)
    frame = data.frame.set_index(pd.Index(range(1000, 1200)))
    mended = KAnonymity(k=5).enforce(Dataset(frame, hierarchies=data.hierarchies, **ROLES)).subject.frame
    assert mended.index.tolist() == frame.index.tolist()
    pd.testing.assert_series_equal(mended["illness"], frame["illness"])


def test_global_recoding_leaves_out_rows_in_order():
    data = people.raw(3, rows=400)
    frame = data.frame.assign(number=range(400))
    rule = KAnonymity(k=10, recoding="global", suppression_limit=0.1)
    result = rule.enforce(Dataset(frame, hierarchies=data.hierarchies, **ROLES))
    left = result.subject.frame["number"].tolist()
    assert left == sorted(left)
    assert len(left) == 400 - result.cost["suppressed"]
    assert 0 < result.cost["suppressed"] <= 40


def test_a_released_table_can_be_coarsened_further():
    released = KAnonymity(k=5).enforce(people.raw(4)).subject
    again = KAnonymity(k=25).enforce(released)
    assert again.status is EnforcementStatus.SUCCESS


def test_representatives_let_a_model_fit():
    from sklearn.linear_model import LogisticRegression

    mended = KAnonymity(k=10, publish="representatives").enforce(people.raw(5)).subject
    X = mended.frame[["age", "postcode", "sex"]]
    LogisticRegression(max_iter=1000).fit(X, mended.frame["claims"])
    assert KAnonymity(k=30, publish="representatives").enforce(mended).status is EnforcementStatus.SUCCESS


def test_columns_without_hierarchy_become_ranges_or_stars():
    frame = pd.DataFrame({"income": [float(i) for i in range(40)], "city": ["Zürich", ""] * 20})
    mended = KAnonymity(k=5).enforce(Dataset(frame, quasi_identifiers=("income", "city"))).subject.frame
    assert all(value.startswith("[") or value == "*" for value in mended["income"])
    assert set(mended["city"]) <= {"Zürich", "", "*"}


@pytest.mark.parametrize(
    ("dataset", "reason", "words"),
    [
        (Dataset(pd.DataFrame({"a": [1]})), Reason.MISSING_SUBJECT, "quasi_identifiers="),
        (Dataset(pd.DataFrame({"a": []}), quasi_identifiers="a"), Reason.INSUFFICIENT_EVIDENCE, "no records"),
        (pd.Series([1]), Reason.UNSUPPORTED, "Dataset"),
    ],
)
def test_what_cannot_be_judged_is_incomplete(dataset, reason, words):
    result = KAnonymity().check(dataset)
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, reason)
    assert words in result.message


def test_k_larger_than_the_table_cannot_be_enforced():
    result = KAnonymity(k=50).enforce(people.raw(0, rows=20))
    assert result.status is EnforcementStatus.INCOMPLETE
    assert "collect more records" in result.message


def test_a_value_absent_from_its_hierarchy_names_the_column_not_the_value():
    hierarchy = Hierarchy.from_rows([("a", "*")])
    dataset = Dataset(pd.DataFrame({"c": ["a", "Timbuktu"]}), quasi_identifiers="c", hierarchies={"c": hierarchy})
    result = KAnonymity(k=2).enforce(dataset)
    assert result.status is EnforcementStatus.INCOMPLETE
    assert "column 'c'" in result.message
    assert "Timbuktu" not in result.message


def test_mixed_types_are_told_apart():
    frame = pd.DataFrame({"c": [1, "1", 1, "1", 2.5, None]}, dtype=object)
    assert KAnonymity(k=2).check(Dataset(frame, quasi_identifiers="c")).estimates["k"].value == 1


@pytest.mark.parametrize("bad", [{"k": 1}, {"k": 2.5}, {"recoding": "magic"}, {"suppression_limit": 1.0}])
def test_bad_parameters_are_refused(bad):
    with pytest.raises((TypeError, ValueError)):
        KAnonymity(**bad)


def test_adult_is_mended_below_the_floor(adult):
    frame, hierarchies = adult
    dataset = Dataset(frame, quasi_identifiers=tuple(hierarchies), hierarchies=hierarchies, target="salary-class")
    result = KAnonymity(k=10).enforce(dataset)
    assert result.status is EnforcementStatus.SUCCESS
    assert result.cost["loss"] < 0.0315
    assert abs(result.cost["accuracy"]) < 0.02
