"""DataMinimisation and SpecialCategoryProxy: shown use, told attributes, bad input."""

from __future__ import annotations

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from rqml import CheckStatus, Dataset, EnforcementStatus, Reason
from rqml_catalog.data_privacy.data_minimisation import DataMinimisation
from rqml_catalog.data_privacy.special_category_proxy import SpecialCategoryProxy
from rqml_catalog.data_privacy.usefulness.encoding import encoded, outcome
from rqml_catalog.data_privacy.usefulness.heldout import _in_quantiles, fitted, help_of_each, losses
from rqml_catalog.data_privacy.usefulness.proxies import advantage, groups
from rqml_catalog.scenarios import telling_tables

SCENARIOS = [*DataMinimisation.scenarios(), *SpecialCategoryProxy.scenarios()]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_scenarios_get_their_verdict(scenario, tmp_path):
    for seed in (100, 101):
        assert scenario.requirement.check(scenario.build(seed, tmp_path)).status is scenario.expected


def test_noise_is_left_out_and_what_matters_stays():
    mended = DataMinimisation(min_gain=0.03).enforce(telling_tables.with_features(200, 3, 2))
    assert mended.status is EnforcementStatus.SUCCESS
    assert mended.subject.features == ("need_0", "need_1", "need_2")
    assert mended.cost["columns_lost"] == 2
    assert mended.cost["prediction_loss"] < 0.02


def test_the_message_states_the_confidence_of_its_intervals():
    result = DataMinimisation(min_gain=0.03).check(telling_tables.with_features(200, 3, 2))
    assert {estimate.confidence for estimate in result.estimates.values()} == {0.95}
    failed = [name for name in result.estimates if name in result.message]
    assert failed and all(f"{name} = {result.estimates[name].at(0.99)!s} " in result.message for name in failed)
    assert "at a confidence of 0.99 each, so that all 5 hold together" in result.message


def test_few_records_cannot_decide():
    result = DataMinimisation(min_gain=0.1).check(telling_tables.with_features(7, 3, 0, rows=110))
    assert result.status is CheckStatus.INCOMPLETE


def test_only_the_proxy_is_left_out():
    mended = SpecialCategoryProxy().enforce(telling_tables.with_proxy(201, 0.5))
    assert mended.status is EnforcementStatus.SUCCESS
    assert mended.subject.features == ("income", "years", "origin")


def test_the_advantage_comes_near_the_best_guess():
    for strength in (0.0, 0.3, 0.6):
        frame = telling_tables.with_proxy(5, strength, rows=6000).frame
        value, low, high = advantage(frame[["district"]].to_numpy(), groups(frame["origin"]), seed=1, confidence=0.99)
        assert low <= value <= high
        assert value == pytest.approx(strength, abs=0.05)


def test_numbers_categories_and_missing_values_are_used_alike():
    rng = np.random.default_rng(3)
    kind = rng.choice(["a", "b", "c"], 900)
    frame = pd.DataFrame({"kind": kind, "when": pd.Timestamp("2020-01-01"), "x": rng.normal(size=900)})
    frame.loc[::7, "kind"] = None
    X = encoded(frame)
    y = (kind == "a").astype(int)
    helps = help_of_each(*losses(X, y, classes=True, seed=0))
    assert helps[0].mean > 0.3
    assert abs(helps[1].mean) < 1e-9
    numbers = help_of_each(*losses(X, 3.0 * frame["x"].to_numpy(), classes=False, seed=0))
    assert numbers[2].mean > 0.5 > numbers[0].mean


def test_rare_groups_are_left_aside_and_numbers_are_cut():
    codes = groups(pd.Series(["a"] * 50 + ["b"] * 40 + ["c"] * 5 + [None] * 5))
    assert (codes[:90] >= 0).all()
    assert (codes[90:] == -1).all()
    assert len(set(groups(pd.Series(np.arange(400.0))).tolist())) == 4


def test_what_is_missing_is_asked_for():
    frame = pd.DataFrame({"x": range(200), "y": [0, 1] * 100})
    assert "target=column" in DataMinimisation().check(frame).message
    assert "roles={'protected'" in SpecialCategoryProxy().check(frame).message
    one = Dataset(frame.assign(y=1), target="y")
    assert DataMinimisation().check(one).status is CheckStatus.INCOMPLETE


