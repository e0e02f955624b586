"""ReidentificationRisk: planted risks are found, chance is not, and repairs help."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml import Assurance, CheckStatus, Dataset, EnforcementStatus, Hierarchy, Reason, Run
from rqml.errors import InvalidSubject
from rqml_catalog.data_privacy import KAnonymity, Publication, ReidentificationRisk
from rqml_catalog.data_privacy.anonymity.goal import Goal
from rqml_catalog.data_privacy.anonymity.release import Plan, anonymise
from rqml_catalog.data_privacy.reidentification.attacks import risk
from rqml_catalog.data_privacy.reidentification.nearest import Records, nearest
from rqml_catalog.scenarios import releases

KNOWN = ("age", "height", "weight", "wage")
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


def test_a_masked_column_hides_itself_only():
    released, original, control = releases.synthetic(5, 1.0)
    masked = attrs.evolve(released, frame=released.frame.assign(district="*"))
    result = RULE.check(Publication(masked, original, control))
    assert result.status is CheckStatus.FAIL
    assert result.estimates["linkability"].low > 0.5


def as_text(dataset):
    """The same records, every value a label."""
    rough = {"height": 0, "weight": 0, "wage": -2, "illness": -1}
    frame = dataset.frame.round(rough)
    return dataset.with_frame(frame.astype(str).map(lambda value: f"<{value}>"))


@pytest.mark.parametrize("copied", [0.0, 0.5])
def test_text_labels_of_synthetic_records_are_attacked_like_numbers(copied):
    publication = Publication(*map(as_text, releases.synthetic(8, copied)))
    result = RULE.check(publication)
    assert result.status is (CheckStatus.FAIL if copied else CheckStatus.PASS), result.message
    assert result.estimates["inference"].low <= copied <= result.estimates["inference"].high


def test_labels_that_are_all_different_may_be_new():
    def with_names(dataset, tag):
        frame = dataset.frame.assign(name=[f"{tag} {i}" for i in range(len(dataset))])
        return attrs.evolve(dataset, frame=frame, quasi_identifiers=(*dataset.quasi_identifiers, "name"))

    tables = map(with_names, releases.synthetic(9, 0.0), "abc")
    assert RULE.check(Publication(*tables)).status is CheckStatus.PASS


REGIONS = Hierarchy.from_rows([(f"d{i}", f"region {i // 3}", "*") for i in range(12)])


def by_region(dataset):
    return dataset.with_frame(dataset.frame.assign(district=[REGIONS.path(d)[1] for d in dataset.frame["district"]]))


def test_labels_of_a_hierarchy_are_compared_by_it():
    released, original, control = releases.synthetic(10, 0.5)
    general = by_region(released)
    result = RULE.check(Publication(general, original, control))
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.UNSUPPORTED)
    assert "column 'district' occur neither in the original nor in a hierarchy" in result.message
    with_tree = attrs.evolve(original, hierarchies={"district": REGIONS})
    found = RULE.check(Publication(general, with_tree, control))
    assert found.status is CheckStatus.FAIL
    assert found.estimates["linkability"].low <= 0.5 <= found.estimates["linkability"].high


def test_a_generalised_secret_counts_for_what_it_tells():
    tables = [attrs.evolve(t, sensitive="district", quasi_identifiers=KNOWN) for t in releases.synthetic(11, 1.0)]
    released, original, control = tables
    original = attrs.evolve(original, hierarchies={"district": REGIONS})
    told = RULE.check(Publication(by_region(released), original, control)).estimates["inference"]
    masked = attrs.evolve(released, frame=released.frame.assign(district="*"))
    silent = RULE.check(Publication(masked, original, control)).estimates["inference"]
    assert told.low > 0.5
    assert silent.value == 0


def test_labels_of_a_k_anonymous_release_are_attacked_and_tell_less_than_the_originals():
    _, original, control = releases.synthetic(12, 0.0)
    generalised = KAnonymity(k=20).enforce(original).subject
    found = RULE.check(Publication(generalised, original, control))
    raw = RULE.check(Publication(original, original, control))
    assert found.reason is None
    for name, estimate in found.estimates.items():
        assert estimate.high < raw.estimates[name].low


@pytest.mark.parametrize("hierarchies", [{}, {"district": REGIONS}], ids=["sorted labels", "hierarchy"])
@pytest.mark.parametrize(
    "library", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "arrow"]
)
def test_representatives_that_we_published_are_judged(hierarchies, library):
    _, original, control = (
        attrs.evolve(table, frame=library(table.frame), hierarchies=hierarchies)
        for table in releases.synthetic(13, 0.0)
    )
    general = KAnonymity(k=20, publish="representatives").enforce(original).subject
    found = RULE.check(Publication(general, original, control))
    raw = RULE.check(Publication(original, original, control))
    assert found.reason is None
    for name, estimate in found.estimates.items():
        assert estimate.high < raw.estimates[name].low


@pytest.mark.parametrize("hierarchies", [{}, {"district": REGIONS}], ids=["sorted labels", "hierarchy"])
def test_representatives_that_hide_nothing_are_as_risky_as_the_labels(hierarchies):
    _, original, control = (attrs.evolve(t, hierarchies=hierarchies) for t in releases.synthetic(14, 0.0))
    plan = Plan(quasi_identifiers=original.quasi_identifiers, hierarchies=hierarchies, publish="representatives")
    numbers = anonymise(original.frame, plan, lambda _: Goal(1)).frame
    unmarked = Publication(attrs.evolve(original, frame=numbers, hierarchies={}), original, control)
    assert RULE.check(unmarked).reason is Reason.UNSUPPORTED
    coded = attrs.evolve(unmarked.released, roles={"representatives": "district"})
    result = RULE.check(Publication(coded, original, control))
    assert result.status is CheckStatus.FAIL
    assert all(estimate.low > 0.5 for estimate in result.estimates.values())


def categorical(rng, rows):
    """People of whom many share all four words, and few are alone."""
    words = {name: [f"{name}{v}" for v in rng.geometric(0.5, rows) % 9] for name in "abc"}
    return pd.DataFrame({**words, "s": [f"s{v}" for v in rng.geometric(0.5, rows) % 9]})


def test_verbatim_copies_of_rare_originals_are_counted_and_left_out():
    rng = np.random.default_rng(15)
    original, control, fresh = (categorical(rng, 1500) for _ in range(3))
    alone = original[~original.duplicated(keep=False)]
    released = pd.concat([fresh, *[alone] * 2], ignore_index=True)
    roles = {"quasi_identifiers": list("abc"), "sensitive": "s"}
    tables = [Dataset(frame, **roles) for frame in (released, original, control)]
    rule = ReidentificationRisk(max_risk=0.05, attacks=800)
    before = Publication(*tables)
    counted = rule.check(before).details["verbatim"]
    assert counted["of_originals"] > counted["of_controls"] + len(alone) / 2
    kept = rule.repair(before, Run()).subject
    assert rule.check(kept).details["verbatim"]["of_originals"] == 0
    assert len(kept.released) > len(fresh) * 0.9


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


def test_frames_as_they_are_get_the_roles_of_the_original():
    released, original, control = releases.synthetic(1, 0.3)
    found = RULE.check(Publication(released=released.frame, original=original, control=control.frame))
    assert found.estimates == RULE.check(Publication(released, original, control)).estimates
    with pytest.raises(InvalidSubject, match="not list"):
        Publication(released=[1, 2], original=original, control=control)


@pytest.mark.parametrize("rule", [KAnonymity(k=20), KAnonymity(k=5, recoding="global")])
def test_an_attacker_who_finds_no_predicate_has_failed(rule):
    rng = np.random.default_rng(5)
    rows = 3000
    frames = [
        pd.DataFrame(
            {"age": rng.integers(18, 90, rows), "zip": rng.integers(0, 900, rows), "ill": rng.integers(0, 2, rows)}
        )
        for _ in range(2)
    ]
    original, control = (Dataset(frame, quasi_identifiers=["age", "zip"], sensitive="ill") for frame in frames)
    result = ReidentificationRisk(max_risk=0.2).check(Publication(rule.enforce(original).subject, original, control))
    risk = result.estimates["singling_out"]
    assert (risk.value, risk.n) == (0, 2000)
    assert risk.high < 0.01
    assert result.status is CheckStatus.PASS, result.message
