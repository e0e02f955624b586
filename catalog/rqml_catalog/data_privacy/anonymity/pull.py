"""Pull moves: the local search that improves a local recoding.

A pull gathers in one region all records that lose less there, and fills it up to k with records that lose little by
coming along. Regions that are left with fewer than k are mended in the cheapest way: some records stay, others are
fetched, or the region is given up and its records join open ones. A pull is drafted first; it is done if the total
Loss falls, and kept if every region it touched satisfies the goal.
"""

from __future__ import annotations

import attrs
import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Ints
from rqml_catalog.data_privacy.anonymity.regions import Regions

PASSES = 2
_LEAST_GAIN = 1e-9
_WORTH_TRYING = 0.1

Transfer = tuple[int, int, int]
"""Atom, records, region to go to."""
Option = tuple[float, list[Transfer]]
"""What transfers cost, infinite where there are none, and the transfers."""
_NONE: Option = (np.inf, [])


def improve(
    regions: Regions, passes: int = PASSES, failed: dict[int, float] | None = None, only_higher: bool = False
) -> None:
    """Apply pulls, most promising first, until a pass gains nothing.

    Args:
        regions: what to improve.
        passes: at most so many.
        failed: bounds at which the pull of a region failed, kept from earlier calls and for later ones.
        only_higher: try what failed again at a higher bound only; else at any other bound, since then something
            has changed there.
    """
    failed = {} if failed is None else failed
    for _ in range(passes):
        gained = False
        for bound, key in promising(regions):
            before = failed.get(key)
            if before is not None and (bound <= before if only_higher else bound == before):
                continue
            if not regions.may_try():
                return
            if pull(regions, key):
                gained = True
                failed.pop(key, None)
            else:
                failed[key] = bound
        if not gained:
            return


def promising(regions: Regions) -> list[tuple[float, int]]:
    """Bounds and keys of regions that could gain, best bound first.

    The bound: all that the records gain who lose less there, less the cheapest company for each place up to k.
    """
    n, starts = regions.n, regions.starts[:-1]
    count, spare = regions.count[:n], np.maximum(regions.size[regions.region[:n]] - regions.k, 0)
    spare = np.minimum(spare, count)
    gain = regions.loss[regions.places] - np.repeat(regions.price[regions.wide], np.diff(regions.starts))
    wants = gain > _LEAST_GAIN
    coming = np.where(wants, count[regions.places], 0)
    company = np.where(wants, 0, spare[regions.places])
    gained, records = np.add.reduceat(coming * gain, starts), np.add.reduceat(coming, starts)
    others = np.add.reduceat(company, starts)
    nearest = np.maximum.reduceat(np.where(company > 0, gain, -np.inf), starts)

    atom, key = regions.splits()
    number, gain = regions.number[key], regions.loss[atom] - regions.price[key]
    coming = np.where(gain > _LEAST_GAIN, count[atom], 0)
    company = np.where(gain > _LEAST_GAIN, 0, spare[atom])
    np.add.at(gained, number, coming * gain)
    np.add.at(records, number, coming)
    np.add.at(others, number, company)
    np.maximum.at(nearest, number, np.where(company > 0, gain, -np.inf))

    places = np.maximum(regions.k - records - regions.size[regions.wide], 0)
    bounds = np.where(others >= places, gained, 0.0)
    short = (places > 0) & (bounds > _WORTH_TRYING)
    bounds[short] += places[short] * nearest[short]
    found = (bounds > _WORTH_TRYING).nonzero()[0]
    found = found[np.argsort(-bounds[found], kind="stable")]
    return list(zip(bounds[found].tolist(), regions.wide[found].tolist(), strict=True))


@attrs.define(eq=False)
class _Draft:
    """Transfers that are not made yet.

    Attributes:
        regions: as they are.
        target: the region that pulls.
        allowance: what the transfers gain so far.
        transfers: in the order to be made.
        drawn: records that go away, by atom.
        change: records that go or come, by region.
    """

    regions: Regions
    target: int
    allowance: float = 0.0
    transfers: list[Transfer] = attrs.field(factory=list)
    drawn: dict[int, int] = attrs.field(factory=dict)
    change: dict[int, int] = attrs.field(factory=dict)
    _cells: set[int] = attrs.field(factory=set)

    def may_take(self, cell: int) -> bool:
        """Does a cell lie in the target?"""
        if not self._cells:
            self._cells.update(self.regions.cell[self.regions.within(self.target)].tolist())
        return cell in self._cells

    def size(self, key: int) -> int:
        """Records in a region afterwards."""
        return int(self.regions.size[key]) + self.change.get(key, 0)

    def add(self, option: Option) -> None:
        """Draft more transfers."""
        cost, transfers = option
        self.allowance -= cost
        for atom, count, key in transfers:
            source = int(self.regions.region[atom])
            self.drawn[atom] = self.drawn.get(atom, 0) + count
            self.change[source] = self.change.get(source, 0) - count
            self.change[key] = self.change.get(key, 0) + count
        self.transfers += transfers

    def make(self) -> None:
        """Make the transfers."""
        counts: dict[tuple[int, int], int] = {}
        for atom, count, key in self.transfers:
            counts[atom, key] = counts.get((atom, key), 0) + count
        for (atom, key), count in counts.items():
            if count:
                self.regions.move(atom, count, key)


