"""Local recoding: different rows are generalised differently, each class to one node per quasi-identifier."""

from __future__ import annotations

import math

import attrs
import numpy as np

from rqml_catalog.data_privacy.anonymity import lattice
from rqml_catalog.data_privacy.anonymity.codes import Ints
from rqml_catalog.data_privacy.anonymity.goal import Goal
from rqml_catalog.data_privacy.anonymity.grid import regions_of, row_nodes
from rqml_catalog.data_privacy.anonymity.pull import improve
from rqml_catalog.data_privacy.anonymity.shake import shake
from rqml_catalog.data_privacy.anonymity.table import Table
from rqml_catalog.data_privacy.anonymity.walk import Assignment, absorb, walk

FULL_SEARCH_WORK = 20_000_000


def search_local(table: Table, goal: Goal, seed: int = 0) -> Ints | None:
    """Nodes of each row, shape (rows, quasi-identifiers), or None where the whole table misses the goal.

    Where the lattice is small for the cells (FULL_SEARCH_WORK vectors times cells) the result never loses more
    than the best full-domain recoding.
    """
    # A class of l values has l records: with that said at once, fewer moves are tried in vain.
    goal = attrs.evolve(goal, k=max(goal.k, *(test.least_records for test in goal.tests), 1))
    rest = walk(table, goal)
    if not absorb(table, goal, rest):
        return None
    regions = regions_of(table, rest, goal)
    if regions is None:
        nodes = cell_nodes(table, rest)[table.cell_of_row]
    else:
        improve(regions, 1)
        shake(regions, np.random.default_rng(seed))
        nodes = row_nodes(table, regions)
    if math.prod(ladder.levels for ladder in table.ladders) * len(table.cells) <= FULL_SEARCH_WORK:
        nodes = _better(table, nodes, goal)
    return nodes


def _better(table: Table, nodes: Ints, goal: Goal) -> Ints:
    """The search may end above a full-domain recoding where records are few: then take that."""
    losses = [ladder.loss[nodes[:, j]] for j, ladder in enumerate(table.ladders)]
    full = lattice.search(table, goal, below=float(np.mean(losses)))
    if full is None:
        return nodes
    return np.stack(table.nodes(full.levels, np.arange(len(table.cells))), axis=1)[table.cell_of_row]


def cell_nodes(table: Table, rest: Assignment) -> Ints:
    """Nodes of each cell where it rests, shape (cells, quasi-identifiers)."""
    levels = rest.vectors[rest.vector]
    columns = [ladder.nodes[levels[:, j], table.cells[:, j]] for j, ladder in enumerate(table.ladders)]
    return np.stack(columns, axis=1)
