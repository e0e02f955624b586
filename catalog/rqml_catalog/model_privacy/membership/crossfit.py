"""Honest counting: a threshold is picked on one half of the records and counted on the other, both ways round.

The attack is chosen by rehearsals alone. Choosing it on the half that also fixes the thresholds would prefer attacks
whose threshold came out too low by luck, and report that luck as a leak.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rqml_catalog.model_privacy.membership import roc
from rqml_catalog.techniques.record_signals import Bools, Floats

RMIA = "RMIA"
CLEARLY = 1.0  # standard errors by which an attack must be ahead of RMIA in the rehearsals
DIVISIONS = 8

Scores = dict[str, Floats]
"""Attack name -> (n,) scores, higher meaning member."""


class Rehearsal(NamedTuple):
    """What attacks did on models trained for the purpose, whose members are known by our own coin.

    Attributes:
        caught: attack -> TPR at the asked FPR on each of the models.
        floor: attack -> a score that the target's members exceed too often even when unseen; no threshold goes below.
    """

    caught: dict[str, list[float]]
    floor: dict[str, float]

    @property
    def tpr(self) -> dict[str, float]:
        """Attack -> mean TPR."""
        return {name: float(np.mean(shares)) for name, shares in self.caught.items()}

    def strongest(self) -> str:
        """The attack that caught most; RMIA where none caught more than it by more than chance.

        Of many attacks that are equally strong one is always ahead by luck. RMIA asks least of the shadows, so it is
        the one to notice a target that leaks although its like, trained again, do not.
        """
        mean = self.tpr
        best = max(mean, key=mean.__getitem__)
        ahead = np.subtract(self.caught[best], self.caught[RMIA])
        return best if ahead.mean() > CLEARLY * ahead.std(ddof=1) / len(ahead) ** 0.5 else RMIA


class Operation(NamedTuple):
    """What attacks did on records that did not pick them.

    Attributes:
        caught: members above the threshold for the asked FPR.
        false_alarms: non-members above it.
        caught_best: members above the threshold of the largest advantage.
        false_best: non-members above that.
        aucs: (AUC, variance) of each half.
        flagged: (n,) records above the threshold for the asked FPR.
    """

    caught: int
    false_alarms: int
    caught_best: int
    false_best: int
    aucs: tuple[tuple[float, float], ...]
    flagged: Bools


def cross_fit(
    score: Floats, members: Bools, at_fpr: float, rng: np.random.Generator, floor: float = -np.inf
) -> Operation:
    """Count each record once, by the threshold that the other half picked.

    Args:
        score: (n,) of one attack, higher meaning member.
        members: (n,) True for members.
        at_fpr: the false-positive rate of the threshold.
        rng: draws the halves.
        floor: the lowest threshold allowed for `at_fpr`.

    Raises:
        InsufficientEvidence: too few non-members for `at_fpr`.
    """
    half = _random_half(members, rng)
    first = _count(score, members, half, at_fpr, floor)
    second = _count(score, members, ~half, at_fpr, floor)
    return Operation(
        first.caught + second.caught,
        first.false_alarms + second.false_alarms,
        first.caught_best + second.caught_best,
        first.false_best + second.false_best,
        first.aucs + second.aucs,
        first.flagged | second.flagged,
    )


def cross_fits(
    score: Floats, members: Bools, at_fpr: float, rng: np.random.Generator, floor: float = -np.inf
) -> list[Operation]:
    """`cross_fit` under several divisions into halves: their mean depends less on who happens to set the threshold."""
    return [cross_fit(score, members, at_fpr, rng, floor) for _ in range(DIVISIONS)]


def mostly_flagged(operations: Sequence[Operation]) -> Bools:
    """(n,) records that most of them take for members."""
    return np.asarray(np.mean([operation.flagged for operation in operations], axis=0) > 0.5)


def _count(score: Floats, members: Bools, picking: Bools, at_fpr: float, floor: float) -> Operation:
    inside, outside = score[~picking & members], score[~picking & ~members]
    cut = max(roc.threshold_at(score[picking & ~members], at_fpr), floor)
    best = roc.best_advantage_threshold(score[picking & members], score[picking & ~members])
    return Operation(
        caught=int((inside > cut).sum()),
        false_alarms=int((outside > cut).sum()),
        caught_best=int((inside > best).sum()),
        false_best=int((outside > best).sum()),
        aucs=(roc.auc_and_variance(inside, outside),),
        flagged=~picking & (score > cut),
    )


def _random_half(members: Bools, rng: np.random.Generator) -> Bools:
    half = np.zeros(len(members), dtype=bool)
    for side in (members, ~members):
        rows = np.flatnonzero(side)
        half[rng.permutation(rows)[: len(rows) // 2]] = True
    return half
