"""What several releases cost together: basic, Rényi and privacy-loss-distribution composition."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from rqml.extras import optional
from rqml_catalog.training.accounting.charge import Charge
from rqml_catalog.training.accounting.renyi import epsilon_of, renyi

NO_BOUND = 1e9
"""Stands for an epsilon that nothing bounds: the deltas are spent, or too large for a number."""

ROUNDING = 1e-9
"""Share of a budget by which a total may be above it: what sums of floating point are off by (.1 + .1 + .1 > .3).

It is the total that is compared, each time, so that it never adds up.
"""

GRID = 1e-4  # spacing of privacy losses in a distribution; rounded up, so that epsilon is never too low

Composition = Callable[[Sequence[Charge], float], float]


def epsilon_together(charges: Sequence[Charge], delta: float, method: str) -> float:
    """Epsilon at `delta` of all charges, which hold under one relation.

    Args:
        charges: claims under one and the same relation.
        delta: allowed for all of them together, in [0, 1).
        method: "basic", "rdp" or "pld"; the last two give the smaller of theirs and of the basic one.

    Raises:
        Unsupported: "pld" without dp-accounting.
    """
    if not charges:
        return 0.0
    epsilon = basic(charges, delta)
    if method != "basic":
        epsilon = min(epsilon, {"rdp": rdp, "pld": pld}[method](charges, delta))
    return min(epsilon, NO_BOUND)


def allowed(budget: float) -> float:
    """The largest total that is within a budget, apart from ROUNDING."""
    return budget * (1.0 + ROUNDING)


def without_bound(charges: Sequence[Charge], delta: float) -> str:
    """Why no epsilon bounds the charges at this delta, in words."""
    if delta == 0.0 and any(c.mechanism == "gaussian" and c.noise is not None for c in charges):
        return "without bound (normal noise has an epsilon at a delta above 0 only: give the budget a delta)"
    if sum(c.delta * c.count for c in charges) >= delta:
        return "without bound (the deltas of the releases use up that of the budget)"
    return "without bound (a claim is too large, or does not hold under the relation)"


def basic(charges: Sequence[Charge], delta: float) -> float:
    """Sum of the epsilons; the delta that the claims leave is shared evenly among Gaussian releases."""
    claimed = sum(c.delta * c.count for c in charges)
    left = max(0.0, delta - claimed)
    gaussian = sum(c.count for c in charges if c.noise is not None and c.mechanism == "gaussian")
    if claimed > allowed(delta) or (gaussian and left <= 0.0):
        return NO_BOUND
    return sum(c.count * _single(c, left / max(gaussian, 1)) for c in charges)


def rdp(charges: Sequence[Charge], delta: float) -> float:
    """By Rényi divergences; claims with a delta are added as they stand."""
    claimed = [c for c in charges if c.delta > 0.0]
    others = [c for c in charges if c.delta == 0.0]
    left = delta - sum(c.delta * c.count for c in claimed)
    if left <= 0.0:
        return NO_BOUND
    together = sum((c.epsilon or 0.0) * c.count for c in claimed)
    if not others:
        return together
    return together + epsilon_of(np.sum([renyi(c) for c in others], axis=0), left)


def pld(charges: Sequence[Charge], delta: float) -> float:
    """By convolving privacy loss distributions (dp-accounting; Koskela et al., arXiv 1906.03049).

    Raises:
        Unsupported: dp-accounting is not installed.
    """
    library = optional("dp_accounting.pld.privacy_loss_distribution", "dp")
    common = optional("dp_accounting.pld.common", "dp")
    total = None
    for c in charges:
        if c.noise is None:
            claim = common.DifferentialPrivacyParameters(c.epsilon or 0.0, c.delta)
            one = library.from_privacy_parameters(claim, value_discretization_interval=GRID)
        elif c.mechanism == "laplace":
            one = library.from_laplace_mechanism(c.noise, value_discretization_interval=GRID)
        else:
            one = library.from_gaussian_mechanism(
                c.noise, sampling_prob=c.sampling_rate, value_discretization_interval=GRID
            )
        each = one.self_compose(c.count) if c.count > 1 else one
        total = each if total is None else total.compose(each)
    return float(total.get_epsilon_for_delta(delta)) if total is not None else 0.0


def remaining(charges: Sequence[Charge], epsilon: float, delta: float, method: str) -> float:
    """The largest epsilon that one more pure mechanism may have, by bisection to a thousandth of the budget."""
    low, high = 0.0, epsilon
    while high - low > epsilon / 1000.0:
        middle = 0.5 * (low + high)
        more = [*charges, Charge(mechanism="pure", epsilon=middle)]
        low, high = (middle, high) if epsilon_together(more, delta, method) <= epsilon else (low, middle)
    return low


def _single(charge: Charge, delta: float) -> float:
    if charge.noise is None:
        return charge.epsilon or 0.0
    if charge.mechanism == "laplace":
        return 1.0 / charge.noise
    # Sampling first: a release on a share q of the records is private with log(1 + q (e^epsilon - 1)) and q delta.
    whole = _gaussian_epsilon(charge.noise, delta / charge.sampling_rate)
    return math.log1p(charge.sampling_rate * math.expm1(min(whole, 700.0)))


def _gaussian_epsilon(sigma: float, delta: float) -> float:
    """Smallest epsilon of the Gaussian mechanism at `delta` (Balle and Wang, arXiv 1805.06530, theorem 8)."""
    from scipy.optimize import brentq
    from scipy.special import log_ndtr

    def excess(epsilon: float) -> float:
        near, far = 0.5 / sigma - epsilon * sigma, -0.5 / sigma - epsilon * sigma
        return math.exp(log_ndtr(near)) - math.exp(min(epsilon + float(log_ndtr(far)), 700.0)) - delta

    if delta >= 1.0 or excess(0.0) <= 0.0:
        return 0.0
    high = 1.0
    while excess(high) > 0.0:
        high *= 2.0
    return float(brentq(excess, 0.0, high, xtol=1e-9)) + 1e-9
