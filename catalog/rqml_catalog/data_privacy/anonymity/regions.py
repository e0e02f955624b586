"""Regions: which records are published in which region, and moves among regions that can be taken back.

A region is one node per quasi-identifier; its records are published as those nodes and form one equivalence class.
Records of a cell may rest in several regions: each such part is an atom. Atom i is part of cell i as long as there are
cells; the atoms after them are what was split off.
"""

from __future__ import annotations

import math

import attrs
import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Floats, Ints, compact
from rqml_catalog.data_privacy.anonymity.goal import Goal
from rqml_catalog.data_privacy.anonymity.table import Table
from rqml_catalog.data_privacy.anonymity.walk import Assignment

MAX_KEYS = 1 << 24
MAX_TRIES = 15_000


@attrs.frozen
class Move:
    """`count` records of an atom went from one region to another; `twin` is the atom split off, or -1."""

    atom: int
    twin: int
    count: int
    source: int
    target: int
    vector: int


@attrs.frozen(eq=False)
class Atoms:
    """Records in regions: cell, records and vector of each atom, all of shape (atoms,)."""

    cell: Ints
    count: Ints
    vector: Ints


@attrs.define(eq=False)
class Regions:
    """Atoms and the sizes of regions.

    Attributes:
        table: the records.
        goal: what an open region must satisfy.
        vectors: shape (vectors, quasi-identifiers), level vectors that regions may be at.
        keys: shape (vectors, cells), the region of each cell at each vector.
        losses: shape (vectors, cells), Loss of a record of the cell there.
        home: shape (regions,), the vector at which a region is looked at.
        places: shape (places,), the cells in each region that k records can be in, region by region.
        starts: shape (regions + 1,), where the cells of each region start in `places`.
        size: shape (regions,), records in each region.
        cell: shape (capacity,), cell of each atom; entries from `n` on are unused, also below.
        count: records of each atom.
        vector: vector that each atom rests at.
        region: its region, keys[vector, cell].
        loss: its Loss, losses[vector, cell].
        n: number of atoms.
        tries: pulls that may still be tried: it bounds the time of a search.
        log: moves since the last commit.
    """

    table: Table
    goal: Goal
    vectors: Ints
    keys: Ints
    losses: Floats
    home: Ints
    places: Ints
    starts: Ints
    size: Ints
    cell: Ints
    count: Ints
    vector: Ints
    region: Ints
    loss: Floats
    n: int
    tries: int = MAX_TRIES
    log: list[Move] = attrs.field(factory=list)

    @property
    def k(self) -> int:
        """Records that an open region must have."""
        return self.goal.k

    def admits(self, keys: set[int]) -> bool:
        """Do all of these regions that are open satisfy the goal?"""
        if any(0 < self.size[key] < self.k for key in keys):
            return False
        if not self.goal.tests:
            return True
        parts = [self.members(key) for key in keys]
        atoms = np.concatenate(parts)
        classes = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        satisfied = self.goal.judge(self.table, self.cell[atoms], classes, len(parts), self.count[atoms])
        return bool(satisfied[[len(part) > 0 for part in parts]].all())

    def total(self) -> float:
        """Sum of Loss over all records."""
        return float(self.loss[: self.n] @ self.count[: self.n])

    def within(self, key: int) -> Ints:
        """Atoms whose cell lies in a region."""
        cells = self.keys.shape[1]
        atoms = self.places[self.starts[key] : self.starts[key + 1]]
        split = (self.keys[self.home[key], self.cell[cells : self.n]] == key).nonzero()[0]
        return np.concatenate([atoms, split + cells]) if len(split) else atoms

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
        open_ = (self.size[keys] >= self.k).nonzero()[0]
        open_ = open_[keys[open_] != other_than]
        return int(open_[self.losses[open_, cell].argmin()]) if len(open_) else -1

    @property
    def atoms(self) -> Atoms:
        """Where all records are now."""
        live = (self.count[: self.n]).nonzero()[0]
        return Atoms(self.cell[live], self.count[live], self.vector[live])

    def place(self, atoms: Atoms) -> None:
        """Put all records elsewhere; atoms of one cell at one vector become one."""
        width = len(self.vectors)
        where, number = np.unique(atoms.cell * width + atoms.vector, return_inverse=True)
        cell = where // width
        leads = np.diff(cell, prepend=-1) > 0
        order = np.argsort(~leads, kind="stable")
        n = self.n = len(where)
        self.size[self.region] = 0
        self.cell[:n], self.vector[:n] = cell[order], (where % width)[order]
        self.count[:n] = np.bincount(number, atoms.count)[order]
        self.count[n:] = 0
        self.region[:n] = self.keys[self.vector[:n], self.cell[:n]]
        np.add.at(self.size, self.region[:n], self.count[:n])
        self.price(self.losses)

    def price(self, losses: Floats) -> None:
        """Let records lose other amounts, shape (vectors, cells), than they did."""
        self.losses = losses
        self.loss[: self.n] = losses[self.vector[: self.n], self.cell[: self.n]]

    def may_try(self) -> bool:
        """False when the tries are used up, or there is no space to split more atoms."""
        return self.tries > 0 and self.n + 4 * self.k < len(self.cell)

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


