"""KeyedPseudonyms: plain hashes fall, keyed ones stand, the key shows itself nowhere."""

from __future__ import annotations

import base64
import hashlib
import uuid
from importlib import import_module
from itertools import islice
from random import Random

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml import CheckStatus, EnforcementStatus, Reason
from rqml_catalog.data_privacy.identifiers import plausible
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


NOTATIONS = {
    "hexadecimal": lambda digest: digest.hex(),
    "capitals": lambda digest: digest.hex().upper(),
    "cut": lambda digest: digest.hex()[:17],
    "base64": lambda digest: base64.b64encode(digest).decode(),
    "base64 for URLs, cut": lambda digest: base64.urlsafe_b64encode(digest).decode()[:21],
}
WHOLE = {
    "prefixed": lambda digest: f"usr_{digest.hex()}",
    "named": lambda digest: f"sha:{digest.hex().upper()}",
    "in braces": lambda digest: f"{{DIGEST}}{base64.b64encode(digest).decode()}",
    "dashed": lambda digest: "-".join(digest.hex()[at : at + 8] for at in range(0, 2 * len(digest), 8)),
}
DOMAINS = {
    "telephone numbers": [f"+49171392{i:04d}" for i in range(0, 10_000, 250)],
    "numbers of the patterns": [f"536-22-{i:04d}" for i in range(0, 10_000, 250)],
    "whole numbers": [str(i) for i in range(0, 10_000, 250)],
    "numbers with leading zeros": [f"{i:06d}" for i in range(0, 10_000, 250)],
    "birth dates": [f"{1 + i % 28:02d}.{1 + i % 12:02d}.19{80 + i % 11}" for i in range(40)],
    "given names": ["Anna", "JANE", "peter", "Luca"] * 10,
    "private network addresses": [f"192.168.{i}.{7 * i % 256}" for i in range(0, 200, 5)],
    "e-mail addresses of common names": [f"{name}@gmail.com" for name in ("anna", "adam", "alba", "aldo")] * 10,
    "values salted with the column's name": [
        text for i in range(0, 500, 50) for text in (f"who{i}", f"{i}who", f"who:{i}", f"{i}:who")
    ],
}


def attacked(values, algorithm="sha256", spell=NOTATIONS["hexadecimal"]):
    digests = [spell(hashlib.new(algorithm, value.encode()).digest()) for value in values]
    requirement = KeyedPseudonyms(budget=64_000, phone_patterns="+49171392####", number_patterns="536-22-####")
    return requirement.check(pd.DataFrame({"who": digests}))


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_domain_that_is_promised_is_tried(domain):
    result = attacked(DOMAINS[domain])
    assert result.status is CheckStatus.FAIL
    assert f"sha256 of {domain}" in result.details["how"]
    assert result.details["undone"]["who"] == len(set(DOMAINS[domain]))


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_algorithm_and_notation_that_is_promised_is_tried(algorithm, notation):
    result = attacked([str(i) for i in range(0, 5_000, 100)], algorithm, NOTATIONS[notation])
    assert result.details["undone"] == {"who": 50}
    assert result.details["how"] == {f"{algorithm} of whole numbers": 50}


NEWER = ["sha224", "sha384", "sha3_224", "sha3_256", "sha3_384", "sha3_512", "blake2s", "blake2b"]


@pytest.mark.parametrize("notation", WHOLE)
@pytest.mark.parametrize("algorithm", ["md5", "sha256", *NEWER])
def test_other_algorithms_are_tried_whole_behind_prefixes_and_with_dashes(algorithm, notation):
    result = attacked([str(i) for i in range(0, 5_000, 100)], algorithm, WHOLE[notation])
    assert result.details["how"] == {f"{algorithm} of whole numbers": 50}


def test_short_blake2_digests_have_parameters_of_their_own():
    digests = [hashlib.blake2b(str(i).encode(), digest_size=20).hexdigest() for i in range(50)]
    result = KeyedPseudonyms(budget=100).check(pd.DataFrame({"who": digests}))
    assert result.details["how"] == {"blake2b-160 of whole numbers": 50}


def test_uuids_are_no_digests():
    rng = Random(1)
    drawn = [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(50)]
    assert KeyedPseudonyms().check(pd.DataFrame({"id": drawn})).status is CheckStatus.NOT_APPLICABLE


@pytest.mark.parametrize("seed", range(3))
def test_hits_on_short_digests_that_chance_explains_do_not_count(seed):
    rng = Random(seed)
    # 32 bits, 17,000 digests, some 90,000 candidates, four algorithms: one or two are hit by chance.
    drawn = [f"{rng.getrandbits(32):08x}" for _ in range(20_000)]
    table = pd.DataFrame({"id": [digest for digest in drawn if not digest.isdigit() and not digest.isalpha()]})
    assert KeyedPseudonyms(budget=10_000).check(table).status is CheckStatus.PASS
    short = pd.DataFrame({"id": [hashlib.sha256(str(i).encode()).hexdigest()[:8] for i in range(1000)]})
    assert KeyedPseudonyms(budget=10_000).check(short).status is CheckStatus.FAIL


