"""The local search: it never loses, never breaks k, and takes back what it tried in vain."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rqml.subjects.hierarchy import Hierarchy
from rqml_catalog.data_privacy.anonymity.codes import encode
from rqml_catalog.data_privacy.anonymity.goal import Goal
from rqml_catalog.data_privacy.anonymity.grid import regions_of, row_nodes
from rqml_catalog.data_privacy.anonymity.ladder import ladder
from rqml_catalog.data_privacy.anonymity.pull import improve, promising, pull
from rqml_catalog.data_privacy.anonymity.recode import describe, recode
from rqml_catalog.data_privacy.anonymity.table import make_table
from rqml_catalog.data_privacy.anonymity.walk import absorb, walk

AGES = Hierarchy.intervals(0, 63, (4, 8, 16, 32))


def people(seed, rows):
    rng = np.random.default_rng(seed)
    ages = np.clip(rng.normal(30, 12, rows), 0, 63).astype(int)
    return [encode(ages), encode(rng.geometric(0.3, rows)), encode(rng.choice(list("abcdef"), rows))]


def table_of(seed, rows):
    columns = people(seed, rows)
    return make_table(columns, [ladder(c, h) for c, h in zip(columns, (AGES, None, None), strict=True)])


def start(seed, rows, k):
    table = table_of(seed, rows)
    rest = walk(table, Goal(k))
    assert absorb(table, Goal(k), rest)
    return table, regions_of(table, rest, Goal(k))


@given(seed=st.integers(0, 10_000), rows=st.integers(20, 250), k=st.integers(2, 8))
@settings(max_examples=20, deadline=None)
def test_search_keeps_k_and_every_record_and_never_loses(seed, rows, k):
    table, regions = start(seed, rows, k)
    before = regions.total()
    improve(regions)
    found = describe(table, row_nodes(table, regions), np.zeros(rows, dtype=bool))
    assert regions.total() <= before + 1e-9
    assert found.loss * rows == pytest.approx(regions.total())
    assert found.sizes.min() >= k
    assert regions.count[: regions.n].sum() == rows
    assert (np.bincount(regions.cell[: regions.n], regions.count[: regions.n]) == table.counts).all()
    for j, step in enumerate(table.ladders):
        values = table.cells[table.cell_of_row, j]
        assert (step.nodes[:, values] == row_nodes(table, regions)[:, j]).any(axis=0).all()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_pull_says_truly_whether_it_gained(seed):
    _, regions = start(seed, 200, 5)
    for _, key in promising(regions)[:25]:
        total, sizes = regions.total(), regions.size.copy()
        gained = pull(regions, key)
        assert not regions.log
        if gained:
            assert regions.total() < total
        else:
            assert regions.total() == pytest.approx(total, abs=1e-12)
            assert (regions.size == sizes).all()


def test_search_gains_on_most_tables():
    gains = []
    for seed in range(5):
        _, regions = start(seed, 800, 10)
        before = regions.total()
        improve(regions)
        gains.append(1 - regions.total() / before)
    assert np.median(gains) > 0.01


def test_tables_beyond_the_search_are_still_recoded():
    rng = np.random.default_rng(0)
    columns = [encode(rng.random(1_500)) for _ in range(5)]
    table = make_table(columns, [ladder(c, None) for c in columns])
    found = recode(table, Goal(5))
    assert found.sizes.min() >= 5


@given(seed=st.integers(0, 10_000), k=st.integers(2, 6))
@settings(max_examples=20, deadline=None)
def test_values_that_are_nodes_already_share_regions_with_their_leaves(seed, k):
    rng = np.random.default_rng(seed)
    labels = [*(str(age) for age in range(64)), *(row[level] for row in AGES.rows for level in (1, 2))]
    columns = [encode(rng.choice(labels, 150)) for _ in range(2)]
    table = make_table(columns, [ladder(column, AGES) for column in columns])
    found = recode(table, Goal(k))
    published = [tuple(step.labels[node] for step, node in zip(table.ladders, row, strict=True)) for row in found.nodes]
    assert min(Counter(published).values()) >= k
    for j, step in enumerate(table.ladders):
        assert (step.nodes[:, table.cells[table.cell_of_row, j]] == found.nodes[:, j]).any(axis=0).all()
