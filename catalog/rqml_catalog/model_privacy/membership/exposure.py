"""Which single records and which groups of records an attack exposes, corrected for asking about many."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from rqml.estimate import Estimate
from rqml_catalog.model_privacy.membership import roc
from rqml_catalog.model_privacy.membership.crossfit import cross_fit
from rqml_catalog.techniques.record_signals import Bools, Floats

FALSE_DISCOVERIES = 0.05  # expected share of non-members' luck among the records named
FEWEST_MEMBERS = 10


@attrs.frozen
class WorstGroup:
    """The group whose members are recognised most often.

    Attributes:
        tpr: its TPR; the interval holds for the worst of all groups at once (Bonferroni).
        group: its number.
        members: how many it has.
        judged: groups that were large enough.
        too_small: groups that were not.
        needed: held-out records that each group needs.
    """

    tpr: Estimate
    group: int
    members: int
    judged: int
    too_small: int
    needed: int


def exposed_rows(score: Floats, members: Bools, share: float = FALSE_DISCOVERIES) -> npt.NDArray[np.intp]:
    """Members whose score is no non-member's luck, the most exposed first.

    Conformal p-values against the non-members, and the procedure of Benjamini and Hochberg, which holds for them:
    Bates et al., "Testing for outliers with conformal p-values", Annals of Statistics 51 (2023), theorem 2.

    Args:
        score: (n,) of one attack, higher meaning member.
        members: (n,) True for members.
        share: expected share of false discoveries.
    """
    rows, others = np.flatnonzero(members), np.sort(score[~members])
    at_least = len(others) - np.searchsorted(others, score[rows], side="left")
    p_values = (1.0 + at_least) / (1.0 + len(others))
    order = np.lexsort((-score[rows], p_values))
    within = p_values[order] <= share * np.arange(1, len(rows) + 1) / len(rows)
    return np.asarray(rows[order[: int(np.flatnonzero(within).max(initial=-1)) + 1]])


def worst_group(
    score: Floats, members: Bools, groups: npt.NDArray[np.intp], *, at_fpr: float, confidence: float, seed: int
) -> WorstGroup:
    """The group with the largest TPR, each judged by a threshold from held-out records of its own.

    A threshold of all records would let more than the asked share of some groups pass, and call that a leak.

    Args:
        score: (n,) of one attack.
        members: (n,) True for members.
        groups: (n, columns) number of the record's group in each column; negative for none.
        at_fpr: the false-positive rate within each group.
        confidence: two-sided, for all groups together.
        seed: draws the halves.
    """
    rng, needed = np.random.default_rng(seed), roc.records_needed(at_fpr)
    caught: dict[int, tuple[int, int]] = {}
    numbers = [int(number) for number in np.unique(groups) if number >= 0]
    for number in numbers:
        own = (groups == number).any(axis=1)
        n_members = int((own & members).sum())
        if n_members >= FEWEST_MEMBERS and int((own & ~members).sum()) >= needed:
            caught[number] = (cross_fit(score[own], members[own], at_fpr, rng).caught, n_members)
    corrected = 1.0 - (1.0 - confidence) / max(1, len(caught))
    found = {number: Estimate.proportion(k, n, confidence=corrected) for number, (k, n) in caught.items()}
    worst = max(found, key=lambda number: found[number].value, default=-1)
    return WorstGroup(
        _of_the_worst(list(found.values()), confidence),
        group=worst,
        members=caught[worst][1] if caught else 0,
        judged=len(caught),
        too_small=len(numbers) - len(caught),
        needed=needed,
    )


def _of_the_worst(found: list[Estimate], confidence: float) -> Estimate:
    """The largest of several shares, with intervals that hold together."""
    if not found:
        return Estimate.proportion(0, 0, confidence=confidence)
    value, low, high = (max(ends) for ends in zip(*((e.value, e.low, e.high) for e in found), strict=True))
    return Estimate.interval(value, low, high, confidence=confidence, n=sum(e.n or 0 for e in found), unit="share")
