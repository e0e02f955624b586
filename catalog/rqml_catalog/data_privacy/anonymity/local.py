"""Local recoding: different rows are generalised differently, each class to one node per quasi-identifier."""

from __future__ import annotations

import math

import numpy as np

from rqml_catalog.data_privacy.anonymity import lattice
from rqml_catalog.data_privacy.anonymity.codes import Ints
from rqml_catalog.data_privacy.anonymity.goal import Goal
from rqml_catalog.data_privacy.anonymity.pull import improve
from rqml_catalog.data_privacy.anonymity.regions import regions_of, row_nodes
from rqml_catalog.data_privacy.anonymity.table import Table
from rqml_catalog.data_privacy.anonymity.walk import Assignment, absorb, walk

FULL_SEARCH_WORK = 20_000_000


def search_local(table: Table, goal: Goal) -> Ints | None:
    """Nodes of each row, shape (rows, quasi-identifiers), or None where the whole table misses the goal.

    Where the lattice is small for the cells (FULL_SEARCH_WORK vectors times cells) the result never loses more
    than the best full-domain recoding.
    """
    rest = walk(table, goal)
    if not absorb(table, goal, rest):
        return None
    regions = regions_of(table, rest, goal.k) if not goal.tests else None
    if regions is None:
        nodes = cell_nodes(table, rest)[table.cell_of_row]
    else:
        improve(regions)
        nodes = row_nodes(table, regions)
    if math.prod(ladder.levels for ladder in table.ladders) * len(table.cells) <= FULL_SEARCH_WORK:
        nodes = _better(table, nodes, lattice.search(table, goal))
    return nodes


def _better(table: Table, nodes: Ints, full: lattice.FullDomain | None) -> Ints:
    """The search may end above a full-domain recoding where records are few: then take that."""
    losses = [ladder.loss[nodes[:, j]] for j, ladder in enumerate(table.ladders)]
    if full is None or full.loss >= float(np.mean(losses)):
        return nodes
    return np.stack(table.nodes(full.levels, np.arange(len(table.cells))), axis=1)[table.cell_of_row]


def cell_nodes(table: Table, rest: Assignment) -> Ints:
    """Nodes of each cell where it rests, shape (cells, quasi-identifiers)."""
    levels = rest.vectors[rest.vector]
    columns = [ladder.nodes[levels[:, j], table.cells[:, j]] for j, ladder in enumerate(table.ladders)]
    return np.stack(columns, axis=1)
