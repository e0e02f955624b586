"""find_identifiers on labelled corpora, and the laws that hold for any text."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml.errors import InvalidParameter
from rqml_catalog.data_privacy.identifiers import KINDS, STRUCTURED, find_identifiers
from rqml_catalog.scenarios import personal_data

TEXTS = st.text(alphabet=st.sampled_from("0123456789 +-./()@:aAbBnN\x00ßé,"), max_size=60)


def found(text):
    return [(text[span.start : span.end], span.kind) for span in find_identifiers([text])[0]]


@pytest.mark.parametrize(("corpus", "bar"), [("development_corpus", 0.97), ("held_out_corpus", 0.97)])
def test_f1_of_structured_kinds(corpus, bar, f1, request):
    labelled = request.getfixturevalue(corpus)
    precision, recall, value = f1(find_identifiers([text for text, _ in labelled], kinds=STRUCTURED), labelled)
    assert value >= bar, (precision, recall)


@pytest.mark.parametrize("locale", personal_data.LOCALES)
def test_names_and_addresses_in_context(locale):
    rng = Random(3)
    hits = 0
    for _ in range(100):
        name, street = personal_data.person(rng, locale), personal_data.address(rng, locale)
        hits += {(name, "PERSON"), (street, "ADDRESS")} <= set(found(f"Contact: {name}, {street}."))
    assert hits >= 90


@pytest.mark.parametrize(
    "text",
    [
        "The Victoria Station in New York opens on Monday",
        "See version 10.2.3.4 of the driver, std::vector and icon@2x.png",
        "https://example.com:8080/a/b@2?id=123456789",
        "postgres://<user>:<password>@host/db",
        "lat 52.520008, 13.404954 at 2024-01-02 10:20:30.123",
        "Order number 4111 1111 1111 1111",
        "mask 255.255.255.0, loopback 127.0.0.1",
    ],
)
def test_look_alikes_are_left_alone(text):
    assert found(text) == []


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, max_size=6))
def test_texts_do_not_influence_each_other(texts):
    assert find_identifiers(texts) == [find_identifiers([text])[0] for text in texts]


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_spans_are_ordered_disjoint_and_inside(text):
    spans = find_identifiers([text])[0]
    ends = [0, *(span.end for span in spans)]
    assert all(end <= span.start < span.end <= len(text) for end, span in zip(ends, spans, strict=False))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(STRUCTURED - {"PASSPORT", "DATE_OF_BIRTH", "VEHICLE_PLATE", "NATIONAL_ID"})),
    st.integers(0, 10_000),
)
def test_a_kind_asked_for_alone_is_found_as_among_all(kind, seed):
    rng = Random(seed)
    text = f"see {personal_data.MAKERS[kind](rng, rng.choice(personal_data.LOCALES))} now"
    alone = find_identifiers([text], kinds=[kind])[0]
    assert alone == [span for span in find_identifiers([text])[0] if span.kind == kind]


def test_missing_texts_count_as_empty():
    assert find_identifiers([None, float("nan"), "", "a@example.com"])[:3] == [[], [], []]


def test_wrong_use_says_what_to_do():
    with pytest.raises(InvalidParameter, match="list of texts"):
        find_identifiers("a@example.com")
    with pytest.raises(InvalidParameter, match="unknown kinds"):
        find_identifiers(["x"], kinds=["SHOE_SIZE"])


def test_every_kind_can_be_found():
    rng = Random(0)
    labels = {"PASSPORT": "passport", "DATE_OF_BIRTH": "born", "VEHICLE_PLATE": "licence plate", "PERSON": "name:"}
    for kind in KINDS:
        text = f"{labels.get(kind, '')} {personal_data.MAKERS[kind](rng, 'de_DE')}"
        assert kind in {span.kind for span in find_identifiers([text])[0]}, kind
