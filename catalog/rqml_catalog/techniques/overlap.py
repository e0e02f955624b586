"""Records that are on both sides of a split: as test records they would hide a leak among the 'non-members'.

Records count as the same where all features agree up to a ten-thousandth of their usual spread, whatever their labels:
a copy with noise in its last digits, in another type or under another label is as well known to the model as the
record itself.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rqml.errors import InsufficientEvidence
from rqml_catalog.techniques.record_signals import Bools, Floats

GRID = 1e-4  # of a feature's interquartile range
NATURAL_DEVIATIONS = 3.5  # standard deviations by which repetitions may exceed those within the train records


def on_both_sides(features: Floats, members: Bools) -> Bools:
    """Which records are, as far as their features tell, on the other side as well.

    Args:
        features: (n, d) numbers that describe the records, the label left out.
        members: (n,) True for the train records.

    Returns:
        (n,) True for train records that are test records too, and for test records that are train records too.
    """
    found = np.zeros(len(members), dtype=bool)
    for keys in _keys(features):
        found |= np.where(members, np.isin(keys, keys[~members]), np.isin(keys, keys[members]))
    return found


def found_among(records: Floats, others: Floats) -> Bools:
    """Which records are, up to rounding, among others: exact to GRID, for a few records among many.

    Args:
        records: (k, d) numbers that describe the records, k > 0.
        others: (n, d) numbers that describe those they may be among, n > 0.

    Returns:
        (k,) True for the records that are.
    """
    from scipy.spatial import cKDTree

    steps = _steps(np.vstack([records, others]))
    tree = cKDTree(steps[len(records) :], compact_nodes=False, balanced_tree=False)
    return np.asarray(np.isfinite(tree.query(steps[: len(records)], p=np.inf, distance_upper_bound=1.0)[0]))


def refuse_overlap(features: Floats, members: Bools, shared: Bools) -> None:
    """Refuse test records that are train records, if there are more than a random split explains.

    Tables of few columns or categories repeat records by nature: how often, the repetitions within the train records
    say, with one to spare. What a random split explains is set aside where records are counted, and not refused.

    Args:
        features: (n, d) as in `on_both_sides`.
        members: (n,) True for the train records.
        shared: of `on_both_sides`.

    Raises:
        InsufficientEvidence: too many; the text says how many.
    """
    n_train, n_test = int(members.sum()), int((~members).sum())
    overlap, repeating = int(shared[~members].sum()), _repeating(features[members])
    natural = (repeating + 1) / (n_train + 1)
    chance = NATURAL_DEVIATIONS * np.sqrt(natural * (1.0 - natural) * (1.0 / n_test + 1.0 / n_train))
    if overlap > (natural + chance) * n_test:
        raise InsufficientEvidence(
            f"{overlap} of {n_test} test records are train records too, up to rounding and whatever their labels; the "
            f"{repeating} repetitions within the {n_train} train records do not explain that many: they would fake a "
            "PASS; take them out of the test data"
        )


def _keys(features: Floats) -> list[npt.NDArray[np.uint64]]:
    """(n,) digests of the records on two grids, half a step apart: neighbours that one of them parts fall together."""
    import pandas as pd

    steps = _steps(features)
    frames = (pd.DataFrame(np.floor(steps + shift)) for shift in (0.25, 0.75))
    return [np.asarray(pd.util.hash_pandas_object(frame, index=False), dtype=np.uint64) for frame in frames]


def _steps(features: Floats) -> Floats:
    """(n, d) features in units of a ten-thousandth of their spread."""
    numbers = np.nan_to_num(features)
    low, high = np.quantile(numbers, (0.25, 0.75), axis=0)
    spread = np.where(high > low, high - low, numbers.std(axis=0))
    return np.asarray(numbers / np.where(spread > 0.0, GRID * spread, 1.0))


def _repeating(features: Floats) -> int:
    """Number of records that are not the only one of their kind."""
    import pandas as pd

    return int(pd.Series(_keys(features)[0]).duplicated(keep=False).sum())
