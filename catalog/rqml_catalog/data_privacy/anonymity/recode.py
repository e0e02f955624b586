"""Recode: bring a table to a goal, by one level per column (global) or by levels that differ between rows (local)."""

from __future__ import annotations

import attrs
import numpy as np

from rqml_catalog.data_privacy.anonymity import lattice
from rqml_catalog.data_privacy.anonymity.codes import Flags, Floats, Ints, combine
from rqml_catalog.data_privacy.anonymity.goal import Goal
from rqml_catalog.data_privacy.anonymity.local import search_local
from rqml_catalog.data_privacy.anonymity.measures import discernibility
from rqml_catalog.data_privacy.anonymity.table import Table

LOCAL, GLOBAL = "local", "global"


@attrs.frozen(eq=False)
class Recoding:
    """A recoded table and what it lost.

    Attributes:
        nodes: shape (rows, quasi-identifiers), node of each row's ladders; of no meaning in suppressed rows.
        suppressed: shape (rows,), rows that are left out.
        sizes: shape (classes,), records in each class of the published rows.
        loss: mean Loss over rows and quasi-identifiers; a suppressed row loses 1.
        ncp: the same mean of the normalised certainty penalty.
        discernibility: sum of squared class sizes; a suppressed row counts the whole table.
        loss_before: Loss of the table as it was given, above 0 where it holds generalised values.
        ncp_before: the same of the penalty.
    """

    nodes: Ints
    suppressed: Flags
    sizes: Ints
    loss: float
    ncp: float
    discernibility: int
    loss_before: float
    ncp_before: float


def recode(table: Table, goal: Goal, method: str = LOCAL, suppression_limit: float = 0.0) -> Recoding | None:
    """The recoding of least Loss that the method finds, or None where no generalisation reaches the goal.

    Args:
        table: the records with their ladders.
        goal: what each published class must satisfy.
        method: "global" is optimal among full-domain recodings; "local" is a heuristic with far less Loss.
        suppression_limit: largest share of rows, in [0, 1), that may be left out; "local" leaves out none.
    """
    if method == LOCAL:
        nodes = search_local(table, goal)
        return None if nodes is None else describe(table, nodes, np.zeros(table.rows, dtype=bool))
    found = lattice.search(table, goal, suppression_limit)
    if found is None:
        return None
    cells = np.stack(table.nodes(found.levels, np.arange(len(table.cells))), axis=1)
    return describe(table, cells[table.cell_of_row], found.suppressed[table.cell_of_row])


def describe(table: Table, nodes: Ints, suppressed: Flags) -> Recoding:
    """Measure a recoding given by the nodes of each row, shape (rows, quasi-identifiers)."""
    kept = nodes[~suppressed]
    classes, count = combine(list(kept.T), [len(ladder.loss) for ladder in table.ladders])
    sizes, lost = np.bincount(classes, minlength=count), int(suppressed.sum())
    left = len(kept) / table.rows
    given = table.cells[table.cell_of_row]
    leaves = np.stack([ladder.nodes[0][given[:, j]] for j, ladder in enumerate(table.ladders)], axis=1)
    return Recoding(
        nodes,
        suppressed,
        sizes,
        _mean([ladder.loss for ladder in table.ladders], kept) * left + 1 - left,
        _mean([ladder.ncp for ladder in table.ladders], kept) * left + 1 - left,
        discernibility(sizes, lost),
        _mean([ladder.loss for ladder in table.ladders], leaves),
        _mean([ladder.ncp for ladder in table.ladders], leaves),
    )


def _mean(values: list[Floats], nodes: Ints) -> float:
    """Mean over rows and quasi-identifiers of the values of their nodes."""
    return float(np.mean([value[nodes[:, j]].mean() for j, value in enumerate(values)]))
