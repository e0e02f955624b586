"""Rényi differential privacy of single mechanisms, and what it means as (epsilon, delta).

Mironov, "Rényi differential privacy" (arXiv 1702.07476).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from rqml_catalog.training.accounting.charge import Charge

Floats = npt.NDArray[np.float64]

ORDERS: Floats = np.concatenate([np.arange(1.1, 11.0, 0.1), np.arange(11.0, 65.0), [80.0, 128.0, 256.0, 512.0, 1024.0]])
_WHOLE = np.unique(np.concatenate([np.floor(ORDERS), np.ceil(ORDERS)])).astype(int)


def renyi(charge: Charge) -> Floats:
    """(orders,) divergence of all releases of a charge; its delta, if any, is not in it."""
    if charge.noise is None:
        each = _pure(charge.epsilon or 0.0)
    elif charge.mechanism == "laplace":
        each = _laplace(charge.noise)
    elif charge.sampling_rate < 1.0:
        each = _subsampled_gaussian(charge.noise, charge.sampling_rate)
    else:
        each = ORDERS / (2.0 * charge.noise**2)
    return np.asarray(charge.count * each)


def epsilon_of(divergence: Floats, delta: float) -> float:
    """Smallest epsilon at `delta` that follows from the divergences at ORDERS.

    Canonne, Kamath and Steinke, "The discrete Gaussian for differential privacy" (arXiv 2004.00010), proposition 12.

    Args:
        divergence: (orders,) in nats.
        delta: in (0, 1).
    """
    epsilon = divergence + np.log1p(-1.0 / ORDERS) - np.log(delta * ORDERS) / (ORDERS - 1.0)
    return max(0.0, float(epsilon.min()))


def _pure(epsilon: float) -> Floats:
    """Randomised response, than which no pure mechanism of this epsilon diverges more."""
    log_p, log_q = -math.log1p(math.exp(-epsilon)), -epsilon - math.log1p(math.exp(-epsilon))
    a = ORDERS
    terms = np.logaddexp(a * log_p + (1.0 - a) * log_q, a * log_q + (1.0 - a) * log_p)
    return np.maximum(terms / (a - 1.0), 0.0)


def _laplace(scale: float) -> Floats:
    """Table II of arXiv 1702.07476."""
    a = ORDERS
    near = np.log(a / (2.0 * a - 1.0)) + (a - 1.0) / scale
    far = np.log((a - 1.0) / (2.0 * a - 1.0)) - a / scale
    return np.asarray(np.logaddexp(near, far) / (a - 1.0))


def _subsampled_gaussian(sigma: float, rate: float) -> Floats:
    """Mironov, Talwar and Zhang, "Rényi differential privacy of the sampled Gaussian mechanism" (arXiv 1908.10530).

    Equation 5 for whole orders; the log moment, convex in the order, is interpolated between them (their corollary 10),
    which is never too low.
    """
    moments = np.array([_log_moment(int(order), sigma, rate) for order in _WHOLE])
    return np.asarray(np.interp(ORDERS, _WHOLE, moments) / (ORDERS - 1.0))


def _log_moment(order: int, sigma: float, rate: float) -> float:
    from scipy.special import gammaln, logsumexp

    k = np.arange(order + 1)
    choose = gammaln(order + 1) - gammaln(k + 1) - gammaln(order - k + 1)
    terms = choose + (order - k) * math.log1p(-rate) + k * math.log(rate) + k * (k - 1) / (2.0 * sigma**2)
    return max(0.0, float(logsumexp(terms)))
