"""identify_columns: the content decides, the name is a prior, and the library of the frame does not matter."""

from __future__ import annotations

from random import Random

import numpy as np
import pandas as pd
import pytest

from rqml.errors import InvalidSubject
from rqml_catalog.data_privacy.identifiers import ColumnFinding, find_identifiers, identify_columns
from rqml_catalog.data_privacy.identifiers.first_look import shapes
from rqml_catalog.scenarios import personal_data

ROWS = 200
NEUTRAL = (
    "EMAIL",
    "PHONE",
    "CREDIT_CARD",
    "IBAN",
    "IP_ADDRESS",
    "MAC_ADDRESS",
    "URL_WITH_CREDENTIALS",
    "US_SSN",
    "CRYPTO",
    "PERSON",
)
NAMED = {
    "PASSPORT": "passport_no",
    "DATE_OF_BIRTH": "dob",
    "VEHICLE_PLATE": "license_plate",
    "NATIONAL_ID": "national_id",
    "ADDRESS": "street",
}


def kinds(columns):
    return {name: finding and finding.kind for name, finding in identify_columns(pd.DataFrame(columns)).items()}


@pytest.mark.parametrize("seed", range(3))
def test_identifiers_are_found_whatever_the_column_is_called(seed):
    rng = Random(seed)
    columns = {
        f"x{kind}x".replace(kind, str(i)): personal_data.column(rng, kind, ROWS) for i, kind in enumerate(NEUTRAL)
    }
    columns |= {name: personal_data.column(rng, kind, ROWS) for kind, name in NAMED.items()}
    wanted = dict(zip(columns, [*NEUTRAL, *NAMED], strict=True))
    assert kinds(columns) == wanted


@pytest.mark.parametrize("seed", range(3))
def test_a_name_does_not_hide_what_every_value_is(seed):
    rng = Random(seed)
    wanted = {"order_no": "CREDIT_CARD", "v": "CREDIT_CARD", "color": "US_SSN", "version": "MAC_ADDRESS"}
    columns = {name: personal_data.column(rng, kind, ROWS) for name, kind in wanted.items()}
    assert kinds(columns) == wanted


def test_a_name_does_not_make_identifiers_of_other_values():
    rng = Random(4)
    columns = {
        "birth_weight": [rng.randrange(2000, 5000) for _ in range(ROWS)],
        "order_no": [f"{rng.randrange(100, 1000)}-{rng.randrange(1000):03d}-{rng.randrange(10**4):04d}"] * ROWS,
        "imei": [f"35{rng.randrange(10**13):013d}" for _ in range(ROWS)],
        "title": [rng.choice(["Mr", "Ms", "Dr"]) for _ in range(ROWS)],
        "part": [f"{rng.randrange(1000):03d}-{rng.randrange(1000):03d}-{rng.randrange(1000):03d}" for _ in range(ROWS)],
        "brand": [rng.choice(["Mercedes Benz", "Carl Zeiss", "Hugo Boss", "Karl Storz"]) for _ in range(ROWS)],
    }
    assert kinds(columns) == dict.fromkeys(columns)


