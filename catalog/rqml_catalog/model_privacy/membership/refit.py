"""The least costly refit that resists membership inference, found by search over more and more regular variants."""

from __future__ import annotations

import attrs

from rqml.estimate import Estimate
from rqml.run import Run
from rqml.subjects.model import TrainedModel
from rqml_catalog.model_privacy.membership.audit import attack_model
from rqml_catalog.techniques.refits import accuracy_lost, most_accurate_first, trained_anew, variants_of

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
    tried: list[Refit] = []
    ranked = most_accurate_first(model, variants_of(model), run)
    fewer = min(shadows, SEARCH_SHADOWS)
    for variant in run.track(ranked, len(ranked), "refits"):
        refitted = trained_anew(model, variant, run).model
        tpr = attack_model(refitted, at_fpr=at_fpr, shadows=fewer, run=run.derive("search")).tpr
        tried.append(Refit(refitted, variant.change, tpr, accuracy_lost(model, refitted, run.confidence)))
        if tpr.high <= max_tpr * (1.0 - SLACK):
            return tried[-1]
    return min(tried, key=lambda refit: refit.tpr.high)
