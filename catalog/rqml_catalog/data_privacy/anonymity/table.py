"""Table: records grouped into cells (equal in all quasi-identifiers and sensitive columns), ready to be recoded."""

from __future__ import annotations

import attrs
import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Column, Floats, Ints, combine
from rqml_catalog.data_privacy.anonymity.ladder import Ladder


@attrs.frozen(eq=False)
class Table:
    """Distinct records with their counts.

    Attributes:
        ladders: one per quasi-identifier.
        cells: shape (cells, quasi-identifiers), code of the distinct value.
        counts: shape (cells,), records in each cell.
        cell_of_row: shape (rows,), cell of each record.
        sensitive: sensitive columns with one code per cell, shape (cells,).
    """

    ladders: tuple[Ladder, ...]
    cells: Ints
    counts: Ints
    cell_of_row: Ints
    sensitive: tuple[Column, ...] = ()

    @property
    def rows(self) -> int:
        """Number of records."""
        return len(self.cell_of_row)

    def nodes(self, levels: tuple[int, ...], cells: Ints) -> list[Ints]:
        """Node per quasi-identifier of the given cells, generalised to one level each."""
        return [
            ladder.nodes[level][self.cells[cells, j]]
            for j, (ladder, level) in enumerate(zip(self.ladders, levels, strict=True))
        ]

    def loss(self, levels: tuple[int, ...], cells: Ints) -> Floats:
        """Mean Loss over the quasi-identifiers of each given cell, shape (len(cells),)."""
        total = np.zeros(len(cells))
        for ladder, nodes in zip(self.ladders, self.nodes(levels, cells), strict=True):
            total += ladder.loss[nodes]
        return total / len(self.ladders)


def make_table(columns: list[Column], ladders: list[Ladder], sensitive: list[Column] | None = None) -> Table:
    """Group equal records.

    Args:
        columns: quasi-identifiers, codes of shape (rows,); at least one.
        ladders: one per quasi-identifier.
        sensitive: sensitive columns, codes of shape (rows,).
    """
    everything = [*columns, *(sensitive or [])]
    ids, count = combine([c.codes for c in everything], [len(c.values) for c in everything])
    first = np.empty(count, dtype=np.int64)
    first[ids[::-1]] = np.arange(len(ids) - 1, -1, -1)
    cells = np.stack([column.codes[first] for column in columns], axis=1)
    kept = tuple(Column(column.codes[first], column.values) for column in sensitive or [])
    return Table(tuple(ladders), cells, np.bincount(ids, minlength=count), ids, kept)