@pytest.mark.parametrize("written", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d 00:00:00"])
def test_days_that_span_the_lives_of_adults_are_birthdays_as_text_too(written):
    rng = np.random.default_rng(5)
    days = pd.Timestamp("1935-01-01") + pd.to_timedelta(rng.integers(0, 70 * 365, ROWS), unit="D")
    recent = pd.Timestamp("2012-01-01") + pd.to_timedelta(rng.integers(0, 12 * 365, ROWS), unit="D")
    columns = {"d": days.strftime(written), "hire_date": days.strftime(written), "c": recent.strftime(written)}
    assert kinds(columns) == {"d": "DATE_OF_BIRTH", "hire_date": None, "c": None}


def test_names_may_come_last_name_first():
    rng = Random(6)
    people = [" ".join(reversed(personal_data.person(rng, "en_GB").split(" ", 1))) for _ in range(ROWS)]
    assert kinds({"c1": [name.replace(" ", ", ", 1) for name in people]}) == {"c1": "PERSON"}


@pytest.mark.parametrize("seed", range(3))
def test_look_alike_columns_are_left_alone(seed):
    rng = Random(1000 + seed)

    def digits(size):
        return [personal_data.digits(rng, size) for _ in range(ROWS)]

    columns = {
        "phone_model": [rng.choice(["Pixel 8", "Galaxy S23"]) for _ in range(ROWS)],
        "email_opt_in": [rng.choice(["yes", "no"]) for _ in range(ROWS)],
        "email_verified": [rng.random() < 0.5 for _ in range(ROWS)],
        "app_version": [".".join(str(rng.randint(0, 30)) for _ in range(4)) for _ in range(ROWS)],
        "order_number": digits(10),
        "tracking": digits(16),
        "c1": digits(9),
        "c2": digits(11),
        "c3": digits(12),
        "uuid": [f"{rng.getrandbits(128):032x}" for _ in range(ROWS)],
        "created_at": pd.date_range("2023-01-01", periods=ROWS, freq="h"),
        "epoch": [rng.randint(1_500_000_000, 1_800_000_000) for _ in range(ROWS)],
        "latitude": [rng.uniform(-90, 90) for _ in range(ROWS)],
        "price": [f"{rng.uniform(1, 9999):.2f}" for _ in range(ROWS)],
        "product_name": [rng.choice(["Grace Lamp", "Oliver Chair", "Emma Desk"]) for _ in range(ROWS)],
        "ip_version": [rng.choice([4, 6]) for _ in range(ROWS)],
        "contact_id": [rng.randint(10**8, 10**9) for _ in range(ROWS)],
        "passport_required": ["Y"] * ROWS,
        "empty": [None] * ROWS,
    }
    assert {name: kind for name, kind in kinds(columns).items() if kind} == {}


def test_identifiers_stored_as_numbers_or_dates():
    rng = Random(4)
    found = kinds(
        {
            "mobile": [int(f"49171{personal_data.digits(rng, 7)}") for _ in range(ROWS)],
            "ssn": [int(personal_data.us_ssn(rng).replace("-", "")) for _ in range(ROWS)],
            "ssn_missing": [None] + [float(personal_data.us_ssn(rng).replace("-", "")) for _ in range(ROWS - 1)],
            "date_of_birth": pd.date_range("1950-01-01", periods=ROWS, freq="90D"),
        }
    )
    assert found == {"mobile": "PHONE", "ssn": "US_SSN", "ssn_missing": "US_SSN", "date_of_birth": "DATE_OF_BIRTH"}


def test_few_addresses_among_many_comments_are_seen():
    comments = [f"nothing to see here, really {i}" for i in range(995)] + [
        f"write to me at u{i}@example.com please" for i in range(5)
    ]
    assert identify_columns(pd.DataFrame({"comment": comments}))["comment"] == ColumnFinding("EMAIL", 0.005)


def test_share_counts_missing_rows():
    frame = pd.DataFrame({"mail": ["a@example.com", "b@example.com", None, "b@example.com"]})
    assert identify_columns(frame)["mail"] == ColumnFinding("EMAIL", 0.75)


def test_every_library_gives_the_same_answer():
    duckdb = pytest.importorskip("duckdb")
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    rng = Random(8)
    table = pyarrow.table(
        {
            "mail": personal_data.column(rng, "EMAIL", ROWS),
            "who": personal_data.column(rng, "PERSON", ROWS),
            "amount": np.arange(ROWS) / 3,
            "phone": [None, *personal_data.column(rng, "PHONE", ROWS - 1)],
        }
    )
    frames = [
        table,
        table.to_pandas(),
        polars.from_arrow(table),
        polars.from_arrow(table).lazy(),
        duckdb.from_arrow(table),
    ]
    answers = [identify_columns(frame) for frame in frames]
    assert answers[0]["phone"] is not None
    assert all(answer == answers[0] for answer in answers)


def test_long_columns_are_judged_like_short_ones():
    rng = Random(9)
    size = 45_000
    frame = pd.DataFrame(
        {
            "reference": [f"{rng.randint(10**9, 10**10)}" for _ in range(size)],
            "mail": [f"user{i}@example.org" if i % 10 else f"row {i}" for i in range(size)],
        }
    )
    found = identify_columns(frame)
    assert found["reference"] is None
    assert found["mail"].share == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize("kind", ["EMAIL", "IBAN", "URL_WITH_CREDENTIALS"])
def test_shares_of_kinds_that_one_value_decides_are_exact_in_long_columns(kind):
    rng = Random(11)
    size, share = 40_000, Random(12).uniform(0.2, 0.9)
    made = [personal_data.MAKERS[kind](rng, "de_DE") if rng.random() < share else f"A-{i:09d}" for i in range(size)]
    held = sum(not text.startswith("A-") for text in made)
    assert identify_columns(pd.DataFrame({"x": made}))["x"] == ColumnFinding(kind, held / size)


def test_progress_names_each_column():
    seen = []
    identify_columns(
        pd.DataFrame({"a": [1], "b": ["x"]}), progress=lambda done, total, column: seen.append((done, total, column))
    )
    assert seen == [(0, 2, "a"), (1, 2, "b")]


def test_shapes_forget_letters_and_values_but_not_lengths_of_numbers():
    same = shapes(["ab-12", "xyz-34", "q-00"])
    assert len(set(same)) == 1
    assert len(set(shapes(["ab-12", "ab-123", "AB-12", "ab 12", "12-ab", ""]))) == 6


LONG = 24_000
ONE_AMONG_MANY = {
    "EMAIL": ("value", [f"K{i:07d}" for i in range(LONG)], "ann.lee@example.org"),
    "IBAN": ("reference", [f"DE{i % 97:02d} 1234 {i:08d}".replace(" ", "") + "0000" for i in range(LONG)], None),
    "URL_WITH_CREDENTIALS": (
        "link",
        [f"https://example.org/p/{i:09d}" for i in range(LONG)],
        "https://ann:s3cret99@example.org/p/1",
    ),
    "US_SSN": (
        "note",
        [f"the parcel {i:08d} was late again, sorry" for i in range(LONG)],
        "my SSN is 536-22-1234, is that enough?",
    ),
}


@pytest.mark.parametrize("kind", ONE_AMONG_MANY)
def test_one_identifier_in_a_long_column_is_found(kind):
    name, neutral, value = ONE_AMONG_MANY[kind]
    found = find_identifiers(neutral, kinds=[kind])
    neutral = [text for text, spans in zip(neutral, found, strict=True) if not spans]
    assert identify_columns(pd.DataFrame({name: neutral}))[name] is None
    hidden = [*neutral[: LONG // 3], value or "DE89370400440532013000", *neutral[LONG // 3 :]]
    assert identify_columns(pd.DataFrame({name: hidden}))[name] == ColumnFinding(kind, 1 / len(hidden))


def test_short_birth_dates_in_many_sentences_are_found():
    texts = [f"nothing to report about visit {i}\nreally" for i in range(LONG)]
    texts[::50] = [f"born 3/4/{i % 60 + 30}, came for visit {i}" for i in range(0, LONG, 50)]
    assert identify_columns(pd.DataFrame({"note": texts}))["note"] == ColumnFinding("DATE_OF_BIRTH", 0.02)


@pytest.mark.parametrize(
    "values",
    [[b"a@example.com", b"b@example.org"], ["a@example.com", True, 3], [["a@example.com"], ["b@example.org"]]],
    ids=["bytes", "mixed", "lists"],
)
def test_values_that_are_no_text_are_read_too(values):
    polars = pytest.importorskip("polars")
    frame = pd.DataFrame({"x": values}) if not isinstance(values[0], list) else polars.DataFrame({"x": values})
    found = identify_columns(frame)["x"]
    assert found is not None
    assert found.kind == "EMAIL"


def test_columns_may_have_numbers_for_names():
    assert identify_columns(pd.DataFrame({0: ["a@example.com"] * 3})) == {0: ColumnFinding("EMAIL", 1.0)}


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        (lambda i: f"login from 8.{i % 30}.{i % 7}.{i % 29}", "IP_ADDRESS"),
        (lambda i: {"e": f"a{i}@b.com"}, "EMAIL"),
        (lambda i: [i, f"a{i}@b.com"], "EMAIL"),
        (lambda i: f'{{"id": {i}, "contact": {{"mail": "a{i}@b.com"}}}}', "EMAIL"),
    ],
)
def test_short_sentences_and_records_are_read(cell, kind):
    finding = identify_columns(pd.DataFrame({"m": [cell(i) for i in range(50)]}))["m"]
    assert finding == (kind, 1.0)


@pytest.mark.parametrize("wrong", [[1, 2], None, "a@b.com"])
def test_what_is_no_frame_is_told(wrong):
    with pytest.raises(InvalidSubject, match="find_identifiers"):
        identify_columns(wrong)
