"""The change that loses least of a model's use and resists membership inference, found within a budget of attacks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import attrs

from rqml.errors import InsufficientEvidence, Unsupported
from rqml.estimate import Estimate
from rqml.run import Run
from rqml.subjects.model import TrainedModel
from rqml.verdict import Measurement
from rqml_catalog.model_privacy.membership.without_shadows import attack_without_shadows
from rqml_catalog.techniques.refits import accuracy_lost
from rqml_catalog.techniques.repair_options import Option, brier_lost, coarser, least_loss_first

MOST_ATTACKED = 10  # options attacked with shadows; those that fail without any are not counted
SEEDS = 3  # shadows of so many seeds attack an option, and their mean decides: a single one may have been luck

Attack = Callable[[TrainedModel, Run], Measurement]
Resists = Callable[[Measurement], bool]


@attrs.frozen
class Change:
    """A model changed, with what that costs.

    Attributes:
        model: the changed model.
        words: what was changed.
        tpr: of the strongest attack, under the seed of the search.
        lost: loss of held-out accuracy and rise of the Brier score, paired.
    """

    model: TrainedModel
    words: str
    tpr: Estimate
    lost: dict[str, Estimate]


def least_costly_change(
    model: TrainedModel,
    options: Sequence[Option],
    *,
    attack: Attack,
    resists: Resists,
    at_fpr: float,
    max_tpr: float,
    run: Run,
) -> Change:
    """Try options from the most useful on; stop at the first that resists shadows of several seeds on average.

    Where no single option does, the refits are searched again behind interfaces that give coarser answers.

    Asking that it resists each of them would pass over most options near the limit, and end at one that loses far more.

    Args:
        model: the leaking model.
        options: what may be done to it.
        attack: measures a changed model, with shadows of its own.
        resists: whether that is enough.
        at_fpr: false-positive rate of the attack without shadows that comes first.
        max_tpr: what is recognised more often on average is refused at once.
        run: seed, deadline, progress.

    Returns:
        the first option that resists, or of all that were tried the one that leaks least.

    Raises:
        Unsupported: no option can be carried out.
    """
    ranked = least_loss_first(model, options, run)
    trial = _Trial(attack, resists, at_fpr, max_tpr, run.derive("refit").seed, run.derive("search"))
    tried = _until_one_resists(run.track(ranked, len(ranked), "attacked options"), trial)
    if tried and not tried[-1].resists:
        both = [option for one in tried if not one.option.coarse for option in coarser(one.model, one.option.change)]
        ranked = least_loss_first(model, both, run)
        tried += _until_one_resists(run.track(ranked, len(ranked), "attacked pairs of options"), trial)
    if not tried:
        raise Unsupported(
            "nothing that would make this model tell less could be carried out: give a grid of parameters, or train a "
            "more regular model yourself and check it"
        )
    return _priced(model, tried[-1] if tried[-1].resists else min(tried, key=_leak), run)


class _Tried(NamedTuple):
    """An option carried out and attacked; `tpr` without shadows where that was enough to refuse it."""

    option: Option
    model: TrainedModel
    tpr: Estimate
    with_shadows: bool
    resists: bool


@attrs.frozen
class _Trial:
    """Carries an option out and attacks it. Attributes as of `least_costly_change`."""

    attack: Attack
    resists: Resists
    at_fpr: float
    max_tpr: float
    seed: int
    run: Run

    def __call__(self, option: Option) -> _Tried:
        changed = option.finish(self.seed)
        quick = _quick_tpr(changed, self.at_fpr, self.run)
        if quick is not None and quick.low > self.max_tpr:
            return _Tried(option, changed, quick, with_shadows=False, resists=False)
        measured = _repeated(self.attack, changed, self.max_tpr, self.run)
        return _Tried(option, changed, measured.estimates["tpr"], with_shadows=True, resists=self.resists(measured))


def _until_one_resists(options: Iterable[Option], trial: _Trial) -> list[_Tried]:
    """What was tried, in this order; only the last one may resist."""
    tried: list[_Tried] = []
    for option in options:
        with contextlib.suppress(Unsupported):
            tried.append(trial(option))
            if tried[-1].resists:
                break
        if sum(one.with_shadows for one in tried) >= MOST_ATTACKED:
            break
    return tried


def _leak(tried: _Tried) -> float:
    return tried.tpr.high


def _repeated(attack: Attack, model: TrainedModel, max_tpr: float, run: Run) -> Measurement:
    """The mean over several seeds; over fewer, where that of the first is beyond the limit already."""
    found: list[Measurement] = []
    for number in range(SEEDS):
        found.append(attack(model, run.derive("seed", number)))
        mean = _mean(found)
        if mean.estimates["tpr"].value > max_tpr:
            break
    return mean


def _mean(found: Sequence[Measurement]) -> Measurement:
    """Means of the ends of intervals: what differs between seeds is the attack, the records are the same."""

    def of(name: str) -> Estimate:
        each = [measurement.estimates[name] for measurement in found]
        value, low, high = (
            sum(ends) / len(each) for ends in zip(*((e.value, e.low, e.high) for e in each), strict=True)
        )
        return Estimate.interval(value, low, high, confidence=each[0].confidence, n=each[0].n, unit=each[0].unit)

    return attrs.evolve(found[0], estimates={name: of(name) for name in found[0].estimates})


def _quick_tpr(model: TrainedModel, at_fpr: float, run: Run) -> Estimate | None:
    try:
        return attack_without_shadows(model, at_fpr=at_fpr, run=run).tpr
    except InsufficientEvidence:  # only shadows can tell
        return None


def _priced(model: TrainedModel, found: _Tried, run: Run) -> Change:
    lost = {
        "accuracy": accuracy_lost(model, found.model, run.confidence),
        "brier": brier_lost(model, found.model, run.confidence),
    }
    return Change(found.model, found.option.change, found.tpr, lost)
