import datetime as dt

import pytest

from rqml import Specification, System, Waiver
from rqml.errors import InvalidParameter, InvalidSpecification
from rqml.tailoring import Kind

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
LATER = dt.datetime(2027, 6, 1, tzinfo=dt.UTC)


def waiver(key):
    return Waiver(
        requirement=key,
        approver="A. Person",
        justification="agreed",
        start="2026-01-01T00:00:00Z",
        expiry="2026-12-31T00:00:00Z",
    )


@pytest.fixture
def base(toys):
    return Specification("base", [toys.MinRows(rows=5), toys.MaxRows(rows=100).on("t")], owner="org")


def test_stricter_is_free(base):
    child = base.tailor("team", parameters={"TOY-01": {"rows": 6}, "TOY-02": {"rows": 50}}, owner="team")
    assert [change.kind for change in child.diff()] == [Kind.STRICTER, Kind.STRICTER]
    assert child.owner == "team" and base["TOY-01"].rows == 5


@pytest.mark.parametrize(
    "weaker",
    [
        {"parameters": {"TOY-01": {"rows": 4}}},
        {"parameters": {"TOY-02": {"rows": 101}}},
        {"parameters": {"TOY-01": {"column": "other"}}},
        {"remove": ["TOY-01"]},
    ],
)
def test_weaker_needs_a_waiver_in_force(base, weaker):
    key = next(iter(weaker.get("parameters", {"TOY-01": 0})))
    with pytest.raises(InvalidSpecification, match="weakens"):
        base.tailor("team", **weaker, now=NOW)
    with pytest.raises(InvalidSpecification, match="weakens"):
        base.tailor("team", **weaker, waivers=[waiver(key)], now=LATER)
    child = base.tailor("team", **weaker, waivers=[waiver(key)], now=NOW)
    assert child.diff()[0].weakens


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"parameters": {"TOY-09": {"rows": 1}}}, "TOY-09"),
        ({"parameters": {"TOY-01": {"rowz": 1}}}, "rowz"),
        ({"remove": ["nothing"]}, "nothing"),
    ],
)
def test_unknown_names_are_refused(base, wrong, says):
    with pytest.raises((InvalidSpecification, InvalidParameter), match=says):
        base.tailor("team", **wrong)


def test_an_expired_weakening_is_undone(base, toys, table):
    system = System("x", t=table)
    child = base.tailor("team", parameters={"TOY-01": {"rows": 2}}, waivers=[waiver("TOY-01")], now=NOW)
    held = child.check(system, now=NOW)
    assert held.results[0].passed and held.notes == ()
    expired = child.check(system, now=LATER)
    assert expired.results[0].parameters["rows"] == 5
    assert expired.exit_code == 1
    assert any("as 'base' demands" in note for note in expired.notes)


def test_a_removed_requirement_comes_back_when_its_waiver_expires(base, table):
    child = base.tailor("team", remove=["TOY-01"], waivers=[waiver("TOY-01")], now=NOW)
    system = System("x", t=table)
    assert [r.requirement for r in child.check(system, now=NOW).results] == ["TOY-02"]
    assert {r.requirement for r in child.check(system, now=LATER).results} == {"TOY-01", "TOY-02"}


def test_five_levels(toys, table):
    level = Specification("level 0", [toys.MinRows(rows=1)])
    for number in range(1, 6):
        level = level.tailor(
            f"level {number}", parameters={"TOY-01": {"rows": number + 1}}, add=[toys.MaxRows(label=f"m{number}")]
        )
    assert [one.name for one in level.lineage()] == [f"level {n}" for n in range(5, -1, -1)]
    assert [str(change.kind.value) for change in level.diff()] == ["stricter", "added"]
    total = level.diff(level.lineage()[-1])
    assert [change.kind for change in total] == [Kind.STRICTER] + [Kind.ADDED] * 5
    assert len(level.check(table).results) == 6


def test_a_weakening_in_the_middle_of_a_chain_is_undone_below_it(base, table):
    middle = base.tailor("middle", parameters={"TOY-01": {"rows": 2}}, waivers=[waiver("TOY-01")], now=NOW)
    leaf = middle.tailor("leaf", parameters={"TOY-01": {"rows": 3}}, now=NOW)
    rows = {when: leaf.check(System("x", t=table), now=when).results[0].parameters["rows"] for when in (NOW, LATER)}
    assert rows == {NOW: 3, LATER: 5}


@pytest.mark.parametrize("old", range(1, 6))
@pytest.mark.parametrize("new", range(1, 6))
def test_tailoring_never_weakens_silently(toys, old, new):
    base = Specification("base", [toys.MinRows(rows=old)])
    if new >= old:
        assert base.tailor(parameters={"TOY-01": {"rows": new}})["TOY-01"].refines(base["TOY-01"])
    else:
        with pytest.raises(InvalidSpecification):
            base.tailor(parameters={"TOY-01": {"rows": new}})


def test_changes_that_the_statement_does_not_tell_are_spelt_out(toys):
    base = Specification("base", [toys.MinRows(), toys.MaxRows(rows=4)])
    child = base.tailor(parameters={"TOY-01": {"needs": ["TOY-02"]}})
    (change,) = child.diff()
    assert change.before != change.after
    assert "needs = TOY-02" in change.after
