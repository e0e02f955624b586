"""TrustedSources: the contract, its proof, and the laws of addresses."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml import CheckStatus, EnforcementStatus
from rqml.testing import parametrize_with_checks, prove
from rqml_catalog.scenarios import sourced_files as made
from rqml_catalog.supply_chain import TrustedSources
from rqml_catalog.supply_chain.sources import below, canonical

RULE = TrustedSources(allowed=made.ALLOWED)


@parametrize_with_checks([TrustedSources])
def test_contract(check):
    check()


def test_proof():
    assert prove(TrustedSources, seeds=range(100, 110), enforce=True).misses == ()


segments = st.lists(st.from_regex(r"[a-z0-9_-]{1,4}", fullmatch=True), max_size=4)


@given(outer=segments, inner=segments)
def test_below_is_the_prefix_of_segments(outer, inner):
    address, allowed = "/".join(["https://h.example", *inner]), "/".join(["https://h.example", *outer])
    assert below(address, allowed) == (inner[: len(outer)] == outer)


@pytest.mark.parametrize("address", made.LOOK_ALIKES)
def test_nothing_that_looks_alike_is_below(address):
    assert not any(below(address, allowed) for allowed in made.ALLOWED)


@given(st.text(max_size=30))
def test_any_text_is_borne(text):
    for address in (text, f"https://{text}", f"https://models.example.org/{text}"):
        found = canonical(address)
        assert found is None or ".." not in found


def listed(folder, **changes):
    file = made.in_order(1, folder)
    value = json.loads(file.path.read_text())
    value["sources"][0] |= changes
    file.path.write_text(json.dumps(value))
    return RULE.check(file)


def test_files_outside_and_missing_ones_are_found(tmp_path):
    assert listed(tmp_path, file="../../etc/passwd").details["faults"][0]["kind"] == "outside"
    assert listed(tmp_path, file="none.bin").details["faults"][0]["kind"] == "missing"


MOVING = (
    "main MAIN refs/heads/main origin/main develop feature/v1 release/1.0 1.x v2-latest dev-2 v1@{1} ab12cd3 1a2b3c4"
)
FIXED = "v1 v1.2.0 1.0rc1 2.0.post1 2024-05-01 model-v3 r12 v1.0-fp16 refs/tags/final"


@pytest.mark.parametrize("revision", [*MOVING.split(), "", "v1 "])
def test_branches_and_short_commits_move(tmp_path, revision):
    assert listed(tmp_path, revision=revision).details["faults"][0]["kind"] == "moving-revision"


@pytest.mark.parametrize("revision", [*FIXED.split(), f"sha256:{'ab' * 32}", "0f" * 20, "0F" * 32])
def test_commits_digests_and_tags_stay(tmp_path, revision):
    assert listed(tmp_path, revision=revision).status is CheckStatus.PASS


def test_one_revision_has_one_digest(tmp_path):
    file = made.in_order(1, tmp_path)
    value = json.loads(file.path.read_text())
    value["sources"].append(value["sources"][0] | {"sha256": "0" * 64})
    file.path.write_text(json.dumps(value))
    assert "two-digests" in {fault["kind"] for fault in RULE.check(file).details["faults"]}


def test_bad_lists_and_no_rule_are_incomplete(tmp_path):
    file = made.in_order(1, tmp_path)
    assert TrustedSources().check(file).status is CheckStatus.INCOMPLETE
    for text in ("[]", "{", '{"schema": "rqml.sources/1", "sources": []}', '{"schema": "x", "sources": [1]}'):
        file.path.write_text(text)
        assert RULE.check(file).status is CheckStatus.INCOMPLETE
    with pytest.raises(ValueError, match="plain addresses"):
        TrustedSources(allowed="https://user@models.example.org")


def test_nothing_is_pinned_while_anything_else_is_wrong(tmp_path):
    file = made.unpinned(0, tmp_path)
    value = json.loads(file.path.read_text())
    value["sources"][1]["origin"] = made.LOOK_ALIKES[0]
    file.path.write_text(json.dumps(value))
    assert RULE.enforce(file).status is EnforcementStatus.INCOMPLETE
    assert json.loads(file.path.read_text()) == value
