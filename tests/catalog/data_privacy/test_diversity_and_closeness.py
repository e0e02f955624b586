"""LDiversity and TCloseness: their contract, their scenarios, and that repairs add up."""

from __future__ import annotations

import itertools
import math

import pandas as pd
import pytest

from rqml import AllOf, CheckStatus, Dataset, EnforcementStatus, Reason
from rqml.errors import InvalidParameter
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


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_all_three_are_reached_together_in_any_order(order):
    rules = (KAnonymity(k=5), LDiversity(l=3), TCloseness(t=0.35))
    result = AllOf(*(rules[i] for i in order)).enforce(people.raw(sum(order) + order[0]))
    assert result.status is EnforcementStatus.SUCCESS
    assert all(rule.check(result.subject).passed for rule in rules)


@pytest.mark.parametrize("c", [1.0, 3.0])
@pytest.mark.parametrize("seed", [2, 6])
def test_recursive_diversity_is_kept_by_later_repairs(c, seed):
    recursive = LDiversity(l=3, kind="recursive", c=c)
    data = recursive.enforce(people.raw(seed)).subject
    for later in (KAnonymity(k=12), TCloseness(t=0.4)):
        result = later.enforce(data)
        assert result.status is EnforcementStatus.SUCCESS
        data = result.subject
        assert recursive.check(data).passed, later


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 1, 0)])
def test_recursive_diversity_is_reached_with_k_and_t_in_any_order(order):
    rules = (KAnonymity(k=9), LDiversity(l=3, kind="recursive", c=1.5), TCloseness(t=0.4))
    result = AllOf(*(rules[i] for i in order)).enforce(people.raw(2))
    assert result.status is EnforcementStatus.SUCCESS
    assert all(rule.check(result.subject).passed for rule in rules)


def test_one_search_for_all_three_loses_less_than_three_repairs():
    rules = (KAnonymity(k=5), LDiversity(l=3), TCloseness(t=0.35))
    for seed in range(3):
        together = TCloseness(t=0.35, k=5, l=3).enforce(people.raw(seed))
        assert together.status is EnforcementStatus.SUCCESS
        assert all(rule.check(together.subject).passed for rule in rules)
        apart = people.raw(seed)
        for rule in rules:
            step = rule.enforce(apart)
            apart = step.subject
        assert together.cost["loss"] < generality(apart)


def generality(data):
    """Loss of released ages, postcodes and sexes, from what is published."""
    losses = []
    for column, leaves in (("age", 80), ("postcode", 40), ("sex", 2)):
        tree = data.hierarchies.get(column)
        covered = {"*": leaves, "f": 1, "m": 1}
        for row in tree.rows if tree else ():
            for label in set(row[:-1]):
                covered[label] = covered.get(label, 0) + 1
        losses.append(data.frame[column].astype(str).map(covered).sub(1).div(leaves - 1).mean())
    return sum(losses) / 3


def test_diversity_with_k_keeps_both():
    mended = LDiversity(l=3, k=6).enforce(people.raw(2)).subject
    assert KAnonymity(k=6).check(mended).passed
    assert LDiversity(l=3).check(mended).passed


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


def test_infinitely_many_values_cannot_be_asked_for():
    for wrong in ({"l": math.inf}, {"l": math.nan}, {"c": math.inf}):
        with pytest.raises(InvalidParameter):
            LDiversity(**wrong)
