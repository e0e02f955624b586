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
CONFIRMATIONS = 2  # further seeds under which the chosen option must resist: the first may have been luck

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
    """Try options from the most useful on; stop at the first that resists again under shadows of other seeds.

    Args:
        model: the leaking model.
        options: what may be done to it.
        attack: measures a changed model, with shadows of its own.
        resists: whether that is enough.
        at_fpr: false-positive rate of the attack without shadows that comes first.
        max_tpr: its limit: what fails even there needs no shadows to be refused.
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
            measured = attack(changed, search)
            tried.append((changed, option.change, measured.estimates["tpr"]))
            attacked += 1
            again = (run.derive("confirmation", number) for number in range(CONFIRMATIONS))
            if resists(measured) and all(resists(attack(changed, seeded)) for seeded in again):
                return _priced(model, *tried[-1], run)
        if attacked >= MOST_ATTACKED:
            break
    if not tried:
        raise Unsupported(
            "nothing that would make this model tell less could be carried out: give a grid of parameters, or train a "
            "more regular model yourself and check it"
        )
    return _priced(model, *min(tried, key=lambda attacked: attacked[2].high), run)


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
