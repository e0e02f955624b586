"""MembershipFinding: what the strongest membership attack achieves, each number with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from rqml.estimate import Estimate
from rqml_catalog.model_privacy.membership import roc
from rqml_catalog.model_privacy.membership.crossfit import Operation
from rqml_catalog.techniques.record_signals import Bools, Floats

ROWS_SHOWN = 20


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
        scores: (n,) of the judged attack on the judged records.
        flagged: (n,) records that the attack takes for members.
        exposed: members whose score is no luck even among so many, the most exposed first.
        n_train: how many of the records, the first, are members.
        rows: (n,) their rows in the pool.
        shared: share of test records that are train records too.
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
    scores: Floats
    flagged: Bools
    exposed: tuple[int, ...]
    n_train: int
    rows: npt.NDArray[np.intp]
    shared: float

    def details(self) -> dict[str, Any]:
        """The facts behind the estimates, JSON-safe: counts, shares and row numbers of the train records."""
        facts: dict[str, Any] = {
            "attack": self.attack,
            "judged_on": "the model" if self.on_target else "retrained models",
            "tpr_in_rehearsals": {name: round(tpr, 4) for name, tpr in self.rehearsed.items()},
            "tpr_of_plain_confidence": round(self.plain.value, 4),
            "shift_p_value": float(f"{self.shift:.3g}"),
            "recognised_train_rows": self._recognised()[:ROWS_SHOWN].tolist(),
            "exposed_train_records": len(self.exposed),
            "share_of_test_records_in_train_data": round(self.shared, 4),
        }
        if not self.on_target:
            facts["warning"] = (
                "train and held-out records are of different distributions: retrained models were judged; hold out "
                "records at random for a verdict on this model"
            )
        return facts

    def _recognised(self) -> npt.NDArray[np.intp]:
        """Train rows that the attack takes for members, the most exposed first."""
        rows = np.flatnonzero(self.flagged[: self.n_train])
        return self.rows[rows[np.argsort(-self.scores[rows], kind="stable")]]


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
