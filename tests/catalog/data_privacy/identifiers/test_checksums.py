"""Checksums: right numbers pass, and one changed digit is always noticed."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml_catalog.data_privacy.identifiers import crypto, national, number_plans, payment
from rqml_catalog.scenarios import national_numbers, personal_data


def changed(text, rng, alphabet="0123456789"):
    place = rng.choice([i for i, char in enumerate(text) if char in alphabet])
    return text[:place] + rng.choice([char for char in alphabet if char != text[place]]) + text[place + 1 :]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6))
def test_luhn_and_mod_97_notice_a_changed_digit(seed):
    rng = Random(seed)
    card = personal_data.card(rng).replace(" ", "").replace("-", "")
    iban = personal_data.iban(rng, "de_DE")
    assert payment.luhn(card)
    assert not payment.luhn(changed(card, rng))
    assert payment.iban_valid(iban)
    assert not payment.iban_valid(iban[:2] + changed(iban[2:], rng))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6))
def test_base58check_notices_a_changed_character(seed):
    rng = Random(seed)
    wallet = personal_data.wallet(rng)
    assert crypto.wallet_valid(wallet)
    assert not crypto.base58check_valid(
        wallet[:5] + changed(wallet[5:], rng, "ABCDEFGH") if set(wallet[5:]) & set("ABCDEFGH") else ""
    )


def test_published_addresses():
    # EIP-55, BIP 173 and BIP 350 give these as examples.
    assert crypto.wallet_valid("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")
    assert not crypto.wallet_valid("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD")
    assert crypto.wallet_valid("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4")
    assert crypto.wallet_valid("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0")
    assert not crypto.wallet_valid("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5")


@pytest.mark.parametrize(
    "wallet",
    [
        "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh",  # the first account of the XRP ledger
        "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",  # the USDT contract on Tron
        "addr1vx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzers66hrl8",  # CIP-19
        "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
    ],
)
def test_addresses_of_other_chains_have_their_own_checks(wallet):
    swapped = wallet[:-8] + wallet[-7] + wallet[-8] + wallet[-6:]
    assert crypto.wallet_valid(wallet)
    assert swapped != wallet
    assert not crypto.wallet_valid(swapped)


def test_keccak_of_nothing_is_the_published_one():
    assert crypto.keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert crypto.keccak256(b"a" * 300) != crypto.keccak256(b"a" * 301)


@pytest.mark.parametrize("locale", ["de_DE", "fr_FR", "nl_NL", "pl_PL", "en_IN", "pt_BR"])
def test_national_numbers_fulfil_their_scheme_and_random_ones_seldom_do(locale):
    rng = Random(1)
    makes = national_numbers.MAKERS[locale]
    right = ["".join(filter(str.isdigit, makes(rng))) for _ in range(50)]
    assert all(national.schemes_fulfilled(number) for number in right)
    scheme = set.intersection(*(set(national.schemes_fulfilled(number)) for number in right))
    random = [national_numbers.digits(rng, len(right[0])) for _ in range(300)]
    assert sum(bool(scheme & set(national.schemes_fulfilled(number))) for number in random) < 60


def test_number_plans_agree_with_phonenumbers():
    phonenumbers = pytest.importorskip("phonenumbers")
    rng = Random(5)
    for _ in range(300):
        code = rng.choice(["1", "44", "49", "33", "34", "39", "31", "48"])
        number = f"+{code}{national_numbers.digits(rng, rng.randint(8, 11))}"
        valid = phonenumbers.is_valid_number(phonenumbers.parse(number))
        if valid:
            assert number_plans.valid_abroad(number[1:])


def test_german_pension_and_identity_card_numbers():
    # The first is the example of the Deutsche Rentenversicherung, the second that of the specimen identity card.
    assert national.rvnr_valid("15070649C103")
    assert not national.rvnr_valid("15070649C104")
    assert national.ausweis_valid("L01X00T471")
    assert not national.ausweis_valid("L01X00T472")
