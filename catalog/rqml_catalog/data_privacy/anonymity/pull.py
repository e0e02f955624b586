"""Pull moves: the local search that improves a local recoding for k-anonymity.

A pull gathers in one region all records that lose less there, and fills it up to k with records that lose little by
coming along. Regions that are left with fewer than k are mended in the cheapest way: some records go back, others are
fetched, or the region is given up and its records join open ones. A pull is kept if the total Loss falls.
"""

from __future__ import annotations

import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Flags, Floats, Ints
from rqml_catalog.data_privacy.anonymity.regions import Regions

PASSES = 3
_LEAST_GAIN = 1e-9
_WORTH_TRYING = 1e-3

Transfer = tuple[int, int, int]
"""Atom, records, vector."""


def improve(regions: Regions, passes: int = PASSES) -> None:
    """Apply pulls, most promising first, until a pass gains nothing."""
    failed: dict[int, float] = {}
    for _ in range(passes):
        gained = False
        for bound, vector, key in promising(regions):
            # Same bound as when it failed: nothing has changed there, so it would fail again.
            if failed.get(key) == bound:
                continue
            if not regions.has_room():
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
    n = regions.n
    cell, count, loss = regions.cell[:n], regions.count[:n], regions.loss[:n]
    spare = np.minimum(np.maximum(regions.size[regions.region[:n]] - regions.k, 0), count)
    found: list[tuple[float, int, int]] = []
    for vector in range(len(regions.vectors)):
        keys, gain = regions.keys[vector, cell], loss - regions.losses[vector, cell]
        wants = (gain > _LEAST_GAIN) & (count > 0)
        if wants.any():
            bounds, there = _bounds(regions, keys, gain * count, wants, spare)
            good = bounds > _WORTH_TRYING
            found += zip(bounds[good].tolist(), [vector] * int(good.sum()), there[good].tolist(), strict=True)
    found.sort(reverse=True)
    return found


def _bounds(regions: Regions, keys: Ints, gain: Floats, wants: Flags, spare: Ints) -> tuple[Floats, Ints]:
    there, number = np.unique(keys[wants], return_inverse=True)
    count = regions.count[: regions.n]
    gained = np.bincount(number, gain[wants])
    places = np.maximum(regions.k - np.bincount(number, count[wants]) - regions.size[there], 0)
    others = ~wants & (spare > 0)
    slot = np.minimum(np.searchsorted(there, keys[others]), len(there) - 1)
    inside = there[slot] == keys[others]
    slot, cost = slot[inside], -(gain[others] / np.maximum(count[others], 1))[inside]
    cheapest = np.full(len(there), np.inf)
    np.minimum.at(cheapest, slot, cost)
    cheapest[places == 0] = 0.0
    bounds = gained - np.maximum(places, 1) * cheapest
    bounds[np.bincount(slot, spare[others][inside], len(there)) < places] = -np.inf
    return bounds, there


def pull(regions: Regions, vector: int, key: int) -> bool:
    """Try one pull; False if it gains nothing and was taken back."""
    inside = regions.within(vector, key)
    inside = inside[regions.region[inside] != key]
    gains = regions.loss[inside] - regions.losses[vector, regions.cell[inside]]
    wants, others = inside[gains > _LEAST_GAIN], inside[gains <= _LEAST_GAIN]
    if not len(wants):
        return False
    gain = float((regions.loss[wants] - regions.losses[vector, regions.cell[wants]]) @ regions.count[wants])
    places = regions.k - int(regions.size[key]) - int(regions.count[wants].sum())
    company = _company(regions, wants, others, places)
    there = float(regions.losses[vector, regions.cell[wants[0]]])
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
    chosen = []
    for atom in atoms[np.argsort(-regions.loss[atoms], kind="stable")].tolist():
        region = int(regions.region[atom])
        count = min(regions.surplus(region) - leaving.get(region, 0), int(regions.count[atom]), places)
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
    touched = {key for step in regions.log for key in (step.source, step.target)}
    return all(regions.size[key] == 0 or regions.size[key] >= regions.k for key in touched)


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
    inside = regions.within(vector, source)
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
