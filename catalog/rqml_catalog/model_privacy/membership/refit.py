"""The change that loses least of a model's use and resists membership inference, found within a budget of attacks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

import attrs

from rqml.errors import InsufficientEvidence, Unsupported
from rqml.estimate import Estimate
from rqml.run import Run
from rqml.subjects.model import TrainedModel
from rqml.verdict import Measurement
from rqml_catalog.model_privacy.membership.without_shadows import attack_without_shadows
from rqml_catalog.techniques.refits import accuracy_lost
from rqml_catalog.techniques.repair_options import Option, brier_lost, least_loss_first

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
    seed, search = run.derive("refit").seed, run.derive("search")
    ranked = least_loss_first(model, options, run)
    tried: list[tuple[TrainedModel, str, Estimate]] = []
    attacked = 0
    for option in run.track(ranked, len(ranked), "attacked options"):
        with contextlib.suppress(Unsupported):
            changed = option.finish(seed)
            quick = _quick_tpr(changed, at_fpr, search)
            if quick is not None and quick.low > max_tpr:
                tried.append((changed, option.change, quick))
                continue
            measured = _repeated(attack, changed, max_tpr, search)
            tried.append((changed, option.change, measured.estimates["tpr"]))
            attacked += 1
            if resists(measured):
                return _priced(model, *tried[-1], run)
        if attacked >= MOST_ATTACKED:
            break
    if not tried:
        raise Unsupported(
            "nothing that would make this model tell less could be carried out: give a grid of parameters, or train a "
            "more regular model yourself and check it"
        )
    return _priced(model, *min(tried, key=lambda attacked: attacked[2].high), run)


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


def _priced(model: TrainedModel, changed: TrainedModel, words: str, tpr: Estimate, run: Run) -> Change:
    lost = {
        "accuracy": accuracy_lost(model, changed, run.confidence),
        "brier": brier_lost(model, changed, run.confidence),
    }
    return Change(changed, words, tpr, lost)
