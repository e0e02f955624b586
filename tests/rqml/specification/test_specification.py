import datetime as dt

import pandas as pd
import pytest

from rqml import AllOf, CheckStatus, Dataset, Reason, Report, Run, Specification, System
from rqml.errors import InvalidSpecification


def test_results_come_in_the_order_of_the_specification(toys, table):
    report = Specification("s", [toys.Explodes(), toys.MinRows(), toys.MaxRows()], owner="me").check(table)
    assert isinstance(report, Report)
    assert [result.requirement for result in report.results] == ["TOY-05", "TOY-01", "TOY-02"]
    assert report.owner == "me"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda t: [t.MinRows(), t.MinRows(rows=9)], "label="),
        (lambda t: [t.MinRows], "is a class"),
        (lambda t: ["KAnonymity"], "holds requirements"),
        (lambda t: [t.MinRows(label="a\nb")], "control characters"),
        (lambda t: [t.MinRows(label="a\udcff")], "control characters"),
        (lambda t: [t.MinRows(needs="TOY-77")], "TOY-77"),
        (lambda t: [t.MinRows(needs="TOY-02"), t.MaxRows(needs="TOY-01")], "need each other"),
    ],
)
def test_what_is_not_well_formed_is_refused(toys, make, says):
    with pytest.raises(InvalidSpecification, match=says):
        Specification("s", make(toys))


def test_an_empty_specification_is_incomplete(table):
    report = Specification("s", []).check(table)
    assert report.status is CheckStatus.INCOMPLETE
    assert report.exit_code == 3


def test_without_a_system_nothing_passes(toys):
    report = Specification("s", [toys.MinRows(rows=1)]).check()
    assert report.results[0].reason is Reason.MISSING_SUBJECT
    assert report.exit_code == 3


def test_its_own_system_is_the_default(toys, table):
    assert Specification("s", [toys.MinRows(rows=1)], system=System("x", t=table)).check().exit_code == 0


def test_an_unknown_key_names_the_known_ones(toys):
    with pytest.raises(InvalidSpecification, match="TOY-01"):
        Specification("s", [toys.MinRows()])["TOY-02"]
    assert Specification("s", [toys.MinRows()])["TOY-01"] == toys.MinRows()


def test_the_report_binds_the_content_it_judged(toys, table):
    specification = Specification("s", [toys.MinRows(rows=1)])
    one = specification.check(System("x", t=table)).fingerprints
    same = specification.check(System("x", t=Dataset(pd.DataFrame({"a": [1, 0]})))).fingerprints
    other = specification.check(System("x", t=Dataset(pd.DataFrame({"a": [1, 1]})))).fingerprints
    assert one == same != other
    assert specification.check(System("x", t=table), fingerprints=False).fingerprints == {}


def test_what_is_needed_and_fails_blocks(toys, table):
    report = Specification("s", [toys.MaxRows(needs="TOY-01"), toys.MinRows()]).check(table)
    blocked, needed = report.results
    assert needed.status is CheckStatus.FAIL
    assert blocked.status is CheckStatus.INCOMPLETE and blocked.reason is Reason.BLOCKED
    assert "TOY-01" in blocked.message


def test_what_is_needed_and_passes_does_not_block(toys, table):
    report = Specification("s", [toys.MaxRows(needs="TOY-01"), toys.MinRows(rows=1)]).check(table)
    assert report.exit_code == 0


def test_blocking_goes_on_down_the_chain(toys, table):
    first, second = toys.MinRows(label="a"), toys.MaxRows(label="b", needs="a")
    third = toys.MaxRows(label="c", needs="b")
    report = Specification("s", [third, second, first]).check(table)
    assert [result.reason for result in report.results] == [Reason.BLOCKED, Reason.BLOCKED, None]


def test_composites_can_be_blocked(toys, table):
    both = AllOf(toys.MaxRows(needs="TOY-01"), label="both")
    report = Specification("s", [both, toys.MinRows()]).check(table)
    assert report.results[0].reason is Reason.BLOCKED
    assert report.results[0].label == "both"


def test_a_spent_budget_leaves_the_rest_incomplete(toys, table):
    report = Specification("s", [toys.MinRows(rows=1), toys.MaxRows()]).check(table, budget=1e-9)
    assert {result.reason for result in report.results} == {Reason.TIMEOUT}
    assert report.exit_code == 3


def test_cheap_ones_come_first(toys, table, monkeypatch):
    order = []
    for name in ("MinRows", "MaxRows"):
        cls = getattr(toys, name)
        original = cls.measure

        def measure(self, dataset, run, original=original):
            order.append(type(self).__name__)
            return original(self, dataset, run)

        monkeypatch.setattr(cls, "measure", measure)
    Specification("s", [toys.MinRows(), toys.MaxRows()]).check(table)
    assert order == ["MaxRows", "MinRows"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_jobs_do_not_change_verdicts(toys, table, jobs):
    requirements = [toys.MinRows(label=str(n), rows=n, needs=() if n < 4 else ("1",)) for n in range(1, 7)]
    report = Specification("s", requirements).check(table, jobs=jobs)
    assert [result.passed for result in report.results] == [True, True, False, False, False, False]


def test_seeds_do_not_depend_on_the_neighbours(toys, table):
    alone = Specification("s", [toys.MinRows()]).check(table, run=Run(seed=5)).results[0].seed
    crowd = Specification("s", [toys.MaxRows(), toys.MinRows()]).check(table, run=Run(seed=5)).results[1].seed
    assert alone == crowd


def test_a_crash_spoils_nothing_else_and_tells_no_value(toys, table):
    report = Specification("s", [toys.Explodes(), toys.MinRows(rows=1)]).check(table)
    assert report.results[0].reason is Reason.ERROR
    assert report.results[1].passed
    assert "alice" not in report.to_json() + report.to_markdown() + str(report)


def test_progress_is_told(toys, table):
    told = []
    run = Run(progress=lambda done, total, what: told.append((done, total, what)))
    Specification("s", [toys.MinRows(), toys.MaxRows()]).check(table, run=run)
    assert told[-1] == (2, 2, "requirements")


def test_time_is_utc(toys, table):
    assert Specification("s", [toys.MinRows()]).check(table).time.utcoffset() == dt.timedelta(0)


def test_a_requirement_that_needs_itself_is_refused(toys):
    with pytest.raises(InvalidSpecification, match="need each other: TOY-01 -> TOY-01"):
        Specification("s", [toys.MinRows(needs="TOY-01")])


def test_a_single_requirement_needs_no_list(toys):
    assert Specification("s", toys.MinRows()) == Specification("s", [toys.MinRows()])
    with pytest.raises(InvalidSpecification, match="MinRows is a class: call it"):
        Specification("s", toys.MinRows)