def regions_of(table: Table, rest: Assignment, goal: Goal) -> Regions | None:
    """The state after a walk, over the vectors where cells rest; None where the table is too large to search."""
    used, vector = np.unique(rest.vector, return_inverse=True)
    universe = math.prod(len(ladder.loss) for ladder in table.ladders)
    if universe >= 1 << 62 or len(used) * len(table.cells) > (MAX_KEYS if universe <= MAX_KEYS else MAX_KEYS // 4):
        return None
    keys, losses = _grid(table, rest.vectors[used])
    flat, n_regions = compact(keys.ravel(), universe)
    # What is asked most often is one cell at all vectors: let that lie together.
    keys, losses = np.asfortranarray(flat.reshape(keys.shape)), np.asfortranarray(losses)
    home, places, starts = _places(keys, table.counts, n_regions, goal.k)
    cells = np.arange(len(table.cells))
    region = keys[vector, cells]
    size = np.bincount(region, table.counts, n_regions).astype(np.int64)
    room = np.zeros(len(cells) + 1000 + 4 * goal.k, dtype=np.int64)
    return Regions(
        table,
        goal,
        rest.vectors[used],
        keys,
        losses,
        home,
        places,
        starts,
        size,
        np.append(cells, room),
        np.append(table.counts, room),
        np.append(vector, room),
        np.append(region, room),
        np.append(losses[vector, cells], room),
        len(cells),
    )


def _grid(table: Table, vectors: Ints) -> tuple[Ints, Floats]:
    """Region and Loss of each cell at each vector, both of shape (vectors, cells)."""
    keys = np.zeros((len(vectors), len(table.cells)), dtype=np.int64)
    losses = np.zeros(keys.shape)
    for j, ladder in enumerate(table.ladders):
        nodes = ladder.nodes[:, table.cells[:, j]]
        keys *= len(ladder.loss)
        keys += nodes[vectors[:, j]]
        losses += (ladder.loss / len(table.ladders))[nodes][vectors[:, j]]
    return keys, losses


def _places(keys: Ints, counts: Ints, n_regions: int, k: int) -> tuple[Ints, Ints, Ints]:
    """Home vector of each region, and the cells in each region at its home; none where they hold fewer than k."""
    home = np.zeros(n_regions, dtype=np.int64)
    for vector in range(len(keys)):
        home[keys[vector]] = vector
    lies = home[keys] == np.arange(len(keys))[:, None]
    region, cell = keys[lies], np.nonzero(lies)[1]
    enough = (np.bincount(region, counts[cell], n_regions) >= k)[region]
    region, cell = region[enough], cell[enough]
    starts = np.concatenate([[0], np.cumsum(np.bincount(region, minlength=n_regions))])
    return home, cell[np.argsort(region, kind="stable")], starts


def row_nodes(table: Table, regions: Regions) -> Ints:
    """Nodes of each row, shape (rows, quasi-identifiers): the rows of a cell fill its atoms in their order."""
    order = np.argsort(regions.cell[: regions.n], kind="stable")
    levels = np.repeat(regions.vectors[regions.vector[order]], regions.count[order], axis=0)
    rows = np.argsort(table.cell_of_row, kind="stable")
    nodes = np.empty((table.rows, len(table.ladders)), dtype=np.int64)
    for j, ladder in enumerate(table.ladders):
        nodes[rows, j] = ladder.nodes[levels[:, j], table.cells[table.cell_of_row[rows], j]]
    return nodes
