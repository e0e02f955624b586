"""Regions: which records are published in which region, and moves among regions that can be taken back.

A region is one node per quasi-identifier; its records are published as those nodes and form one equivalence class.
Records of a cell may rest in several regions: each such part is an atom. Atom i is part of cell i as long as there are
cells; the atoms after them are what was split off.
"""

from __future__ import annotations

import attrs
import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Floats, Ints
from rqml_catalog.data_privacy.anonymity.goal import Goal
from rqml_catalog.data_privacy.anonymity.table import Table

MAX_TRIES = 20_000


@attrs.define
class Move:
    """`count` records of an atom went from one region to another; `twin` is the atom split off, or -1."""

    atom: int
    twin: int
    count: int
    source: int
    target: int


@attrs.frozen(eq=False)
class Atoms:
    """Records in regions: cell, records and region of each atom, all of shape (atoms,)."""

    cell: Ints
    count: Ints
    region: Ints


@attrs.define(eq=False)
class Regions:
    """Atoms and the sizes of regions.

    Attributes:
        table: the records.
        goal: what an open region must satisfy.
        vectors: shape (vectors, quasi-identifiers), level vectors that regions may be at.
        keys: shape (vectors, cells), the region of each cell at each vector.
        price: shape (regions,), Loss of a record in each region.
        wide: shape (wide,), the regions that k records can be in.
        places: shape (places,), the cells in each wide region, region by region.
        starts: shape (wide + 1,), where the cells of each wide region start in `places`.
        number: shape (regions,), number of each region among the wide ones, -1 for the others.
        size: shape (regions,), records in each region.
        cell: shape (capacity,), cell of each atom; entries from `n` on are unused, also below.
        count: records of each atom.
        region: where each atom rests.
        loss: its Loss, price[region].
        n: number of atoms.
        tries: pulls that may still be tried: it bounds the time of a search.
        log: moves since the last commit.
        k: records that an open region must have.
    """

    table: Table
    goal: Goal
    vectors: Ints
    keys: Ints
    price: Floats
    wide: Ints
    places: Ints
    starts: Ints
    number: Ints
    size: Ints
    cell: Ints
    count: Ints
    region: Ints
    loss: Floats
    n: int
    tries: int = MAX_TRIES
    log: list[Move] = attrs.field(factory=list)
    _by_price: dict[int, Ints] = attrs.field(factory=dict)
    _split: dict[int, list[int]] = attrs.field(factory=dict)
    k: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Read what is asked most often once."""
        self.k = self.goal.k

    def admits(self, keys: set[int]) -> bool:
        """Do all of these regions that are open satisfy the goal?"""
        if any(0 < self.size[key] < self.k for key in keys):
            return False
        if not self.goal.tests:
            return True
        parts = [self.members(key) for key in sorted(keys)]
        atoms = np.concatenate(parts)
        classes = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        satisfied = self.goal.judge(self.table, self.cell[atoms], classes, len(parts), self.count[atoms])
        return bool(satisfied[[len(part) > 0 for part in parts]].all())

    def total(self) -> float:
        """Sum of Loss over all records."""
        return float(self.loss[: self.n] @ self.count[: self.n])

    def within(self, key: int) -> Ints:
        """Atoms whose cell lies in a wide region."""
        number = self.number[key]
        atoms = self.places[self.starts[number] : self.starts[number + 1]]
        split = self._split.get(key)
        return np.concatenate([atoms, split]) if split else atoms

    def members(self, key: int) -> Ints:
        """Atoms that rest in a wide region."""
        inside = self.within(key)
        members: Ints = inside[self.region[inside] == key]
        return members

    def splits(self) -> tuple[Ints, Ints]:
        """Each atom that was split off with each wide region that its cell lies in."""
        atoms = np.arange(self.keys.shape[1], self.n)
        keys = np.sort(self.keys[:, self.cell[atoms]], axis=0)
        once = (np.diff(keys, axis=0, prepend=-1) != 0) & (self.number[keys] >= 0)
        return atoms[once.nonzero()[1]], keys[once]

    def open_to(self, atom: int) -> list[int]:
        """The open regions that an atom may rest in, by ascending price."""
        cell = int(self.cell[atom])
        keys = self._by_price.get(cell)
        if keys is None:
            keys = self.keys[:, cell]
            keys = self._by_price[cell] = keys[self.price[keys].argsort(kind="stable")]
        found: list[int] = keys[self.size[keys] >= self.k].tolist()
        return found

    @property
    def atoms(self) -> Atoms:
        """Where all records are now."""
        live = (self.count[: self.n]).nonzero()[0]
        return Atoms(self.cell[live], self.count[live], self.region[live])

    def place(self, atoms: Atoms) -> None:
        """Put all records elsewhere; atoms of one cell in one region become one."""
        width = len(self.size)
        where, number = np.unique(atoms.cell * width + atoms.region, return_inverse=True)
        cell = where // width
        leads = np.diff(cell, prepend=-1) > 0
        order = np.argsort(~leads, kind="stable")
        n = self.n = len(where)
        self.size[self.region] = 0
        self.cell[:n], self.region[:n] = cell[order], (where % width)[order]
        self.count[:n] = np.bincount(number, atoms.count)[order]
        self.count[n:] = 0
        np.add.at(self.size, self.region[:n], self.count[:n])
        self._split.clear()
        split, keys = self.splits()
        by_atom = np.argsort(split, kind="stable")
        for atom, key in zip(split[by_atom].tolist(), keys[by_atom].tolist(), strict=True):
            self._split.setdefault(key, []).append(atom)
        self.charge(self.price)

    def _enter(self, atom: int) -> None:
        for key in self._wide_of(atom):
            self._split.setdefault(key, []).append(atom)

    def _wide_of(self, atom: int) -> set[int]:
        keys = self.keys[:, self.cell[atom]]
        return set(keys[self.number[keys] >= 0].tolist())

    def charge(self, price: Floats) -> None:
        """Let records lose other amounts, shape (regions,), than they did."""
        self.price = price
        self.loss[: self.n] = price[self.region[: self.n]]
        self._by_price.clear()

    def may_try(self) -> bool:
        """False when the tries are used up, or there is no space to split more atoms."""
        return self.tries > 0 and self.n + 4 * self.k < len(self.cell)

    def move(self, atom: int, count: int, target: int) -> None:
        """Move records of an atom to a region that its cell lies in."""
        source = int(self.region[atom])
        twin = -1
        if count < self.count[atom]:
            twin = self.n
            self.n += 1
            self.cell[twin], self.count[twin] = self.cell[atom], count
            self.count[atom] -= count
            self._enter(twin)
        self.log.append(Move(atom, twin, count, source, target))
        moved = atom if twin < 0 else twin
        self.region[moved], self.loss[moved] = target, self.price[target]
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
                for key in self._wide_of(step.twin):
                    self._split[key].pop()
            else:
                self.region[step.atom], self.loss[step.atom] = step.source, self.price[step.source]

    def commit(self) -> None:
        """Keep all moves."""
        self.log.clear()
