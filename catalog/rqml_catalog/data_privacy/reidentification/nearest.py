"""Nearest records under Gower's distance: numbers by range, other values equal or not, missing as a value."""

from __future__ import annotations

import attrs
import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Floats, Ints

_BLOCK = 4_000_000


@attrs.frozen(eq=False)
class Records:
    """Records in comparable form.

    Attributes:
        numbers: shape (records, numeric columns), scaled so that the range of the originals is 1; missing is NaN.
        codes: shape (records, other columns), equal codes for equal values.
    """

    numbers: Floats
    codes: Ints

    def __len__(self) -> int:
        return len(self.numbers)

    def rows(self, chosen: Ints) -> Records:
        """Some of the records."""
        return Records(self.numbers[chosen], self.codes[chosen])


def nearest(targets: Records, table: Records) -> tuple[Ints, Floats]:
    """Index of the nearest record of the table to each target (the first of equals), and its distance.

    Args:
        targets: t records.
        table: n records with the same columns, n > 0.

    Returns:
        indices and summed distances over the columns, both of shape (t,).
    """
    step = max(1, _BLOCK // len(table))
    parts = [_nearest(targets.rows(np.arange(i, min(i + step, len(targets)))), table) for i in _starts(targets, step)]
    indices, distances = zip(*parts, strict=True)
    return np.concatenate(indices), np.concatenate(distances)


def _gap(one: Floats, other: Floats) -> Floats:
    """Difference of two numbers; a missing one is 1 away from any number and 0 from another missing one."""
    gap: Floats = np.abs(one - other)
    if np.isnan(one).any() or np.isnan(other).any():
        gap = np.where(np.isnan(one) & np.isnan(other), 0.0, np.where(np.isnan(gap), 1.0, gap))
    return gap


def _starts(targets: Records, step: int) -> range:
    return range(0, len(targets), step)


def _nearest(targets: Records, table: Records) -> tuple[Ints, Floats]:
    distance = np.zeros((len(targets), len(table)))
    for j in range(table.numbers.shape[1]):
        distance += _gap(targets.numbers[:, j, None], table.numbers[None, :, j])
    for j in range(table.codes.shape[1]):
        distance += targets.codes[:, j, None] != table.codes[None, :, j]
    found = distance.argmin(axis=1)
    return found, distance[np.arange(len(found)), found]
