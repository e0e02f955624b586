"""Exposed records and groups: named only where luck does not explain them, however many are asked about."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier

from rqml import CheckStatus, Dataset, Reason, TrainedModel
from rqml_catalog.model_privacy import MembershipInferenceResistance
from rqml_catalog.model_privacy.membership.exposure import exposed_rows, worst_group
from rqml_catalog.scenarios.classifiers import noisy_classes

QUICK = MembershipInferenceResistance(max_tpr=0.35, at_fpr=0.1, shadows=8)


def test_exposed_rows_are_members_by_falling_score_and_mostly_true():
    rng = np.random.default_rng(0)
    members = rng.random(2000) < 0.5
    exposed = members & (rng.random(2000) < 0.3)
    score = rng.normal(size=2000) + 6.0 * exposed
    rows = exposed_rows(score, members)
    assert members[rows].all()
    assert (np.diff(score[rows]) <= 0).all()
    assert exposed[rows].mean() > 0.9
    assert len(rows) > 0.8 * exposed.sum()


def test_without_a_leak_hardly_any_row_is_named():
    named = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        members = np.arange(400) < 200
        named += len(exposed_rows(rng.normal(size=400), members)) > 0
    assert named <= 12  # 5 % of worlds are expected to name one


def groups_world(seed, leak_in=None, n=4000, groups=20):
    """Scores whose level differs between groups; members of one group may score higher than its others."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, groups, n)
    members = rng.random(n) < 0.5
    score = rng.normal(size=n) + 2.0 * codes
    if leak_in is not None:
        score += 2.0 * (members & (codes == leak_in))
    return score, members, codes[:, None]


def test_the_leaking_group_is_the_worst():
    score, members, codes = groups_world(1, leak_in=13)
    worst = worst_group(score, members, codes, at_fpr=0.1, confidence=0.95, seed=0)
    assert worst.group == 13
    assert worst.judged == 20
    assert worst.tpr.low > 0.2


def test_levels_that_differ_between_groups_are_no_leak_and_many_groups_are_no_excuse():
    """One in twenty groups exceeds a plain 95 % interval by chance; corrected, nearly none does."""
    claimed = sum(
        worst_group(*groups_world(seed), at_fpr=0.1, confidence=0.95, seed=seed).tpr.low > 0.15 for seed in range(100)
    )
    assert claimed <= 5


def test_a_group_that_is_too_small_is_counted():
    score, members, codes = groups_world(2, n=300, groups=20)
    worst = worst_group(score, members, codes, at_fpr=0.1, confidence=0.95, seed=0)
    assert worst.too_small + worst.judged == 20
    assert worst.too_small > 0


def minority_memorised(seed=0, rows=900, share=0.3):
    """Labels are noise in one site only: a forest that is shallow elsewhere memorises there."""
    X, y = noisy_classes(rows, seed, label_noise=0.0)
    rng = np.random.default_rng(seed)
    small = rng.random(rows) < share
    y[small] = rng.integers(0, 2, small.sum())
    frame = pd.DataFrame(X, columns=list("abcde")).assign(small=small * 10.0, site=np.where(small, "s", "l"), y=y)
    half = rows // 2
    data = [Dataset(part, target="y", identifiers=("site",)) for part in (frame[:half], frame[half:])]
    features = [*"abcde", "small"]
    forest = RandomForestClassifier(15, random_state=seed).fit(frame[:half][features], frame[:half]["y"])
    return TrainedModel(forest, *data)


def test_groups_are_judged_and_their_values_never_shown():
    model = minority_memorised()
    overall = QUICK.check(model)
    by_site = attrs.evolve(QUICK, groups="site").check(model)
    assert "worst_tpr" not in overall.estimates
    assert by_site.estimates["worst_tpr"].value > by_site.estimates["tpr"].value + 0.1
    assert by_site.status is CheckStatus.FAIL
    told = by_site.details["groups"]
    assert told["column"] == "site"
    assert model.train.to_pandas()["site"].iloc[told["example_row"]] == "s"
    assert "'s'" not in str(told)


def test_classes_are_groups_by_the_name_of_the_target():
    result = attrs.evolve(QUICK, groups=("y", "site")).check(minority_memorised())
    assert result.details["groups"]["judged"] == 4


def test_groups_that_are_missing_or_too_many_or_too_small():
    model = minority_memorised(rows=300)
    missing = attrs.evolve(QUICK, groups="region").check(model)
    assert missing.reason is Reason.MISSING_SUBJECT
    many = attrs.evolve(QUICK, groups="a").check(model)
    assert many.reason is Reason.UNSUPPORTED
    assert "bin it" in many.message
    lenient = MembershipInferenceResistance(max_tpr=1.0, at_fpr=0.02, shadows=8, groups="site")
    small = lenient.check(model)
    assert small.status is CheckStatus.INCOMPLETE
    assert "98" in small.message


@pytest.mark.parametrize("groups", [(), ("site",)])
def test_stricter_limits_never_pass_more(groups):
    model = minority_memorised(1)
    order = [CheckStatus.FAIL, CheckStatus.INCOMPLETE, CheckStatus.PASS]
    found = [
        order.index(MembershipInferenceResistance(max_tpr=m, at_fpr=0.1, shadows=8, groups=groups).check(model).status)
        for m in (0.1, 0.4, 0.9)
    ]
    assert found == sorted(found)