@pytest.mark.parametrize(
    ("pattern", "written", "notation"),
    [
        ("+49 171 392####", "0171392{:04d}", "national"),
        ("+49 171 392####", "49171392{:04d}", "without +"),
        ("+48 501 39####", "0048" + "50139{:04d}", "with 00"),
        ("+34 601-39####", "60139{:04d}", "national"),
        ("+1 415 555 ####", "+1415555{:04d}", "compact"),
    ],
)
def test_patterns_of_telephones_are_tried_in_other_notations(pattern, written, notation):
    digests = [hashlib.sha256(written.format(i).encode()).hexdigest() for i in range(0, 10_000, 500)]
    result = KeyedPseudonyms(budget=10_000, phone_patterns=pattern).check(pd.DataFrame({"id": digests}))
    assert result.details["how"] == {f"sha256 of telephone numbers, {notation}": 20}


@pytest.mark.parametrize("scheme", ["us.ssn", "nl.bsn", "es.dni", "pl.pesel"])
def test_national_numbers_drawn_are_possible_ones(scheme):
    drawn = list(islice(plausible.national_numbers(Random(2)), 5_000))
    valid = import_module(f"stdnum.{scheme}").is_valid
    assert sum(map(valid, drawn)) >= len(drawn) / 6


def test_tables_with_many_national_numbers_fall_without_a_pattern():
    drawn = Random(3).sample(range(10**8), 30_000)
    digests = [hashlib.sha1(f"{n:08d}{'TRWAGMYFPDXBNJZSQVHLCKE'[n % 23]}".encode()).hexdigest() for n in drawn]
    result = KeyedPseudonyms(budget=40_000).check(pd.DataFrame({"id": digests}))
    assert result.status is CheckStatus.FAIL
    assert set(result.details["how"]) == {"sha1 of national numbers drawn"}


def test_patterns_stand_for_digits_and_capital_letters():
    values = [f"AB12{a}{i}" for a in "AQZ" for i in range(10)]
    digests = [hashlib.sha1(value.encode()).hexdigest() for value in values]
    result = KeyedPseudonyms(budget=700, number_patterns="AB12?#").check(pd.DataFrame({"id": digests}))
    assert result.details["how"] == {"sha1 of numbers of the patterns": 30}


def test_patterns_that_the_budget_does_not_try_to_the_end_pass_nothing():
    digests = [hashlib.sha256(f"+49170{9_000_000 + i}".encode()).hexdigest() for i in range(20)]
    table = pd.DataFrame({"id": digests})
    cut = KeyedPseudonyms(budget=1_000, phone_patterns="+4917#######").check(table)
    assert (cut.status, cut.reason) == (CheckStatus.INCOMPLETE, Reason.INSUFFICIENT_EVIDENCE)
    assert "give budget=10000000" in cut.message


@given(st.lists(st.text("#?a1", max_size=3), max_size=3))
def test_values_of_patterns_are_counted(patterns):
    assert plausible.values_of_patterns(patterns) == len(list(plausible.matching(patterns)))


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


@pytest.mark.parametrize("secret", [KEY, "0123456789abcdef" * 4, "abcdef0123456789" * 4, "me@example.com"])
def test_a_key_in_the_place_of_its_name_is_refused_and_not_shown(secret):
    with pytest.raises(ValueError, match="never the key itself") as caught:
        KeyedPseudonyms(key_source=secret)
    assert secret not in str(caught.value)


@pytest.mark.parametrize("written", ["{}.{}", "{}{}", "{:.1}{}", "{:.1}.{}"])
def test_addresses_of_common_full_names_fall_in_every_form(written):
    firsts, lasts = ("john", "mary", "anna", "peter"), ("smith", "jones", "brown", "miller", "davis")
    mails = {f"{written.format(a, b)}@{host}" for a in firsts for b in lasts for host in ("gmail.com", "example.com")}
    digests = [hashlib.sha256(mail.encode()).hexdigest() for mail in sorted(mails)]
    result = KeyedPseudonyms(budget=10_000).check(pd.DataFrame({"who": digests}))
    assert result.details["how"] == {"sha256 of e-mail addresses of common full names": len(digests)}


def test_all_common_full_names_fit_into_the_usual_budget():
    assert len(list(plausible.full_name_emails())) <= KeyedPseudonyms().budget


def test_a_pass_names_what_was_tried_and_what_was_only_sampled():
    drawn = pd.DataFrame({"who": [hashlib.sha256(uuid.uuid4().bytes).hexdigest() for _ in range(20)]})
    result = KeyedPseudonyms(budget=200, number_patterns="AB12##").check(drawn)
    assert result.status is CheckStatus.PASS
    assert all(domain in result.message for domain in ("birth dates", "e-mail addresses of common full names"))
    assert "only sampled: give phone_patterns to try all" in result.message
    complete = KeyedPseudonyms(budget=200, number_patterns="AB12##", phone_patterns="+491713####").check(drawn)
    assert "only sampled" not in complete.message
