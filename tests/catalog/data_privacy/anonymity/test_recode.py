"""Recoding: what it promises for every table, and the reference results on Adult."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml.errors import InvalidSubject
from rqml.subjects.hierarchy import Hierarchy
from rqml_catalog.data_privacy.anonymity import lattice
from rqml_catalog.data_privacy.anonymity.closeness import equal_distance
from rqml_catalog.data_privacy.anonymity.codes import combine, encode
from rqml_catalog.data_privacy.anonymity.goal import Closeness, Diversity, Goal
from rqml_catalog.data_privacy.anonymity.ladder import ladder
from rqml_catalog.data_privacy.anonymity.publish import published
from rqml_catalog.data_privacy.anonymity.recode import recode
from rqml_catalog.data_privacy.anonymity.table import make_table

AGES = Hierarchy.intervals(0, 15, (2, 4, 8))
CITIES = Hierarchy.from_rows([(c, "north" if c in "abc" else "south", "*") for c in "abcdef"])
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(0, 15)),
        st.sampled_from("abcdef"),
        st.floats(0, 1, width=16),
        st.sampled_from("xy"),
        st.sampled_from("uvw"),
    ),
    min_size=4,
    max_size=60,
)
GOALS = [
    Goal(3),
    Goal(2, (Diversity(0, 2),)),
    Goal(2, (Diversity(0, 1.5, "entropy"),)),
    Goal(2, (Diversity(0, 2, "recursive", 3.0),)),
    Goal(2, (Closeness(0, 0.4, equal_distance),)),
    Goal(3, (Diversity(0, 2), Closeness(0, 0.4, equal_distance))),
]


def table_of(rows):
    columns = [encode(list(column)) for column in zip(*rows, strict=True)]
    ladders = [ladder(c, h) for c, h in zip(columns[:4], (AGES, CITIES, None, None), strict=True)]
    return make_table(columns[:4], ladders, [columns[4]]), columns


def classes_satisfy(table, recoding, goal):
    kept = ~recoding.suppressed
    nodes = [recoding.nodes[kept, j] for j in range(len(table.ladders))]
    classes, count = combine(nodes, [len(x.loss) for x in table.ladders])
    ones = np.ones(kept.sum(), dtype=np.int64)
    return goal.judge(table, table.cell_of_row[kept], classes, count, ones).all()


@pytest.mark.parametrize("method", ["local", "global"])
@pytest.mark.parametrize("goal", GOALS)
@given(rows=ROWS)
@settings(max_examples=12, deadline=None)
def test_the_goal_is_reached_and_every_value_is_an_ancestor(method, goal, rows):
    table, columns = table_of(rows)
    everything = np.arange(len(table.cells))
    reachable = goal.satisfied(table, everything, np.zeros(len(everything), dtype=np.int64), 1).all()
    recoding = recode(table, goal, method)
    assert (recoding is not None) == reachable
    if recoding is None:
        return
    assert recoding.suppressed.sum() == 0
    assert classes_satisfy(table, recoding, goal)
    for j, (step, column) in enumerate(zip(table.ladders, columns[:4], strict=True)):
        assert (step.nodes[:, column.codes] == recoding.nodes[:, j]).any(axis=0).all()
    assert 0 <= recoding.loss <= 1
    assert recoding.sizes.sum() == len(rows)


@given(rows=ROWS, limit=st.sampled_from([0.0, 0.1, 0.3]), goal=st.sampled_from(GOALS))
@settings(max_examples=25, deadline=None)
def test_global_search_equals_exhaustive_search(rows, limit, goal):
    table, _ = table_of(rows)
    best = None
    everything = np.arange(len(table.cells))
    for levels in itertools.product(*(range(x.levels) for x in table.ladders)):
        classes, count = combine(table.nodes(levels, everything), [len(x.loss) for x in table.ladders])
        bad = ~goal.satisfied(table, everything, classes, count)[classes]
        if table.counts[bad].sum() <= int(limit * table.rows + 1e-9):
            loss = (np.where(bad, 1.0, table.loss(levels, everything)) * table.counts).sum() / table.rows
            best = loss if best is None else min(best, loss)
    found = lattice.search(table, goal, limit)
    assert (found is None) == (best is None)
    if found is not None:
        assert found.loss == pytest.approx(best, abs=1e-12)


@given(rows=ROWS, column=st.integers(0, 3), data=st.data())
@settings(max_examples=25, deadline=None)
def test_classes_only_grow_along_the_lattice(rows, column, data):
    table, _ = table_of(rows)
    levels = [data.draw(st.integers(0, x.levels - 1)) for x in table.ladders]
    higher = list(levels)
    higher[column] = min(levels[column] + 1, table.ladders[column].levels - 1)
    everything, smallest = np.arange(len(table.cells)), []
    for vector in (levels, higher):
        classes, _ = combine(table.nodes(tuple(vector), everything), [len(x.loss) for x in table.ladders])
        smallest.append(np.bincount(classes, table.counts).min())
    assert smallest[0] <= smallest[1]


@given(rows=ROWS)
@settings(max_examples=30, deadline=None)
def test_local_loses_no_more_than_global(rows):
    table, _ = table_of(rows)
    local, full = recode(table, Goal(3), "local"), recode(table, Goal(3), "global")
    assert local is not None
    assert full is not None
    assert local.loss <= full.loss + 1e-9


@pytest.mark.parametrize(
    ("ages", "best"), [((37, 38, 39, 40), (2 * 4 + 2 * 49) / 4), ((4, 5, 6, 7), (2 * 4 + 2 * 9) / 4)]
)
def test_few_records_are_searched_beyond_where_the_walk_ends(ages, best):
    """A greedy walk keeps three together and then takes all of them to the fourth."""
    column = encode(list(ages))
    table = make_table([column], [ladder(column, Hierarchy.intervals(0, 99, (5, 10, 50)))])
    assert recode(table, Goal(2)).loss == pytest.approx(best / 99)


def test_missing_values_stay_missing_below_the_top():
    step = ladder(encode([1, None, 2]), Hierarchy.intervals(0, 3, (2,)))
    column = encode([1, None, 2])
    assert published(step, column.codes, step.nodes[1][column.codes], "labels") == ["0-1", None, "2-3"]
    assert published(step, column.codes, step.nodes[2][column.codes], "labels") == ["*", "*", "*"]


def test_representatives_are_numbers():
    column = encode([0, 1, 6])
    step = ladder(column, Hierarchy.intervals(0, 7, (2,)))
    assert published(step, column.codes, step.nodes[1][column.codes], "representatives") == [0.5, 0.5, 6.5]
    words = encode(["a", "b", "d"])
    step = ladder(words, CITIES)
    numbers = published(step, words.codes, step.nodes[1][words.codes], "representatives")
    assert numbers[0] == numbers[1] != numbers[2]


def test_ranges_of_a_numeric_column_nest_and_end_in_the_star():
    step = ladder(encode(list(range(100))), None)
    assert step.labels[step.nodes[-1][0]] == "*"
    for lower, upper in itertools.pairwise(step.nodes):
        for node in np.unique(lower):
            assert len(np.unique(upper[lower == node])) == 1
    assert (np.diff(step.value_loss, axis=0) >= 0).all()


def test_values_absent_from_the_hierarchy_are_counted_not_shown():
    with pytest.raises(InvalidSubject, match="2 distinct values are absent") as caught:
        ladder(encode(["a", "Zurich", "Bern"]), CITIES)
    assert "Bern" not in str(caught.value)


def test_levels_are_thinned_where_the_lattice_is_too_large():
    columns = [encode(list(range(200))) for _ in range(5)]
    table = make_table(columns, [ladder(c, None) for c in columns])
    vectors = lattice.level_vectors(table, 5_000)
    assert len(vectors) <= 5_000
    assert (vectors.max(axis=0) == [x.levels - 1 for x in table.ladders]).all()


def adult_table(adult):
    frame, hierarchies = adult
    columns = [encode(frame[name]) for name in hierarchies]
    return make_table(columns, [ladder(c, h) for c, h in zip(columns, hierarchies.values(), strict=True)])


@pytest.mark.parametrize(
    ("limit", "loss", "suppressed", "classes"),
    [(0.0, 0.572193, 0, 20), (0.05, 0.176108, 1233, 202), (0.1, 0.157134, 3000, 329)],
)
def test_adult_global_recoding_is_the_known_optimum(adult, limit, loss, suppressed, classes):
    found = recode(adult_table(adult), Goal(10), "global", limit)
    assert found.loss == pytest.approx(loss, abs=1e-6)
    assert (found.suppressed.sum(), len(found.sizes)) == (suppressed, classes)


def test_adult_local_recoding_is_below_the_floor(adult):
    found = recode(adult_table(adult), Goal(10), "local")
    assert found.sizes.min() >= 10
    assert found.loss < 0.031
