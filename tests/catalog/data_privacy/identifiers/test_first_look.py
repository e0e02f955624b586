"""The vectorised first look against the same rules written for one text at a time."""

from __future__ import annotations

import re
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from rqml_catalog.data_privacy.identifiers import first_look

TEXTS = st.lists(
    st.one_of(
        st.text(alphabet=st.sampled_from("0123456789aF-@:/Zz ß\ud800€\n"), max_size=45),
        st.sampled_from(["a" * 32, "0a1b" * 10, "5" * 5000, "x" * 5000, "1234567"]),
    ),
    max_size=30,
)


def looks(text: str) -> bool:
    some = len(re.findall("[0-9]", text)) >= 7 or "@" in text or text.count(":") > 1 or text.count("/") > 1
    hashed = len(text) in (32, 36, 40, 64, 128) and re.fullmatch("[0-9a-fA-F-]+", text) is not None
    return (some and not hashed) or len(text) > 4095


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_worth_a_look(texts):
    assert first_look.worth_a_look(texts).tolist() == [looks(text) for text in texts]


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_few_digits(texts):
    wanted = [len(re.findall("[0-9]", text)) >= 3 or len(text) > 4095 for text in texts]
    assert first_look.few_digits(texts).tolist() == wanted


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_nothing_sure_is_overlooked(texts):
    may = first_look.may_be_sure(texts).tolist()
    assert all(seen for seen, text in zip(may, texts, strict=True) if re.search("@|//|[A-Za-z]{2}[0-9]{2}", text))


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_shapes_do_not_depend_on_the_texts_around(texts):
    assert first_look.shapes(texts).tolist() == [first_look.shapes([text])[0] for text in texts]


def test_shapes_in_several_chunks():
    texts = [f"{chr(97 + i % 26) * (1 + i % 5)}-{i % 1000:03d}" for i in range(45_000)]
    assert len(set(first_look.shapes(texts).tolist())) == 1


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet=st.sampled_from("borng. é1\n"), max_size=25), max_size=30))
def test_mentions(texts):
    word = re.compile(r"(?<![^\W\d_])(?:bor[^\W\d_]*|né|geb)(?![^\W\d_])")
    wanted = [word.search(text.replace("\n", " ")) is not None for text in texts]
    assert first_look.mentions(texts, ("bor", "né.", "geb.")).tolist() == wanted


def test_mentions_in_several_chunks():
    rng = Random(3)
    places = sorted(rng.sample(range(45_000), 20))
    texts = ["born in May" if i in set(places) else f"visit {i}" for i in range(45_000)]
    assert first_look.mentions(texts, ("born.",)).nonzero()[0].tolist() == places
