"""The attack suite: all attacks from one set of shadows; the one that is strongest in rehearsals is judged.

Which null a threshold stands for is the heart of the matter.

*On the target* (the rule): the threshold comes from held-out records, so the FPR is right if held-out records are
to the target what its members would have been unseen, that is, if members and non-members are exchangeable.

*On retrained models* (when that fails): shadows take turns as the target. Whether a record is in or out is then
decided by our own coin, independent of what the record is like, so that no difference in distribution can look like
a leak. This judges the training procedure on this pool rather than the one target.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rqml.errors import InsufficientEvidence
from rqml.estimate import Estimate
from rqml_catalog.model_privacy.membership import attacks, roc
from rqml_catalog.model_privacy.membership.comparison import Comparison, compare, probability, soft_logit
from rqml_catalog.model_privacy.membership.crossfit import (
    RMIA,
    Rehearsal,
    Scores,
    cross_fit,
    cross_fits,
    mostly_flagged,
)
from rqml_catalog.model_privacy.membership.exchangeability import shift_p_value
from rqml_catalog.model_privacy.membership.exposure import exposed_rows
from rqml_catalog.model_privacy.membership.finding import MembershipFinding, estimates
from rqml_catalog.model_privacy.membership.learnt import LEARNT, Nearby, Scorer, describe, learn, nearby, together
from rqml_catalog.techniques.record_signals import Bools, Floats, Signals
from rqml_catalog.techniques.shadow_models import Shadows

SMOOTHINGS = (1e-4, 0.02, 0.1)
SHIFT_LEVEL = 0.001  # p-value below which held-out records no longer calibrate the target
STAND_INS = 4  # shadows that stand in for the target under a shift; at least as many others rank the attacks
MOST_REHEARSING = 8
FEWEST_SHADOWS = 8
TOLERANCE = 1.5  # times the asked FPR that unseen members may exceed a threshold; more means it was a lucky draw


def score_all(target: Signals, shadows: Shadows) -> Scores:
    """Scores of every shadow-calibrated attack on every record.

    Args:
        target: the model's answers on the pool (n records).
        shadows: S shadows' answers on the same pool.

    Returns:
        attack name -> (n,) scores, higher meaning member.
    """
    scores: Scores = {}
    for smoothing in SMOOTHINGS:
        pair = compare(soft_logit(target.log_odds, smoothing), soft_logit(shadows.log_odds, smoothing), shadows.inside)
        scores |= {f"{name} (smoothing {smoothing:g})": s for name, s in _gaussian_attacks(pair).items()}
    scores[RMIA] = attacks.rmia(compare(probability(target.log_odds), probability(shadows.log_odds), shadows.inside))
    scores["label-only"] = attacks.label_only(
        compare(target.correct.astype(float), shadows.correct.astype(float), shadows.inside)
    )
    return scores


def run_suite(
    target: Signals,
    shadows: Shadows,
    members: npt.ArrayLike,
    *,
    at_fpr: float,
    confidence: float = 0.95,
    seed: int = 0,
    features: Floats | None = None,
) -> MembershipFinding:
    """Attack the target, and say what the strongest attack achieves.

    Args:
        target: its answers on the pool of n records.
        shadows: at least 8, trained on random halves of the pool.
        members: (n,) True for the records the target was trained on.
        at_fpr: the false-positive rate, in (0, 1), at which members are counted.
        confidence: two-sided coverage of the intervals.
        seed: splits the halves and picks the shadows that rehearse.
        features: (n, d) numbers describing the records, the class last, for the test of exchangeability and for the
            attack that is learnt; None skips both.

    Raises:
        InsufficientEvidence: too few records for `at_fpr`, or too few shadows; the text says how many.
    """
    truth = np.asarray(members, dtype=bool)
    check_sizes(truth, len(shadows.inside), at_fpr)
    rng = np.random.default_rng(seed)
    near = None if features is None else nearby(features, seed)
    actors, stand_ins = _actors(len(shadows.inside), rng)
    rehearsal, scorer = _rehearse([_act(shadows, actor, near) for actor in actors], truth, at_fpr)
    chosen = rehearsal.strongest()
    floor = rehearsal.floor[chosen]
    score = _scores_of(chosen, Act(truth, *_described(target, shadows, near)), scorer)
    own = cross_fits(score, truth, at_fpr, rng, floor)
    plain = cross_fit(attacks.confidence(target.log_odds), truth, at_fpr, rng)
    difficulty = compare(target.log_odds, shadows.log_odds, shadows.inside).outside.mean
    shift = shift_p_value(difficulty, truth, features, seed)
    operations, judged_members = own, truth
    if shift < SHIFT_LEVEL:
        acts = [_act(shadows, actor, near) for actor in stand_ins]
        operations = [cross_fit(_scores_of(chosen, act, scorer), act.inside, at_fpr, rng) for act in acts]
        judged_members = shadows.inside[0]
    n_members = int(judged_members.sum())
    return MembershipFinding(
        **estimates(operations, n_members, len(truth) - n_members, confidence),
        attack=chosen,
        rehearsed=rehearsal.tpr,
        plain=Estimate.proportion(plain.caught, int(truth.sum()), confidence=confidence),
        shift=shift,
        on_target=shift >= SHIFT_LEVEL,
        scores=score,
        flagged=mostly_flagged(own),
        exposed=tuple(exposed_rows(score, truth).tolist()),
        n_train=int(truth.sum()),
        rows=np.arange(len(truth)),
        shared=0.0,
    )


def _actors(shadows: int, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """Shadows that act the target in rehearsals, and those, others if there are any, that are judged in its place."""
    actors = [2 * int(pair) for pair in rng.permutation(shadows // 2)]
    rehearsing = min(max(STAND_INS, len(actors) - STAND_INS), MOST_REHEARSING)
    return actors[:rehearsing], actors[rehearsing:][:STAND_INS] or actors[:rehearsing]


def check_sizes(members: Bools, shadows: int, at_fpr: float) -> None:
    """Refuse what cannot give an answer, before any shadow is trained.

    Raises:
        InsufficientEvidence: too few held-out records for `at_fpr`, or too few shadows; the text says how many.
    """
    if shadows < FEWEST_SHADOWS:
        raise InsufficientEvidence(f"{shadows} shadow models are too few: at least {FEWEST_SHADOWS} are needed")
    roc.check_held_out(int((~members).sum()), at_fpr)


def _gaussian_attacks(pair: Comparison) -> Scores:
    return {
        "LiRA online": attacks.lira_online(pair),
        "LiRA online, fixed variance": attacks.lira_online(pair, fixed_variance=True),
        "LiRA offline": attacks.lira_offline(pair),
        "LiRA offline, fixed variance": attacks.lira_offline(pair, fixed_variance=True),
        "BaVarIA": attacks.bavaria(pair),
    }


class Act(NamedTuple):
    """A model whose membership is known, attacked: the target, or a shadow that plays it.

    Attributes:
        inside: (n,) its members.
        scores: of every attack that needs no learning.
        described: (n, d) what the learnt one needs; None without features.
    """

    inside: Bools
    scores: Scores
    described: Floats | None


def _act(shadows: Shadows, actor: int, near: Nearby | None) -> Act:
    return Act(shadows.inside[actor], *_described(shadows.answers_of(actor), shadows.without_pair(actor), near))


def _described(answers: Signals, shadows: Shadows, near: Nearby | None) -> tuple[Scores, Floats | None]:
    scores = score_all(answers, shadows)
    return scores, None if near is None else describe(answers, shadows, scores, near)


def _scores_of(attack: str, act: Act, scorer: Scorer | None) -> Floats:
    return scorer(act.described) if attack == LEARNT and scorer and act.described is not None else act.scores[attack]


def _learnt_from(acts: Sequence[Act]) -> Scorer | None:
    described = [act.described for act in acts if act.described is not None]
    return learn(described, [act.inside for act in acts]) if described else None


def _rehearse(acts: Sequence[Act], members: Bools, at_fpr: float) -> tuple[Rehearsal, Scorer | None]:
    """What each attack catches, how high unseen members score, and the attack learnt from all acts.

    For its rehearsal, the learnt attack learns from the other half of the acts.
    """
    caught: dict[str, list[float]] = {}
    unseen: dict[str, list[Floats]] = {}
    halves = (acts[::2], acts[1::2])
    scorers = [_learnt_from(half) for half in halves]
    for half, scorer in zip(halves, scorers[::-1], strict=True):
        for act in half:
            for name in [*act.scores, *([LEARNT] if scorer else [])]:
                score = _scores_of(name, act, scorer)
                cut = roc.threshold_at(score[~act.inside], at_fpr)
                caught.setdefault(name, []).append(float(np.mean(score[act.inside] > cut)))
                unseen.setdefault(name, []).append(score[members & ~act.inside])
    level = max(0.0, 1.0 - TOLERANCE * at_fpr)
    rehearsal = Rehearsal(
        caught,
        {name: float(np.quantile(np.concatenate(parts), level)) for name, parts in unseen.items()},
    )
    return rehearsal, together([scorer for scorer in scorers if scorer])
