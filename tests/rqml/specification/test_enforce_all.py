"""Enforcement of whole specifications: lineage, lost passes, costs, files, rollback."""

import datetime as dt

import pandas as pd
import pytest

from rqml import CheckStatus, Dataset, EnforcementStatus, ModelFile, Specification, System, Waiver, derived


def train(data):
    """A 'model' that remembers how many rows it saw."""
    return Dataset(pd.DataFrame({"rows_seen": [len(data)] * len(data)}))


@pytest.fixture
def system(table):
    return System("clinic", table=table, model=derived(train, "table"))


def test_a_repaired_table_leaves_no_stale_model(toys, system):
    """The planted case: the model is fine by itself, but was trained on the table that gets repaired."""
    assert system["model"].frame["rows_seen"][0] == 2
    specification = Specification(
        "s", [toys.MinRows(rows=1, label="model").on("model"), toys.MinRows(rows=5).on("table")]
    )
    result = specification.enforce(system)
    assert result.status is EnforcementStatus.SUCCESS
    assert len(result.subject["table"]) == 6
    assert result.subject["model"].frame["rows_seen"][0] == 6
    assert result.after.results[0].estimates["rows"].value == 6


def test_a_rebuilt_part_is_judged_and_repaired_again(toys, system):
    specification = Specification(
        "s", [toys.MaxRows(rows=4, label="model").on("model"), toys.MinRows(rows=5).on("table")]
    )
    result = specification.enforce(system)
    # Before, the model has 2 rows and passes; the repaired table gives it 6; it is cut to 4 again.
    assert result.before.results[0].passed
    assert result.status is EnforcementStatus.SUCCESS
    assert len(result.subject["model"]) == 4
    assert "cut the table" in result.changes


def test_rollback_gives_the_system_back(toys, system):
    result = Specification("s", [toys.MinRows().on("table")]).enforce(system)
    assert result.rollback() is system
    assert len(system["table"]) == 2


def test_a_lost_pass_rolls_everything_back(toys, table):
    system = System("x", table=table, other=Dataset(pd.DataFrame({"b": [1]})))
    conflict = [toys.MinRows(rows=5).on("table"), toys.MaxRows(rows=4).on("table")]
    result = Specification("s", conflict).enforce(system)
    assert result.status is EnforcementStatus.FAILURE
    assert result.subject is system and len(system["table"]) == 2


def test_a_pass_lost_downstream_rolls_everything_back(toys, table, monkeypatch):
    monkeypatch.delattr(toys.MaxRows, "repair")
    system = System("x", table=table, model=derived(train, "table"))
    specification = Specification("s", [toys.MinRows(rows=5).on("table"), toys.MaxRows(rows=4).on("model")])
    result = specification.enforce(system)
    assert result.status is EnforcementStatus.FAILURE
    assert "TOY-02" in result.message
    assert result.subject is system


@pytest.mark.parametrize(("ceiling", "status"), [(4, "SUCCESS"), (3.5, "FAILURE")])
def test_costs_are_summed_against_their_ceiling(toys, table, ceiling, status):
    system = System("x", one=table, two=Dataset(pd.DataFrame({"a": [1, 0]})))
    parts = [toys.MinRows(rows=4, label=part).on(part) for part in ("one", "two")]
    result = Specification("s", parts).enforce(system, max_cost={"rows": ceiling})
    assert result.status.value == status
    assert result.cost == {"rows": 4}
    assert (result.subject is system) == (status == "FAILURE")


def test_a_dry_run_changes_nothing(toys, system, tmp_path):
    (tmp_path / "m").write_text("bad")
    system = System("x", table=system["table"], file=ModelFile(tmp_path / "m"))
    specification = Specification("s", [toys.MinRows().on("table"), toys.FileSays()])
    result = specification.enforce(system, dry_run=True)
    assert result.status is EnforcementStatus.INCOMPLETE
    assert result.changes == ("repeated the rows", "wrote the file")
    assert result.subject is system and (tmp_path / "m").read_text() == "bad"


def test_what_holds_already_is_left_alone(toys, system):
    result = Specification("s", [toys.MinRows(rows=1).on("table")]).enforce(system)
    assert result.status is EnforcementStatus.SUCCESS
    assert result.subject is system and result.changes == ()


def test_an_undecided_specification_is_not_repaired(toys, system):
    result = Specification("s", [toys.Explodes().on("table")]).enforce(system)
    assert result.status is EnforcementStatus.INCOMPLETE
    assert result.subject is system


def test_what_cannot_be_repaired_does_not_undo_what_can(toys, system):
    # ShareAtMost has no repair; half ones against a limit of nothing fails for sure on many rows.
    big = Dataset(pd.DataFrame({"a": [1, 0] * 500}))
    system = System("x", table=system["table"], big=big)
    result = Specification("s", [toys.ShareAtMost(share=0.1).on("big"), toys.MinRows().on("table")]).enforce(system)
    assert result.status is EnforcementStatus.INCOMPLETE
    assert "TOY-03" in result.message
    assert len(result.subject["table"]) == 4


