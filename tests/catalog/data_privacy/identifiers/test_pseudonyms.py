"""Keyed tokens, the dictionary attack, and redaction: laws."""

from __future__ import annotations

import base64
import hashlib
import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml.errors import InvalidParameter
from rqml_catalog.data_privacy.identifiers import dictionary_attack, find_identifiers, plausible
from rqml_catalog.data_privacy.identifiers.pseudonyms import Key, pseudonymise, vault
from rqml_catalog.data_privacy.identifiers.redact import mask, postcode_prefix, redact, tokens, year_only

KEY, OTHER = Key(b"k" * 32), Key(b"o" * 32)


@given(st.lists(st.none() | st.text(max_size=20), max_size=20))
def test_tokens_are_consistent_and_the_vault_leads_back(values):
    made = pseudonymise(values, KEY)
    back = vault(values, KEY)
    assert [None if token is None else back[token] for token in made] == values


@given(st.text(max_size=20))
def test_tokens_depend_on_key_and_domain(value):
    assert len({KEY.token(value), OTHER.token(value), KEY.token(value, "a"), KEY.token(value, "b")}) == 4


def test_a_key_shows_itself_nowhere(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b"k" * 32 + b"\n")
    assert Key.load(Path(path)).token("x") == KEY.token("x")
    assert "kkkk" not in repr(KEY)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(KEY)
    with pytest.raises(InvalidParameter, match="at least 16 bytes"):
        Key(b"short")
    with pytest.raises(InvalidParameter, match="cannot be read"):
        Key.load(tmp_path / "missing")


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(dictionary_attack.CUT_SHORT), st.sampled_from([None, 16, 24]), st.booleans())
def test_every_algorithm_length_and_encoding_falls(algorithm, size, in_base64):
    raw = [hashlib.new(algorithm, str(i).encode()) for i in range(40)]
    digests = [(base64.b64encode(h.digest()).decode() if in_base64 else h.hexdigest())[:size] for h in raw]
    result = dictionary_attack.attack(digests, {"numbers": plausible.small_integers()}, budget=40)
    # A digest without letters or without digits is not told from other text: very rare at these lengths.
    assert len(result.undone) >= 0.9 * len(digests)


def test_keyed_digests_stand():
    digests = [KEY.token(str(i)) for i in range(40)]
    assert not dictionary_attack.attack(digests, {"numbers": plausible.small_integers()}, budget=1000).undone


def test_domains_hold_what_they_say():
    assert "1990-02-28" in set(plausible.birth_dates(1990, 1))
    assert list(plausible.matching(["+49#0#"]))[::55] == ["+49000", "+49505"]
    assert {"jane.doe@x.org", "jdoe@x.org"} <= set(plausible.emails(["Jane Doe"], ["x.org"]))


@pytest.mark.parametrize("replace", [mask, tokens(KEY)])
def test_redacted_texts_hold_no_identifier_and_keep_the_rest(replace, held_out_corpus):
    texts = [text for text, _ in held_out_corpus[:600]]
    clean = redact([*texts, None], replace)
    assert clean[-1] is None
    left = sum(bool(spans) for spans in find_identifiers(clean[:-1]))
    assert left == 0
    assert all(new == old for new, old, spans in zip(clean, texts, find_identifiers(texts), strict=False) if not spans)


@pytest.mark.parametrize(
    ("date", "year"), [("1985-03-12", "1985"), ("12.03.1985", "1985"), ("12.03.85", "1985"), ("?", None), (None, None)]
)
def test_years(date, year):
    assert year_only(date) == year


def test_postcodes_keep_their_prefix():
    assert postcode_prefix("75012") == "75***"
    assert postcode_prefix(None) is None
