"""Measures against their definitions, written out per class."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rqml.errors import InvalidSubject
from rqml.subjects.hierarchy import Hierarchy
from rqml_catalog.data_privacy.anonymity import closeness, measures
from rqml_catalog.data_privacy.anonymity.codes import Column, combine, encode
from rqml_catalog.data_privacy.anonymity.frames import contingency_of

ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["a", "b", None]), st.integers(0, 5), st.sampled_from("uvwxyz")),
    min_size=1,
    max_size=40,
)
TREE = Hierarchy.from_rows([(v, "1" if v in "uvw" else "2", "*") for v in "uvwxyz"])


def classes_of(rows, position):
    """Sensitive values per combination of the two quasi-identifiers."""
    groups = {}
    for row in rows:
        groups.setdefault(row[:2], []).append(row[position])
    return list(groups.values())


def frame_of(rows):
    return pd.DataFrame(rows, columns=["p", "q", "n", "s"])


def earth_mover(p, q, ground):
    """Least work to turn p into q, by linear programming: the definition."""
    from scipy.optimize import linprog

    m = len(p)
    rows = [np.kron(np.eye(m)[i], np.ones(m)) for i in range(m)] + [np.kron(np.ones(m), np.eye(m)[i]) for i in range(m)]
    solved = linprog(ground.ravel(), A_eq=np.array(rows), b_eq=np.concatenate([p, q]), method="highs")
    return solved.fun


def shares(values, domain):
    counted = Counter(values)
    return np.array([counted[v] for v in domain]) / len(values)


@given(ROWS)
@settings(max_examples=200, deadline=None)
def test_k_and_diversity_follow_their_definitions(rows):
    found = contingency_of(frame_of(rows), ["p", "q"], ["s"])
    groups = classes_of(rows, 3)
    assert sorted(found.sizes) == sorted(map(len, groups))
    assert measures.k_anonymity(found.sizes) == min(map(len, groups))
    pairs = found.sensitive["s"]
    assert sorted(measures.distinct_diversity(pairs)) == sorted(len(set(g)) for g in groups)
    entropies = sorted(math.exp(-sum(p * math.log(p) for p in shares(g, set(g)))) for g in groups)
    assert sorted(measures.entropy_diversity(pairs)) == pytest.approx(entropies, abs=1e-9)
    assert sorted(measures.recursive_diversity(pairs, 2.0)) == sorted(recursive(g, 2.0) for g in groups)


def recursive(group, c):
    counts = sorted(Counter(group).values(), reverse=True)
    return max((i for i in range(1, len(counts) + 1) if counts[0] < c * sum(counts[i - 1 :])), default=0)


@given(ROWS)
@settings(max_examples=40, deadline=None)
def test_closeness_is_the_least_work(rows):
    found = contingency_of(frame_of(rows), ["p", "q"], ["n", "s"])
    numbers = sorted({row[2] for row in rows})
    letters = sorted({row[3] for row in rows})
    steps = np.abs(np.subtract.outer(np.arange(len(numbers)), np.arange(len(numbers)))) / max(len(numbers) - 1, 1)
    equal = 1.0 - np.eye(len(letters))
    height = np.array([[0 if a == b else 0.5 if (a in "uvw") == (b in "uvw") else 1 for a in letters] for b in letters])
    for position, domain, ground, distances in (
        (2, numbers, steps, closeness.ordered_distance(found.sensitive["n"])),
        (3, letters, equal, closeness.equal_distance(found.sensitive["s"])),
        (3, letters, height, closeness.hierarchical_distance(found.sensitive["s"], TREE)),
    ):
        table = shares([row[position] for row in rows], domain)
        work = [earth_mover(shares(g, domain), table, ground) for g in classes_of(rows, position)]
        assert sorted(distances) == pytest.approx(sorted(work), abs=1e-7)


@given(ROWS)
@settings(max_examples=30, deadline=None)
@example([(0, None, 1, "u"), (0, "a", 1, "u"), (0, None, 2, "v")])
def test_all_frame_libraries_agree(rows):
    import duckdb
    import polars as pl

    table = pl.DataFrame(rows, schema={"p": pl.Float64, "q": pl.String, "n": pl.Int64, "s": pl.String}, orient="row")
    arrow = table.to_arrow()
    frames = [frame_of(rows), table, table.lazy(), arrow, duckdb.from_arrow(arrow)]
    answers = []
    for frame in frames:
        found = contingency_of(frame, ["p", "q"], ["n", "s"])
        only = contingency_of(frame, ["p", "q"])
        assert sorted(only.sizes) == sorted(found.sizes)
        answers.append(
            [
                *sorted(found.sizes),
                *sorted(measures.entropy_diversity(found.sensitive["s"])),
                *sorted(closeness.ordered_distance(found.sensitive["n"])),
            ]
        )
    for answer in answers[1:]:
        assert answer == pytest.approx(answers[0], abs=1e-9)


def test_missing_values_are_one_value_in_every_library():
    import duckdb
    import polars as pl

    table = pl.DataFrame({"p": [1.0, None, float("nan"), 1.0]})
    for frame in (table, table.lazy(), table.to_pandas(), table.to_arrow(), duckdb.from_arrow(table.to_arrow())):
        assert sorted(contingency_of(frame, ["p"]).sizes) == [2, 2]


@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=20), st.integers(1, 1 << 61))
def test_combinations_keep_rows_apart_however_large_the_radix(rows, radix):
    columns = list(np.array(rows, dtype=np.int64).T)
    ids, count = combine(columns, [radix + 5, 5, 7])
    assert count == len({tuple(row) for row in rows})
    assert len({(i, *row) for i, row in zip(ids.tolist(), rows, strict=True)}) == count


def test_risks_of_a_small_table():
    sizes = np.array([1, 4, 5])
    assert measures.prosecutor_risk(sizes).max() == 1
    assert measures.marketer_risk(sizes) == pytest.approx(0.3)
    assert measures.marketer_risk(sizes, np.array([10, 8, 5])) == pytest.approx((0.1 + 0.5 + 1) / 10)
    assert measures.journalist_risk(np.array([10, 0])).tolist() == [0.1, 1]
    assert measures.share_at_risk(sizes, 0.2) == pytest.approx(0.5)
    assert measures.discernibility(sizes, suppressed=2) == 1 + 16 + 25 + 2 * 12
    assert measures.average_class_size(sizes, 2) == pytest.approx(10 / 6)


def test_codes_of_odd_columns():
    assert encode([]).values == ()
    assert encode(["", "é", "", None]).values == ("", "é", None)
    assert encode(pd.Categorical(["b", "b"], categories=["a", "b"])).values == ("b",)
    assert not encode([True, False]).is_numeric
    assert closeness.in_order(encode([3, 1, None, 2])).values == (1, 2, 3, None)
    with pytest.raises(InvalidSubject, match="compared"):
        closeness.in_order(Column(np.arange(2), (1, "a")))


@given(ROWS, st.floats(0.2, 5))
@settings(max_examples=100, deadline=None)
def test_recursive_diversity_is_the_number_of_ratios_below_c(rows, c):
    pairs = contingency_of(frame_of(rows), ["p", "q"], ["s"]).sensitive["s"]
    ratios = measures.recursive_ratios(pairs, 5)
    assert ((ratios < c).sum(axis=1) == measures.recursive_diversity(pairs, c)).all()
    whole = contingency_of(frame_of([("", "", *row[2:]) for row in rows]), ["p", "q"], ["s"]).sensitive["s"]
    assert (measures.recursive_ratios(whole, 5)[0] <= ratios.max(axis=0) + 1e-12).all()
