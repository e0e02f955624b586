"""NoDirectIdentifiers: verdicts, treatments, every library, and silence about what it saw."""

from __future__ import annotations

import hashlib
import logging
from random import Random

import duckdb
import pandas as pd
import polars as pl
import pytest

from rqml import CheckStatus, Dataset, EnforcementStatus, Specification
from rqml_catalog.data_privacy.identifiers.pseudonyms import Key, read_vault
from rqml_catalog.data_privacy.no_direct_identifiers import NoDirectIdentifiers
from rqml_catalog.scenarios import personal_data, personal_tables

SECRET = "a secret that only the tests know"


@pytest.mark.parametrize("scenario", list(NoDirectIdentifiers.scenarios()), ids=lambda s: s.name)
def test_scenarios_get_their_verdict_over_twenty_seeds(scenario, tmp_path):
    for seed in range(20):
        assert scenario.requirement.check(scenario.build(seed, tmp_path)).status is scenario.expected


@pytest.mark.parametrize("treatment", ["mask", "drop", "generalise", "tokenise"])
def test_every_treatment_mends_every_kind(treatment, monkeypatch):
    monkeypatch.setenv("PSEUDONYM_KEY", SECRET)
    kinds = [
        kind for kind in personal_data.MAKERS if kind not in {"PASSPORT", "VEHICLE_PLATE", "DATE_OF_BIRTH", "ADDRESS"}
    ]
    table = personal_tables.with_columns(1, kinds)
    table["birth_date"] = personal_data.column(Random(1), "DATE_OF_BIRTH", len(table))
    table["comment"] = personal_tables.with_comments(1, 0.3)["comment"]
    requirement = NoDirectIdentifiers(treatment=treatment, key_source="PSEUDONYM_KEY")
    mended = requirement.enforce(table)
    assert mended.status is EnforcementStatus.SUCCESS
    assert len(mended.subject) == len(table)
    untouched = ["order_number", "app_version", "amount", "phone_model"]
    pd.testing.assert_frame_equal(mended.subject[untouched], table[untouched])


DECLARED = {
    "customer": [f"K{i}" for i in range(30)],
    "row": list(range(30)),
    "score": [i + 0.5 for i in range(30)],
    "story": [f"the one who came {i} times to see us" for i in range(30)],
    "birth_date": [f"19{60 + i}-03-04" for i in range(30)],
    "place": [f"{i} rue de la Paix, 75{i:03d} Paris" for i in range(10, 40)],
}


@pytest.mark.parametrize("column", DECLARED)
@pytest.mark.parametrize("treatment", ["mask", "drop", "generalise", "tokenise"])
def test_a_declared_identifier_is_reported_whatever_it_holds_and_mended(column, treatment, monkeypatch):
    monkeypatch.setenv("PSEUDONYM_KEY", SECRET)
    table = pd.DataFrame({column: DECLARED[column], "n": [1, 2, 3] * 10})
    requirement = NoDirectIdentifiers(treatment=treatment, key_source="PSEUDONYM_KEY")
    result = requirement.check(Dataset(table, identifiers=column))
    assert result.status is CheckStatus.FAIL
    assert result.details["found"][column][1] == 1.0
    mended = requirement.enforce(Dataset(table, identifiers=column))
    assert mended.status is EnforcementStatus.SUCCESS
    generalised = treatment == "generalise" and column in {"birth_date", "place"}
    assert mended.subject.identifiers == (() if generalised or treatment == "drop" else (column,))


def test_declared_identifiers_may_be_allowed_be_empty_or_be_digests():
    names = [f"K{i}" for i in range(30)]
    table = pd.DataFrame({"who": names, "digest": [hashlib.sha256(name.encode()).hexdigest() for name in names]})
    empty = pd.DataFrame({"who": [None] * 30, "n": range(30)})
    assert NoDirectIdentifiers(allowed="who").check(Dataset(table, identifiers=table.columns)).passed
    assert NoDirectIdentifiers().check(Dataset(empty, identifiers="who")).passed
    shared = NoDirectIdentifiers().check(Dataset(empty.assign(who=[*names[:6], *[None] * 24]), identifiers="who"))
    assert shared.details["found"] == {"who": ["IDENTIFIER", 0.2]}


