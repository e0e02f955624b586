"""find_identifiers on labelled corpora, and the laws that hold for any text."""

from __future__ import annotations

from random import Random

import pandas as pd
import polars as pl
import pyarrow as pa
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
    assert find_identifiers([None, float("nan"), "", pd.NA, pd.NaT, "a@example.com"])[:5] == [[]] * 5


def test_what_is_no_text_is_read_as_it_prints():
    mail = find_identifiers(["a@example.com"])
    assert find_identifiers([b"a@example.com"]) == mail
    assert find_identifiers(pa.array(["a@example.com", None])) == [*mail, []]
    assert find_identifiers(pl.Series(["a@example.com", None])) == [*mail, []]
    assert [span.kind for span in find_identifiers([4111111111111111])[0]] == ["CREDIT_CARD"]


def test_a_single_kind_needs_no_list():
    text = "a@example.com, +49 30 901820"
    assert find_identifiers([text], kinds="EMAIL") == find_identifiers([text], kinds=["EMAIL"]) != [[]]


def test_the_user_of_a_url_is_no_address_to_write_to():
    texts = ["see https://bot:x9k2vv@git.example.com/x", "see https://git.example.com/?to=jane@example.com"]
    assert [len(spans) for spans in find_identifiers(texts, kinds="EMAIL")] == [0, 1]


def test_wrong_use_says_what_to_do():
    with pytest.raises(InvalidParameter, match="list of its values"):
        find_identifiers({"mail": "a@example.com"})
    with pytest.raises(InvalidParameter, match="list of texts"):
        find_identifiers("a@example.com")
    with pytest.raises(InvalidParameter, match="NoneType; pass a list"):
        find_identifiers(None)
    with pytest.raises(InvalidParameter, match="unknown kinds"):
        find_identifiers(["x"], kinds=["SHOE_SIZE"])
    with pytest.raises(InvalidParameter, match=r"unknown kinds \['SHOE_SIZE'\]"):
        find_identifiers(["x"], kinds="SHOE_SIZE")


def test_every_kind_can_be_found():
    rng = Random(0)
    labels = {"PASSPORT": "passport", "DATE_OF_BIRTH": "born", "VEHICLE_PLATE": "licence plate", "PERSON": "name:"}
    for kind in KINDS:
        text = f"{labels.get(kind, '')} {personal_data.MAKERS[kind](rng, 'de_DE')}"
        assert kind in {span.kind for span in find_identifiers([text])[0]}, kind


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        ("The order is late, here is my phone: 020 7946 0018", "020 7946 0018", "PHONE"),
        ("The order is late, write back. (415) 555-2671", "(415) 555-2671", "PHONE"),
        ("The client spelled out 4111 1111 1111 1111 slowly", "4111 1111 1111 1111", "CREDIT_CARD"),
        ("Refused 203.0.113.77 (see release notes)", "203.0.113.77", "IP_ADDRESS"),
        ("Ma commande est partie. Mon numéro : 0612345678", "0612345678", "PHONE"),
        ("berlin,someone,030/67274501", "030/67274501", "PHONE"),
        ("Passnummer: CFHKNPRT7", "CFHKNPRT7", "PASSPORT"),
        ("codice fiscale rssmra85t10a562s", "rssmra85t10a562s", "NATIONAL_ID"),
        ("eth0 has 10.20.30.40/24", "10.20.30.40", "IP_ADDRESS"),
        ("T: 0131 2345678 M: 1231231234", "1231231234", "PHONE"),
        ("Nowak; 501 234 567; Gdynia", "501 234 567", "PHONE"),
        ("left a voicemail at 3034350167", "3034350167", "PHONE"),
        ("mój numer to 123123123", "123123123", "PHONE"),
        ("D.O.B.: 1989-07-12", "1989-07-12", "DATE_OF_BIRTH"),
        ("from 18.6.13.30:58650 to here", "18.6.13.30", "IP_ADDRESS"),
        ("kom. 123123123", "123123123", "PHONE"),
        ("We spoke, 07400182883 works for me.", "07400182883", "PHONE"),
        ("Tel. 030.1269421", "030.1269421", "PHONE"),
        ("the applicant (219 08 9998) was denied", "219 08 9998", "US_SSN"),
        ("Atentamente, Baudelio Pino", "Baudelio Pino", "PERSON"),
        ("Dear Rosa Klein of the company", "Rosa Klein", "PERSON"),
    ],
)
def test_a_label_speaks_about_its_own_clause_only(text, number, kind):
    assert (number, kind) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Customer no. 4111 1111 1111 1111",
        "Customer number: 020 7946 0018",
        "order confirmed as 415-555-2671",
        "415-555-2671 order",
        "route 10.20.0.0/16 via the office",
        "due on 05-27-1978",
        "Kundennummer 24.10.14.15",
        "booked 5459 0668 2641 4534",
        "by phone we agreed on 2 965 016 €",
        "Patient NHS is open",
        "clone http://deploy@git.example.com/x.git",
        "time 12:34:56:78:90:12 in frames, mix 10:20:30:40:50:59",
        "fingerprint 4b:2d:c9:0c:d7:0c:02:c5",
        "the value 25.3.3.23 was logged",
        "Wert 3410 098551 05539 gemessen, GB67 UAAP 0248 0031 8208 35 falsch",
        "512.341.989 and 501 234 567 €",
        "Mercedes Benz and Karl Storz met at the Alfred Nobel prize",
        "Die Firma Rosa Klein meldet Gewinn",
        "Heinrich Heine Universität and Albert Einstein Medal",
        "GET /items/593-2624 200 12ms",
        "réf. 07876139363, numéro de suivi 07495204224",
    ],
)
def test_labels_of_other_numbers_and_notations_of_other_things_count(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Gestern hat Olaf Wulf den Vertrag gelesen", "Olaf Wulf"),
        ("La Sig.ra Vincenza Brambilla è presente", "Vincenza Brambilla"),
        ("met Kees den Uyl there", "Kees den Uyl"),
        ("please ask for Abcde Fghij today", "Abcde Fghij"),
    ],
)
def test_names_end_where_the_name_ends(text, person):
    assert found(text) == [(person, "PERSON")]


