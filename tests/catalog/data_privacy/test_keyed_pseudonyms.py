"""KeyedPseudonyms: plain hashes fall, keyed ones stand, the key shows itself nowhere."""

from __future__ import annotations

import hashlib

import pandas as pd
import pytest

from rqml import CheckStatus, EnforcementStatus
from rqml_catalog.data_privacy.keyed_pseudonyms import KeyedPseudonyms

KEY = "thirty-two bytes nobody can guess"


def numbers(count=50):
    return pd.DataFrame(
        {"subject": [hashlib.sha256(str(i).encode()).hexdigest() for i in range(count)], "n": range(count)}
    )


@pytest.mark.parametrize("scenario", list(KeyedPseudonyms.scenarios()), ids=lambda s: s.name)
def test_scenarios_get_their_verdict(scenario, tmp_path):
    for seed in range(5):
        assert scenario.requirement.check(scenario.build(seed, tmp_path)).status is scenario.expected


def test_a_table_without_digests_is_not_applicable():
    assert KeyedPseudonyms().check(pd.DataFrame({"n": [1, 2]})).status is CheckStatus.NOT_APPLICABLE


def test_what_stands_in_the_clear_beside_the_hash_is_tried_first():
    names = ["Jane Doe", "Max Roe", "Ann Poe"]
    mails = [hashlib.sha1(f"{name.replace(' ', '.').lower()}@example.org".encode()).hexdigest() for name in names]
    result = KeyedPseudonyms(budget=500).check(pd.DataFrame({"name": names, "id": mails}))
    assert result.status is CheckStatus.FAIL
    assert "3 by sha1 of e-mail addresses" in result.message
    assert not any(name in result.message for name in names)


def test_repair_with_a_key_can_be_repeated_and_joined(monkeypatch):
    monkeypatch.setenv("PSEUDONYM_KEY", KEY)
    requirement = KeyedPseudonyms(budget=1000, key_source="PSEUDONYM_KEY")
    one, two = requirement.enforce(numbers()), requirement.enforce(numbers())
    assert one.status is EnforcementStatus.SUCCESS
    assert one.subject["subject"].tolist() == two.subject["subject"].tolist()
    assert one.subject["subject"].nunique() == 50


def test_repair_without_a_key_keeps_equality_within_the_table():
    table = pd.concat([numbers(), numbers()], ignore_index=True)
    mended = KeyedPseudonyms(budget=1000).enforce(table)
    assert mended.status is EnforcementStatus.SUCCESS
    assert mended.subject["subject"].tolist()[:50] == mended.subject["subject"].tolist()[50:]


def test_a_key_in_the_data_is_found_and_taken_out(monkeypatch):
    monkeypatch.setenv("PSEUDONYM_KEY", KEY)
    requirement = KeyedPseudonyms(budget=100, key_source="PSEUDONYM_KEY")
    clean = requirement.enforce(numbers()).subject
    exposed = clean.assign(note=[KEY] + ["x"] * 49)
    result = requirement.check(exposed)
    assert result.status is CheckStatus.FAIL
    assert KEY not in result.message + str(result.details)
    assert "note" not in requirement.enforce(exposed).subject.columns


def test_a_missing_key_is_said_without_showing_anything(monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    assert KeyedPseudonyms(key_source="NO_SUCH_KEY", budget=10).check(numbers()).status is CheckStatus.INCOMPLETE
