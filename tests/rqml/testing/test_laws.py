"""Mutation test of the laws: for each a class that it alone rejects (mutations.toml); good classes that keep all."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest

from rqml import System
from rqml.testing import LAWS, LawBroken
from rqml.testing.case import Case

NAMES = [law.__name__ for law in LAWS]
CLASS = {"few_gaps": "FewGaps", "fewer_gaps": "FewerGaps", "small_file": "SmallFile", "linked_tables": "LinkedTables"}
MUTATIONS = tomllib.loads(Path(__file__).with_name("mutations.toml").read_text())["mutation"]


def _breaches(module, class_name):
    cls = getattr(module, class_name, None) or module.FewHoles
    case = Case(cls, getattr(module, "CATALOG", ()), getattr(module, "RETIRED", {}))
    return {law.__name__: text for law in LAWS if (text := _breach(law, case))}


def _breach(law, case):
    try:
        law(case)
    except LawBroken as breach:
        return str(breach)
    return ""


@pytest.mark.parametrize("module", CLASS)
def test_a_good_class_keeps_every_law(plant, module):
    assert _breaches(plant(module), CLASS[module]) == {}


def test_scenarios_may_be_bound_to_a_part_of_a_system(plant):
    old = "cls(), lambda seed, _: table(seed, 0.2)"
    new = (
        "cls().on('main'), lambda seed, _: __import__('rqml').System('s', main=table(seed, 0.2), other=table(seed, 0))"
    )
    module = plant("few_gaps", old, new)
    module.System = System
    assert _breaches(module, "FewGaps") == {}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation["why"])
def test_a_planted_class_is_rejected_by_its_law_alone(plant, mutation):
    module = plant(mutation["module"], mutation.get("old", ""), mutation["new"])
    assert list(_breaches(module, CLASS[mutation["module"]])) == [mutation["law"]]


def test_every_law_has_a_planted_class():
    assert {mutation["law"] for mutation in MUTATIONS} == set(NAMES)


def test_a_check_that_changes_the_subject_is_rejected(plant):
    old = "        frame = dataset.to_pandas(self.columns or"
    module = plant("few_gaps", old, f"        dataset.frame.loc[0, 'name'] = 'changed'\n{old}")
    assert "check_leaves_everything_as_it_was" in _breaches(module, "FewGaps")


def test_a_repair_in_place_is_rejected(plant):
    module = plant("few_gaps", "kept = frame.dropna(subset=list(self.columns) or None)",
                   "kept = dataset.frame; kept.fillna(0, inplace=True)")  # fmt: skip
    assert {"rollback_restores_everything", "dry_run_changes_nothing"} <= set(_breaches(module, "FewGaps"))


def test_randomness_outside_the_seed_is_rejected(plant):
    module = plant("few_gaps", "share = float(", "share = __import__('random').random() * 1e-9 + float(")
    assert "check_is_repeatable" in _breaches(module, "FewGaps")


def test_a_class_without_scenarios_or_meta_is_told_so(plant):
    module = plant("few_gaps", "    def scenarios(cls)", "    def no_scenarios(cls)")
    assert "has_scenarios_of_both_kinds" in _breaches(module, "FewGaps")


def test_laws_are_named_once_and_documented():
    assert len(set(NAMES)) == len(NAMES)
    assert all(law.__doc__ for law in LAWS)


def test_the_contract_of_one_class_takes_seconds(plant):
    module = plant("small_file")
    started = time.perf_counter()
    _breaches(module, "SmallFile")
    assert time.perf_counter() - started < 10