@pytest.mark.parametrize(
    "street",
    [
        "21 Yates Copse, North Ashby W6 7BE",
        "5287 Smith Copses Apt. 42, North Dana, KS 52056",
        "C. de Isaac Herranz 67, 24281 Burgos",
    ],
)
def test_addresses_without_a_street_word_count_with_town_and_postcode(street):
    assert found(f"Send it to {street} today") == [(street, "ADDRESS")]


@pytest.mark.parametrize(
    ("password", "secret"),
    [
        ("p*ss{1word", True),
        ("w[3]b", True),
        ("$Ecret9", True),
        ("%40home7", True),
        ("aaxxx", True),
        ("****", False),
        ("xxxx", False),
        ("${PASSWORD}", False),
        ("$PASSWORD", False),
        ("{password}", False),
        ("%s", False),
    ],
)
def test_a_placeholder_is_one_from_its_beginning(password, secret):
    found = [kind for *_, kind in find_identifiers([f"postgres://ann:{password}@db.example/x"])[0]]
    assert ("URL_WITH_CREDENTIALS" in found) is secret


@pytest.mark.parametrize(
    "text",
    [
        "Dear Team, thanks for the update",
        "Dear Quality Assurance Team and Dear Hiring Manager",
        "Dear All, Dear Sirs, Dear Valued Customer, Dear Support Team",
        "Hi Everyone, a Hello World example",
        "I spoke to Customer Service, Patient History reviewed",
        "the letter to Mr President",
        "Sehr geehrte Damen und Herren, sehr geehrte Kundin, hallo Zusammen, Herr Direktor",
        "Gentile Cliente, cari Tutti",
        "Caro Cliente, prezado Cliente, olá Pessoal",
        "Estimado Cliente, hola Equipo, estimados Señores",
        "Cher Client, Madame la Présidente, chère Madame",
        "Geachte Klant, beste Collega, beste Allemaal",
        "Szanowni Państwo, szanowny Kliencie",
    ],
)
def test_whom_a_letter_addresses_by_a_common_noun_is_no_person(text):
    assert find_identifiers([text], kinds="PERSON") == [[]]


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("met Christopher Guest yesterday", "Christopher Guest"),
        ("Dear Anna and Team", "Anna"),
        ("Dear Customer Rosa Klein", "Rosa Klein"),
        ("Patient Müller kam", "Müller"),
    ],
)
def test_names_beside_common_nouns_are_names(text, person):
    assert found(text) == [(person, "PERSON")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("login from ", ""),
        ("user logged in from ", " at night"),
        ("request by ", " blocked"),
        ("connection from ", " refused"),
        ("acceso desde ", " denegado"),
        ("connexion depuis ", " bloquée"),
        ("Anmeldung von ", " gesperrt"),
        ("accesso da ", ""),
        ("logowanie z ", ""),
        ("Failed for root from ", " port 22"),
        ("server address ", ""),
        ("Chrome 8.0.4.5 login from ", ""),
    ],
)
@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "23.6.20.16"])
def test_words_of_traffic_make_small_dotted_numbers_addresses(before, address, after):
    assert found(before + address + after) == [(address, "IP_ADDRESS")]


@pytest.mark.parametrize(
    "before",
    ["version ", "v", "release ", "Chrome ", "section ", "chapter ", "build ", "upgrade from ", "migrated from "],
)
@pytest.mark.parametrize("dotted", ["8.8.8.8", "1.2.3.4", "8.0.4.5"])
def test_small_dotted_numbers_are_versions_otherwise(before, dotted):
    assert found(before + dotted) == []


def test_pairs_of_digits_that_no_clock_shows_are_a_mac_address():
    assert found("80:78:67:07:13:45 joined") == [("80:78:67:07:13:45", "MAC_ADDRESS")]
    assert found("10:28:37:07:13:45 joined") == []


@pytest.mark.parametrize("text", ["cep: 01310-100", "01310-100", "CEP 06365-876", "06365-876 Cardoso"])
def test_brazilian_postcodes_are_no_telephone_numbers(text):
    assert found(text) == []


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6), st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=4))
def test_no_word_behind_an_iban_belongs_to_it(seed, word):
    iban = personal_data.MAKERS["IBAN"](Random(seed), "es_ES")
    wrong = iban[:-1] + str((int(iban[-1]) + 1) % 10)
    assert found(f"iban {iban} {word}")[:1] == [(iban, "IBAN")]
    assert "IBAN" not in [kind for _, kind in found(f"iban {wrong} {word}")]


def test_an_iban_may_be_grouped():
    for iban in ("BR83 8599 1143 5840 6900 0473 852R P", "gb29 nwbk 6016 1331 9268 19", "DE89-3704-0044-0532-0130-00"):
        assert found(f"{iban} and so on") == [(iban, "IBAN")]
