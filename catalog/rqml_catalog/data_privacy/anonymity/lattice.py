"""Optimal full-domain recoding: one level per quasi-identifier, the same for all rows.

The lattice of level vectors is searched for the vector of least Loss that leaves at most a share of the records in
classes that miss the goal; those records are suppressed and lose 1. Two facts prune it (El Emam et al., JAMIA 16(5)
2009, OLA; Kohlmayer et al., PASSAT 2012, Flash). (1) Without suppression Loss grows along the lattice, so a vector
whose Loss alone is not below the best found is out. (2) Where the goal is monotone, a vector that suppresses too much
rules out everything below it, and one found by bisection of a chain rules out much.
"""

from __future__ import annotations

import itertools

import attrs
import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Flags, Floats, Ints, combine
from rqml_catalog.data_privacy.anonymity.goal import Diversity, Goal
from rqml_catalog.data_privacy.anonymity.table import Table

MAX_VECTORS = 200_000


@attrs.frozen(eq=False)
class FullDomain:
    """The best level vector.

    Attributes:
        levels: level of each quasi-identifier.
        suppressed: shape (cells,), cells whose class misses the goal.
        loss: mean Loss over records and quasi-identifiers, suppressed records at 1.
    """

    levels: tuple[int, ...]
    suppressed: Flags
    loss: float


def level_vectors(table: Table, limit: int = MAX_VECTORS) -> Ints:
    """All level vectors, shape (vectors, quasi-identifiers).

    Where there are more than `limit`, every other level of the tallest ladders is left out, never the first
    and the last.
    """
    choices = [list(range(ladder.levels)) for ladder in table.ladders]
    while np.prod([float(len(c)) for c in choices]) > limit and max(map(len, choices)) > 2:
        tallest = max(choices, key=len)
        tallest[:] = sorted({*tallest[::2], tallest[-1]})
    return np.array(list(itertools.islice(itertools.product(*choices), 4 * limit)), dtype=np.int64)


def vector_losses(table: Table, vectors: Ints, power: float = 1.0) -> Floats:
    """Mean Loss of the table at each level vector, shape (vectors,), nothing suppressed.

    With another `power` than 1 each column's mean Loss is raised to it before they are averaged.
    """
    total = np.zeros(len(vectors))
    for j, ladder in enumerate(table.ladders):
        weight = np.bincount(table.cells[:, j], table.counts, ladder.nodes.shape[1]) / table.rows
        total += ((ladder.value_loss @ weight) ** power)[vectors[:, j]]
    return total / len(table.ladders)


def search(table: Table, goal: Goal, suppression_limit: float = 0.0, below: float = np.inf) -> FullDomain | None:
    """The level vector of least Loss, or None if even `*` everywhere misses the goal.

    Args:
        table: the records.
        goal: what each class must satisfy.
        suppression_limit: largest share of records that may be suppressed, in [0, 1).
        below: only a Loss below this one is of interest; None if there is none.
    """
    vectors = level_vectors(table)
    floor = vector_losses(table, vectors)
    order = np.argsort(floor, kind="stable")
    state = _Search(table, goal, int(suppression_limit * table.rows + 1e-9), vectors[order], floor[order], below)
    monotone = suppression_limit == 0 or all(_is_distinct(test) for test in goal.tests)
    if monotone:
        state.bisect_chains()
    for i in range(len(order)):
        if state.floor[i] >= state.best_loss:
            break
        if state.open[i]:
            state.try_vector(i, monotone)
    return state.best


def _is_distinct(test: object) -> bool:
    """With suppression only k and distinct l are monotone: merging may spoil a class for the others."""
    return isinstance(test, Diversity) and test.kind == "distinct"


@attrs.define(eq=False)
class _Search:
    table: Table
    goal: Goal
    allowed: int
    vectors: Ints
    floor: Floats
    below: float = np.inf
    best: FullDomain | None = None
    open: Flags = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.open = np.ones(len(self.vectors), dtype=bool)

    @property
    def best_loss(self) -> float:
        return self.below if self.best is None else self.best.loss

    def try_vector(self, i: int, monotone: bool) -> bool:
        """Evaluate one vector; True if it suppresses no more than allowed."""
        self.open[i] = False
        levels = tuple(self.vectors[i].tolist())
        everything = np.arange(len(self.table.cells))
        nodes = self.table.nodes(levels, everything)
        classes, count = combine(nodes, [len(ladder.loss) for ladder in self.table.ladders])
        bad = self._left_out(classes, count)
        if self.table.counts[bad].sum() > self.allowed:
            if monotone:
                self.open &= ~np.all(self.vectors <= self.vectors[i], axis=1)
            return False
        kept = self.table.loss(levels, everything)
        loss = float((np.where(bad, 1.0, kept) * self.table.counts).sum() / self.table.rows)
        if loss < self.best_loss:
            self.best = FullDomain(levels, bad, loss)
        return True

    def _left_out(self, classes: Ints, count: int) -> Flags:
        """Cells in classes that miss the goal, judged among those that stay: what is left out moves the table."""
        table, cells = self.table, np.arange(len(classes))
        stay = self.goal.satisfied(table, cells, classes, count)[classes]
        while self.goal.tests and not stay.all() and table.counts[~stay].sum() <= self.allowed:
            left = attrs.evolve(table, counts=np.where(stay, table.counts, 0))
            again = stay & self.goal.satisfied(left, cells[stay], classes[stay], count)[classes]
            if again.sum() == stay.sum():
                break
            stay = again
        return ~stay

    def bisect_chains(self) -> None:
        """Find first solutions where they can be, so that both prunings bite early."""
        for _ in range(4 * self.vectors.shape[1]):
            worth = np.flatnonzero(self.open & (self.floor < self.best_loss))
            if len(worth) < 2:
                return
            chain = self._chain(int(worth[0]), worth)
            low, high = 0, len(chain) - 1
            while low <= high:
                middle = (low + high) // 2
                if self.open[chain[middle]] and not self.try_vector(chain[middle], monotone=True):
                    low = middle + 1
                else:
                    high = middle - 1

    def _chain(self, start: int, worth: Ints) -> list[int]:
        """From `start` upwards, each time to the cheapest vector above it that is worth a look."""
        chain = [start]
        above = worth
        while True:
            current = self.vectors[chain[-1]]
            above = above[np.all(self.vectors[above] >= current, axis=1) & (above != chain[-1])]
            if not len(above):
                return chain
            chain.append(int(above[0]))
