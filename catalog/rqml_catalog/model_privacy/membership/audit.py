"""Membership inference against a trained model: records, shadows and suite put together."""

from __future__ import annotations

from rqml.run import Run
from rqml.subjects.model import TrainedModel
from rqml_catalog.model_privacy.membership.finding import MembershipFinding
from rqml_catalog.model_privacy.membership.suite import check_sizes, run_suite
from rqml_catalog.techniques.record_pool import numeric_features, record_pool, shadows_of, target_signals


def attack_model(model: TrainedModel, *, at_fpr: float, shadows: int, run: Run) -> MembershipFinding:
    """What the strongest attack achieves against this model.

    Args:
        model: a classifier with its train and held-out records.
        at_fpr: the false-positive rate at which members are counted.
        shadows: number of shadow models, even, at least 8; trained once per run for all who ask for as many.
        run: seed, confidence, jobs, deadline, memo.

    Raises:
        Signal: the subject cannot be judged; the text says why and what would help.
    """
    pool = record_pool(model)
    check_sizes(pool.members, shadows, at_fpr)
    target = target_signals(model, pool)
    return run_suite(
        target,
        shadows_of(model, pool, shadows, run),
        pool.members,
        at_fpr=at_fpr,
        confidence=run.confidence,
        seed=run.derive("membership").seed,
        features=numeric_features(pool),
    )