@pytest.mark.parametrize("treatment", ["mask", "drop"])
def test_the_target_is_never_taken_away(treatment):
    mails = [f"user{i}@example.com" for i in range(30)]
    data = Dataset(pd.DataFrame({"mail": mails, "n": range(30)}), target="mail")
    refused = NoDirectIdentifiers(treatment=treatment).enforce(data)
    assert refused.status is not EnforcementStatus.SUCCESS
    assert "'mail' is the target" in refused.message
    assert refused.subject.target == "mail"


def test_sentences_to_be_predicted_are_mended_within():
    data = Dataset(personal_tables.with_comments(1, 0.3), target="comment")
    mended = NoDirectIdentifiers(treatment="drop").enforce(data)
    assert mended.status is EnforcementStatus.SUCCESS
    assert mended.subject.target == "comment"


def test_birth_dates_become_years():
    table = pd.DataFrame({"birth_date": ["1980-03-04", "05.06.1971", None], "n": [1, 2, 3]})
    mended = NoDirectIdentifiers(treatment="generalise").enforce(table).subject
    assert mended["birth_date"].tolist()[:2] == ["1980", "1971"]


def test_tokens_keep_equality_and_hide_values(monkeypatch):
    monkeypatch.setenv("PSEUDONYM_KEY", SECRET)
    table = pd.DataFrame({"mail": ["a@example.com", "b@example.com", "a@example.com"]})
    tokens = NoDirectIdentifiers(treatment="tokenise", key_source="PSEUDONYM_KEY").enforce(table).subject["mail"]
    assert tokens[0] == tokens[2] != tokens[1]
    assert tokens[0] == Key(SECRET.encode()).token("a@example.com", "EMAIL")


def test_tokenising_without_a_key_says_what_is_missing():
    result = NoDirectIdentifiers(treatment="tokenise").enforce(pd.DataFrame({"mail": ["a@example.com"]}))
    assert result.status is not EnforcementStatus.SUCCESS
    assert "key_source" in result.message


def test_allowed_columns_are_not_looked_at():
    table = pd.DataFrame({"mail": ["a@example.com"], "n": [1]})
    assert NoDirectIdentifiers().check(table).status is CheckStatus.FAIL
    assert NoDirectIdentifiers(allowed=["mail"]).check(table).status is CheckStatus.PASS


def test_an_empty_table_is_incomplete():
    assert NoDirectIdentifiers().check(pd.DataFrame({"mail": []})).status is CheckStatus.INCOMPLETE


def test_the_same_verdict_and_repair_on_every_library():
    arrow = pl.from_pandas(personal_tables.with_columns(3, ["EMAIL", "PHONE"])).to_arrow()
    frames = [arrow.to_pandas(), pl.from_arrow(arrow), pl.from_arrow(arrow).lazy(), arrow, duckdb.from_arrow(arrow)]
    seen = set()
    for frame in frames:
        result = NoDirectIdentifiers().enforce(Dataset(frame))
        assert result.status is EnforcementStatus.SUCCESS
        assert type(result.subject.frame) is type(frame)
        seen.add((result.before.message, result.after.status))
    assert len(seen) == 1


def test_nothing_that_leaves_the_run_holds_a_personal_value(caplog, capsys, monkeypatch):
    monkeypatch.setenv("PSEUDONYM_KEY", SECRET)
    caplog.set_level(logging.DEBUG)
    kinds = list(personal_data.MAKERS)
    table = personal_tables.with_columns(5, kinds, rows=60)
    table["comment"] = personal_tables.with_comments(5, 0.5, rows=60)["comment"]
    outputs = []
    for treatment in ("mask", "tokenise"):
        requirement = NoDirectIdentifiers(treatment=treatment, key_source="PSEUDONYM_KEY")
        report = Specification("privacy", [requirement], owner="tests").check(table)
        enforced = requirement.enforce(table)
        outputs += [
            report.to_json(),
            report.to_markdown(),
            repr(report),
            repr(enforced),
            str(enforced.before),
            str(enforced.changes),
        ]
    printed = capsys.readouterr()
    everything = "\n".join([*map(str, outputs), caplog.text, printed.out, printed.err])
    values = [value for index in range(len(kinds)) for value in table[f"field_{index}"]]
    assert "field_0" in everything
    assert [value for value in values if value in everything] == []
    assert SECRET not in everything


