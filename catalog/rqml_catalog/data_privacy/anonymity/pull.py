"""Pull moves: the local search that improves a local recoding.

A pull gathers in one region all records that lose less there, and fills it up to k with records that lose little by
coming along. Regions that are left with fewer than k are mended in the cheapest way: some records go back, others are
fetched, or the region is given up and its records join open ones. A pull is kept if the total Loss falls and every
region it touched satisfies the goal.
"""

from __future__ import annotations

import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Floats, Ints
from rqml_catalog.data_privacy.anonymity.regions import Regions

PASSES = 2
_LEAST_GAIN = 1e-9
_WORTH_TRYING = 0.1

Transfer = tuple[int, int, int]
"""Atom, records, vector."""


def improve(regions: Regions, passes: int = PASSES, failed: dict[int, float] | None = None) -> None:
    """Apply pulls, most promising first, until a pass gains nothing.

    Args:
        regions: what to improve.
        passes: at most so many.
        failed: bounds at which the pull of a region failed, kept from earlier calls and for later ones.
    """
    failed = {} if failed is None else failed
    for _ in range(passes):
        gained = False
        for bound, vector, key in promising(regions):
            # Same bound as when it failed: nothing has changed there, so it would fail again.
            if failed.get(key) == bound:
                continue
            if not regions.may_try():
                return
            if pull(regions, vector, key):
                gained = True
            else:
                failed[key] = bound
        if not gained:
            return


def promising(regions: Regions) -> list[tuple[float, int, int]]:
    """Bounds, vectors and keys of regions that could gain, best bound first.

    The bound: all that the records gain who lose less there, less the cheapest company for each place up to k.
    """
    atom, key, there = _chances(regions)
    count, width = regions.count[atom], len(regions.size)
    gain = regions.loss[atom] - there
    wants = gain > _LEAST_GAIN
    gained = np.bincount(key[wants], (gain * count)[wants], width)
    places = np.maximum(regions.k - np.bincount(key[wants], count[wants], width) - regions.size, 0)
    spare = np.minimum(np.maximum(regions.size[regions.region[: regions.n]] - regions.k, 0), regions.count[: regions.n])
    others = (spare[atom] > 0) & ((gained > _WORTH_TRYING) & (places > 0))[key] & ~wants
    atom, key = atom[others], key[others]
    cheapest = np.where(places > 0, np.inf, 0.0)
    np.minimum.at(cheapest, key, -gain[others])
    enough = np.bincount(key, spare[atom], width) >= places
    bounds = np.where(enough, gained, 0.0) - np.where(enough, places * cheapest, 0.0)
    found = (bounds > _WORTH_TRYING).nonzero()[0]
    found = found[np.argsort(-bounds[found], kind="stable")]
    return list(zip(bounds[found].tolist(), regions.home[found].tolist(), found.tolist(), strict=True))


def _chances(regions: Regions) -> tuple[Ints, Ints, Floats]:
    """Each atom with each region that its cell lies in, and the Loss there."""
    cells = regions.keys.shape[1]
    atom, key = regions.places, np.repeat(np.arange(len(regions.size)), np.diff(regions.starts))
    split = np.arange(cells, regions.n)
    at_home = regions.keys[:, regions.cell[split]]
    vector, number = np.nonzero(regions.home[at_home] == np.arange(len(regions.vectors))[:, None])
    atom = np.concatenate([atom, split[number]])
    key = np.concatenate([key, at_home[vector, number]])
    return atom, key, regions.losses[regions.home[key], regions.cell[atom]]


def pull(regions: Regions, vector: int, key: int) -> bool:
    """Try one pull; False if it gains nothing and was taken back."""
    regions.tries -= 1
    inside = regions.within(key)
    inside = inside[regions.region[inside] != key]
    there = float(regions.losses[vector, regions.cell[inside[0]]]) if len(inside) else 0.0
    gains = regions.loss[inside] - there
    willing = gains > _LEAST_GAIN
    wants, others = inside[willing], inside[~willing]
    if not len(wants):
        return False
    gain = float(gains[willing] @ regions.count[wants])
    places = regions.k - int(regions.size[key]) - int(regions.count[wants].sum())
    company = _company(regions, wants, others, places)
    allowance = gain - _cost(regions, company, there)
    if allowance <= _LEAST_GAIN:
        return False
    movers = [*zip(wants.tolist(), regions.count[wants].tolist(), strict=True), *(company or ())]
    for atom, count in movers:
        regions.move(atom, count, vector)
    if _mend_sources(regions, key, allowance):
        regions.commit()
        return True
    regions.undo()
    return False


