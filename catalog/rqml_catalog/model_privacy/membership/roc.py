"""Operating points of an attack, each with its interval: TPR at an FPR, advantage, AUC."""

from __future__ import annotations

import math

import numpy as np

from rqml.errors import InsufficientEvidence
from rqml.estimate import Estimate
from rqml_catalog.techniques.record_signals import Floats


def records_needed(fpr: float) -> int:
    """Non-members that a threshold at this FPR needs, when half of them pick it and half report it."""
    return 2 * max(1, math.ceil(1.0 / fpr - 1e-9) - 1)


def check_held_out(n: int, at_fpr: float) -> None:
    """Refuse what cannot resolve the asked rate, before anything is trained.

    Raises:
        InsufficientEvidence: fewer held-out records than `at_fpr` needs; the text says how many.
    """
    needed = records_needed(at_fpr)
    if n < needed:
        possible = f" or ask for at_fpr of {1.0 / (n // 2 + 1):.2g} or more" if n > 1 else ""
        raise InsufficientEvidence(
            f"{n} held-out records cannot resolve a false-positive rate of {at_fpr:g}: at least {needed} "
            f"are needed; hold out more records{possible}"
        )


def threshold_at(null_scores: Floats, fpr: float) -> float:
    """The score that a fresh non-member exceeds with probability at most `fpr`, whatever the scores' distribution.

    The k-th largest of n exchangeable scores is exceeded with probability at most k / (n + 1) (conformal
    prediction; Vovk et al., "Algorithmic learning in a random world", 2005); ties only lower it.

    Raises:
        InsufficientEvidence: fewer than 1 / fpr - 1 scores.
    """
    rank = math.floor(fpr * (len(null_scores) + 1) + 1e-9)
    if rank < 1:
        raise InsufficientEvidence(
            f"{len(null_scores)} non-members cannot fix a threshold at a false-positive rate of {fpr:g}: at least "
            f"{records_needed(fpr) // 2} are needed on each half, {records_needed(fpr)} held-out records in all, "
            "or ask for a larger at_fpr"
        )
    return float(np.partition(null_scores, len(null_scores) - rank)[len(null_scores) - rank])


def best_advantage_threshold(members: Floats, non_members: Floats) -> float:
    """The score above which TPR - FPR is largest on these records."""
    cuts = np.unique(np.concatenate([members, non_members]))
    tpr = 1.0 - np.searchsorted(np.sort(members), cuts, side="right") / len(members)
    fpr = 1.0 - np.searchsorted(np.sort(non_members), cuts, side="right") / len(non_members)
    return float(cuts[np.argmax(tpr - fpr)])


def difference(first: Estimate, second: Estimate) -> Estimate:
    """First minus second proportion, of independent samples, with Newcombe's interval.

    Newcombe, Statistics in Medicine 17 (1998), method 10's construction, over Clopper-Pearson limits instead of
    Wilson's: a little wider, never too narrow at the ends.
    """
    value = first.value - second.value
    low = value - math.hypot(first.value - first.low, second.high - second.value)
    high = value + math.hypot(first.high - first.value, second.value - second.low)
    n = None if first.n is None or second.n is None else first.n + second.n
    return Estimate.interval(value, max(low, -1.0), min(high, 1.0), confidence=first.confidence, n=n, unit="share")


def auc_and_variance(members: Floats, non_members: Floats) -> tuple[float, float]:
    """Area under the ROC curve and its variance.

    Source: DeLong et al., Biometrics 44 (1988); placements by midranks as in Sun and Xu, IEEE SPL 21 (2014).

    Args:
        members: (m,) scores, m >= 2.
        non_members: (k,) scores, k >= 2.
    """
    from scipy.stats import rankdata

    m, k = len(members), len(non_members)
    ranks = rankdata(np.concatenate([members, non_members]))
    above = (ranks[:m] - rankdata(members)) / k  # share of non-members below each member
    below = 1.0 - (ranks[m:] - rankdata(non_members)) / m  # share of members above each non-member
    variance = above.var(ddof=1) / m + below.var(ddof=1) / k
    return float(above.mean()), float(variance)


def auc_estimate(folds: Floats, n: int, confidence: float) -> Estimate:
    """Mean of independent AUCs with their normal interval (DeLong variances).

    Args:
        folds: (folds, 2) AUC and variance of disjoint sets of records.
        n: records in all.
        confidence: two-sided coverage.
    """
    from scipy.special import ndtri

    value = float(folds[:, 0].mean())
    spread = math.sqrt(float(folds[:, 1].sum())) / len(folds)
    half = float(ndtri((1.0 + confidence) / 2.0)) * spread
    return Estimate.interval(value, max(0.0, value - half), min(1.0, value + half), confidence=confidence, n=n)