def pull(regions: Regions, key: int) -> bool:
    """Try one pull; False if it gains nothing, and then nothing has changed."""
    regions.tries -= 1
    draft = _gather(regions, key)
    if draft is None or not _mend_sources(draft):
        return False
    draft.make()
    if regions.goal.tests and not regions.admits({key for step in regions.log for key in (step.source, step.target)}):
        regions.undo()
        return False
    regions.commit()
    return True


def _gather(regions: Regions, key: int) -> _Draft | None:
    """All who lose less in a region, and company up to k; None if that gains nothing."""
    inside = regions.within(key)
    gains = regions.loss[inside] - regions.price[key]  # 0 for those that rest there already
    willing = gains > _LEAST_GAIN
    wants = inside[willing]
    counts = regions.count[wants]
    gain = float(gains[willing] @ counts)
    if gain <= _LEAST_GAIN:
        return None
    draft = _Draft(regions, key)
    draft.add((-gain, [(atom, count, key) for atom, count in zip(wants.tolist(), counts.tolist(), strict=True)]))
    places = regions.k - draft.size(key)
    if places > 0:
        draft.add(_fill(draft, key, inside[~willing & (regions.region[inside] != key)], places, gain))
    return draft if draft.allowance > _LEAST_GAIN else None


def _fill(draft: _Draft, key: int, atoms: Ints, places: int, most: float) -> Option:
    """Records of the atoms that fill places in a region: those that can be spared and lose least."""
    regions, drawn, change = draft.regions, draft.drawn, draft.change
    spare = regions.size[regions.region[atoms]] - regions.k
    some = spare > 0
    atoms, spare = atoms[some], spare[some]
    costs = regions.price[key] - regions.loss[atoms]
    if not len(atoms) or places * costs[costs.argmin()] > most:
        return _NONE
    order = costs.argsort(kind="stable")
    atoms = atoms[order]
    total, transfers = 0.0, []
    taken: dict[int, int] = {}
    columns = (atoms, regions.region[atoms], spare[order], regions.count[atoms], costs[order])
    for atom, source, surplus, here, cost in zip(*(column.tolist() for column in columns), strict=True):
        gone = taken.get(source, 0)
        count = min(surplus + change.get(source, 0) - gone, here - drawn.get(atom, 0), places)
        if count > 0:
            total += count * cost
            if total > most:
                return _NONE
            transfers.append((atom, count, key))
            taken[source] = gone + count
            places -= count
            if not places:
                return total, transfers
    return _NONE


def _mend_sources(draft: _Draft) -> bool:
    """Bring every region that lost records back to k or to 0 at a cost below the allowance."""
    regions, k = draft.regions, draft.regions.k
    sources = sorted((key for key, change in draft.change.items() if change < 0), key=lambda key: -draft.size(key))
    for source in sources:
        missing = k - draft.size(source)
        if not 0 < missing < k:
            continue
        inside = regions.within(source)
        region = regions.region[inside]
        elsewhere = inside[(region != source) & (region != draft.target)]
        best = _stay(draft, source, missing)
        best = min(best, _fill(draft, source, elsewhere, missing, min(draft.allowance, best[0])), key=_cost)
        best = min(best, _give_up(draft, inside[region == source], min(draft.allowance, best[0])), key=_cost)
        if best[0] >= draft.allowance - _LEAST_GAIN:
            return False
        draft.add(best)
    return True


def _cost(option: Option) -> float:
    return option[0]


def _stay(draft: _Draft, source: int, missing: int) -> Option:
    """Records that do not go to the target after all, those that would gain least there."""
    regions, target = draft.regions, draft.target
    if draft.size(target) - missing < regions.k:
        return _NONE
    price = float(regions.price[target])
    pulled = [
        (float(regions.loss[atom]) - price, atom, count)
        for atom, count, key in draft.transfers
        if key == target and regions.region[atom] == source
    ]
    total, transfers = 0.0, []
    for gain, atom, count in sorted(pulled):
        staying = min(count, missing)
        total += staying * gain
        transfers.append((atom, -staying, target))
        missing -= staying
        if not missing:
            return total, transfers
    return _NONE


def _give_up(draft: _Draft, members: Ints, most: float) -> Option:
    """Every record that is left goes to the cheapest open region."""
    regions, target = draft.regions, draft.target
    price = float(regions.price[target])
    total, transfers = 0.0, []
    columns = (members, regions.cell[members], regions.count[members], regions.loss[members])
    for atom, cell, count, loss in zip(*(column.tolist() for column in columns), strict=True):
        left = count - draft.drawn.get(atom, 0)
        if not left:
            continue
        key = next((key for key in regions.open_to(atom) if draft.size(key) >= regions.k), -1)
        if (key < 0 or price < regions.price[key]) and draft.may_take(cell):
            key = target
        if key < 0:
            return _NONE
        total += left * (float(regions.price[key]) - loss)
        if total > most:
            return _NONE
        transfers.append((atom, left, key))
    return total, transfers
