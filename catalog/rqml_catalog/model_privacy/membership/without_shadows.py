"""The attack for every commit: no shadow is trained, one reference model says how easy each record is anyway.

Weaker than the suite, and never louder: where held-out records are not like train records it says nothing, since
without shadows a difference between them looks like a leak.
"""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from rqml.errors import InsufficientEvidence
from rqml.estimate import Estimate
from rqml.run import Run
from rqml.subjects.model import TrainedModel
from rqml_catalog.model_privacy.membership import attacks, roc
from rqml_catalog.model_privacy.membership.comparison import soft_logit
from rqml_catalog.model_privacy.membership.crossfit import cross_fit, cross_fits, mostly_flagged
from rqml_catalog.model_privacy.membership.exchangeability import shift_p_value
from rqml_catalog.model_privacy.membership.exposure import exposed_rows
from rqml_catalog.model_privacy.membership.finding import MembershipFinding, estimates
from rqml_catalog.techniques.record_pool import record_pool, target_signals
from rqml_catalog.techniques.record_signals import Floats, Signals

ATTACK = "confidence above that of a reference model"
SHIFT_LEVEL = 0.001  # as with shadows, where a shift has another answer than silence
SMOOTHING = 0.02
TREES = 60
MOST_DRAWN = 2000  # records a tree of the reference sees


def attack_without_shadows(model: TrainedModel, *, at_fpr: float, run: Run) -> MembershipFinding:
    """What one attack achieves that needs nothing but the model and a reference of another kind.

    Raises:
        Signal: as with shadows; and InsufficientEvidence where train and held-out records differ.
    """
    pool = record_pool(model)
    roc.check_held_out(int((~pool.members).sum()), at_fpr)
    rows = pool.telling_rows(roc.records_needed(at_fpr))
    finding = calibrated_attack(
        target_signals(model, pool).at(rows),
        pool.numbers[rows],
        pool.y[rows],
        pool.members[rows],
        at_fpr=at_fpr,
        confidence=run.confidence,
        seed=run.derive("membership without shadows").seed,
    )
    return attrs.evolve(finding, rows=rows, shared=float(pool.shared[~pool.members].mean()))


def calibrated_attack(
    target: Signals,
    features: Floats,
    labels: npt.NDArray[np.generic],
    members: npt.NDArray[np.bool_],
    *,
    at_fpr: float,
    confidence: float = 0.95,
    seed: int = 0,
) -> MembershipFinding:
    """Compare the target's confidence with an out-of-bag reference (difficulty calibration, arXiv 2111.08440).

    Args:
        target: the model's answers on n records.
        features: (n, d) numbers that describe the records, the label last.
        labels: (n,) classes.
        members: (n,) True for the records the target was trained on.
        at_fpr: the false-positive rate at which members are counted.
        confidence: two-sided coverage of the intervals.
        seed: of the reference and of the halves.

    Raises:
        InsufficientEvidence: train and held-out records are of different distributions.
    """
    expected = _reference(features[:, :-1], labels, seed)
    shift = shift_p_value(expected, members, features, seed)
    if shift < SHIFT_LEVEL:
        raise InsufficientEvidence(
            "train and held-out records are of different distributions, which without shadow models looks like a leak: "
            "hold out records at random, or check with cost='release'"
        )
    score = soft_logit(target.log_odds, SMOOTHING) - soft_logit(expected, SMOOTHING)
    rng = np.random.default_rng(seed)
    own = cross_fits(score, members, at_fpr, rng)
    plain = cross_fit(attacks.confidence(target.log_odds), members, at_fpr, rng)
    n_train = int(members.sum())
    return MembershipFinding(
        **estimates(own, n_train, len(members) - n_train, confidence),
        attack=ATTACK,
        rehearsed={},
        plain=Estimate.proportion(plain.caught, n_train, confidence=confidence),
        shift=shift,
        on_target=True,
        scores=score,
        flagged=mostly_flagged(own),
        exposed=tuple(exposed_rows(score, members).tolist()),
        n_train=n_train,
        rows=np.arange(len(members)),
        shared=0.0,
    )


def _reference(features: Floats, labels: npt.NDArray[np.generic], seed: int) -> Floats:
    """(n,) log-odds of the true class by trees that did not see the record, of a forest on the whole pool."""
    from sklearn.ensemble import RandomForestClassifier

    codes = np.unique(labels, return_inverse=True)[1].ravel()
    forest = RandomForestClassifier(
        TREES, min_samples_leaf=3, max_samples=min(1.0, MOST_DRAWN / len(codes)), oob_score=True, random_state=seed
    )
    votes = np.nan_to_num(forest.fit(np.nan_to_num(features), codes).oob_decision_function_, nan=0.5)
    own = np.clip(votes[np.arange(len(codes)), codes], 1e-9, 1.0 - 1e-9)
    return np.asarray(np.log(own) - np.log1p(-own))