def test_quantiles_lose_neither_order_nor_missing_values_nor_what_is_told():
    rng = np.random.default_rng(4)
    X = np.column_stack([rng.normal(size=4000), rng.integers(0, 9, 4000), np.exp(rng.normal(size=4000))])
    X[::11, 0] = np.nan
    binned = _in_quantiles(X)
    assert np.array_equal(np.isnan(binned), np.isnan(X))
    assert np.array_equal(binned[:, 1], X[:, 1])
    for column in (0, 2):
        order = np.argsort(X[:, column])
        kept = binned[order, column][~np.isnan(X[order, column])]
        assert (np.diff(kept) >= 0).all()
        assert np.bincount(kept.astype(int)).max() <= 4000 / 255 + 2
    group = (np.nan_to_num(X[:, 0]) + rng.normal(size=4000) > 0).astype(int)
    raw = fitted(X[:3000], group[:3000], classes=True, seed=1).predict(X[3000:])
    cut = fitted(binned[:3000], group[:3000], classes=True, seed=1).predict(binned[3000:])
    assert (raw == cut).mean() > 0.97


_RNG = np.random.default_rng(7)
_N = 240
_LETTERS = pd.Series(_RNG.choice(list("xyz"), _N))
_DAYS = pd.Series(pd.date_range("2020-01-01", periods=_N))
_SOME = _RNG.random(_N) > 0.2
ODD_COLUMNS = {
    "categories": _LETTERS.astype("category"),
    "categories of numbers": pd.Series(_RNG.integers(0, 4, _N)).astype("category"),
    "missing texts": _LETTERS.where(_SOME),
    "truth values, some missing": pd.Series(_RNG.random(_N) > 0.5, dtype="boolean").where(_SOME),
    "days, some missing": _DAYS.where(_SOME),
    "moments in a zone": _DAYS.dt.tz_localize("Europe/Paris"),
    "dates": _DAYS.dt.date,
    "arrow moments": _DAYS.where(_SOME).astype("timestamp[us][pyarrow]"),
    "lengths of time": pd.Series(pd.to_timedelta(_RNG.integers(0, 99, _N), unit="D")),
    "decimals": pd.Series([Decimal(i) / 7 for i in range(_N)]),
    "infinite numbers": pd.Series(np.where(_SOME, _RNG.normal(size=_N), np.inf)),
    "one value": pd.Series(["k"] * _N),
    "no value": pd.Series([None] * _N, dtype=object),
    "no number": pd.Series([np.nan] * _N),
}


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("kind", ODD_COLUMNS)
def test_columns_of_any_kind_are_judged_or_say_why_not(kind, library):
    a = np.random.default_rng(1).normal(size=_N)
    table = pd.DataFrame({"a": a, "y": (a > 0).astype(int), "c": ODD_COLUMNS[kind]})
    frame = {"pandas": lambda: table, "polars": lambda: pl.from_pandas(table)}.get(
        library, lambda: pl.from_pandas(table).to_arrow()
    )()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        results = [
            DataMinimisation().check(Dataset(frame, target="y")),
            SpecialCategoryProxy().check(Dataset(frame, roles={"protected": "y"})),
            SpecialCategoryProxy().check(Dataset(frame, roles={"protected": "c"})),
            DataMinimisation().check(Dataset(frame, target="c")),
        ]
    assert [result.reason for result in results if result.reason is Reason.ERROR] == []
    assert results[0].estimates["gain[a]"].value > 0.5
    assert results[1].status is CheckStatus.FAIL


@pytest.mark.parametrize(
    "target", [lambda a: (1000 * a).astype(int), pd.to_datetime, lambda a: list(map(Decimal, a.tolist()))]
)
def test_many_numbers_or_days_are_measured_not_told_apart(target):
    a = np.random.default_rng(2).integers(0, 300, 400)
    result = DataMinimisation().check(Dataset(pd.DataFrame({"a": a + 0.5, "y": target(a)}), target="y"))
    assert result.status is CheckStatus.PASS


@pytest.mark.parametrize(("rare", "classes"), [([7, 8, 8], 3), ([7] * 5 + [8] * 5, 4), ([7] * 6, 4)])
def test_rare_classes_count_as_one_or_join_the_largest(rare, classes):
    y, told = outcome(pd.Series([0] * 60 + [1] * 50 + [2] * 40 + rare))
    assert told
    assert sorted(set(y.tolist())) == list(range(classes))
    assert len(y) == 150 + len(rare)


def test_targets_of_names_and_infinite_targets_say_what_to_do():
    a = np.arange(200.0)
    names = pd.DataFrame({"a": a, "y": [f"n{i}" for i in range(200)]})
    assert "group them" in DataMinimisation().check(Dataset(names, target="y")).message
    assert "infinite" in DataMinimisation().check(Dataset(names.assign(y=[np.inf, *a[1:]]), target="y")).message


def test_a_column_without_a_value_is_left_out_by_enforcement():
    a = np.random.default_rng(3).normal(size=_N)
    table = pd.DataFrame({"a": a, "empty": [None] * _N, "y": (a > 0).astype(int)})
    mended = DataMinimisation().enforce(Dataset(table, target="y"))
    assert mended.status is EnforcementStatus.SUCCESS
    assert mended.subject.features == ("a",)
