"""The audit of a training by one run with canaries, each of which is in or out by a fair coin."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from rqml_catalog.training.audit import bounds
from rqml_catalog.training.audit.events import CEILING, Audit

FEWEST_GUESSES = 8


def epsilon_of_guesses(
    scores: npt.NDArray[np.float64], included: npt.NDArray[np.bool_], *, alpha: float, delta: float
) -> Audit:
    """Lower bound on epsilon from who was guessed to be in, and who to be out.

    The canaries with the highest scores are guessed to be in, as many with the lowest to be out. How many is fixed
    beforehand: all of them, half of them, a quarter and so on, which share `alpha` evenly; so that nothing is chosen by
    the data that are counted. Source: Steinke et al., arXiv 2305.08846, theorem 5.2.

    Args:
        scores: (m,) of the canaries; higher should mean 'in'.
        included: (m,) who was in.
        alpha: allowed chance of a bound above the true epsilon.
        delta: of the claim.
    """
    m = len(scores)
    sizes = guesses_tried(m)
    order = np.argsort(-scores, kind="stable")
    tried = []
    for guesses in sizes:
        top, bottom = order[: (guesses + 1) // 2], order[m - guesses // 2 :]
        correct = int(included[top].sum() + (~included[bottom]).sum())
        low = bounds.one_run(m, guesses, correct, alpha=alpha / len(sizes), delta=delta)
        tried.append((low, correct, guesses))
    low, correct, guesses = max(tried, key=lambda one: (one[0], one[1] / one[2]))
    value = math.log((correct + 0.5) / (guesses - correct + 0.5))
    high = max(low, _upper(correct, guesses, alpha))
    return Audit(low, min(max(value, low), high), high, (correct, guesses - correct), m)


def guesses_tried(canaries: int) -> list[int]:
    """How many guesses are tried."""
    halved = [canaries >> times for times in range(canaries.bit_length())]
    return [guesses for guesses in halved if guesses >= FEWEST_GUESSES] or [canaries]


def _upper(correct: int, guesses: int, alpha: float) -> float:
    from scipy.special import betaincinv

    right = float(betaincinv(correct + 1, guesses - correct, 1.0 - alpha)) if correct < guesses else 1.0
    return min(CEILING, math.log(right / (1.0 - right))) if right < 1.0 else CEILING
