"""One error budget for many statistical verdicts: Holm's procedure over their confidence intervals.

The chance of any false FAIL among all statistical requirements is at most alpha, and so is the chance of any
false PASS. Source: Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6 (1979).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rqml.measured import Measured
from rqml.proposition import Examination
from rqml.verdict import CheckResult, CheckStatus


def holm(examinations: Iterable[Examination], alpha: float) -> Callable[[Examination], CheckResult]:
    """A judge of single measurements that spends `alpha` over all of them.

    Two families are tested, each with its own budget: "this is a violation" and "this is satisfied". Under a
    negation the two change places. In each, a verdict at confidence 1 - alpha / m is sought, m being the number
    of verdicts still open; each one found leaves more of the budget to the rest. Nothing is measured again:
    the same numbers are judged at another confidence.
    """
    leaves = [
        (leaf, helps)
        for examination in examinations
        for leaf, helps in examination.leaves()
        if isinstance(leaf, Measured) and leaf.is_statistical
    ]
    harmful = [(leaf, CheckStatus.FAIL if helps else CheckStatus.PASS) for leaf, helps in leaves]
    helpful = [(leaf, CheckStatus.PASS if helps else CheckStatus.FAIL) for leaf, helps in leaves]
    decided = _step_down(harmful, alpha) | _step_down(helpful, alpha)
    cautious = 1 - alpha / max(1, len(leaves))

    def judge(examination: Examination) -> CheckResult:
        if not isinstance(examination, Measured) or not examination.is_statistical:
            return examination.conclude()
        return examination.at(decided.get(id(examination), cautious))

    return judge


def _step_down(family: list[tuple[Measured, CheckStatus]], alpha: float) -> dict[int, float]:
    """The confidence at which each decided measurement was decided, by identity."""
    decided: dict[int, float] = {}
    while still_open := [(leaf, status) for leaf, status in family if id(leaf) not in decided]:
        confidence = 1 - alpha / len(still_open)
        found = {id(leaf): confidence for leaf, status in still_open if leaf.at(confidence).status is status}
        if not found:
            break
        decided |= found
    return decided
