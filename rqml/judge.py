"""From numbers to verdicts: an Estimate against a limit, and Kleene's tables over several."""

from __future__ import annotations

from collections.abc import Iterable

from rqml.estimate import EXACT, Estimate, _number, decisive_sample_size
from rqml.verdict import Assurance, CheckStatus, Judgement, Reason

_RANK = {CheckStatus.FAIL: 0, CheckStatus.INCOMPLETE: 1, CheckStatus.PASS: 2}
_ASSURANCE_RANK = {Assurance.PROVEN: 0, Assurance.STATISTICAL: 1, Assurance.EMPIRICAL: 2}
_NEGATED = {CheckStatus.PASS: CheckStatus.FAIL, CheckStatus.FAIL: CheckStatus.PASS}


def at_least(estimate: Estimate, limit: float, name: str) -> Judgement:
    """PASS if the whole interval is at or above `limit`, FAIL if it is below, else INCOMPLETE.

    Args:
        estimate: the measured number.
        limit: the smallest value allowed.
        name: what the number is, for the message ("k", "recall").
    """
    if estimate.low >= limit:
        return _decided(CheckStatus.PASS, estimate, f"{name} = {estimate!s} reaches the limit {_number(limit)}")
    if estimate.high < limit:
        return _decided(CheckStatus.FAIL, estimate, f"{name} = {estimate!s} is below the limit {_number(limit)}")
    return _undecided(estimate, limit, name)


def at_most(estimate: Estimate, limit: float, name: str) -> Judgement:
    """PASS if the whole interval is at or below `limit`, FAIL if it is above, else INCOMPLETE.

    Args:
        estimate: the measured number.
        limit: the largest value allowed.
        name: what the number is, for the message ("tpr").
    """
    if estimate.high <= limit:
        return _decided(CheckStatus.PASS, estimate, f"{name} = {estimate!s} is within the limit {_number(limit)}")
    if estimate.low > limit:
        return _decided(CheckStatus.FAIL, estimate, f"{name} = {estimate!s} is above the limit {_number(limit)}")
    return _undecided(estimate, limit, name)


def all_of(*judgements: Judgement) -> Judgement:
    """The worst of several judgements (FAIL, INCOMPLETE, PASS), with the messages of all that are as bad."""
    if not judgements:
        return Judgement(CheckStatus.INCOMPLETE, "there was nothing to judge", Reason.INSUFFICIENT_EVIDENCE)
    found = worst(judgement.status for judgement in judgements)
    status = CheckStatus.NOT_APPLICABLE if found is None else found
    chosen = [judgement for judgement in judgements if judgement.status is status]
    message = "; ".join(judgement.message for judgement in chosen)
    assurances = [judgement.assurance for judgement in chosen]
    # One that leaves it to the measurement makes the whole do so: else a sampled number would pass as PROVEN.
    return Judgement(status, message, chosen[0].reason, None if None in assurances else weakest(assurances))


def worst(statuses: Iterable[CheckStatus]) -> CheckStatus | None:
    """Kleene's conjunction: FAIL, then INCOMPLETE, then PASS; NOT_APPLICABLE is neutral; None if nothing is left."""
    return min((s for s in statuses if s is not CheckStatus.NOT_APPLICABLE), key=_RANK.__getitem__, default=None)


def best(statuses: Iterable[CheckStatus]) -> CheckStatus | None:
    """Kleene's disjunction: PASS, then INCOMPLETE, then FAIL; NOT_APPLICABLE is neutral; None if nothing is left."""
    return max((s for s in statuses if s is not CheckStatus.NOT_APPLICABLE), key=_RANK.__getitem__, default=None)


def negated(status: CheckStatus) -> CheckStatus:
    """Kleene's negation: INCOMPLETE and NOT_APPLICABLE stay."""
    return _NEGATED.get(status, status)


def weakest(assurances: Iterable[Assurance | None]) -> Assurance | None:
    """The least sure of several; None where there is none."""
    return max((a for a in assurances if a is not None), key=_ASSURANCE_RANK.__getitem__, default=None)


def _decided(status: CheckStatus, estimate: Estimate, message: str) -> Judgement:
    assurance = Assurance.PROVEN if estimate.method == EXACT else Assurance.STATISTICAL
    return Judgement(status, message, None, assurance)


def _undecided(estimate: Estimate, limit: float, name: str) -> Judgement:
    text = f"{name} = {estimate!s} cannot be told from the limit {_number(limit)}"
    if estimate.n == 0:
        text = f"{name} could not be measured: there are no observations (limit {_number(limit)})"
    elif estimate.n is not None:
        size = decisive_sample_size(estimate, limit)
        text += f" with {estimate.n} observations; " + (
            f"about {size} would decide" if size else "no affordable number of observations would decide"
        )
    return Judgement(CheckStatus.INCOMPLETE, text, Reason.INSUFFICIENT_EVIDENCE)
