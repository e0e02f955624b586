"""ReidentificationRisk: planted risks are found, chance is not, and repairs help."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml import Assurance, CheckStatus, Dataset, EnforcementStatus, Reason
from rqml.errors import InvalidSubject
from rqml_catalog.data_privacy import Publication, ReidentificationRisk
from rqml_catalog.data_privacy.reidentification.attacks import risk
from rqml_catalog.data_privacy.reidentification.nearest import Records, nearest
from rqml_catalog.scenarios import releases

RULE = ReidentificationRisk(max_risk=0.2, attacks=800)


@pytest.mark.parametrize("scenario", list(ReidentificationRisk.scenarios()), ids=lambda s: s.name)
def test_scenarios_get_their_verdicts(scenario, tmp_path):
    for seed in range(3):
        result = scenario.requirement.check(scenario.build(seed, tmp_path))
        assert result.status is scenario.expected, result.message


@pytest.mark.parametrize("copied", [0.0, 0.15, 0.5])
def test_intervals_hold_the_share_of_copies(copied):
    found = RULE.check(Publication(*releases.synthetic(7, copied))).estimates
    for name in ("linkability", "inference"):
        assert found[name].low <= copied <= found[name].high


def test_a_release_of_the_originals_themselves_fails_by_all_three():
    _, original, control = releases.synthetic(1, 0.0)
    result = RULE.check(Publication(original, original, control))
    assert result.status is CheckStatus.FAIL
    assert all(estimate.low > 0.5 for estimate in result.estimates.values())


def test_a_pass_is_only_empirical():
    assert RULE.check(Publication(*releases.synthetic(2, 0.0))).assurance is Assurance.EMPIRICAL


def test_repair_leaves_out_copies_and_little_else():
    result = RULE.enforce(Publication(*releases.synthetic(3, 0.4)))
    assert result.status is EnforcementStatus.SUCCESS
    assert 480 <= result.cost["suppressed"] <= 530


def test_another_library_gives_the_same_verdict():
    tables = releases.synthetic(4, 0.3)
    polars = [attrs.evolve(table, frame=pl.from_pandas(table.frame)) for table in tables]
    one, other = RULE.check(Publication(*tables)), RULE.check(Publication(*polars))
    assert one.estimates == other.estimates


def test_generalised_labels_are_not_taken_for_safety():
    released, original, control = releases.synthetic(5, 1.0)
    masked = attrs.evolve(released, frame=released.frame.assign(district="*"))
    result = RULE.check(Publication(masked, original, control))
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.UNSUPPORTED)


def test_missing_roles_columns_and_records_are_told():
    released, original, control = releases.synthetic(6, 0.0)
    without = attrs.evolve(original, sensitive=())
    assert RULE.check(Publication(released, without, control)).reason is Reason.MISSING_SUBJECT
    with pytest.raises(InvalidSubject, match="control lacks"):
        Publication(released, original, Dataset(pd.DataFrame({"age": [1]})))
    few = attrs.evolve(control, frame=control.frame.head(10))
    assert RULE.check(Publication(released, original, few)).reason is Reason.INSUFFICIENT_EVIDENCE


@given(st.integers(0, 1000), st.integers(1, 30), st.integers(1, 30))
@settings(max_examples=30, deadline=None)
def test_the_nearest_record_is_the_nearest(seed, targets, size):
    rng = np.random.default_rng(seed)

    def table(rows):
        numbers = np.where(rng.random((rows, 2)) < 0.1, np.nan, rng.random((rows, 2)))
        return Records(numbers, rng.integers(0, 3, (rows, 2)))

    def gap(a, b):
        if np.isnan(a) or np.isnan(b):
            return float(np.isnan(a) != np.isnan(b))
        return abs(a - b)

    one, other = table(targets), table(size)
    found, distance = nearest(one, other)
    for i in range(targets):
        all_of_them = [
            sum(map(gap, one.numbers[i], other.numbers[j])) + (one.codes[i] != other.codes[j]).sum()
            for j in range(size)
        ]
        assert distance[i] == pytest.approx(min(all_of_them))
        assert all_of_them[found[i]] == pytest.approx(min(all_of_them))


@given(st.integers(0, 200), st.integers(0, 200))
def test_risk_lies_within_its_interval_and_vanishes_without_advantage(hits, base):
    success, control = np.arange(200) < hits, np.arange(200) < base
    found = risk(success, control, 0.95)
    assert 0 <= found.low <= found.value <= found.high <= 1
    if hits <= base:
        assert found.value == found.low == 0