def _cost(regions: Regions, records: list[tuple[int, int]] | None, loss: float) -> float:
    """What records lose by moving to a region of the given Loss; infinite where there are none to move."""
    if records is None:
        return np.inf
    return sum(count * (loss - float(regions.loss[atom])) for atom, count in records)


def _company(regions: Regions, wants: Ints, others: Ints, places: int) -> list[tuple[int, int]] | None:
    """Records that fill the places up to k, those that lose least first; None if there are too few."""
    if places <= 0:
        return []
    leaving: dict[int, int] = {}
    for region, count in zip(regions.region[wants].tolist(), regions.count[wants].tolist(), strict=True):
        leaving[region] = leaving.get(region, 0) + count
    return _spare_records(regions, others, places, leaving)


def _spare_records(regions: Regions, atoms: Ints, places: int, leaving: dict[int, int]) -> list[tuple[int, int]] | None:
    atoms = atoms[regions.size[regions.region[atoms]] > regions.k]
    atoms = atoms[np.argsort(-regions.loss[atoms], kind="stable")]
    chosen = []
    for atom, region, here in zip(
        atoms.tolist(), regions.region[atoms].tolist(), regions.count[atoms].tolist(), strict=True
    ):
        count = min(regions.surplus(region) - leaving.get(region, 0), here, places)
        if count > 0:
            chosen.append((atom, count))
            leaving[region] = leaving.get(region, 0) + count
            places -= count
            if not places:
                return chosen
    return None


def _mend_sources(regions: Regions, target: int, allowance: float) -> bool:
    """Bring every region that lost records back to k or to 0 at a cost below the allowance."""
    sources = sorted({step.source for step in regions.log}, key=lambda key: -int(regions.size[key]))
    for source in sources:
        if not 0 < regions.size[source] < regions.k:
            continue
        options = [_send_back(regions, source, target), _fetch(regions, source, target)]
        options.append(_give_up(regions, source, min(allowance, *(cost for cost, _ in options))))
        cost, transfers = min(options, key=lambda option: option[0])
        allowance -= cost
        if allowance <= _LEAST_GAIN:
            return False
        for atom, count, vector in transfers:
            regions.move(atom, count, vector)
    return regions.admits({key for step in regions.log for key in (step.source, step.target)})


def _send_back(regions: Regions, source: int, target: int) -> tuple[float, list[Transfer]]:
    missing = regions.k - int(regions.size[source])
    if regions.size[target] - missing < regions.k:
        return np.inf, []
    transfers, cost = [], 0.0
    for step in regions.log:
        atom = step.atom if step.twin < 0 else step.twin
        if step.source == source and step.target == target and regions.region[atom] == target and missing:
            count = min(step.count, missing)
            there = regions.losses[step.vector, regions.cell[atom]]
            cost += count * float(there - regions.loss[atom])
            transfers.append((atom, count, step.vector))
            missing -= count
    return (cost, transfers) if not missing else (np.inf, [])


def _fetch(regions: Regions, source: int, target: int) -> tuple[float, list[Transfer]]:
    member = int(regions.members(source)[0])
    vector, loss = int(regions.vector[member]), float(regions.loss[member])
    inside = regions.within(source)
    inside = inside[(regions.region[inside] != source) & (regions.region[inside] != target)]
    chosen = _spare_records(regions, inside, regions.k - int(regions.size[source]), {})
    return _cost(regions, chosen, loss), [(atom, count, vector) for atom, count in chosen or ()]


def _give_up(regions: Regions, source: int, most: float) -> tuple[float, list[Transfer]]:
    transfers, cost = [], 0.0
    for atom in regions.members(source).tolist():
        vector = regions.cheapest_open(atom, source)
        if vector < 0 or cost > most:
            return np.inf, []
        count = int(regions.count[atom])
        cost += count * float(regions.losses[vector, regions.cell[atom]] - regions.loss[atom])
        transfers.append((atom, count, vector))
    return cost, transfers