def test_tokens_can_be_undone_with_a_vault(monkeypatch, tmp_path):
    monkeypatch.setenv("PSEUDONYM_KEY", SECRET)
    table = pd.DataFrame({"mail": ["a@example.com", "b@example.com", None, "a@example.com"]})
    path = tmp_path / "vault.json"
    requirement = NoDirectIdentifiers(treatment="tokenise", key_source="PSEUDONYM_KEY", vault=path)
    assert requirement.enforce(table, dry_run=True).status is not EnforcementStatus.SUCCESS
    assert not path.exists()
    mended = requirement.enforce(table)
    assert mended.status is EnforcementStatus.SUCCESS
    assert path.stat().st_mode & 0o077 == 0
    assert [read_vault(path).get(token) for token in mended.subject["mail"]] == [
        *table["mail"][:2],
        None,
        "a@example.com",
    ]
    assert requirement.enforce(table).status is not EnforcementStatus.SUCCESS  # no way back is overwritten


def test_addresses_become_areas():
    streets = [f"{i} rue de la Paix, 75{i:03d} Paris" for i in range(1, 40)]
    mended = NoDirectIdentifiers(treatment="generalise").enforce(pd.DataFrame({"adresse": streets}))
    assert mended.status is EnforcementStatus.SUCCESS
    assert set(mended.subject["adresse"]) == {"75***"}


def test_a_verdict_about_a_long_column_says_what_was_sampled():
    result = NoDirectIdentifiers().check(pd.DataFrame({"value": [f"K{i:08d}" for i in range(30_000)]}))
    assert result.status is CheckStatus.PASS
    looked, values, bound = result.details["sampled"]["value"]
    assert looked < values == 30_000
    assert 0 < bound < 0.02
    assert "sampled" in result.message


ODD_CELLS = {
    "lists": [["a@example.com"], ["b@example.org", 1]],
    "records": [{"mail": "a@example.com"}, {"mail": None}],
    "sets": [{"a@example.com"}, set()],
    "bytes": [b"a@example.com", b"\xff\xfe"],
    "mixed": [1, "a@example.com", 2.5, None, b"x", [3], pd.NA],
    "halves of surrogate pairs": ["a@example.com", "\ud800", None],
    "sentences with them": [f"please write to a{i}@example.com today \udfff" for i in range(4)],
}


@pytest.mark.parametrize("treatment", ["mask", "tokenise"])
@pytest.mark.parametrize("cells", ODD_CELLS.values(), ids=ODD_CELLS)
def test_cells_that_are_no_text_are_read_as_they_print(cells, treatment, monkeypatch):
    monkeypatch.setenv("PSEUDONYM_KEY", SECRET)
    table = pd.DataFrame({"x": pd.Series(cells, dtype=object), "n": range(len(cells))})
    requirement = NoDirectIdentifiers(treatment=treatment, key_source="PSEUDONYM_KEY")
    result, mended = requirement.check(table), requirement.enforce(table)
    assert result.status is CheckStatus.FAIL
    assert result.details["found"]["x"][0] == "EMAIL"
    assert mended.status is EnforcementStatus.SUCCESS
    assert not any("@" in str(cell) for cell in mended.subject["x"])


def test_columns_without_a_value_are_listed_and_alone_not_judged():
    empty = pd.DataFrame({"a": [None, None], "b": ["", None], "c": [float("nan")] * 2, "d": pd.to_datetime([None] * 2)})
    assert NoDirectIdentifiers().check(empty).status is CheckStatus.INCOMPLETE
    result = NoDirectIdentifiers().check(empty.assign(n=[1, 2]))
    assert result.status is CheckStatus.PASS
    assert result.details["empty"] == ["a", "b", "c", "d"]
    assert NoDirectIdentifiers(allowed=["n"]).check(empty.assign(n=[1, 2])).status is CheckStatus.INCOMPLETE


def test_an_allowed_column_that_the_table_does_not_have_is_told():
    result = NoDirectIdentifiers(allowed="no_such_column").check(pd.DataFrame({"n": [1, 2]}))
    assert (result.status, result.details["absent"]) == (CheckStatus.PASS, ["no_such_column"])
    assert "names no column of the table: 'no_such_column'" in result.message
