"""The least costly refit that resists membership inference, found by search over more and more regular variants."""

from __future__ import annotations

import attrs
import numpy as np

from rqml.errors import Unsupported
from rqml.estimate import Estimate
from rqml.run import Run
from rqml.subjects.model import TrainedModel, clone_with_seed
from rqml_catalog.model_privacy.membership.audit import attack_model
from rqml_catalog.techniques.regularisation import Variant, regular_variants

SLACK = 0.1  # share of the limit kept free, so that a refit does not pass the search by luck

SEARCH_SHADOWS = 16  # the verdict afterwards uses as many as asked


@attrs.frozen
class Refit:
    """A variant of the model, trained again.

    Attributes:
        model: with the new estimator.
        change: what was regularised, in words.
        tpr: of the strongest attack, under the seed of the search.
        lost: mean loss of held-out accuracy, with the interval of a paired comparison.
    """

    model: TrainedModel
    change: str
    tpr: Estimate
    lost: Estimate


def least_costly_refit(model: TrainedModel, *, at_fpr: float, max_tpr: float, shadows: int, run: Run) -> Refit:
    """Try variants from the most accurate on (cross-validated on the train records); stop at the first that resists.

    Of equally accurate ones the more regular is tried first.

    Returns:
        the first variant whose TPR stays below `max_tpr` with some slack, or the one that leaks least.

    Raises:
        Unsupported: the model has a training function of its own, or no known way to be regularised.
    """
    if model.fit is not None:
        raise Unsupported(
            "this model is trained by a function of its own, which cannot be changed from here: regularise in it, "
            "train again and check"
        )
    tried: list[Refit] = []
    strongest_first = regular_variants(model.estimator)[::-1]
    ranked = sorted(strongest_first, key=lambda variant: -_cross_validated(model, variant, run))
    fewer = min(shadows, SEARCH_SHADOWS)
    for variant in run.track(ranked, len(ranked), "refits"):
        refitted = _train(model, variant, run)
        tpr = attack_model(refitted, at_fpr=at_fpr, shadows=fewer, run=run.derive("search")).tpr
        tried.append(Refit(refitted, variant.change, tpr, _accuracy_lost(model, refitted, run.confidence)))
        if tpr.high <= max_tpr * (1.0 - SLACK):
            return tried[-1]
    return min(tried, key=lambda refit: refit.tpr.high)


def _train(model: TrainedModel, variant: Variant, run: Run) -> TrainedModel:
    X, y = model.arrays(model.train)
    return model.with_estimator(clone_with_seed(variant.estimator, run.derive("refit").seed).fit(X, y))


def _cross_validated(model: TrainedModel, variant: Variant, run: Run) -> float:
    """Mean accuracy over three folds of the train records; the lowest where a fold cannot be trained."""
    from joblib import parallel_config
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    X, y = model.arrays(model.train)
    seed = run.derive("cross-validation").seed
    folds = StratifiedKFold(3, shuffle=True, random_state=seed)
    estimator = clone_with_seed(variant.estimator, seed)
    with parallel_config("threading", n_jobs=run.jobs):  # a process pool would take longer to start than this takes
        scores = cross_val_score(estimator, X, y, cv=folds, scoring="accuracy")
    return float(np.nan_to_num(scores.mean(), nan=-1.0))


def _accuracy_lost(before: TrainedModel, after: TrainedModel, confidence: float) -> Estimate:
    """Share of held-out records that only the old model got right, minus those that only the new one does."""
    assert before.test is not None  # noqa: S101 - the attack has refused models without held-out records
    X, y = before.arrays(before.test)
    lost = (before.predict(X) == y).astype(float) - (after.predict(X) == y).astype(float)
    error = float(lost.std(ddof=1)) / len(lost) ** 0.5
    return Estimate.mean(float(lost.mean()), error, len(lost), confidence=confidence, unit="accuracy")
