"""PurposeAndConsent and RetentionLimit: rows, time zones, missing tags and dates, every library."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml import CheckStatus, Dataset, EnforcementStatus, Reason, Specification
from rqml_catalog.data_privacy.purpose_and_consent import PurposeAndConsent
from rqml_catalog.data_privacy.retention_limit import RetentionLimit
from rqml_catalog.scenarios import lawful_tables

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SCENARIOS = [*PurposeAndConsent.scenarios(), *RetentionLimit.scenarios()]


def aged(values, **parameters):
    frame = pd.DataFrame({"seen": values})
    return RetentionLimit(as_of=NOW.isoformat(), **parameters), Dataset(frame, time="seen")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_scenarios_get_their_verdict_and_faults_are_mended(scenario, tmp_path):
    for seed in range(20):
        assert scenario.requirement.check(scenario.build(seed, tmp_path)).status is scenario.expected
    if scenario.expected is CheckStatus.FAIL:
        assert scenario.requirement.enforce(scenario.build(0, tmp_path)).status is EnforcementStatus.SUCCESS


def test_the_zone_of_dates_without_offset_decides_at_the_limit():
    # Midnight in New York is five hours later than midnight in UTC: less than a day old there, a day old here.
    values = ["2025-12-31 00:00:00"]
    utc, dataset = aged(values, max_age_days=0.9)
    new_york, _ = aged(values, max_age_days=0.9, time_zone="America/New_York")
    assert utc.check(dataset).status is CheckStatus.FAIL
    assert new_york.check(dataset).status is CheckStatus.PASS
    offset, dated = aged(["2025-12-31 00:00:00-05:00"], max_age_days=0.9)
    assert offset.check(dated).status is CheckStatus.PASS


@pytest.mark.parametrize("missing", [None, "", "soon"])
def test_a_record_without_a_readable_date_is_incomplete_not_a_pass(missing):
    requirement, dataset = aged(["2025-12-30", missing], max_age_days=10)
    result = requirement.check(dataset)
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.INSUFFICIENT_EVIDENCE)
    dropping, dataset = aged(["2025-12-30", "2020-01-01", missing], max_age_days=10, drop_undated=True)
    mended = dropping.enforce(dataset)
    assert (mended.status, len(mended.subject)) == (EnforcementStatus.SUCCESS, 1)


def test_a_day_that_clocks_skip_is_read_as_the_next_moment():
    requirement, dataset = aged(["2025-03-30 02:30:00"], max_age_days=400, time_zone="Europe/Paris")
    assert requirement.check(dataset).status is CheckStatus.PASS


@pytest.mark.parametrize(("age", "status"), [(timedelta(days=10), "PASS"), (timedelta(days=10, seconds=1), "FAIL")])
def test_the_limit_itself_is_allowed_and_a_second_more_is_not(age, status):
    requirement, dataset = aged(pd.to_datetime([NOW - age]), max_age_days=10)
    assert requirement.check(dataset).status.name == status


@pytest.mark.parametrize(
    ("dates", "limit", "status"),
    [
        (["03/04/2025"], 400, "PASS"),  # young enough as a day of March and as one of April
        (["03/04/2025"], 200, "FAIL"),  # too old as either
        (["03/04/2025"], 290, "INCOMPLETE"),
        (["03-04-2025"], 290, "INCOMPLETE"),
        (["03/04/2025", "13/05/2025"], 290, "PASS"),  # days come first: the third of April
        (["03/04/2025", "05/13/2025"], 290, "FAIL"),  # months come first: the fourth of March
        (["03/04/2025", "13/05/2025", "05/13/2025"], 290, "INCOMPLETE"),
        (["03.04.2025"], 290, "PASS"),
        (["4/4/2025"], 290, "PASS"),
        (["03/04/2025 23:59:59+02:00"], 290, "INCOMPLETE"),
        (["3 Apr 2025", "2025-04-03"], 290, "PASS"),
        (["03/04/25"], 9999, "INCOMPLETE"),
    ],
)
def test_which_number_is_the_month_is_not_guessed(dates, limit, status):
    requirement, dataset = aged(dates, max_age_days=limit)
    result = requirement.check(dataset)
    assert result.status.name == status
    assert status != "INCOMPLETE" or "date_format" in result.message


@pytest.mark.parametrize(("written", "status"), [("%d/%m/%Y", "PASS"), ("%m/%d/%Y", "FAIL"), ("%Y", "INCOMPLETE")])
def test_the_format_of_dates_can_be_given(written, status):
    requirement, dataset = aged(["03/04/2025", None][: 1 + (status == "FAIL")], max_age_days=290, date_format=written)
    assert requirement.check(dataset).status.name == status


def test_formats_may_have_an_offset_and_must_be_formats():
    requirement, dataset = aged(["03/04/2025 10:00 +0200"], max_age_days=290, date_format="%d/%m/%Y %H:%M %z")
    assert requirement.check(dataset).passed
    with pytest.raises(ValueError, match="strptime"):
        RetentionLimit(date_format="dd/mm/yyyy")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.dates(datetime(2024, 1, 1).date(), datetime(2025, 12, 30).date()), min_size=1, max_size=8))
def test_both_readings_enclose_the_true_age(days):
    requirement, dataset = aged([day.strftime("%d/%m/%Y") for day in days], max_age_days=1)
    measured = requirement.check(dataset).estimates
    true = max((NOW.date() - day).days for day in days)
    assert measured["oldest"].value <= true <= measured["oldest_possible"].value


def test_dates_in_the_future_are_reported_and_pass_nothing():
    requirement, dataset = aged(["2025-12-30", "2026-01-01 20:00:00", "2027-01-01"], max_age_days=10)
    result = requirement.check(dataset)
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.INSUFFICIENT_EVIDENCE)
    assert result.estimates["future"].value == 1
    assert "1 records are dated in the future" in result.message
    dropping, dataset = aged(["2025-12-30", "2020-01-01", "2027-01-01"], max_age_days=10, drop_undated=True)
    assert len(dropping.enforce(dataset).subject) == 1


@pytest.mark.parametrize(
    "convert",
    [
        pd.to_datetime,
        lambda texts: pd.Series(texts, dtype="category"),
        lambda texts: pd.Series(texts, dtype="string"),
        lambda texts: pd.Series(pd.to_datetime(texts)).dt.date,
        lambda texts: pd.Series(pd.to_datetime(texts)).astype("timestamp[us][pyarrow]"),
        lambda texts: pd.Series(pd.to_datetime(texts)).astype("category"),
        lambda texts: pl.Series(texts).str.to_date().to_arrow().to_pandas(),
        lambda texts: [int(text.replace("-", "")) for text in texts],
    ],
)
def test_dates_of_every_kind_of_column_are_read(convert):
    texts = ["2025-12-30", "2025-11-02", "2025-12-30"]
    requirement, dataset = aged(convert(texts), max_age_days=100)
    assert requirement.check(dataset).estimates["oldest"].value == 60


def test_unknown_zones_and_moments_without_zone_are_refused():
    with pytest.raises(ValueError, match="IANA name"):
        RetentionLimit(time_zone="Mars/Olympus")
    with pytest.raises(ValueError, match="needs a time zone"):
        RetentionLimit(as_of="2026-01-01T00:00:00")


def test_roles_that_are_missing_are_asked_for():
    frame = pd.DataFrame({"x": [1]})
    assert "time=column" in RetentionLimit().check(frame).message
    assert "roles={'purpose'" in PurposeAndConsent().check(frame).message


def test_the_message_counts_each_fault():
    dataset = lawful_tables.with_purposes(3, others=0.1, missing=0.05, refused=0.02)
    message = PurposeAndConsent(purposes=["care"]).check(dataset).message
    assert "without purpose: 10, other purpose: 20, without consent: 4" in message


@pytest.mark.parametrize("requirement", [PurposeAndConsent(purposes=["care"]), RetentionLimit(as_of=NOW.isoformat())])
def test_the_same_verdict_and_repair_on_every_library(requirement):
    purposes, ages = lawful_tables.with_purposes(1, 0.1), lawful_tables.with_ages(1, 700)
    arrow = pl.from_pandas(purposes.frame.assign(seen=ages.frame["seen"])).to_arrow()
    frames = [arrow.to_pandas(), pl.from_arrow(arrow), pl.from_arrow(arrow).lazy(), arrow, duckdb.from_arrow(arrow)]
    seen = set()
    for frame in frames:
        result = requirement.enforce(Dataset(frame, roles=purposes.roles, time="seen"))
        assert result.status is EnforcementStatus.SUCCESS
        assert type(result.subject.frame) is type(frame)
        seen.add((result.before.message, len(result.subject)))
    assert len(seen) == 1


PURPOSES = [["care", "research"], ["marketing"], [], None, [" Care "], ["research;care"]]


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"purpose": PURPOSES}),
        pd.DataFrame({"purpose": [words and tuple(words) for words in PURPOSES]}),
        pd.DataFrame({"purpose": pd.Series([";".join(words or ()) for words in PURPOSES], dtype="category")}),
        pl.DataFrame({"purpose": PURPOSES}),
        pl.DataFrame({"purpose": PURPOSES}).to_arrow(),
    ],
    ids=["lists", "tuples", "categories", "polars", "pyarrow"],
)
def test_purposes_may_be_lists(frame):
    result = PurposeAndConsent(purposes="care").check(Dataset(frame, roles={"purpose": "purpose"}))
    assert result.details == {"without_purpose": 2, "other_purpose": 1, "without_consent": 0}


def test_two_columns_of_purposes_are_refused():
    frame = pd.DataFrame({"a": ["care"], "b": ["care"]})
    result = PurposeAndConsent(purposes="care").check(Dataset(frame, roles={"purpose": ("a", "b")}))
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.UNSUPPORTED)


@pytest.mark.parametrize(
    ("consents", "without"),
    [
        (pd.array(["yes", "no", None], dtype="string"), 2),
        (pd.array([True, False, None], dtype="boolean"), 2),
        (pd.array([1, 0, None], dtype="Int64"), 2),
        ([1, 1, None], 1),  # a column of floats, where pandas reads it
        ([True, None, True], 1),
    ],
    ids=str,
)
def test_consent_is_read_in_columns_with_missing_values(consents, without):
    frame = pd.DataFrame({"purpose": ["care"] * 3, "consent": consents})
    dataset = Dataset(frame, roles={"purpose": "purpose", "consent": "consent"})
    assert PurposeAndConsent(purposes=["care"]).check(dataset).details["without_consent"] == without


def test_rows_that_two_repairs_leave_out_are_the_share_of_the_table_that_is_gone():
    frame = pd.DataFrame({"seen": ["2020-01-01", "2025-12-30"] * 4, "why": ["training"] * 4 + ["billing"] * 4})
    dataset = Dataset(frame, time="seen", roles={"purpose": "why"})
    requirements = [PurposeAndConsent(purposes="training"), RetentionLimit(as_of=NOW.isoformat(), max_age_days=10)]
    enforced = Specification("lawful", requirements).enforce(dataset)
    assert len(enforced.subject) == 2
    assert enforced.cost == {"rows_lost": 0.75}


def test_a_repair_that_undated_records_stop_says_how_to_leave_them_out():
    requirement, dataset = aged(["2020-01-01", None, "2025-07-01"], max_age_days=365)
    stopped = requirement.enforce(dataset)
    assert stopped.status is not EnforcementStatus.SUCCESS
    assert "drop_undated=True" in stopped.message
    dropping, dataset = aged(["2020-01-01", None, "2025-07-01"], max_age_days=365, drop_undated=True)
    assert len(dropping.enforce(dataset).subject) == 1


def test_one_second_over_the_limit_is_told():
    moment = NOW - timedelta(days=365, seconds=1)
    requirement, dataset = aged([moment.isoformat()], max_age_days=365)
    assert "above the limit 365, by 1 seconds" in requirement.check(dataset).message


@pytest.mark.parametrize("unit", [1, 1000])
def test_numbers_since_1970_are_to_be_made_dates_first(unit):
    requirement, dataset = aged([1_760_000_000 * unit, 1_761_000_000 * unit], max_age_days=365)
    result = requirement.check(dataset)
    assert result.status is CheckStatus.INCOMPLETE
    assert "unit='s'" in result.message
    assert "date_format" not in result.message
