"""MembershipFinding: what the strongest membership attack achieves, each number with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from rqml.estimate import Estimate

from rqml_catalog.model_privacy.membership import roc
from rqml_catalog.model_privacy.membership.crossfit import Operation
from rqml_catalog.techniques.record_signals import Bools


@attrs.frozen
class MembershipFinding:
    """What the strongest attack achieves.

    Attributes:
        tpr: share of members recognised at the threshold for the asked FPR (Clopper-Pearson).
        fpr: share of non-members above the same threshold, on the half that did not pick it (Clopper-Pearson).
        advantage: TPR - FPR at the threshold of the largest difference (Newcombe).
        auc: area under the ROC curve (DeLong).
        attack: the attack judged, strongest in the rehearsals.
        rehearsed: TPR of every attack in the rehearsals.
        plain: TPR of the uncalibrated confidence threshold: a warning, never a verdict.
        shift: p-value of members and non-members being exchangeable.
        on_target: False when, for such a shift, retrained models stood in for the target.
        flagged: (n,) records of the pool that the attack takes for members.
    """

    tpr: Estimate
    fpr: Estimate
    advantage: Estimate
    auc: Estimate
    attack: str
    rehearsed: dict[str, float]
    plain: Estimate
    shift: float
    on_target: bool
    flagged: Bools

    @property
    def plain_exceeds(self) -> bool:
        """Whether the plain threshold reports more than the calibrated attacks confirm."""
        return self.plain.low > self.tpr.high


def estimates(operations: Sequence[Operation], n_members: int, n_others: int, confidence: float) -> dict[str, Estimate]:
    """The four estimates from one or several operations on pools of the same size.

    Several operations see the same records under other coins: their mean counts as one sample, not as many.
    """

    def share(counts: list[int], n: int) -> Estimate:
        return Estimate.proportion(round(float(np.mean(counts))), n, confidence=confidence)

    aucs = np.array([operation.aucs for operation in operations]).mean(axis=0)
    return {
        "tpr": share([o.caught for o in operations], n_members),
        "fpr": share([o.false_alarms for o in operations], n_others),
        "advantage": roc.difference(
            share([o.caught_best for o in operations], n_members),
            share([o.false_best for o in operations], n_others),
        ),
        "auc": roc.auc_estimate(aucs, n_members + n_others, confidence),
    }
