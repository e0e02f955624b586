"""prove: rates with exact intervals, INCOMPLETE as a miss on both sides, and the level that was reached."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from rqml import CheckStatus, EnforcementStatus
from rqml.errors import InvalidParameter
from rqml.testing import Proof, Trial, prove

PASS, FAIL, INCOMPLETE = CheckStatus.PASS, CheckStatus.FAIL, CheckStatus.INCOMPLETE
statuses = st.sampled_from([PASS, FAIL, INCOMPLETE])


def proof(trials):
    return Proof(requirement="GAP-01", name="FewGaps", trials=tuple(trials))


def trial(expected, status, seed=0, **more):
    return Trial(scenario=f"s{expected.name}", seed=seed, expected=expected, status=status, message="", **more)


def test_a_good_class_is_proved_and_mends(plant):
    found = prove(plant("few_gaps").FewGaps, seeds=range(20), enforce=True)
    assert (found.holds, found.level, found.misses, found.seeds) == (True, "L3", (), 20)
    assert len(found.trials) == 20 * 6
    assert (found.detection.value, found.false_alarms.value, found.mended.value) == (1, 0, 1)
    assert found.detection.low == pytest.approx(0.025 ** (1 / 60))


def test_a_class_that_never_fails_detects_nothing(plant):
    module = plant("few_gaps", "self.max_share, ", "1.0, ")
    found = prove(module.FewGaps, seeds=range(5))
    assert (found.detection.value, found.false_alarms.value, found.holds, found.level) == (0, 0, False, "L1")
    assert "5 of 5 seeds without one" in str(found)
    assert "'twice the limit' seed 0: PASS, not FAIL" in str(found)
    assert "and 5 more misses" in str(found)


def test_a_class_that_always_fails_alarms_falsely(plant):
    module = plant("few_gaps", "self.max_share, ", "-1.0, ")
    found = prove(module.FewGaps, seeds=range(5))
    assert (found.detection.value, found.false_alarms.value, found.holds) == (1, 1, False)


def test_a_class_that_contains_stays_at_level_2(plant):
    module = plant("small_file", "apply=lambda:", 'contained="noted", apply=lambda: None and')
    found = prove(module.SmallFile, seeds=range(3), enforce=True)
    assert (found.holds, found.level, found.contained, found.mended.value) == (True, "L2", 9, 0)


def test_without_enforce_no_repair_is_tried(plant):
    found = prove(plant("few_gaps").FewGaps, seeds=range(2))
    assert (found.level, found.mended.n) == ("L2", 0)
    assert {trial.enforcement for trial in found.trials} == {None}


def test_several_processes_find_the_same(plant):
    cls = plant("small_file").SmallFile
    assert prove(cls, seeds=range(2), jobs=2) == prove(cls, seeds=range(2))


@pytest.mark.parametrize("seeds", [(), []])
def test_no_seeds_are_refused(plant, seeds):
    with pytest.raises(InvalidParameter, match="at least one seed"):
        prove(plant("small_file").SmallFile, seeds=seeds)


def test_a_class_without_scenarios_is_refused(plant):
    module = plant("few_gaps", "def scenarios(cls)", "def nothing(cls)")
    with pytest.raises(InvalidParameter, match="scenarios of both kinds"):
        prove(module.FewGaps)


@given(st.lists(st.tuples(st.sampled_from([PASS, FAIL]), statuses), min_size=1))
def test_rates_are_counts_with_clopper_pearson_intervals(outcomes):
    found = proof(trial(expected, status, seed) for seed, (expected, status) in enumerate(outcomes))
    for estimate, side, counts in (
        (found.detection, FAIL, lambda status: status is FAIL),
        (found.false_alarms, PASS, lambda status: status is not PASS),
    ):
        seen = [status for expected, status in outcomes if expected is side]
        hits = sum(counts(status) for status in seen)
        assert estimate.n == len(seen)
        if seen:
            interval = binomtest(hits, len(seen)).proportion_ci(method="exact")
            assert (estimate.low, estimate.high) == pytest.approx((interval.low, interval.high), abs=1e-9)


@given(st.sampled_from([PASS, FAIL]))
def test_incomplete_is_a_miss_on_both_sides(side):
    found = proof([trial(side, INCOMPLETE)])
    assert found.misses == found.trials
    assert not found.holds


@given(st.integers(1, 200), st.integers(0, 200), st.booleans())
def test_it_holds_if_95_percent_of_the_seeds_are_right_on_each_side(seeds, wrong, on_clean_twins):
    side, other = (PASS, FAIL) if on_clean_twins else (FAIL, PASS)
    trials = [trial(side, other if seed < wrong else side, seed) for seed in range(seeds)]
    trials += [trial(other, other, seed) for seed in range(seeds)]
    assert proof(trials).holds == (100 * max(seeds - wrong, 0) >= 95 * seeds)


def test_a_seed_is_right_only_if_all_its_scenarios_are():
    right = [trial(FAIL, FAIL, seed) for seed in range(20)] + [trial(PASS, PASS, seed) for seed in range(20)]
    missed_twice_at_one_seed = [attrs.evolve(trial(FAIL, PASS, 3), scenario=name) for name in ("a", "b")]
    missed_at_two_seeds = [attrs.evolve(trial(FAIL, PASS, seed), scenario="a") for seed in (3, 4)]
    assert proof(right + missed_twice_at_one_seed).seeds_detected == 19
    assert proof(right + missed_twice_at_one_seed).holds
    assert not proof(right + missed_at_two_seeds).holds


def test_level_3_needs_passes_afterwards_not_success():
    right = [trial(PASS, PASS, seed) for seed in range(20)]
    success = [trial(FAIL, FAIL, seed, enforcement=EnforcementStatus.SUCCESS) for seed in range(20)]
    assert proof(right + success).level == "L2"
    assert proof(right + [attrs.evolve(one, passes_afterwards=True) for one in success]).level == "L3"


def test_a_number_of_seeds_counts_from_0(plant):
    cls = plant("small_file").SmallFile
    assert prove(cls, 2) == prove(cls, range(2))
