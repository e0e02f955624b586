import datetime as dt

import pytest

from rqml import Specification, System, Waiver
from rqml.errors import InvalidSpecification

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def waiver(requirement="TOY-01", start="2026-01-01T00:00:00Z", expiry="2026-12-31T00:00:00Z", **other):
    fields = {"approver": "A. Person", "justification": "legacy data until the migration"} | other
    return Waiver(requirement=requirement, start=start, expiry=expiry, **fields)


def test_moments_are_kept_in_utc():
    given = dt.datetime(2026, 1, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    assert waiver(start=given).start == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert waiver(start=given).start.utcoffset() == dt.timedelta(0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": dt.datetime(2026, 1, 1)},
        {"start": "2026-01-01"},
        {"start": "yesterday"},
        {"expiry": dt.date(2026, 12, 31)},
        {"expiry": None},
        {"expiry": "2025-12-31T00:00:00Z"},
        {"approver": ""},
        {"justification": "  "},
        {"requirement": None},
    ],
)
def test_malformed_waivers_are_refused(wrong):
    with pytest.raises(InvalidSpecification):
        waiver(**wrong)


def test_force_includes_the_start_and_excludes_the_expiry():
    one = waiver()
    instant = dt.timedelta(microseconds=1)
    assert one.refusal("", one.start) == one.refusal("", one.expiry - instant) == ""
    assert "starts on" in one.refusal("", one.start - instant)
    assert "expired on" in one.refusal("", one.expiry)


def test_a_waived_fail_stays_a_fail(toys, table):
    report = Specification("s", [toys.MinRows()], waivers=[waiver()]).check(table, now=NOW)
    assert report.results[0].status.value == "FAIL"
    assert report.status.value == "FAIL"
    assert report.exit_code == 0
    assert report.waiver_of(report.results[0]).approver == "A. Person"


@pytest.mark.parametrize(
    ("when", "note"),
    [(dt.datetime(2027, 1, 1, tzinfo=dt.UTC), "expired on"), (dt.datetime(2025, 1, 1, tzinfo=dt.UTC), "starts on")],
)
def test_out_of_its_time_it_covers_nothing_and_is_told(toys, table, when, note):
    report = Specification("s", [toys.MinRows()], waivers=[waiver()]).check(table, now=when)
    assert report.exit_code == 1
    assert report.waivers == {}
    assert note in report.notes[0]


@pytest.mark.parametrize("approver", ["Ann Owner", " ANN  owner", "Ann\u200b Owner", "\uff21nn Owner"])
def test_the_owner_cannot_waive_what_is_theirs(toys, table, approver):
    own = {"owner": "ann owner", "waivers": [waiver(approver=approver)]}
    report = Specification("s", [toys.MinRows()], **own).check(table, now=NOW)
    assert (report.exit_code, report.waivers) == (1, {})
    assert "approved by its own author, and covers nothing" in report.notes[0]
    with pytest.raises(InvalidSpecification, match="weakens"):
        Specification("base", [toys.MinRows()], owner="Ann Owner").tailor(remove=["TOY-01"], now=NOW, **own)


def test_of_several_the_one_that_counts_covers(toys, table):
    useless = [waiver(expiry="2026-02-01T00:00:00Z"), waiver(approver="Ann"), waiver(start="2026-12-01T00:00:00Z")]
    for waivers in ([waiver(), *useless], [*useless, waiver()]):
        report = Specification("s", [toys.MinRows()], owner="ann", waivers=waivers).check(table, now=NOW)
        assert (report.exit_code, report.waivers["TOY-01"].approver) == (0, "A. Person")


def test_one_that_is_not_needed_is_told(toys, table):
    report = Specification("s", [toys.MinRows(rows=1)], waivers=[waiver()]).check(table, now=NOW)
    assert "not needed" in report.notes[0]
    assert report.waiver_of(report.results[0]) is None


def test_one_for_nothing_is_told(toys, table):
    report = Specification("s", [toys.MinRows(rows=1)], waivers=[waiver("TOY-99")]).check(table, now=NOW)
    assert "covers nothing" in report.notes[0]


def test_an_incomplete_verdict_can_be_waived_too(toys):
    system = System("empty")
    assert Specification("s", [toys.MinRows()]).check(system, now=NOW).exit_code == 3
    assert Specification("s", [toys.MinRows()], waivers=[waiver()]).check(system, now=NOW).exit_code == 0


def test_the_label_is_what_a_waiver_names(toys, table):
    specification = Specification("s", [toys.MinRows(label="big")], waivers=[waiver("big")])
    assert specification.check(table, now=NOW).exit_code == 0


def test_now_needs_a_zone(toys, table):
    with pytest.raises(InvalidSpecification, match="time zone"):
        Specification("s", [toys.MinRows()]).check(table, now=dt.datetime(2026, 1, 1))


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00"])
def test_a_moment_beyond_the_calendar_is_refused(text):
    with pytest.raises(InvalidSpecification, match="outside the years"):
        Waiver(requirement="TOY-01", approver="A", justification="why", start=text, expiry=text)
