"""Lower bounds on epsilon from how often a distinguisher is right.

Each says: an (epsilon, delta)-private mechanism would give such counts with probability at most `alpha`, for every
epsilon below the bound.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

XTOL = 1e-6


def clopper_pearson(hits: int, n: int, false_hits: int, n_other: int, *, alpha: float, delta: float) -> float:
    """From an event seen `hits` times in `n` runs on one data set and `false_hits` times on its neighbour.

    Privacy demands P(event) <= e^epsilon P'(event) + delta; each probability gets half of `alpha`.
    Source: Jagielski et al., arXiv 2006.07709, section 4.1.

    Returns:
        the bound, at least 0.
    """
    return float(
        clopper_pearson_each(np.array([hits]), n, np.array([false_hits]), n_other, alpha=alpha, delta=delta)[0]
    )


def clopper_pearson_each(
    hits: Counts, n: int, false_hits: Counts, n_other: int, *, alpha: float, delta: float
) -> Floats:
    """The same for many events, as if each were the only one."""
    from scipy.special import betaincinv

    low = np.where(hits > 0, betaincinv(np.maximum(hits, 1), n - hits + 1, alpha / 2), 0.0)
    rest = np.maximum(n_other - false_hits, 1)
    high = np.where(false_hits < n_other, betaincinv(false_hits + 1, rest, 1 - alpha / 2), 1.0)
    return np.log(np.maximum(low - delta, high) / high)


def one_run(canaries: int, guesses: int, correct: int, *, alpha: float, delta: float) -> float:
    """From one run with `canaries` records, each in or out by a fair coin, of which `guesses` were guessed to be in.

    Source: Steinke et al., "Privacy auditing with one (1) training run" (arXiv 2305.08846), theorem 5.2.
    """
    return _largest_refuted(lambda epsilon: alpha - _one_run_p_value(canaries, guesses, correct, epsilon, delta))


def one_run_f_dp(canaries: int, guesses: int, correct: int, *, alpha: float, delta: float) -> float:
    """The same counts against the trade-off curve of the Gaussian mechanism that is (epsilon, delta)-private.

    Tighter than `one_run` where noise is Gaussian. Source: Mahloujifar et al., arXiv 2410.22235, algorithm 3.
    """
    shares = correct / canaries, (guesses - correct) / canaries
    return _largest_refuted(
        lambda epsilon: _f_dp_excess(shares, correct, guesses, alpha, _blow_up_inverse(epsilon, delta))
    )


def gaussian_sigma(epsilon: float, delta: float) -> float:
    """Standard deviation, per unit of sensitivity, of the Gaussian mechanism that is exactly (epsilon, delta)-private.

    Source: Balle and Wang, "Improving the Gaussian mechanism" (arXiv 1805.06530), theorem 8.

    Args:
        epsilon: >= 0.
        delta: in (0, 1).
    """
    from scipy.optimize import brentq
    from scipy.special import log_ndtr

    def excess(log_sigma: float) -> float:
        sigma = math.exp(log_sigma)
        near, far = 0.5 / sigma - epsilon * sigma, -0.5 / sigma - epsilon * sigma
        return float(np.exp(log_ndtr(near)) - np.exp(epsilon + log_ndtr(far))) - delta

    return math.exp(brentq(excess, -12.0, 16.0, xtol=1e-12))


def _one_run_p_value(canaries: int, guesses: int, correct: int, epsilon: float, delta: float) -> float:
    from scipy.stats import binom

    q = 1.0 / (1.0 + math.exp(-epsilon))
    tail = float(binom.sf(correct - 1, guesses, q))
    if delta == 0.0:
        return tail
    steps = np.arange(1, correct + 1)
    gained = binom.sf(correct - steps - 1, guesses, q) - tail
    return min(1.0, tail + 2.0 * canaries * delta * float(np.max(gained / steps, initial=0.0)))


def _f_dp_excess(
    shares: tuple[float, float], correct: int, guesses: int, alpha: float, inverse: Callable[[float], float]
) -> float:
    """Positive where so many correct guesses refute the curve: probability mass left over after the recursion."""
    right, wrong = alpha * shares[0], alpha * shares[1]
    for below in range(correct - 1, -1, -1):
        raised = max(wrong, inverse(right))
        if raised == wrong:
            break  # nothing moves any more
        right = min(1.0, right + below / (guesses - below) * (raised - wrong))
        wrong = raised
    return right + wrong - sum(shares)


@functools.lru_cache(maxsize=1024)
def _blow_up_inverse(epsilon: float, delta: float) -> Callable[[float], float]:
    from scipy.special import ndtr, ndtri

    distance = 1.0 / gaussian_sigma(epsilon, delta)
    return lambda share: float(ndtr(ndtri(share) - distance))


def _largest_refuted(excess: Callable[[float], float]) -> float:
    """The epsilon up to which `excess`, which falls with epsilon, is positive."""
    from scipy.optimize import brentq

    if excess(0.0) <= 0.0:
        return 0.0
    low, high = 0.0, 1.0
    while excess(high) > 0.0:
        low, high = high, 2.0 * high
    return float(brentq(excess, low, high, xtol=XTOL))
