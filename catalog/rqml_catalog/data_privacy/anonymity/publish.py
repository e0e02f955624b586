"""Publish: what stands in the table in place of a node of a ladder."""

from __future__ import annotations

from typing import Any

import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Ints
from rqml_catalog.data_privacy.anonymity.ladder import Ladder

LABELS, REPRESENTATIVES = "labels", "representatives"


def published(ladder: Ladder, values: Ints, nodes: Ints, publish: str) -> list[Any] | None:
    """Values of one column as they are to be published, one per row; None if the column stays as it is.

    Args:
        ladder: of the column.
        values: shape (rows,), code of the original value of each row.
        nodes: shape (rows,), node that each row is generalised to.
        publish: "labels" writes the label of each node (text); "representatives" writes numbers that a model can
            take: the midpoint of the numbers under the node, or of the positions of its leaves (in the order of the
            hierarchy, or sorted) where they are no numbers. Missing values stay missing in both.
    """
    if publish == REPRESENTATIVES:
        numbers: list[Any] = ladder.midpoints[nodes].tolist()
        return numbers
    if np.array_equal(nodes, ladder.nodes[0][values]):
        return None
    labels = np.array(ladder.labels, dtype=object)
    result: list[Any] = labels[nodes].tolist()
    return result
