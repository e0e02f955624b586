"""Membership attacks on shadow-calibrated signals: each gives every record a score, higher meaning 'member'.

They differ in how much they estimate per record: RMIA nothing but a mean, LiRA with fixed variance two means, LiRA
two means and two variances, BaVarIA the same with shrinkage (the hierarchy of arXiv 2603.11799).
"""

from __future__ import annotations

import numpy as np

from rqml_catalog.model_privacy.membership.comparison import Comparison, Moments
from rqml_catalog.techniques.record_signals import Floats

TINY = 1e-12
VARIANCE_FLOOR = 0.01  # of the pooled variance: a record whose few shadows agree by chance is not infinitely certain


def lira_online(comparison: Comparison, *, fixed_variance: bool = False) -> Floats:
    """Log-likelihood ratio of two Gaussians per record (Carlini et al., arXiv 2112.03570, algorithm 1).

    Args:
        comparison: of scaled logits.
        fixed_variance: one variance for all records on each side (their section VI.C), better with few shadows.
    """
    target, inside, outside = comparison
    return _log_normal(target, inside.mean, _variance(inside, fixed_variance)) - _log_normal(
        target, outside.mean, _variance(outside, fixed_variance)
    )


def lira_offline(comparison: Comparison, *, fixed_variance: bool = False) -> Floats:
    """How improbable the target's signal is for models without the record (arXiv 2112.03570, section V.C).

    Returns:
        (n,) minus the log of the upper Gaussian tail, so that scores stay apart where the tail underflows.
    """
    from scipy.special import log_ndtr

    spread = np.sqrt(_variance(comparison.outside, fixed_variance))
    return np.asarray(-log_ndtr(-(comparison.target - comparison.outside.mean) / spread))


def rmia(comparison: Comparison, *, gamma: float = 1.0) -> Floats:
    """Share of the pool over which the record's probability ratio dominates by gamma (RMIA, arXiv 2312.03262).

    Args:
        comparison: of true-class probabilities; the reference p(x) is the mean of its in and out averages (eq. 9).
        gamma: a pool record z counts when ratio(x) / ratio(z) >= gamma.

    Returns:
        (n,) the share, with the ratio itself breaking ties between records that dominate equally many.
    """
    reference = 0.5 * (comparison.inside.mean + comparison.outside.mean)
    ratio = (comparison.target + TINY) / (reference + TINY)
    dominated = np.searchsorted(np.sort(ratio), ratio / gamma, side="right")
    return np.asarray((dominated + ratio / (1.0 + ratio)) / (len(ratio) + 1.0))


def bavaria(comparison: Comparison) -> Floats:
    """Log ratio of two Student-t predictives under normal-inverse-gamma priors (BaVarIA-t, arXiv 2603.11799).

    The priors are estimated from the pool (empirical Bayes): the variance of a record is shrunk to the pooled one,
    its in and out means to the pool's usual distance between them. Written from the paper's abstract and the
    conjugate formulas, so its constants may differ from the author's.
    """
    target, inside, outside = comparison
    gap = inside.mean - outside.mean
    usual_gap = _running_mean(0.5 * (inside.mean + outside.mean), gap)
    strength = _gap_strength(comparison, gap - usual_gap)
    return _log_predictive(target, inside, outside.mean + usual_gap, strength) - _log_predictive(
        target, outside, inside.mean - usual_gap, strength
    )


def label_only(comparison: Comparison) -> Floats:
    """Log-likelihood ratio of a right or wrong label, in against out, with Laplace's rule for the two rates.

    The shadow-calibrated form of the gap attack (Yeom et al., arXiv 1709.01604; Choquette-Choo et al., arXiv
    2007.14321): needs nothing from the target but its label.

    Args:
        comparison: of correctness (1 right, 0 wrong).
    """
    target, inside, outside = comparison
    rate_in = (inside.mean * inside.models + 1.0) / (inside.models + 2.0)
    rate_out = (outside.mean * outside.models + 1.0) / (outside.models + 2.0)
    right = np.log(rate_in) - np.log(rate_out)
    wrong = np.log1p(-rate_in) - np.log1p(-rate_out)
    return np.where(target > 0.5, right, wrong)


def confidence(log_odds: Floats) -> Floats:
    """The plain threshold attack: the model's own confidence, uncalibrated.

    It reports a leak whenever members are merely easier than non-members; use it as a warning only.
    """
    return log_odds


def _variance(side: Moments, fixed: bool) -> Floats:
    pooled = side.pooled_variance + TINY
    if fixed:
        return np.full_like(side.mean, pooled)
    return np.where(side.models > 1, side.variance, pooled) + VARIANCE_FLOOR * pooled


def _log_normal(x: Floats, mean: Floats, variance: Floats) -> Floats:
    return np.asarray(-0.5 * (np.log(variance) + (x - mean) ** 2 / variance))


def _log_predictive(target: Floats, side: Moments, prior_mean: Floats, strength: float) -> Floats:
    """Log density of the target's signal under the posterior predictive of one side, up to a shared constant."""
    from scipy.special import gammaln

    freedom, variance = _variance_prior(side)
    weight = strength + side.models
    mean = (strength * prior_mean + side.models * side.mean) / weight
    surprise = strength * side.models / weight * (side.mean - prior_mean) ** 2
    nu = freedom + side.models
    scale = (freedom * variance + side.squares + surprise) / nu * (1.0 + 1.0 / weight)
    tails = (nu + 1.0) / 2.0 * np.log1p((target - mean) ** 2 / (nu * scale))
    return np.asarray(gammaln((nu + 1.0) / 2.0) - gammaln(nu / 2.0) - 0.5 * np.log(nu * scale) - tails)


def _variance_prior(side: Moments) -> tuple[float, float]:
    """Degrees of freedom and mean of the variance prior, by matching the spread of the log variances.

    Smyth, "Linear models and empirical Bayes methods" (2004), section 6.2; the inversion of trigamma is
    approximated by its two leading terms, x = 1/d + 1/(2 d^2).
    """
    from scipy.special import polygamma

    pooled = side.pooled_variance + TINY
    known = (side.models > 1) & (side.variance > TINY)
    if known.sum() < 10:
        return 4.0, pooled
    excess = np.log(side.variance[known]).var() - polygamma(1, (side.models[known] - 1) / 2.0).mean()
    if excess <= 0:
        return 1000.0, pooled
    half = (1.0 + np.sqrt(1.0 + 2.0 * excess)) / (2.0 * excess)
    return float(np.clip(2.0 * half, 2.0, 1000.0)), pooled


def _gap_strength(comparison: Comparison, deviation: Floats) -> float:
    """How many shadows the usual in-out distance is worth: noise variance over the distances' own variance."""
    noise = 0.5 * (comparison.inside.pooled_variance + comparison.outside.pooled_variance) + TINY
    shadows = np.maximum(np.minimum(comparison.inside.models, comparison.outside.models), 1.0).mean()
    own = float(np.mean(deviation**2)) - 2.0 * noise / float(shadows)
    return float(np.clip(noise / max(own, TINY), 0.1, 16.0))


def _running_mean(position: Floats, value: Floats, bins: int = 20) -> Floats:
    """Mean of `value` as a piecewise linear function of `position`, from bins of equal size."""
    order = np.argsort(position, kind="stable")
    groups = [g for g in np.array_split(order, bins) if len(g)]
    centres = np.array([position[g].mean() for g in groups])
    return np.asarray(np.interp(position, centres, np.array([value[g].mean() for g in groups])))
