"""LDiversity and TCloseness: their contract, their scenarios, and that repairs add up."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from rqml import CheckStatus, Dataset, EnforcementStatus, Reason
from rqml_catalog.data_privacy import KAnonymity, LDiversity, TCloseness
from rqml_catalog.scenarios import people


@pytest.mark.parametrize("cls", [LDiversity, TCloseness])
def test_scenarios_get_their_verdicts(cls, tmp_path):
    for scenario in cls.scenarios():
        for seed in range(20):
            result = scenario.requirement.check(scenario.build(seed, tmp_path))
            assert result.status is scenario.expected, (scenario.name, seed, result.message)


def test_repairs_one_after_the_other_keep_what_was_reached():
    rules = (KAnonymity(k=5), LDiversity(l=3), TCloseness(t=0.35))
    data = people.raw(0)
    for rule in rules:
        result = rule.enforce(data)
        assert result.status is EnforcementStatus.SUCCESS
        data = result.subject
    assert all(rule.check(data).passed for rule in rules)


def test_planted_distances_are_measured():
    t = TCloseness().check(people.with_skew(0, 0.18)).estimates["t"].value
    ordered = TCloseness().check(people.with_skew(0, 0.18, numeric=True)).estimates["t"].value
    assert t == pytest.approx(0.18, abs=1e-9)
    assert ordered == pytest.approx(0.18 * 4 / 7, abs=1e-9)


def test_entropy_is_the_effective_number_of_values():
    frame = pd.DataFrame({"q": [0] * 4, "s": ["a", "a", "a", "b"]})
    measured = LDiversity(kind="entropy").check(Dataset(frame, quasi_identifiers="q", sensitive="s"))
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert measured.estimates["l"].value == pytest.approx(math.exp(entropy))


@pytest.mark.parametrize("cls", [LDiversity, TCloseness])
def test_without_sensitive_columns_nothing_is_claimed(cls):
    result = cls().check(Dataset(pd.DataFrame({"q": [1, 1]}), quasi_identifiers="q"))
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.MISSING_SUBJECT)


def test_a_diversity_that_the_table_lacks_cannot_be_enforced():
    result = LDiversity(l=9).enforce(people.raw(0))
    assert result.status is EnforcementStatus.INCOMPLETE
    assert "no generalisation reaches the limit" in result.message
