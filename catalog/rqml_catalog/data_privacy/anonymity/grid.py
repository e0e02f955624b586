"""Grid: the regions that may be open after a walk, which cells lie in each, and what they cost."""

from __future__ import annotations

import math

import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Floats, Ints, compact
from rqml_catalog.data_privacy.anonymity.goal import Goal
from rqml_catalog.data_privacy.anonymity.regions import Regions
from rqml_catalog.data_privacy.anonymity.table import Table
from rqml_catalog.data_privacy.anonymity.walk import Assignment

MAX_KEYS = 1 << 24
FEW_KEYS = 1 << 14


def regions_of(table: Table, rest: Assignment, goal: Goal) -> Regions | None:
    """The state after a walk, over the vectors where cells rest; None where the table is too large to search.

    A table of few cells is searched over all vectors: there the walk may leave the best ones unused.
    """
    few = len(rest.vectors) * len(table.cells) <= FEW_KEYS
    used, vector = (np.arange(len(rest.vectors)), rest.vector) if few else np.unique(rest.vector, return_inverse=True)
    universe = math.prod(len(ladder.loss) for ladder in table.ladders)
    if universe >= 1 << 62 or len(used) * len(table.cells) > (MAX_KEYS if universe <= MAX_KEYS else MAX_KEYS // 4):
        return None
    vectors = rest.vectors[used]
    flat, n_regions = compact(_nodes_in_one(table, vectors).ravel(), universe)
    keys = flat.reshape(len(vectors), len(table.cells))
    home, example = _homes(keys, n_regions)
    price = _prices(table, vectors[home], example)
    wide, places, starts = _places(keys, home, table.counts, goal.k)
    number = np.full(n_regions, -1, dtype=np.int64)
    number[wide] = np.arange(len(wide))
    # What is asked most often is one cell at all vectors: let that lie together.
    keys = np.asfortranarray(keys)
    cells = np.arange(len(table.cells))
    region = keys[vector, cells]
    room = np.zeros(len(cells) + 1000 + 4 * goal.k, dtype=np.int64)
    return Regions(
        table,
        goal,
        vectors,
        keys,
        price,
        wide,
        places,
        starts,
        number,
        np.bincount(region, table.counts, n_regions).astype(np.int64),
        np.append(cells, room),
        np.append(table.counts, room),
        np.append(region, room),
        np.append(price[region], room),
        len(cells),
    )


def _nodes_in_one(table: Table, vectors: Ints) -> Ints:
    """The nodes of each cell at each vector as one number, shape (vectors, cells)."""
    keys = np.zeros((len(vectors), len(table.cells)), dtype=np.int64)
    for j, ladder in enumerate(table.ladders):
        keys *= len(ladder.loss)
        keys += ladder.nodes[:, table.cells[:, j]][vectors[:, j]]
    return keys


def _homes(keys: Ints, n_regions: int) -> tuple[Ints, Ints]:
    """A vector at which a region is met, and a cell that lies in it, both of shape (regions,)."""
    home, example = np.zeros(n_regions, dtype=np.int64), np.zeros(n_regions, dtype=np.int64)
    cells = np.arange(keys.shape[1])
    for vector in range(len(keys)):
        home[keys[vector]], example[keys[vector]] = vector, cells
    return home, example


def _prices(table: Table, levels: Ints, example: Ints) -> Floats:
    """Mean Loss over the quasi-identifiers in each region, shape (regions,)."""
    price = np.zeros(len(example))
    for j, ladder in enumerate(table.ladders):
        price += ladder.loss[ladder.nodes[levels[:, j], table.cells[example, j]]]
    return price / len(table.ladders)


def _places(keys: Ints, home: Ints, counts: Ints, k: int) -> tuple[Ints, Ints, Ints]:
    """The regions that hold k records or more, the cells in each, and where those of each start."""
    from scipy.sparse import coo_matrix

    at_home = home[keys] == np.arange(len(keys))[:, None]
    vector, cell = at_home.nonzero()
    region, strays = keys[vector, cell], _strays(keys, home)
    region, cell = np.append(region, strays[:, 0]), np.append(cell, strays[:, 1])
    inside = coo_matrix((np.ones(len(cell), dtype=np.int8), (region, cell)), (len(home), keys.shape[1])).tocsr()
    cell, region = inside.indices.astype(np.int64), np.repeat(np.arange(len(home)), np.diff(inside.indptr))
    enough = (np.bincount(region, counts[cell], len(home)) >= k)[region]
    cell, region = cell[enough], region[enough]
    starts = np.append(np.diff(region, prepend=-1).nonzero()[0], len(region))
    return region[starts[:-1]], cell, starts


def _strays(keys: Ints, home: Ints) -> Ints:
    """Regions and cells that lie in them, shape (strays, 2), but not where the others do.

    A value that was published as a node before is that node at every level up to its own.
    """
    found = [np.empty((0, 2), dtype=np.int64)]
    for vector, key in enumerate(keys):
        cell = (home[key] != vector).nonzero()[0]
        region = key[cell]
        stray = keys[home[region], cell] != region
        if stray.any():
            found.append(np.stack([region[stray], cell[stray]], axis=1))
    return np.unique(np.concatenate(found), axis=0)


def row_nodes(table: Table, regions: Regions) -> Ints:
    """Nodes of each row, shape (rows, quasi-identifiers): the rows of a cell fill its atoms in their order."""
    order = np.argsort(regions.cell[: regions.n], kind="stable")
    vector = (regions.keys[:, regions.cell[order]] == regions.region[order]).argmax(axis=0)
    levels = np.repeat(regions.vectors[vector], regions.count[order], axis=0)
    rows = np.argsort(table.cell_of_row, kind="stable")
    nodes = np.empty((table.rows, len(table.ladders)), dtype=np.int64)
    for j, ladder in enumerate(table.ladders):
        nodes[rows, j] = ladder.nodes[levels[:, j], table.cells[table.cell_of_row[rows], j]]
    return nodes
