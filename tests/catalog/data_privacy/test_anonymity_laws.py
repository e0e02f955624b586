"""Laws of repairs of anonymity, for every table: what can be reached is reached, and costs stay what they say."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rqml import Dataset, EnforcementStatus, Hierarchy, Specification
from rqml.errors import InvalidParameter
from rqml.subjects.hierarchy import as_label
from rqml_catalog.data_privacy import KAnonymity, LDiversity, TCloseness
from rqml_catalog.data_privacy.anonymity.ladder import range_of

AGES = Hierarchy.intervals(0, 15, (2, 4, 8))
CITIES = Hierarchy.from_rows([(c, "north" if c in "abc" else "south", "*") for c in "abcdef"])
TREES = {"age": AGES, "city": CITIES}
QUASI = ("age", "city", "hours", "sex")
TABLES = st.lists(
    st.fixed_dictionaries(
        {
            "age": st.one_of(st.none(), st.integers(0, 15)),
            "city": st.sampled_from("abcdef"),
            "hours": st.one_of(st.none(), st.floats(0, 1, width=16)),
            "sex": st.sampled_from("xy"),
            "illness": st.sampled_from("uvw"),
            "income": st.integers(0, 6),
        }
    ),
    min_size=3,
    max_size=40,
)
METHODS = st.sampled_from([("local", 0.0), ("global", 0.0), ("global", 0.1), ("global", 0.4)])


@st.composite
def rules(draw):
    """Requirements on k, on l, on t, and on several of them."""
    recoding, limit = draw(METHODS)
    publish = draw(st.sampled_from(["labels", "representatives"]))
    more = {"recoding": recoding, "suppression_limit": limit, "publish": publish}
    k, l = draw(st.integers(2, 6)), draw(st.integers(2, 3))  # noqa: E741
    t = draw(st.sampled_from([0.0, 0.1, 0.25, 0.4]))
    kind = draw(st.sampled_from(["distinct", "entropy", "recursive"]))
    return draw(
        st.sampled_from(
            [
                KAnonymity(k=k, **more),
                LDiversity(l=l, kind=kind, **more),
                LDiversity(l=l, kind=kind, k=k, **more),
                TCloseness(t=t, **more),
                TCloseness(t=t, k=k, **more),
                TCloseness(t=t, l=l, **more),
                TCloseness(t=t, k=k, l=l, **more),
            ]
        )
    )


def dataset_of(rows, sensitive, quasi=QUASI):
    frame = pd.DataFrame(rows).assign(all="*")
    trees = {name: tree for name, tree in TREES.items() if name in quasi}
    return Dataset(frame, quasi_identifiers=quasi, sensitive=sensitive, hierarchies=trees)


SENSITIVE = st.sampled_from([("illness",), ("income",), ("illness", "income")])


@given(rows=TABLES, rule=rules(), sensitive=SENSITIVE)
@settings(max_examples=80, deadline=None)
def test_what_one_class_of_all_records_satisfies_is_enforced(rows, rule, sensitive):
    one_class = dataset_of(rows, sensitive, ("all",))
    demands = [rule, KAnonymity(k=rule.k)] if getattr(rule, "k", 1) > 1 else [rule]
    demands += [LDiversity(l=rule.l)] if isinstance(rule, TCloseness) else []
    reachable = all(demand.check(one_class).passed for demand in demands)
    result = rule.enforce(dataset_of(rows, sensitive))
    if reachable:
        assert result.status is EnforcementStatus.SUCCESS, result.message
        assert 0 <= result.cost.get("loss", 0) <= 1
        assert result.cost.get("suppressed", 0) <= rule.suppression_limit * len(rows) + 1e-9
    elif result.status is not EnforcementStatus.SUCCESS:
        assert result.status is EnforcementStatus.INCOMPLETE
        assert "no generalisation reaches the limit" in result.message


@pytest.mark.parametrize("rule", [KAnonymity, LDiversity, TCloseness])
def test_suppression_needs_global_recoding(rule):
    with pytest.raises(InvalidParameter, match="suppression_limit needs recoding='global'"):
        rule(suppression_limit=0.1)
    assert rule(suppression_limit=0.1, recoding="global").suppression_limit == 0.1


def loss_of(frame, rows, quasi):
    """Mean Loss of a released frame against the records as they were collected."""
    lost = [label_loss(label, TREES.get(name)) for name in quasi for label in frame[name]]
    return (sum(lost) + len(quasi) * (len(rows) - len(frame))) / (len(quasi) * len(rows))


def label_loss(label, tree):
    if pd.isna(label) or tree is None:
        return float(label == "*")
    level = next(level for level in range(tree.height) if as_label(label) in {row[level] for row in tree.rows})
    return (len(tree.leaves_under(level, as_label(label))) - 1) / (len(tree.leaves) - 1)


@given(rows=TABLES, method=METHODS, order=st.permutations(range(3)), k=st.integers(2, 5), t=st.sampled_from([0.2, 0.4]))
@settings(max_examples=40, deadline=None)
def test_successive_repairs_cost_what_is_lost_of_the_original(rows, method, order, k, t):
    quasi = ("age", "city", "sex")  # what a star hides of numbers without a hierarchy, no later repair can know
    recoding, limit = method
    more = {"recoding": recoding, "suppression_limit": limit}
    wanted = [KAnonymity(k=k, **more), LDiversity(l=2, **more), TCloseness(t=t, **more)]
    one_class = dataset_of(rows, ("illness",), ("all",))
    assume(all(rule.check(one_class).passed for rule in wanted))
    result = Specification("release", [wanted[i] for i in order]).enforce(dataset_of(rows, ("illness",), quasi))
    if result.status is not EnforcementStatus.SUCCESS:  # one may leave out the rows that another needs
        assert limit > 0, result.message
        return
    assert result.cost.get("loss", 0) == pytest.approx(loss_of(result.subject.frame, rows, quasi), abs=1e-9)


@given(rows=TABLES, k=st.integers(2, 4))
@settings(max_examples=25, deadline=None)
def test_published_ranges_climb_on(rows, k):
    frame = pd.DataFrame(rows).assign(hours=[(i * 7) % 11 for i in range(len(rows))])
    first = KAnonymity(k=2).enforce(Dataset(frame, quasi_identifiers=("hours", "sex")))
    assume(first.status is EnforcementStatus.SUCCESS and len(rows) >= 2 * k)
    again = KAnonymity(k=2 * k).enforce(first.subject)
    assert again.status is EnforcementStatus.SUCCESS
    assert 0 <= again.cost.get("loss", 0) <= 1
    for before, after in zip(first.subject.frame["hours"], again.subject.frame["hours"], strict=True):
        (low, high), ends = range_of(before) or (0, 10), range_of(after) or (0, 10)
        assert ends[0] <= low <= high <= ends[1]


@given(values=st.integers(1, 60), copies=st.integers(1, 50), classes=st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_equally_frequent_values_are_exactly_as_many_as_they_are(values, copies, classes):
    secret = [f"s{i}" for i in range(values)] * copies
    frame = pd.DataFrame({"q": [c for c in range(classes) for _ in secret], "s": secret * classes})
    result = LDiversity(l=values, kind="entropy").check(Dataset(frame, quasi_identifiers="q", sensitive="s"))
    assert result.passed
    assert result.estimates["l"].value == values
    assert TCloseness(t=0.0).check(Dataset(frame, quasi_identifiers="q", sensitive="s")).estimates["t"].value == 0