def test_a_waived_violation_is_not_repaired(toys, system):
    now = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    waiver = Waiver(
        requirement="TOY-01",
        approver="A",
        justification="j",
        start="2026-01-01T00:00:00Z",
        expiry="2027-01-01T00:00:00Z",
    )
    result = Specification("s", [toys.MinRows().on("table")], waivers=[waiver]).enforce(system, now=now)
    assert result.status is EnforcementStatus.SUCCESS
    assert result.changes == () and result.before.results[0].status is CheckStatus.FAIL


def save_in(folder):
    def save(data):
        path = folder / "model.bin"
        path.write_text(f"{len(data)} rows")
        return ModelFile(path)

    return save


def test_files_that_derive_are_written_anew_and_put_back(toys, table, tmp_path):
    system = System("x", table=table, file=derived(save_in(tmp_path), "table"))
    specification = Specification("s", [toys.MinRows(rows=5).on("table"), toys.FileSays(text="6 rows")])
    before = specification.check(system)
    assert [result.status.value for result in before.results] == ["FAIL", "FAIL"]
    result = specification.enforce(system)
    assert result.status is EnforcementStatus.SUCCESS
    assert (tmp_path / "model.bin").read_text() == "6 rows"
    result.rollback()
    assert (tmp_path / "model.bin").read_text() == "2 rows"
    (tmp_path / "model.bin").write_text("later work")
    result.rollback()
    assert (tmp_path / "model.bin").read_text() == "later work", "a second rollback takes nothing back"


def test_a_rolled_back_enforcement_puts_files_back(toys, table, tmp_path):
    system = System("x", table=table, file=derived(save_in(tmp_path), "table"))
    conflict = [toys.MinRows(rows=5).on("table"), toys.MaxRows(rows=4).on("table")]
    result = Specification("s", conflict).enforce(system)
    assert result.status is EnforcementStatus.FAILURE
    assert (tmp_path / "model.bin").read_text() == "2 rows"


def test_a_part_that_cannot_be_rebuilt_rolls_everything_back(toys, table):
    def fussy(data):
        if len(data) > 4:
            raise RuntimeError("quotes bob@example.com")
        return train(data)

    system = System("x", table=table, model=derived(fussy, "table"))
    specification = Specification("s", [toys.MinRows(rows=5).on("table"), toys.MinRows(rows=1, label="m").on("model")])
    result = specification.enforce(system)
    assert result.status is EnforcementStatus.FAILURE
    assert result.subject is system
    assert "bob@" not in result.message and isinstance(result.cause, RuntimeError)


def test_a_single_subject_can_be_enforced(toys, table):
    result = Specification("s", [toys.MinRows()]).enforce(table)
    assert result.status is EnforcementStatus.SUCCESS
    assert len(result.subject) == 4


def test_before_and_after_are_reports_with_seeds_of_their_own(toys, table):
    result = Specification("s", [toys.MinRows()]).enforce(table)
    assert result.before.seed != result.after.seed
    assert result.before.exit_code == 1 and result.after.exit_code == 0


def test_what_is_bound_to_a_subject_outside_the_system_is_not_repaired(toys, system, table):
    result = Specification("s", [toys.MinRows().on(table), toys.MinRows(label="t").on("table")]).enforce(system)
    assert result.status is EnforcementStatus.INCOMPLETE
    assert "by itself" in result.message
    assert isinstance(result.subject, System) and len(result.subject["table"]) == 4


def test_nothing_is_measured_again_without_need(toys, system, monkeypatch):
    seen = []
    original = toys.MaxRows.measure

    def measure(self, data, run):
        seen.append(len(data))
        return original(self, data, run)

    monkeypatch.setattr(toys.MaxRows, "measure", measure)
    other = System("x", table=system["table"], other=Dataset(pd.DataFrame({"b": [1]})))
    Specification("s", [toys.MinRows().on("table"), toys.MaxRows().on("other")]).enforce(other)
    assert seen == [1, 1], "once before and once after: its part was not touched"


def test_a_derived_part_that_cannot_be_made_is_a_verdict_not_an_exception(toys, table):
    def broken(data):
        raise ValueError("jane.doe@example.org")

    system = System("clinic", table=table, model=derived(broken, "table"))
    specification = Specification(
        "s",
        [toys.MinRows(rows=5).on("table"), toys.MinRows(rows=1, label="any")],  # "any" has to look at each part
    )
    for dry_run in (True, False):
        result = specification.enforce(system, dry_run=dry_run)
        assert result.status is not EnforcementStatus.SUCCESS
        assert "jane.doe" not in result.message
        assert result.subject is system


@pytest.mark.parametrize("stop", [ValueError, SystemExit, KeyboardInterrupt])
def test_whatever_stops_a_rebuild_puts_the_files_back(toys, table, tmp_path, stop):
    place = tmp_path / "model.bin"

    def save(data):
        place.write_text(str(len(data)))
        if len(data) > 2:
            raise stop("in the middle")
        return ModelFile(place)

    system = System("clinic", table=table, file=derived(save, "table"))
    specification = Specification("s", [toys.MinRows(rows=5).on("table")])
    try:
        assert specification.enforce(system).status is EnforcementStatus.FAILURE
    except KeyboardInterrupt:
        assert stop is KeyboardInterrupt
    assert place.read_text() == "2"
