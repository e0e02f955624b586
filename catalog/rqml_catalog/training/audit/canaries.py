"""Audits by scores: canaries that were in against canaries that were out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from rqml_catalog.training.audit import bounds

Floats = npt.NDArray[np.float64]
Method = Literal["clopper-pearson", "one run", "one run, f-DP"]


class Cut(NamedTuple):
    """A threshold with the numbers of scores at or above it."""

    threshold: float
    hits: int
    false_hits: int


def epsilon_of_scores(
    inside: npt.ArrayLike, outside: npt.ArrayLike, *, method: Method, alpha: float = 0.05, delta: float = 0.0
) -> float:
    """The best bound over the corners of the ROC curve's convex hull, `alpha` shared evenly among them.

    The corners are seen in the data that they are tested on, so `alpha` is a convention here (the one of jax_privacy,
    with which these figures can be compared). For a verdict use `epsilon_of_events`.

    Args:
        inside: scores of canaries that were in; higher should mean 'in'.
        outside: scores of canaries that were out.
        method: which bound.
        alpha: allowed chance of claiming too much.
        delta: of the claim; must be above 0 for f-DP.
    """
    members, others = np.asarray(inside, float), np.asarray(outside, float)
    corners = hull(members, others)
    sizes, best = (len(members), len(others)), 0.0
    for cut in _most_precise_first(corners):
        best = max(best, _bound(cut, sizes, method, best, alpha=alpha / len(corners), delta=delta))
    return best


def hull(members: Floats, others: Floats) -> list[Cut]:
    """Corners of the upper convex hull of the ROC curve, from the lowest threshold to infinity."""
    thresholds = np.append(np.unique(np.concatenate([members, others])), np.inf)
    hits = len(members) - np.searchsorted(np.sort(members), thresholds)
    false_hits = len(others) - np.searchsorted(np.sort(others), thresholds)
    corners: list[Cut] = []
    for threshold, hit, false_hit in zip(thresholds, hits, false_hits, strict=True):
        cut = Cut(float(threshold), int(hit), int(false_hit))
        while len(corners) > 1 and not _turns(corners[-2], corners[-1], cut):
            corners.pop()
        corners.append(cut)
    return corners


def _turns(first: Cut, middle: Cut, last: Cut) -> bool:
    """Whether the curve bends at `middle`, so that it lies above the line from `first` to `last`."""
    down_first, left_first = first.hits - middle.hits, first.false_hits - middle.false_hits
    down_last, left_last = middle.hits - last.hits, middle.false_hits - last.false_hits
    return left_first * down_last > left_last * down_first


def _most_precise_first(cuts: list[Cut]) -> Iterator[Cut]:
    guessed = [cut for cut in cuts if cut.hits]
    yield from sorted(guessed, key=lambda cut: cut.false_hits / cut.hits)


def _bound(cut: Cut, sizes: tuple[int, int], method: Method, known: float, **level: float) -> float:
    if method == "clopper-pearson":
        return bounds.clopper_pearson(cut.hits, sizes[0], cut.false_hits, sizes[1], **level)
    guesses = cut.hits + cut.false_hits
    if cut.hits / guesses <= 1.0 / (1.0 + math.exp(-known)):
        return 0.0  # not even the raw precision is beyond what is known already
    bound = bounds.one_run if method == "one run" else bounds.one_run_f_dp
    return bound(sum(sizes), guesses, cut.hits, **level)
