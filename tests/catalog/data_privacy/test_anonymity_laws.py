"""Laws of repairs of anonymity, for every table: what can be reached is reached, and costs stay what they say."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml import Dataset, EnforcementStatus, Hierarchy
from rqml.errors import InvalidParameter
from rqml_catalog.data_privacy import KAnonymity, LDiversity, TCloseness

AGES = Hierarchy.intervals(0, 15, (2, 4, 8))
CITIES = Hierarchy.from_rows([(c, "north" if c in "abc" else "south", "*") for c in "abcdef"])
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
    trees = {"age": AGES, "city": CITIES} if quasi == QUASI else {}
    return Dataset(frame, quasi_identifiers=quasi, sensitive=sensitive, hierarchies=trees)


SENSITIVE = st.sampled_from([("illness",), ("income",), ("illness", "income")])


@given(rows=TABLES, rule=rules(), sensitive=SENSITIVE)
@settings(max_examples=150, deadline=None)
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
