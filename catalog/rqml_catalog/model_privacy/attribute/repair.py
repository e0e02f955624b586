"""The least costly change after which a model adds little to what can be guessed of an attribute."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rqml.errors import Unsupported
from rqml.run import Run
from rqml.subjects.model import TrainedModel
from rqml_catalog.model_privacy.attribute.attacks import infer_attribute
from rqml_catalog.techniques.refits import (
    Candidate,
    labels_only,
    most_accurate_first,
    trained_anew,
    variants_of,
    without_feature,
)
from rqml_catalog.techniques.regularisation import Variant

SEARCHES = 2  # attackers differ by their seeds; the worse of two is believed
SLACK = 0.1  # share of the limit kept free, so that a change does not pass the search by luck


def least_costly_change(model: TrainedModel, attribute: str, max_gain: float, run: Run) -> Candidate:
    """Labels only, then refits from the most accurate on; the first whose gain stays below `max_gain` with slack.

    Returns:
        that candidate, or the one with the least gain.
    """
    tried = []
    for candidate in _candidates(model, attribute, run):
        run.check_deadline()
        searches = (run.derive("search", number) for number in range(SEARCHES))
        worst = max(infer_attribute(candidate.model, attribute, search).gain.high for search in searches)
        tried.append((worst, candidate))
        if worst <= max_gain * (1.0 - SLACK):
            return candidate
    return min(tried, key=lambda pair: pair[0])[1]


def _candidates(model: TrainedModel, attribute: str, run: Run) -> Iterator[Candidate]:
    yield labels_only(model)
    if model.fit is not None:
        return
    variants: list[Variant] = [without_feature(model, attribute)] if attribute in model.features else []
    with contextlib.suppress(Unsupported):  # leaving the attribute out may be enough
        variants += variants_of(model)
    for variant in most_accurate_first(model, variants, run):
        yield trained_anew(model, variant, run)
