"""Shrinks tokens: what is plain data becomes one value, from the innermost group outwards.

Each pass looks at the operators alone. Two that follow each other, a mark and what closes it, hold nothing but
values between them; an operator of fixed arity takes as many values as lie directly before it. What remains when
no pass finds anything is for the machine, one token after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rqml_catalog.supply_chain.serialization import kinds as k
from rqml_catalog.supply_chain.serialization.lexing import Ints, Octets

PASSES = 24
_KEY_WEIGHT = np.full(256, 1 << 32, dtype=np.int64)  # a key that is no text weighs 1, one that is no key far more
_KEY_WEIGHT[: k.LAST_KEY + 1] = 1
_KEY_WEIGHT[k.TEXT] = 0
_WITH_KEYS = [k.CLOSE_FROZEN, k.CLOSE_SET, k.SETS, k.FROZENS]
_FILLABLE = np.zeros(256, dtype=bool)
_FILLABLE[[k.FILLABLE, k.FILLED]] = True
_STATELESS = _FILLABLE.copy()
_STATELESS[k.FRESH] = True
_HELD = np.full(256, k.TUPLE, dtype=np.uint8)  # a tuple by the only value in it
_HELD[[k.LIST, k.DICT, k.LOOSE]] = k.HOLDER
_MAPPING = np.zeros(256, dtype=bool)
_MAPPING[[k.DICT, k.LOOSE]] = True


class _Pass:
    """One pass over the tokens: what becomes of the heads, and which tokens behind them go."""

    def __init__(self, kinds: Octets) -> None:
        self.kinds = kinds
        self.operators = np.flatnonzero(kinds > k.LAST_VALUE)
        self.codes = kinds[self.operators]
        self.gaps = np.diff(self.operators, prepend=-1) - 1
        self.present = np.bincount(self.codes, minlength=256)
        self.first: list[Ints] = []
        self.last: list[Ints] = []

    def becomes(self, heads: Ints, kind: Any, last: Ints) -> None:
        """Tokens turn into another kind and swallow what follows them, up to and including `last`."""
        self.kinds[heads] = kind
        self.first.append(heads + 1)
        self.last.append(last)

    def here(self, code: int, values: int) -> Ints:
        """Places of an operator with at least so many values directly before it."""
        if not self.present[code]:
            return self.operators[:0]
        found: Ints = self.operators[(self.codes == code) & (self.gaps >= values)]
        return found

    def swallowed(self) -> Any:
        """Which tokens go, or None if none do."""
        if not sum(map(len, self.first)):
            return None
        steps = np.zeros(len(self.kinds) + 1, dtype=np.int8)
        steps[np.concatenate(self.first)] = 1
        steps[np.concatenate(self.last) + 1] -= 1
        return np.cumsum(steps[:-1], dtype=np.int8) > 0


def collapse(kinds: Octets, starts: Ints) -> tuple[Octets, Ints, dict[int, int]]:
    """The tokens that remain, where each begins, and the items of each batch among them by its beginning."""
    for _ in range(PASSES):
        one = _Pass(kinds)
        if not len(one.operators):
            return kinds, starts, {}
        _tuples(one)
        _single_items(one)
        _groups(one)
        _objects(one)
        gone = one.swallowed()
        if gone is None:
            break
        kinds, starts = kinds[~gone], starts[~gone]
    return _batches(kinds, starts)


def _tuples(p: _Pass) -> None:
    for code, arity in k.ARITY.items():
        at = p.here(code, arity)
        if len(at):
            held = _HELD[p.kinds[at - 1]] if arity == 1 else k.TUPLE
            p.becomes(at - arity, held, at)


def _single_items(p: _Pass) -> None:
    """APPEND and SETITEM."""
    at = p.here(k.APPEND, 2)
    if len(at):
        into = p.kinds[at - 2]
        at = at[(into == k.LIST) | _FILLABLE[into]]
        at = at[~_collections(p, at - 2, at, p.kinds[at - 1] <= k.LAST_KEY)]
        _call_left(p, at - 2)
        _fill(p, at - 2, at)
    at = p.here(k.SETITEM, 3)
    if len(at):
        into, key = p.kinds[at - 3], p.kinds[at - 2]
        good = (_MAPPING[into] | _FILLABLE[into]) & (key <= k.LAST_KEY)
        loose = (into == k.DICT) & (key != k.TEXT)
        p.kinds[at[good & loose] - 3] = k.LOOSE
        _fill(p, at[good] - 3, at[good])


def _collections(p: _Pass, lists: Ints, last: Ints, hashable: Any) -> Any:
    """`set([...])`: which lists are filled, by the operator `last`, with all of such an argument."""
    kinds = np.concatenate([p.kinds, np.zeros(2, np.uint8)])
    called = np.where(lists >= 1, kinds[lists - 1], k.OTHER)
    whole = ((called == k.SETS) | (called == k.FROZENS)) & (kinds[lists] == k.LIST) & hashable
    whole &= (kinds[last] == k.CLOSE_ITEMS) | (kinds[last] == k.APPEND)
    whole &= (kinds[last + 1] == k.TUPLE1) & (kinds[last + 2] == k.REDUCE)
    p.becomes(lists[whole] - 1, np.where(called[whole] == k.SETS, k.SET, k.FROZEN), last[whole] + 2)
    return whole


def _call_left(p: _Pass, lists: Ints) -> None:
    """Lists that are not yet all of an argument: nobody knows later whether their items could be keys."""
    calls = lists[lists >= 1] - 1
    calls = calls[(p.kinds[calls] == k.SETS) | (p.kinds[calls] == k.FROZENS)]
    p.kinds[calls] = k.OTHER


def _fill(p: _Pass, heads: Ints, last: Ints) -> None:
    """Containers stay what they are; objects are no longer fresh."""
    kinds = p.kinds[heads]
    kinds[kinds == k.FILLABLE] = k.FILLED
    p.becomes(heads, kinds, last)


def _pairs(p: _Pass) -> tuple[Any, Any, Any, Any]:
    """Innermost groups: their marks, what closes them, the codes of that, and the values before the marks."""
    inner = np.flatnonzero((p.codes[:-1] == k.OPEN) & (p.codes[1:] >= k.CLOSE_TUPLE) & (p.codes[1:] <= k.CLOSE_SET))
    return p.operators[inner], p.operators[inner + 1], p.codes[inner + 1], p.gaps[inner]


def _groups(p: _Pass) -> None:
    if not p.present[k.OPEN]:
        return
    opens, closes, codes, before = _pairs(p)
    plain = codes == k.CLOSE_TUPLE
    whole = np.zeros(len(opens), dtype=bool)
    keys = _unhashable(p.kinds) if p.present[_WITH_KEYS].any() else None
    if keys is not None:
        hashable = keys[closes] == keys[opens]
        whole = _collections(p, opens - 1, closes, hashable)
        frozen = (codes == k.CLOSE_FROZEN) & hashable
        p.becomes(opens[frozen], k.FROZEN, closes[frozen])
    into = np.where(before > 0, p.kinds[opens - 1], k.OTHER)
    good = (codes == k.CLOSE_ITEMS) & ((into == k.LIST) | _FILLABLE[into])
    if keys is not None:
        good |= (codes == k.CLOSE_SET) & (into == k.SET) & hashable
    if p.present[k.CLOSE_PAIRS]:
        pairs = (codes == k.CLOSE_PAIRS) & (_MAPPING[into] | _FILLABLE[into])
        weight = _key_weight(p.kinds, opens, closes)
        pairs &= (weight < 1 << 32) & ((closes - opens) % 2 == 1)
        loose = pairs & (weight > 0) & (into == k.DICT)
        p.kinds[opens[loose] - 1] = k.LOOSE
        good |= pairs
    good &= ~whole
    _call_left(p, opens[good] - 1)
    _fill(p, opens[good] - 1, closes[good])
    if plain.any():
        p.becomes(opens[plain], k.TUPLE, closes[plain])


def _unhashable(kinds: Octets) -> Ints:
    """Values that cannot be keys, counted up to each token."""
    return np.cumsum((kinds > k.LAST_KEY) & (kinds <= k.LAST_VALUE), dtype=np.int32)


def _key_weight(kinds: Octets, opens: Ints, closes: Ints) -> Ints:
    """The weight of every second value from the mark on, in each group."""
    padded = np.zeros(2 * (len(kinds) // 2) + 4, dtype=np.int64)
    padded[2 : 2 + len(kinds)] = _KEY_WEIGHT[kinds]
    sums = padded.reshape(-1, 2).cumsum(axis=0).ravel()  # at i + 2: of token i and of those 2, 4... before it
    last = opens + 2 * ((closes - opens) // 2) - 1
    weight: Ints = sums[last + 2] - sums[opens + 1]
    return weight


def _objects(p: _Pass) -> None:
    """Calls of names that take plain data, and plain states."""
    for code, bits, bits_with in ((k.REDUCE, k.CALLS, k.CALLS_WITH), (k.NEWOBJ, k.MAKES, k.MAKES_WITH)):
        if not p.present[code]:
            continue
        which = np.flatnonzero(
            (p.codes[1:] == code) & (p.gaps[1:] == 1) & (p.codes[:-1] >= k.CLASS) & (p.codes[:-1] < k.DTYPE)
        )
        at, names, head = p.operators[which + 1], p.codes[which], p.operators[which]
        argument = p.kinds[at - 1]
        good = (argument == k.EMPTY) & ((names & bits) > 0)
        some = (argument >= k.SMALL) & (argument <= k.HOLDER)
        good |= some & ((names & bits_with) > 0)
        if code == k.REDUCE:
            good |= (argument == k.HOLDER) & ((names & k.TAKES) > 0)
        made = np.where(names & k.FILLS, k.FILLABLE, k.FRESH)
        p.becomes(head[good], made[good], at[good])
    at = p.here(k.BUILD, 2)
    if len(at):
        at = at[(p.kinds[at - 1] == k.DICT) & _STATELESS[p.kinds[at - 2]]]
        p.becomes(at - 2, k.OBJECT, at)


def _batches(kinds: Octets, starts: Ints) -> tuple[Octets, Ints, dict[int, int]]:
    """Groups of plain items for a container that was there before the stretch, each as one operator."""
    p = _Pass(kinds)
    if not p.present[k.OPEN]:
        return kinds, starts, {}
    opens, closes, codes, _ = _pairs(p)
    keys = _unhashable(kinds)
    weight = _key_weight(kinds, opens, closes)
    becomes = np.zeros(len(opens), dtype=np.uint8)
    hashable = keys[closes] == keys[opens]
    items = codes == k.CLOSE_ITEMS
    becomes[items] = np.where(hashable[items], k.KEY_BATCH, k.BATCH)
    becomes[(codes == k.CLOSE_SET) & hashable] = k.SET_BATCH
    pairs = (codes == k.CLOSE_PAIRS) & (weight < 1 << 32) & ((closes - opens) % 2 == 1)
    becomes[pairs] = np.where(weight[pairs] == 0, k.TEXT_PAIRS, k.PAIRS)
    good = becomes > 0
    p.becomes(opens[good], becomes[good], closes[good])
    gone = p.swallowed()
    if gone is None:
        return kinds, starts, {}
    counts = dict(zip(starts[opens[good]].tolist(), (closes - opens - 1)[good].tolist(), strict=True))
    return kinds[~gone], starts[~gone], counts
