"""The two audits of a mechanism: by many runs on two data sets, and by one run with canaries."""

from __future__ import annotations

from rqml.run import Run
from rqml_catalog.training.audit.events import Audit, epsilon_of_events
from rqml_catalog.training.audit.one_run import epsilon_of_guesses
from rqml_catalog.training.audit.outputs import check_lengths, outputs_of, repeats, scores_of
from rqml_catalog.training.mechanism import Mechanism


def told_apart(mechanism: Mechanism, runs: int, delta: float, run: Run, *, floating_point: bool) -> tuple[Audit, str]:
    """What `runs` releases on each data set prove, and a note on where they come from, or ""."""
    first, second = (
        outputs_of(mechanism, data, runs, run.derive(side), f"releases, {side}")
        for side, data in (("data set", mechanism.dataset), ("neighbour", mechanism.neighbour))
    )
    check_lengths(first, second)
    audit = epsilon_of_events(first, second, alpha=1.0 - run.confidence, delta=delta, floating_point=floating_point)
    if (first == first[0]).all() and (second == second[0]).all():
        return audit, "its releases are always the same: it adds no noise from rng"
    return audit, "" if repeats(mechanism, run) else "its randomness does not all come from rng, so audits differ"


def guessed(mechanism: Mechanism, delta: float, run: Run) -> tuple[Audit, str]:
    """What one training with canaries proves."""
    included = run.rng("included").random(mechanism.canaries) < 0.5
    scores = scores_of(mechanism, included, run.rng("training"))
    return epsilon_of_guesses(scores, included, alpha=1.0 - run.confidence, delta=delta), ""
