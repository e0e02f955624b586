"""Publish: what stands in the table in place of a node of a ladder."""

from __future__ import annotations

from typing import Any

import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Column, Ints
from rqml_catalog.data_privacy.anonymity.ladder import Ladder

LABELS, REPRESENTATIVES = "labels", "representatives"


def published(column: Column, ladder: Ladder, values: Ints, nodes: Ints, publish: str) -> list[Any] | None:
    """Values of one column as they are to be published, one per row; None if the column stays as it is.

    Args:
        column: the original column, for its distinct values.
        ladder: its ladder.
        values: shape (rows,), code of the original value of each row.
        nodes: shape (rows,), node that each row is generalised to.
        publish: "labels" writes the label of each node (text); "representatives" writes numbers that a model can
            take: the midpoint of the numbers under the node, or where there are none the number of the node,
            the same for equal nodes. Missing values stay missing in both.
    """
    if publish == REPRESENTATIVES:
        return _representatives(column, ladder, nodes)
    if np.array_equal(nodes, ladder.nodes[0][values]):
        return None
    labels = np.array(ladder.labels, dtype=object)
    result: list[Any] = labels[nodes].tolist()
    return result


def _representatives(column: Column, ladder: Ladder, nodes: Ints) -> list[Any]:
    leaves = ladder.nodes[0]
    used = np.setdiff1d(np.arange(len(ladder.labels)), [leaves[-1]] if column.values[-1] is None else [])
    centres = ladder.midpoints.copy()
    if np.isnan(centres[used]).any():
        centres = np.arange(len(centres), dtype=float)
    if column.values[-1] is None:
        centres[leaves[-1]] = np.nan
    result: list[Any] = centres[nodes].tolist()
    return result
