"""The black-box attack of the Adversarial Robustness Toolbox, for comparison: it warns, and decides nothing."""

from __future__ import annotations

import numpy as np

from rqml.errors import Unsupported
from rqml.extras import optional
from rqml.run import Run
from rqml.subjects.model import TrainedModel
from rqml_catalog.model_privacy.membership import roc
from rqml_catalog.model_privacy.membership.crossfit import cross_fit
from rqml_catalog.techniques.record_pool import record_pool
from rqml_catalog.techniques.record_signals import Floats

EXTRA = "attacks"


def art_black_box_tpr(model: TrainedModel, *, at_fpr: float, run: Run) -> float:
    """Share of members that ART's MembershipInferenceBlackBox recognises, of those it did not learn from.

    It learns from half of the true members and non-members, which no attacker of a single model knows; and like any
    attack without shadows it takes a difference between train and held-out records for a leak.

    Args:
        model: a classifier with its train and held-out records.
        at_fpr: false-positive rate on the other half.
        run: seed.

    Raises:
        Unsupported: ART is not installed, or the model gives no probabilities.
        InsufficientEvidence: the other half is too small for `at_fpr`.
    """
    inference = optional("art.attacks.inference.membership_inference", EXTRA)
    estimators = optional("art.estimators.classification", EXTRA)
    pool = record_pool(model)
    rng = run.rng("art")
    known = np.zeros(len(pool.y), dtype=bool)
    for side in (pool.members, ~pool.members):
        rows = np.flatnonzero(side)
        known[rng.permutation(rows)[: len(rows) // 2]] = True
    roc.check_held_out(int((~known & ~pool.members).sum()), at_fpr)
    answers = _probabilities(model, pool.X)
    labels = np.unique(pool.y, return_inverse=True)[1].ravel()
    numbers = np.arange(len(labels), dtype=np.float32)[:, None]  # ART sees row numbers, so that any table will do
    asked = estimators.BlackBoxClassifier(
        lambda asked_for: answers[np.asarray(asked_for).ravel().astype(int)], (1,), answers.shape[1]
    )
    attack = inference.MembershipInferenceBlackBox(asked, attack_model_type="rf")
    learnt, others = known & pool.members, known & ~pool.members
    attack.fit(numbers[learnt], labels[learnt], numbers[others], labels[others])
    votes = np.asarray(attack.infer(numbers[~known], labels[~known], probabilities=True), dtype=float)
    score = votes.reshape(len(votes), -1)[:, -1]
    members = pool.members[~known]
    return cross_fit(score, members, at_fpr, rng).caught / int(members.sum())


def _probabilities(model: TrainedModel, X: object) -> Floats:
    if not callable(getattr(model.estimator, "predict_proba", None)):
        raise Unsupported(f"{type(model.estimator).__name__} gives no probabilities, which ART's attack needs")
    return np.asarray(model.predict_proba(X), dtype=float)
