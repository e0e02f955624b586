"""Do members and non-members come from one distribution? Where not, a held-out set cannot calibrate an attack.

Two tests that do not look at the target: the shadows' answers without the record, and the records themselves.
"""

from __future__ import annotations

import numpy as np

from rqml_catalog.techniques.record_signals import Bools, Floats

TREES = 25
MOST_DRAWN = 1000  # records a tree sees


def shift_p_value(difficulty: Floats, members: Bools, features: Floats | None = None, seed: int = 0) -> float:
    """P-value of 'members and non-members are exchangeable', Bonferroni over the tests made.

    Args:
        difficulty: (n,) mean signal of the shadows that had each record outside.
        members: (n,) True for training records.
        features: (n, d) numbers describing the records, the label included; None skips the second test.
        seed: of the forest of the second test.
    """
    from scipy.stats import ks_2samp

    answers = float(ks_2samp(difficulty[members], difficulty[~members], method="asymp").pvalue)
    if features is None:
        return answers
    return min(1.0, 2.0 * min(answers, _classifier_p_value(features, members, seed)))


def _classifier_p_value(features: Floats, members: Bools, seed: int) -> float:
    """Classifier two-sample test: can a forest tell members from non-members it has not seen?

    Lopez-Paz and Oquab, "Revisiting classifier two-sample tests" (arXiv 1610.06545), with out-of-bag votes and the
    Mann-Whitney statistic instead of accuracy, so that unequal sizes do no harm.
    """
    from scipy.stats import mannwhitneyu
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(
        TREES, min_samples_leaf=5, max_samples=min(0.5, MOST_DRAWN / len(members)), oob_score=True, random_state=seed
    )
    forest.fit(np.nan_to_num(features), members)
    votes = np.nan_to_num(forest.oob_decision_function_[:, 1], nan=float(members.mean()))
    return float(mannwhitneyu(votes[members], votes[~members], alternative="greater").pvalue)
