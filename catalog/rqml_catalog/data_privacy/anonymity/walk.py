"""The greedy start of local recoding: walk up, and let each record rest at the first place that satisfies the goal.

Regions (one node per quasi-identifier) are visited in ascending order of what they lose. The records in a region that
rest nowhere yet stay there if together they satisfy the goal. What remains at the end is handed back.
"""

from __future__ import annotations

import attrs
import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Flags, Ints, combine
from rqml_catalog.data_privacy.anonymity.goal import Goal
from rqml_catalog.data_privacy.anonymity.lattice import level_vectors, vector_losses
from rqml_catalog.data_privacy.anonymity.table import Table

MAX_VECTORS = 4_000
# Spreading a loss over several columns leaves more ways open than spending it on one: convex powers rank so.
POWER = 2.0


@attrs.define(eq=False)
class Assignment:
    """Where each cell rests.

    Attributes:
        vectors: shape (vectors, quasi-identifiers), level vectors in the order walked.
        vector: shape (cells,), number of the vector at which the cell rests, -1 for nowhere.
        region: shape (cells,), number of its class, -1 for nowhere.
        n_regions: number of classes.
    """

    vectors: Ints
    vector: Ints
    region: Ints
    n_regions: int = 0

    @property
    def left(self) -> Flags:
        """Cells that rest nowhere, shape (cells,)."""
        return self.vector < 0


def walk(table: Table, goal: Goal, power: float = POWER) -> Assignment:
    """Rest each cell at the first level vector, by ascending Loss, where its class satisfies the goal.

    Args:
        table: the records.
        goal: what each class must satisfy.
        power: exponent of each column's Loss in the order of vectors.
    """
    vectors = level_vectors(table, MAX_VECTORS)
    vectors = vectors[np.argsort(vector_losses(table, vectors, power), kind="stable")]
    nowhere = np.full(len(table.cells), -1, dtype=np.int64)
    rest = Assignment(vectors, nowhere, nowhere.copy())
    waiting = np.arange(len(table.cells))
    for i in range(len(vectors)):
        if not len(waiting) or table.counts[waiting].sum() < goal.k:
            break
        waiting = _settle(table, goal, rest, waiting, i)
    return rest


def _settle(table: Table, goal: Goal, rest: Assignment, waiting: Ints, i: int) -> Ints:
    """Rest what can at vector `i`; returns the cells that still wait."""
    nodes = table.nodes(tuple(rest.vectors[i].tolist()), waiting)
    classes, count = combine(nodes, [len(ladder.loss) for ladder in table.ladders])
    good = goal.satisfied(table, waiting, classes, count)
    settled = good[classes]
    if not settled.any():
        return waiting
    numbers = np.cumsum(good) - 1 + rest.n_regions
    rest.vector[waiting[settled]] = i
    rest.region[waiting[settled]] = numbers[classes[settled]]
    rest.n_regions += int(good.sum())
    return waiting[~settled]


def absorb(table: Table, goal: Goal, rest: Assignment) -> bool:
    """Let what rests nowhere join whole classes, at the cheapest vector where the union satisfies the goal.

    Returns False if even the whole table misses the goal; then some cells still rest nowhere.
    """
    losses = vector_losses(table, rest.vectors)
    for i in np.argsort(losses, kind="stable").tolist():
        if not rest.left.any():
            return True
        _absorb_at(table, goal, rest, i)
    return not rest.left.any()


def _absorb_at(table: Table, goal: Goal, rest: Assignment, i: int) -> None:
    """At one vector: unions of waiting cells and all classes that lie within the same region."""
    levels = tuple(rest.vectors[i].tolist())
    near = _near(table, levels, rest.left)
    classes, count = combine(table.nodes(levels, near), [len(ladder.loss) for ladder in table.ladders])
    left = rest.left[near]
    wanted = np.zeros(count, dtype=bool)
    wanted[classes[left]] = True
    below = left | np.all(rest.vectors[rest.vector[near]] <= rest.vectors[i], axis=1)
    among = wanted[classes] & below
    joined, classes = near[among], classes[among]
    good = goal.satisfied(table, joined, classes, count) & wanted
    kept = good[classes]
    moved, classes = joined[kept], classes[kept]
    if len(moved):
        numbers = np.cumsum(good) - 1 + rest.n_regions
        rest.region[moved] = numbers[classes]
        rest.vector[moved] = i
        rest.n_regions += int(good.sum())


def _near(table: Table, levels: tuple[int, ...], left: Flags) -> Ints:
    """Cells that share each node with some waiting cell, if not all nodes with one."""
    cells = np.arange(len(table.cells))
    for j, (ladder, level) in enumerate(zip(table.ladders, levels, strict=True)):
        nodes = ladder.nodes[level]
        wanted = np.zeros(len(ladder.loss), dtype=bool)
        wanted[nodes[table.cells[left, j]]] = True
        cells = cells[wanted[nodes][table.cells[cells, j]]]
    return cells
