"""Regions: which records are published in which region, and moves among regions that can be taken back.

A region is one node per quasi-identifier; its records are published as those nodes and form one equivalence class.
Records of a cell may rest in several regions: each such part is an atom.
"""

from __future__ import annotations

import math

import attrs
import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Floats, Ints
from rqml_catalog.data_privacy.anonymity.table import Table
from rqml_catalog.data_privacy.anonymity.walk import Assignment

MAX_KEYS = 1 << 24


@attrs.frozen
class Move:
    """`count` records of an atom went from one region to another; `twin` is the atom split off, or -1."""

    atom: int
    twin: int
    count: int
    source: int
    target: int
    vector: int


@attrs.define(eq=False)
class Regions:
    """Atoms and the sizes of regions.

    Attributes:
        k: records that an open region must have.
        vectors: shape (vectors, quasi-identifiers), level vectors that regions may be at.
        keys: shape (vectors, cells), the region of each cell at each vector.
        losses: shape (vectors, cells), Loss of a record of the cell there.
        size: shape (regions,), records in each region.
        cell: shape (capacity,), cell of each atom; entries from `n` on are unused, also below.
        count: records of each atom.
        vector: vector that each atom rests at.
        region: its region, keys[vector, cell].
        loss: its Loss, losses[vector, cell].
        n: number of atoms.
        log: moves since the last commit.
    """

    k: int
    vectors: Ints
    keys: Ints
    losses: Floats
    size: Ints
    cell: Ints
    count: Ints
    vector: Ints
    region: Ints
    loss: Floats
    n: int
    log: list[Move] = attrs.field(factory=list)

    def total(self) -> float:
        """Sum of Loss over all records."""
        return float(self.loss[: self.n] @ self.count[: self.n])

    def within(self, vector: int, key: int) -> Ints:
        """Atoms whose cell lies in a region."""
        return np.flatnonzero((self.keys[vector] == key)[self.cell[: self.n]] & (self.count[: self.n] > 0))

    def members(self, key: int) -> Ints:
        """Atoms that rest in a region."""
        return np.flatnonzero((self.region[: self.n] == key) & (self.count[: self.n] > 0))

    def surplus(self, key: int) -> int:
        """Records that may leave a region while it stays open."""
        return max(int(self.size[key]) - self.k, 0)

    def cheapest_open(self, atom: int, other_than: int) -> int:
        """Vector of the open region of least Loss for an atom, or -1."""
        cell = self.cell[atom]
        keys = self.keys[:, cell]
        open_ = np.flatnonzero(self.size[keys] >= self.k)
        open_ = open_[keys[open_] != other_than]
        return int(open_[self.losses[open_, cell].argmin()]) if len(open_) else -1

    def has_room(self) -> bool:
        """False when there is no space to split more atoms."""
        return self.n + 4 * self.k < len(self.cell)

    def move(self, atom: int, count: int, vector: int) -> None:
        """Move records of an atom to its region at a vector."""
        source, cell = int(self.region[atom]), self.cell[atom]
        target = int(self.keys[vector, cell])
        twin = -1
        if count < self.count[atom]:
            twin = self.n
            self.n += 1
            self.cell[twin], self.count[twin] = cell, count
            self.count[atom] -= count
        self.log.append(Move(atom, twin, count, source, target, int(self.vector[atom])))
        moved = atom if twin < 0 else twin
        self.vector[moved], self.region[moved] = vector, target
        self.loss[moved] = self.losses[vector, cell]
        self.size[source] -= count
        self.size[target] += count

    def undo(self) -> None:
        """Take back all moves since the last commit."""
        while self.log:
            step = self.log.pop()
            self.size[step.source] += step.count
            self.size[step.target] -= step.count
            if step.twin >= 0:
                self.n -= 1
                self.count[step.atom] += step.count
            else:
                self.vector[step.atom], self.region[step.atom] = step.vector, step.source
                self.loss[step.atom] = self.losses[step.vector, self.cell[step.atom]]

    def commit(self) -> None:
        """Keep all moves."""
        self.log.clear()


def regions_of(table: Table, rest: Assignment, k: int) -> Regions | None:
    """The state after a walk, over the vectors where cells rest; None where the table is too large to search."""
    used, vector = np.unique(rest.vector, return_inverse=True)
    cells = np.arange(len(table.cells))
    radices = [len(ladder.loss) for ladder in table.ladders]
    universe = math.prod(radices)
    if universe >= 1 << 62 or len(used) * len(cells) > (MAX_KEYS if universe <= MAX_KEYS else MAX_KEYS // 4):
        return None
    keys = np.empty((len(used), len(cells)), dtype=np.int64)
    losses = np.empty(keys.shape)
    for i, number in enumerate(used):
        levels = tuple(rest.vectors[number].tolist())
        keys[i] = np.ravel_multi_index(table.nodes(levels, cells), radices)
        losses[i] = table.loss(levels, cells)
    if universe > MAX_KEYS:
        distinct, flat = np.unique(keys, return_inverse=True)
        keys, universe = flat.reshape(keys.shape), len(distinct)
    region = keys[vector, cells]
    size = np.bincount(region, table.counts, universe).astype(np.int64)
    room = np.zeros(len(cells) + 1000 + 4 * k, dtype=np.int64)
    return Regions(
        k,
        rest.vectors[used],
        keys,
        losses,
        size,
        np.append(cells, room),
        np.append(table.counts, room),
        np.append(vector, room),
        np.append(region, room),
        np.append(losses[vector, cells], room),
        len(cells),
    )


def row_nodes(table: Table, regions: Regions) -> Ints:
    """Nodes of each row, shape (rows, quasi-identifiers): the rows of a cell fill its atoms in their order."""
    order = np.argsort(regions.cell[: regions.n], kind="stable")
    levels = np.repeat(regions.vectors[regions.vector[order]], regions.count[order], axis=0)
    rows = np.argsort(table.cell_of_row, kind="stable")
    nodes = np.empty((table.rows, len(table.ladders)), dtype=np.int64)
    for j, ladder in enumerate(table.ladders):
        nodes[rows, j] = ladder.nodes[levels[:, j], table.cells[table.cell_of_row[rows], j]]
    return nodes
