"""Shake: leave the local optimum of pull moves, and keep of each attempt what is better.

One shake prices every region a little wrong (the noising method of Charon and Hudry, Operations Research Letters 14,
1993), lets pulls follow the wrong prices, and then the right ones. The result is not taken or left as a whole: records
that share a region before or after the shake belong together, and each group of such records (there are hundreds)
goes where it loses less. This is the partition crossover of Whitley, Hains and Howe (GECCO 2009).
"""

from __future__ import annotations

import numpy as np

from rqml_catalog.data_privacy.anonymity.pull import improve
from rqml_catalog.data_privacy.anonymity.regions import Atoms, Regions

SHAKES = 7
NOISE = 0.2
_EPSILON = 1e-9


def shake(regions: Regions, rng: np.random.Generator, times: int = SHAKES, noise: float = NOISE) -> None:
    """Improve regions by shakes; the total Loss never rises.

    Args:
        regions: to be improved, best after pulls.
        rng: source of the noise.
        times: number of shakes.
        noise: the price of a region is its Loss times a uniform factor in [1 - noise, 1 + noise].
    """
    best, price = regions.atoms, regions.price
    failed: dict[int, float] = {}
    failed_noisily: dict[int, float] = {}
    for _ in range(times):
        if not regions.may_try():
            return
        regions.charge(price * rng.uniform(1 - noise, 1 + noise, len(price)))
        improve(regions, 1, failed_noisily, only_higher=True)
        regions.charge(price)
        improve(regions, 1, failed)
        best = recombine(regions, best, regions.atoms)
        regions.place(best)


def recombine(regions: Regions, first: Atoms, second: Atoms) -> Atoms:
    """Of two placements of the same records, the better one for each group that shares no region with the others."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    cells, both = regions.keys.shape[1], (first, second)
    numbers = [np.unique(atoms.region, return_inverse=True)[1] for atoms in both]
    start = cells + int(numbers[0].max()) + 1
    ends = np.concatenate([numbers[0] + cells, numbers[1] + start])
    nodes = start + int(numbers[1].max()) + 1
    starts = np.concatenate([first.cell, second.cell])
    links = coo_matrix((np.ones(len(ends), dtype=np.int8), (starts, ends)), (nodes, nodes))
    count, group = connected_components(links, directed=False)
    lost = [np.bincount(group[a.cell], a.count * regions.price[a.region], count) for a in both]
    better = lost[1] < lost[0] - _EPSILON
    kept, taken = ~better[group[first.cell]], better[group[second.cell]]
    return Atoms(
        np.concatenate([first.cell[kept], second.cell[taken]]),
        np.concatenate([first.count[kept], second.count[taken]]),
        np.concatenate([first.region[kept], second.region[taken]]),
    )
